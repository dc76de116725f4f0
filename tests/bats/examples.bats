#!/usr/bin/env bats
# The examples run, and find what they say they find.

bats_require_minimum_version 1.5.0
set -o pipefail

edits=../shared/suites/wikiticker/wikiticker-2015-09-12-sampled.json.gz

@test "ott: the day is the same bytes each time" {
	run --separate-stderr bash -o pipefail -c 'examples/ott/generate | cksum'
	[ "$status" -eq 0 ]
	first=$output
	[ "$(cut -d' ' -f2 <<<"$first")" -gt 1000 ]
	run --separate-stderr bash -o pipefail -c 'examples/ott/generate | cksum'
	[ "$status" -eq 0 ]
	[ "$output" = "$first" ]
}

@test "ott: the demo finds what was planted" {
	run --separate-stderr examples/ott/demo "$BATS_TEST_TMPDIR/day"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ $output == *content-0777* ]]
	[[ ${lines[-1]} == *"as expected"* ]]
	# The tables are rounded for the eye; these are the scores.
	[[ $(head -n 1 "$BATS_TEST_TMPDIR/day/trends.ndjson") == *'"trendingScore":0.7177222222222223,'* ]]
	[[ $(head -n 1 "$BATS_TEST_TMPDIR/day/alerts.ndjson") == *'"score":54.859333333333325,'* ]]
	[ "$(grep -c '"score":82.22222222222223,' "$BATS_TEST_TMPDIR/day/engagement.ndjson")" -gt 0 ]
}

@test "ott: the demo fails when something is not found" {
	cp -r examples/ott "$BATS_TEST_TMPDIR/ott"
	sed -i 's/"content-0777"/"content-0778"/' "$BATS_TEST_TMPDIR/ott/generate"
	run --separate-stderr "$BATS_TEST_TMPDIR/ott/demo"
	[ "$status" -eq 1 ]
	[[ $output == *"-"*content-0777* ]]
	[[ $output == *"+"*content-0778* ]]
}

@test "ott: the option files are what ev-trend --needs says" {
	for mode in trending engagement; do
		run --separate-stderr ev-trend "$mode" --needs
		[ "$status" -eq 0 ]
		[ "$output" = "$(grep -v '^#' "examples/ott/$mode.options")" ]
	done
	run --separate-stderr ev-trend anomaly --needs
	[ "$status" -eq 0 ]
	[ "$output" = "$(grep -v '^#' examples/ott/traffic.options)" ]
}

@test "anylog: the errors of a log without an envelope" {
	run --separate-stderr examples/anylog/errors examples/anylog/access.ndjson
	[ "$status" -eq 1 ]
	[ "$output" = "$(cat examples/anylog/errors.expected)" ]
	[ "${#stderr_lines[@]}" -eq 2 ]
}

@test "anylog: Wikipedia's edits by page and hour are what jq counts (needs the suite wikiticker, jq)" {
	[ -e "$edits" ] || skip "needs ../shared/suites/wikiticker"
	command -v jq >/dev/null || skip "needs jq"
	ev-window --time .time -w '.time | startswith("2015-09-12")' --tumbling 1h -k page=.page \
		-a edits='count()' --flat "$edits" |
		jq -c '[.windowStart[:13], .page, .edits]' | LC_ALL=C sort >"$BATS_TEST_TMPDIR/ours"
	zcat "$edits" | jq -nc 'reduce (inputs | select(.time | startswith("2015-09-12"))) as $e
		({}; .[$e.time[:13]][$e.page] += 1)
		| to_entries[] | .key as $hour | .value | to_entries[] | [$hour, .key, .value]' |
		LC_ALL=C sort >"$BATS_TEST_TMPDIR/theirs"
	run --separate-stderr diff "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
	[ "$status" -eq 0 ]
	[ "$(jq -s 'map(.[2]) | add' "$BATS_TEST_TMPDIR/ours")" -eq 39199 ]
}

@test "anylog: the busiest pages of each hour (needs the suite wikiticker, jq)" {
	[ -e "$edits" ] || skip "needs ../shared/suites/wikiticker"
	command -v jq >/dev/null || skip "needs jq"
	run --separate-stderr examples/anylog/busiest 2015-09-12 "$edits"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${#lines[@]}" -eq 72 ]
	zcat "$edits" | jq -nr 'reduce (inputs | select(.time | startswith("2015-09-12"))) as $e
		({}; .[$e.time[:13]][$e.page] += 1)
		| to_entries | sort_by(.key)[] | .key as $hour
		| .value | to_entries | sort_by([-.value, .key])[:3][] | "\($hour) \(.value) \(.key)"' \
		>"$BATS_TEST_TMPDIR/theirs"
	[ "$(sed -E 's/^([^ ]{13})[^ ]* +([0-9]+) +/\1 \2 /' <<<"$output")" = "$(cat "$BATS_TEST_TMPDIR/theirs")" ]
}
