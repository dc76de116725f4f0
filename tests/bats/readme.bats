# README.md: the five pipelines do what is said of them. Its ```console blocks are run by tests/golden.
load common

# pipeline N: its lines, with "tail -F", which has no end, read once instead.
pipeline() {
	awk -v n="$1" '/^## / { on = $0 == "## Five pipelines" } on && /^```sh$/ { i++; next } /^```$/ { on = on && i < n }
		on && i == n' "$BATS_TEST_DIRNAME/../../README.md" | sed 's/tail -F /cat /'
}

# A log of two hours ago: a title that everybody watches, one event twice, one line broken, one event invalid.
app() {
	awk 'BEGIN { for (i = 0; i < 300; i++) printf "{\"contentId\":\"c1\",\"userId\":\"u%d\",\"device\":\"%s\",\"watchDurationSeconds\":3600}\n", i, substr("mobile web   tv    tablet", 1 + 6 * (i % 4), 6) }' |
		ev-emit content.watched --stdin --time -2h >app.ndjson
	ev-emit user.registered userId=u1 --time -2h >>app.ndjson
	tail -n 1 app.ndjson >>app.ndjson
	printf '{oops\n{"eventId":"x"}\n' >>app.ndjson
}

@test "README: there are five, and each has a command" {
	for n in 1 2 3 4 5; do [ -n "$(pipeline $n)" ]; done
	[ -z "$(pipeline 6)" ]
}

@test "README: what is broken, and why" {
	app
	run --separate-stderr bash -euc "$(pipeline 1)"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ $output == *"content.watched  c1         u299"* ]]
	[ "${lines[-3]}" = "line  why" ]
	[ "${lines[-2]}" = " 303  expected a member name or '}', found 'o'" ]
	[[ ${lines[-1]} == " 304  eventType is missing; "* ]]
}

@test "README: events to topics, each once, an aggregate in one partition" {
	app
	run --separate-stderr bash -euc "$(pipeline 2)"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(cat topics/content-events/*.ndjson | wc -l)" -eq 300 ]
	[ "$(find topics -type f | wc -l)" -eq 2 ]
	[ "$(cat topics/user-events/*.ndjson | wc -l)" -eq 1 ]
}

@test "README: what is trending" {
	app
	run --separate-stderr bash -euc "$(pipeline 3)"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *'"eventType":"trend.detected"'*'"aggregateId":"c1"'* ]]
}

@test "README: a store, and last week's events from it" {
	app
	run --separate-stderr bash -euc "$(pipeline 4)"
	[ "$status" -eq 0 ]
	[ "$output" = "$(head -n 301 app.ndjson)" ]
}

@test "README: somebody else's log" {
	printf '{"time":"2015-09-12T%s:00Z","page":"%s"}\n' 00:47 a 00:48 a 01:02 b >w
	echo '{"time":"2015-10-31T00:00:00Z","page":"far ahead"}' >>w
	gzip -c w >wikiticker.json.gz
	run --separate-stderr bash -euc "$(pipeline 5)"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} == '{"key":"a","page":"a",'*'"count":2}' ]]
}
