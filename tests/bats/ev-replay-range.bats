#!/usr/bin/env bats
# ev-replay: ranges of time by the index of archives and sealed segments.
load common

# log N: N lines of about 400 bytes, a second apart, in a little disorder.
log() {
	awk -v n="$1" 'BEGIN { srand(3); for (i = 0; i < n; i++) {
		pad = ""; while (length(pad) < 300) pad = pad sprintf("%x", rand() * 2147483647)
		printf "{\"eventId\":\"e%d\",\"eventType\":\"a.b\",\"eventVersion\":\"1\",\"timestamp\":%.0f,\"source\":\"s\",\"aggregateId\":\"%d\",\"aggregateType\":\"x\",\"data\":\"%s\"}\n", i, 1637572532000 + 1000 * (i - 5 * (i % 3)), i % 9, pad } }'
}

range=(--from 2021-11-22T09:45:32 --to 2021-11-22T09:46:32)

@test "a range of a packed archive is that of its log, without reading the rest" {
	log 20000 >in
	ev-store pack <in >in.zst
	ev-replay "${range[@]}" in >want
	[ -s want ]
	run --separate-stderr bash -c "ev-replay ${range[*]} in.zst >got"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	cmp want got
	run -0 --separate-stderr bash -c "ev-replay --stats ${range[*]} in.zst >got"
	[[ $stderr =~ in\ ([0-9]+)\ = ]]
	[ "${BASH_REMATCH[1]}" -lt 1000 ]
	for r in "--from 1637590000000" "--to 1637572540000" "--from 0" "--from 1 --to 2"; do
		# shellcheck disable=SC2086 # a list of words
		ev-replay $r in.zst | cmp - <(ev-replay $r in)
	done
}

@test "several archives, with and without index, in one merge; the first without is named once" {
	log 3000 >in
	awk 'NR % 3 == 0' in | ev-store pack >a.zst
	awk 'NR % 3 == 1' in | zstd -q >b.zst
	awk 'NR % 3 == 2' in | gzip >c.gz
	run --separate-stderr bash -c "ev-replay ${range[*]} a.zst b.zst c.gz | sort >got"
	[ "$status" -eq 0 ]
	[ "$stderr" = "ev-replay: warning: b.zst: no index of times; all of it is read (ev-store pack makes one)" ]
	ev-replay "${range[@]}" in | sort | cmp - got
	run -0 --separate-stderr bash -c "ev-replay a.zst b.zst c.gz >got"
	[ -z "$stderr" ]
}

@test "an index of other times than --time is not used, and that is said" {
	printf '{"at":%s,"timestamp":%s}\n' 1 9 2 8 3 7 >in
	ev-store pack <in >in.zst
	ev-store pack --time .at <in >at.zst
	run --separate-stderr ev-replay --time .at --from 2 in.zst
	[ "$status" -eq 0 ]
	same '{"at":2,"timestamp":8}
{"at":3,"timestamp":7}'
	[ "$stderr" = "ev-replay: warning: in.zst: its index has other times than --time; all of it is read" ]
	run --separate-stderr ev-replay --time .at --from 2 at.zst
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "of a damaged frame no line is written" {
	log 3000 >in
	ev-store pack <in >in.zst
	local at size
	size=$(stat -c %s in.zst)
	for at in 1000 $((size / 2)) $((size * 4 / 5)); do
		cp in.zst bad.zst
		printf '\377\377\377' | dd of=bad.zst bs=1 seek="$at" conv=notrunc status=none
		run --separate-stderr bash -c 'ev-replay bad.zst >got'
		[ "$status" -eq 5 ]
		[[ $stderr == "ev-replay: error: bad.zst: damaged zstd archive: "* ]]
		head -n "$(wc -l <got)" in | cmp - got
		run --separate-stderr bash -c 'ev-replay --from 0 bad.zst >got'
		[ "$status" -eq 5 ]
		head -n "$(wc -l <got)" in | cmp - got
	done
}

@test "lines without a time are told of in the parts that are read" {
	{
		log 500
		echo '{"no":1}'
	} >in
	ev-store pack <in >in.zst
	run --separate-stderr ev-replay --to 1637572535000 in.zst
	[ "$status" -eq 1 ]
	same "$(ev-replay --to 1637572535000 in 2>err)"
	[ "$stderr" = "$(sed 's/ in: / in.zst: /' err)" ]
}

@test "a range of a store uses the index of its sealed segments" {
	log 3000 >in
	ev-store init --store S
	local at
	for at in 0 1000 2000; do
		touch "$(printf 'S/seg/%020d.ndjson' "$at")" # as if the one before were full
		sed -n "$((at + 1)),$((at + 1000))p" in | ev-store append --store S
	done
	ev-store seal --store S >sealed
	[ "$(wc -l <sealed)" -eq 2 ]
	ev-replay S | cmp - in
	for r in "${range[*]}" "--from 1637575000000" "--to 1637572540000" "--from 1637573300000 --to 1637573310000"; do
		# shellcheck disable=SC2086 # a list of words
		ev-replay $r in >want
		# shellcheck disable=SC2086 # a list of words
		ev-replay $r S | cmp - want
	done
	# A sealed segment alone gives what the producers wrote.
	local first
	first=$(printf '%s\n' S/seg/*.zst | head -n 1)
	ev-replay "$first" >got
	head -n "$(wc -l <got)" in | cmp - got
	# Half of a range, then the rest of it.
	ev-replay "${range[@]}" S >want
	ev-replay "${range[@]}" --position at -n 20 S >parts
	ev-replay "${range[@]}" --position at -n 20 S >>parts
	ev-replay "${range[@]}" --position at S >>parts
	cmp want parts
	run -0 --separate-stderr ev-replay "${range[@]}" --position at S
	[ -z "$output$stderr" ]
}

@test "--position in a packed archive, with a range and without" {
	log 3000 >in
	ev-store pack <in >in.zst
	for r in "" "${range[*]}" "--from 0"; do
		rm -f at parts
		# shellcheck disable=SC2086 # a list of words
		for n in 7 7 9; do ev-replay $r --position at -n $n in.zst >>parts; done
		mv in.zst in.zst.1
		# shellcheck disable=SC2086 # a list of words
		ev-replay $r --position at in.zst >>parts
		mv in.zst.1 in.zst
		# shellcheck disable=SC2086 # a list of words
		ev-replay $r in | cmp - parts
		[ "$(wc -l <parts)" -gt 23 ]
	done
}

@test "in a store events have their times in any order, also where no index says which" {
	log 3000 | sort -t: -k4.5 >in
	ev-store init --store S
	ev-store append --store S <in
	ls S/seg >segments
	[ "$(cat segments)" = 00000000000000000000.ndjson ]
	ev-replay "${range[@]}" in >want
	[ -s want ]
	ev-replay "${range[@]}" S | cmp - want
	ev-replay "${range[@]}" S/seg/*.ndjson | cmp - want
}
