#!/usr/bin/env bats
# ev-replay: merging, ranges, pace, archives, following.
load common

# lines NAME TIME…: a file of events at these times.
lines() {
	local name=$1 t
	shift
	for t in "$@"; do printf '{"timestamp":%s,"in":"%s"}\n' "$t" "$name"; done >"$name"
}

@test "several files are merged by time, equal times in the order of the files" {
	lines a 1000 3000 3000
	lines b 1000 2000 3000
	run --separate-stderr ev-replay b a
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"timestamp":1000,"in":"b"}
{"timestamp":1000,"in":"a"}
{"timestamp":2000,"in":"b"}
{"timestamp":3000,"in":"b"}
{"timestamp":3000,"in":"a"}
{"timestamp":3000,"in":"a"}'
}

@test "lines leave byte for byte, CRLF, blanks and odd numbers too" {
	printf ' {"timestamp":1.0e3, "n":12345678901234567890}\r\n{"timestamp":2000,"a":1,"a":2} \n' >a
	printf '{"timestamp":1500,"x":"\\ud800"}\n' >b
	ev-replay a b >out
	{ head -n 1 a; cat b; tail -n 1 a; } | cmp - out
	ev-replay a >out
	cmp a out
}

@test "archives are decompressed by content, several frames and members" {
	lines a 1 4
	lines b 2
	lines c 3
	{ zstd -q <a; printf '{"timestamp":5,"in":"a"}\n' | zstd -q; } >a.log
	gzip <b >b.log
	run --separate-stderr ev-replay a.log b.log c
	[ "$status" -eq 0 ]
	same '{"timestamp":1,"in":"a"}
{"timestamp":2,"in":"b"}
{"timestamp":3,"in":"c"}
{"timestamp":4,"in":"a"}
{"timestamp":5,"in":"a"}'
}

@test "a truncated archive is status 5 after the whole lines before" {
	awk 'BEGIN { srand(1); for (i = 0; i < 200000; i++) printf "{\"timestamp\":%d,\"r\":%.9f}\n", i, rand() }' >a
	zstd -q a
	head -c 1000000 a.zst >cut
	run --separate-stderr bash -c 'ev-replay cut >out'
	[ "$status" -eq 5 ]
	[ "$stderr" = "ev-replay: error: cut: truncated zstd archive" ]
	[ "$(wc -l <out)" -gt 1000 ]
	head -n "$(wc -l <out)" a | cmp - out
}

@test "--from is inclusive, --to exclusive" {
	lines a 1000 2000 3000
	run --separate-stderr ev-replay --from 1000 --to 3000 a
	[ "$status" -eq 0 ]
	same '{"timestamp":1000,"in":"a"}
{"timestamp":2000,"in":"a"}'
	run --separate-stderr ev-replay --from 3000 --to 2000 a
	[ "$status" -eq 2 ]
	[ "$stderr" = "ev-replay: error: --from is after --to; see ev-replay --help" ]
}

@test "from standard input, with -t, -w and -n" {
	printf '{"eventType":"a.b","timestamp":%s}\n{"eventType":"c.d","timestamp":%s}\n' 1 2 3 4 5 6 >in
	run --separate-stderr bash -c 'ev-replay -t "a.*" -w ".timestamp > 2" -n 1 --stats <in'
	[ "$status" -eq 0 ]
	same '{"eventType":"a.b","timestamp":3}'
	[[ $stderr == *"passed 1 "* ]]
}

@test "a line without readable time is bad, wherever the time is needed" {
	printf '{"timestamp":1000}\n{"no":1}\n[1]\nnonsense\n{"timestamp":"soon"}\n{"timestamp":2000}\n' >a
	lines b 1500
	for how in 'a b' '--from 0 a' '--speed 1000 a'; do
		# shellcheck disable=SC2086 # a list of words
		run --separate-stderr ev-replay --on-bad divert=bad $how
		[ "$status" -eq 0 ]
		[[ $output == *'{"timestamp":1000}'*'{"timestamp":2000}' ]]
		[ "$(wc -l <bad)" -eq 4 ]
		[[ $(head -n 1 bad) == *'"raw":"{\"no\":1}"'* ]]
		rm bad
	done
}

@test "a line much longer than --max-line is bad, and those after it come, however the file is read" {
	# Longer than what is read at once.
	awk 'BEGIN {
		for (pad = "a"; length(pad) < 1000000;) pad = pad pad
		for (i = 1; i <= 9; i++)
			printf "{\"timestamp\":%d,\"d\":\"%s\"}\n", i, i % 3 ? "" : pad
	}' >log
	grep -v aaaa log >want
	lines other 0 20
	{ sed -n 1p other; cat want; sed -n 2p other; } >merged
	sed 1d want >later
	mkdir d
	cp log d/log.1
	cp other d
	local how
	for how in 'want:log' 'want:<log' 'want:--position at log' 'later:--from 2 --to 10 log' 'merged:log other' \
		'merged:- other <log' 'merged:--position at.d d' 'want:--speed 1000 log' 'want:-n 6 -F log'; do
		run --separate-stderr timeout 20 bash -c \
			"ev-replay --max-line 1k --on-bad divert=dead ${how#*:} >got"
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
		cmp "${how%%:*}" got
		[ "$(wc -l <dead)" -ge 2 ]
		[ "$(grep -c '"code":"too-long"' dead)" -eq "$(wc -l <dead)" ]
		rm dead
	done
	run --separate-stderr timeout 20 ev-replay --max-line 1k log
	[ "$status" -eq 1 ]
	same "$(cat want)"
	[[ $stderr == "ev-replay: error: log: line 3"*": line of 1048598 bytes is over --max-line 1024"* ]]
	# A file of a log that is followed, and is not its newest.
	mv d/other d/log
	: >out
	ev-replay -F --max-line 1k --on-bad divert=dead d >out 3>&- &
	local pid=$!
	wait_for has 8
	kill -TERM "$pid"
	ends 143 "$pid"
	cat want other | cmp - out
	[ "$(wc -l <dead)" -eq 3 ]
}

@test "one file at full speed is passed on unread; with a type it is not" {
	printf 'nonsense\n' >a
	run --separate-stderr ev-replay a
	[ "$status" -eq 0 ]
	same nonsense
	run --separate-stderr ev-replay --from 0 a
	[ "$status" -eq 1 ]
	[ -z "$output" ]
}

@test "--time and --time-unit read other people's logs" {
	printf '{"at":{"s":%s}}\n' 1 3 >a
	printf '{"at":{"s":%s}}\n' 2 >b
	run --separate-stderr ev-replay --time .at.s --time-unit s --from 1970-01-01T00:00:02 a b
	[ "$status" -eq 0 ]
	same '{"at":{"s":2}}
{"at":{"s":3}}'
}

@test "wrong options are refused by name" {
	local text
	for text in '--speed 0' '--speed -1' '--speed fast' '--rate 5' '--rate 0/s' '--rate 5/d' '--max-gap 1s'; do
		# shellcheck disable=SC2086 # a list of words
		run --separate-stderr ev-replay $text /dev/null
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[[ $stderr == "ev-replay: error: ${text%% *}"* ]]
	done
	run --separate-stderr ev-replay -F -
	[ "$status" -eq 2 ]
	run --separate-stderr ev-replay absent
	[ "$status" -eq 2 ]
	[[ $stderr == *absent* ]]
}

@test "a paced replay writes the same bytes as one at full speed" {
	awk 'BEGIN { for (i = 0; i < 5000; i++) printf "{\"timestamp\":%d}\n", i * 10 - (i % 7) * 35 }' >a
	ev-replay --speed 1000 a | cmp - a
	ev-replay --rate 100000/s a | cmp - a
	ev-replay --speed 1 --max-gap 0 --rate 3000000/m a | cmp - a
}

@test "what is due is written before what is not is waited for" {
	lines a 0 3600000
	mkfifo out
	ev-replay --speed 1 a >out 3>&- &
	pid=$!
	local line
	exec 6<out
	read -r line <&6
	[ "$line" = '{"timestamp":0,"in":"a"}' ]
	kill -TERM "$pid"
	ends 143 "$pid"
}

@test "TERM ends a paced replay; what was not due is dropped, and counted" {
	lines a 0 3600000 7200000
	ev-replay --speed 1 --stats a >out 2>err 3>&- &
	local pid=$!
	wait_for test -s out
	kill -TERM "$pid"
	ends 143 "$pid"
	[ "$(cat out)" = '{"timestamp":0,"in":"a"}' ]
	[[ $(cat err) == *"in 2 = passed 1 + used 0 + dropped 1 "* ]]
}

@test "what is left out does not count for the pace" {
	lines a 0 3600000 7200000
	run --separate-stderr ev-replay --speed 1 --from 7200000 a
	[ "$status" -eq 0 ]
	same '{"timestamp":7200000,"in":"a"}'
}

@test "--max-gap shortens a night" {
	lines a 0 86400000 86400001
	run --separate-stderr ev-replay --speed 1 --max-gap 10ms a
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
}

@test "pipes in a merge that run ahead of each other do not stop" {
	awk 'BEGIN { for (i = 0; i < 100000; i++) printf "{\"timestamp\":%d,\"pad\":\"0123456789012345678901234567890123456789\"}\n", i }' >a
	mkfifo left right
	# One tee feeds both inputs; one branch is delayed by all of the data.
	tee left <a 3>&- | tac 3>&- | tac >right 3>&- &
	ev-replay left right >out
	[ "$(wc -l <out)" -eq 200000 ]
	sed 'p' a | cmp - out
}

@test "over --max-buffer what is ahead goes to disk, and comes back" {
	awk 'BEGIN { for (i = 0; i < 50000; i++) printf "{\"timestamp\":%d}\n", i }' >a
	mkfifo left right
	tee left <a 3>&- | tac 3>&- | tac >right 3>&- &
	run --separate-stderr bash -c 'ev-replay --max-buffer 1k left right >out'
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	sed p a | cmp - out
}

@test "a temporary file that cannot be made is status 3 with the reason" {
	awk 'BEGIN { for (i = 0; i < 50000; i++) printf "{\"timestamp\":%d}\n", i }' >a
	mkfifo left right
	tee left <a 3>&- | tac 3>&- | tac >right 3>&- &
	run --separate-stderr env TMPDIR=/nowhere ev-replay --max-buffer 1k left right
	[ "$status" -eq 3 ]
	[ "$stderr" = "ev-replay: error: temporary file in '/nowhere': No such file or directory" ]
}

# has N: out holds N lines.
has() {
	[ "$(wc -l <out)" -eq "$1" ]
}

@test "-F follows through rename, truncation and removal" {
	lines log 1
	: >out
	ev-replay -F log >out 2>err 3>&- &
	local pid=$!
	wait_for has 1
	echo '{"timestamp":2}' >>log
	wait_for has 2
	mv log log.1
	echo '{"timestamp":3}' >>log.1
	wait_for has 3
	echo '{"timestamp":4,"longer":"than what comes next"}' >log
	wait_for has 4
	echo '{"timestamp":5}' >log
	wait_for has 5
	rm log
	echo '{"timestamp":6}' >log
	wait_for has 6
	kill -TERM "$pid"
	ends 143 "$pid"
	[ "$(paste -sd' ' out)" = '{"timestamp":1,"in":"log"} {"timestamp":2} {"timestamp":3} {"timestamp":4,"longer":"than what comes next"} {"timestamp":5} {"timestamp":6}' ]
	[ "$(cat err)" = "ev-replay: warning: log: was cut short after line 1; what came after that may be lost; it is read again from its start" ]
}

# stopped PID: it takes no signals and does not run.
stopped() {
	grep -q '^State:.T' "/proc/$1/status"
}

@test "-F: copied and truncated, also grown past the old end: the rest is read from the copy" {
	lines log 1 2
	: >out
	ev-replay -F log >out 2>err 3>&- &
	local pid=$!
	wait_for has 2
	kill -STOP "$pid"
	wait_for stopped "$pid"
	lines new 3
	cat new >>log
	cp log log.1
	lines log 4 5 6 7
	kill -CONT "$pid"
	wait_for has 7
	[ ! -s err ]
	kill -STOP "$pid"
	wait_for stopped "$pid"
	lines log 8 9 10 11 12 13
	kill -CONT "$pid"
	wait_for has 13
	kill -TERM "$pid"
	ends 143 "$pid"
	[ "$(grep -o '"timestamp":[0-9]*' out | cut -d: -f2 | paste -sd' ')" = "1 2 3 4 5 6 7 8 9 10 11 12 13" ]
	[ "$(cat err)" = "ev-replay: warning: log: was cut short after line 4; what came after that may be lost; it is read again from its start" ]
}

@test "-F of half an archive: it is said once, and the rest is waited for" {
	awk 'BEGIN { srand(1); for (i = 0; i < 50000; i++) printf "{\"timestamp\":%d,\"r\":%.9f}\n", i, rand() }' >a
	zstd -q a
	gzip -k a
	local form n=100000
	for form in zst gz; do
		head -c "$n" "a.$form" >log
		rm -f out err
		ev-replay -F log >out 2>err 3>&- &
		local pid=$!
		wait_for test -s err
		head -c $((n + 1000)) "a.$form" | tail -c 1000 >>log
		tail -c +$((n + 1001)) "a.$form" >>log
		wait_for has 50000
		kill -TERM "$pid"
		ends 143 "$pid"
		cmp a out
		[ "$(cat err)" = "ev-replay: warning: log: the archive ends in the middle; waiting for the rest" ]
	done
	: >out
	ev-replay -F log >out 2>err 3>&- &
	local pid=$!
	wait_for has 50000
	kill -TERM "$pid"
	ends 143 "$pid"
	[ ! -s err ]
}

@test "-F merges what is there by time, then takes what comes" {
	lines a 1 5
	lines b 2 3
	: >out
	ev-replay -F a b later >out 3>&- &
	local pid=$!
	wait_for has 4
	[ "$(paste -sd' ' out)" = '{"timestamp":1,"in":"a"} {"timestamp":2,"in":"b"} {"timestamp":3,"in":"b"} {"timestamp":5,"in":"a"}' ]
	echo '{"timestamp":4,"in":"b"}' >>b
	wait_for has 5
	echo '{"timestamp":0,"in":"later"}' >later
	wait_for has 6
	kill -TERM "$pid"
	ends 143 "$pid"
	[ "$(tail -n 2 out | paste -sd' ')" = '{"timestamp":4,"in":"b"} {"timestamp":0,"in":"later"}' ]
}

@test "\$ts in -w is the time of --time" {
	printf '{"at":1000,"timestamp":9}\n{"at":2000,"timestamp":9}\n{"timestamp":9}\n' >in
	run --separate-stderr ev-replay --time .at -w 'has("at") and $ts == 2000' in
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$output" = '{"at":2000,"timestamp":9}' ]
}

# --- stores and directories ----------------------------------------------------------------------

# story N: N envelope events of two aggregates, odd bytes kept.
story() {
	awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++)
		printf "{\"eventId\":\"e%d\",  \"eventType\":\"content.watched\",\"eventVersion\":\"1.0\",\"timestamp\":%.0f,\"source\":\"s\",\"aggregateId\":\"%d\",\"aggregateType\":\"user\",\"data\":{\"n\":12345678901234567%03d, \"s\":\"\\u00e9é\\ud800\"}}\n", i, 1637572532000 + 1000 * (i - 30 * (i % 3)), i % 2, i }'
}

@test "a store is replayed as its producers wrote it, byte for byte" {
	story 300 >in
	ev-store init --store S
	head -n 100 in | ev-store append a --store S
	tail -n +101 in | ev-store append b --store S
	run --separate-stderr ev-replay S
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	ev-replay S | cmp - in
	ev-replay --speed 100000000 S | cmp - in
	run --separate-stderr bash -c 'ev-replay --from 2021-11-22T09:16:32 --to 2021-11-22T09:17:32 S | cmp - <(ev-replay --from 2021-11-22T09:16:32 --to 2021-11-22T09:17:32 in)'
	[ "$status" -eq 0 ]
}

@test "a store that has lost its FORMAT is no directory of logs" {
	ev-store init --store s
	events 3 | ev-store append --store s
	mv s/FORMAT kept
	for how in "" -F; do
		run --separate-stderr timeout 60 ev-replay $how s
		[ "$status" -eq 5 ]
		[ -z "$output" ]
		[ "$stderr" = "ev-replay: error: 's' has segments, but FORMAT is missing: bring it back from a backup" ]
	done
	ln -s ../kept s/FORMAT
	run --separate-stderr ev-replay s
	[ "$status" -eq 3 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-replay: error: cannot open 's/FORMAT': Too many levels of symbolic links" ]
	rm s/FORMAT
	mkdir logs
	events 2 | tee logs/head >logs/seg
	[ "$(ev-replay logs | wc -l)" -eq 4 ]
}

@test "a segment of a store alone gives what the producers wrote, plain or sealed" {
	story 90 >in
	ev-store init --store S
	local plain=S/seg/00000000000000000030.ndjson
	head -n 30 in | ev-store append a --store S
	touch "$plain" # as if the one before were full
	tail -n +31 in | ev-store append a --store S
	ev-store seal --store S >/dev/null
	ev-replay S/seg/00000000000000000000.ndjson.zst | cmp - <(head -n 30 in)
	ev-replay "$plain" | cmp - <(tail -n +31 in)
	ev-replay -t 'content.*' "$plain" | cmp - <(tail -n +31 in)
	(cd S/seg && ev-replay 00000000000000000030.ndjson) | cmp - <(tail -n +31 in)
	ev-replay S/seg | sort | cmp - <(sort in)
	# A copy elsewhere is a log like any other.
	cp "$plain" copy.ndjson
	ev-replay copy.ndjson | cmp - copy.ndjson
	# In three goes, sealed in between.
	ev-replay --position at -n 7 "$plain" >got
	ev-replay --position at -n 7 "$plain" >>got
	touch S/seg/00000000000000000090.ndjson
	ev-store append a --store S < <(story 91 | tail -n 1)
	ev-store seal --store S >/dev/null
	[ ! -e "$plain" ]
	ev-replay --position at "$plain" >>got
	tail -n +31 in | cmp - got
}

@test "a plain segment: damage is status 5, a line that is being written is left out" {
	story 9 >in
	ev-store init --store S
	ev-store append a --store S <in
	local plain=S/seg/00000000000000000000.ndjson
	printf '{"eventId":"half' >>"$plain"
	run --separate-stderr ev-replay "$plain"
	[ "$status" -eq 0 ]
	same "$(cat in)"
	[ "$stderr" = "ev-replay: warning: $plain: its last line is not whole; it is left out" ]
	local n
	for n in 1 5; do
		sed "${n}s/content.watched/content.watchet/" "$plain" >new
		cat new >"$plain"
		run --separate-stderr ev-replay "$plain"
		[ "$status" -eq 5 ]
		same "$(head -n $((n - 1)) in)"
		[[ $stderr == "ev-replay: error: $plain: line $n, byte "*" of the text: sum is wrong" ]]
		sed "${n}s/content.watchet/content.watched/" "$plain" >new
		cat new >"$plain"
	done
}

@test "a line of a segment may have --max-line bytes without what the store adds" {
	local pad
	pad=$(printf '%*s' 3700 '' | tr ' ' x)
	printf '{"eventId":"e%s","eventType":"a.b","eventVersion":"1","timestamp":%s,"source":"s","aggregateId":"1","aggregateType":"x","data":"%s"}\n' 1 1 "$pad" 2 2 "$pad" 3 3 "$pad$pad" 4 4 "$pad" >in
	ev-store init --store S
	ev-store append a --store S <in
	local max
	max=$(($(head -n 1 in | wc -c) - 1))
	sed 3d in >want
	local form
	for form in plain sealed; do
		run --separate-stderr bash -c "ev-replay --max-line $max S/seg/00000000000000000000.ndjson* >got"
		[ "$status" -eq 1 ]
		[[ $stderr == *": line 3: line of "*" bytes is over --max-line $max" ]]
		cmp want got
		[ "$form" = plain ] || continue
		touch S/seg/00000000000000000004.ndjson
		ev-store append a --store S < <(sed -n '1s/e1/e5/p' in)
		ev-store seal --store S >/dev/null
	done
	# The same of an archive that is no segment, by frames and whole; a limit under 4 KiB.
	ev-store pack <in >in.zst
	for form in '' '--from 0'; do
		# shellcheck disable=SC2086 # a list of words
		run --separate-stderr bash -c "ev-replay --max-line $max $form in.zst >got"
		[ "$status" -eq 1 ]
		cmp want got
	done
}

@test "a store and logs are merged by time" {
	printf '{"eventId":"e%s","eventType":"a.b","eventVersion":"1","timestamp":%s,"source":"s","aggregateId":"1","aggregateType":"x","data":{}}\n' 1 1000 2 3000 >in
	ev-store init --store S
	ev-store append x --store S <in
	lines a 2000 4000
	run --separate-stderr ev-replay S a
	[ "$status" -eq 0 ]
	same "$({ sed -n 1p in; sed -n 1p a; sed -n 2p in; sed -n 2p a; })"
}

@test "a directory: its logs, rotated and compressed ones, and partitions below" {
	mkdir -p topics/t
	cd topics
	lines app.2 1 2
	lines app.1 3 5
	lines app 7
	zstd -q --rm app.2
	gzip app.1
	lines other.ndjson.zst.x 4
	lines t/0.ndjson 6
	lines t/1.ndjson 2 8
	lines .hidden 1
	lines old.tmp 1
	cd ..
	run --separate-stderr ev-replay topics
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"timestamp":1,"in":"app.2"}
{"timestamp":2,"in":"app.2"}
{"timestamp":2,"in":"t/1.ndjson"}
{"timestamp":3,"in":"app.1"}
{"timestamp":4,"in":"other.ndjson.zst.x"}
{"timestamp":5,"in":"app.1"}
{"timestamp":6,"in":"t/0.ndjson"}
{"timestamp":7,"in":"app"}
{"timestamp":8,"in":"t/1.ndjson"}'
	mkdir empty
	run --separate-stderr ev-replay empty
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
}

@test "what ev-route wrote is replayed in order of time" {
	story 200 >in
	sort -t: -k5 in >/dev/null
	ev-route -o topics --partitions 4 <in
	run --separate-stderr ev-replay topics
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 200 ]
	[ "$(sort <<<"$output")" = "$(sort in)" ]
}

@test "more files than descriptors, when they do not overlap in time" {
	mkdir logs
	for i in $(seq 100 399); do
		lines "logs/$i" "${i}000" "${i}500"
	done
	for i in 150 250 350; do zstd -q --rm "logs/$i"; done
	run --separate-stderr bash -c 'ulimit -n 32; ev-replay logs'
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$output" = "$(for i in $(seq 100 399); do printf '{"timestamp":%s,"in":"logs/%s"}\n' "${i}000" "$i" "${i}500" "$i"; done)" ]
}

@test "-F follows a directory: logs that appear, topics too" {
	mkdir d
	lines d/a 1 5
	lines d/b 2
	: >out
	ev-replay -F d >out 3>&- &
	local pid=$!
	wait_for has 3
	lines d/c 4
	wait_for has 4
	mkdir d/topic
	lines d/topic/0.ndjson 3
	wait_for has 5
	echo '{"timestamp":6}' >>d/b
	wait_for has 6
	mv d/a d/a.1
	echo '{"timestamp":7}' >>d/a.1
	echo '{"timestamp":8}' >d/a
	wait_for has 8
	kill -TERM "$pid"
	ends 143 "$pid"
	[ "$(grep -o '"timestamp":[0-9]*' out | cut -d: -f2 | paste -sd' ')" = "1 2 5 4 3 6 7 8" ]
}

@test "-F of a directory that is empty, and of a store" {
	mkdir d
	: >out
	ev-replay -F d >out 3>&- &
	local pid=$!
	wait_for catches_term "$pid"
	lines d/a 1
	wait_for has 1
	kill -TERM "$pid"
	ends 143 "$pid"
	story 3 >in
	ev-store init --store S
	head -n 2 in | ev-store append a --store S
	: >out
	ev-replay -F S d >out 3>&- &
	pid=$!
	wait_for has 3
	tail -n 1 in | ev-store append a --store S
	wait_for has 4
	kill -TERM "$pid"
	ends 143 "$pid"
	[ "$(tail -n 3 out)" = "$(cat in)" ]
}

# --- positions -----------------------------------------------------------------------------------

@test "--position goes on where it was, in whatever the file is called by then" {
	lines log 1 2 3 4
	run --separate-stderr ev-replay --position at -n 3 log
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${#lines[@]}" -eq 3 ]
	[[ $(cat at) == '{"log":"log","line":3,'* ]]
	mv log log.1
	lines log 5
	run --separate-stderr ev-replay --position at log
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"timestamp":4,"in":"log"}
{"timestamp":5,"in":"log"}'
	echo '{"timestamp":6}' >>log
	mv log.1 log.2
	mv log log.1
	zstd -q --rm log.1 log.2
	lines log 7
	run --separate-stderr ev-replay --position at log
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"timestamp":6}
{"timestamp":7,"in":"log"}'
	run --separate-stderr ev-replay --position at log
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
}

@test "--position of a merge: directories and stores, line by line" {
	mkdir d
	lines d/a 1 4 7
	lines d/b 2 5 8
	zstd -q --rm d/b
	printf '{"eventId":"e%s","eventType":"a.b","eventVersion":"1","timestamp":%s,"source":"s","aggregateId":"1","aggregateType":"x","data":{}}\n' 3 3 6 6 9 9 >in
	ev-store init --store S
	ev-store append x --store S <in
	ev-replay d S >whole
	: >parts
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		ev-replay --position at -n 1 d S >>parts
	done
	cmp whole parts
	grep -qx '{"store":"S","pos":3,"sum":"[0-9a-f]\{16\}"}' at
	rm at
	ev-replay --position at -t 'no.such' d S >none
	[ ! -s none ]
	lines d/c 10
	run --separate-stderr ev-replay --position at d S
	[ "$status" -eq 0 ]
	same '{"timestamp":10,"in":"d/c"}'
}

@test "--position in the middle of a paced replay: what was not due comes again" {
	lines a 0 3600000 7200000
	ev-replay --speed 1 --position at a >out 2>err 3>&- &
	local pid=$!
	wait_for test -s out
	wait_for test -s at
	kill -TERM "$pid"
	ends 143 "$pid"
	run --separate-stderr ev-replay --position at a
	[ "$status" -eq 0 ]
	same '{"timestamp":3600000,"in":"a"}
{"timestamp":7200000,"in":"a"}'
}

@test "--position with -F: stopped and started again, through rotation, nothing lost or doubled" {
	local n=0 i
	: >out
	for i in 1 2 3 4 5 6; do
		ev-replay -F --position at log >>out 2>>err 3>&- &
		local pid=$!
		wait_for catches_term "$pid"
		echo "{\"timestamp\":$((++n))}" >>log
		wait_for has "$n"
		echo "{\"timestamp\":$((++n))}" >>log
		mv log "log.$((9 - i))"
		echo "{\"timestamp\":$((++n))}" >>log
		wait_for has "$n"
		kill -TERM "$pid"
		ends 143 "$pid"
		echo "{\"timestamp\":$((++n))}" >>log
	done
	ev-replay --position at log >>out
	[ ! -s err ]
	[ "$(cat out)" = "$(for i in $(seq 24); do echo "{\"timestamp\":$i}"; done)" ]
}

@test "--position: what is gone is said, and all that is left is read" {
	lines log 1 2
	ev-replay --position at log >/dev/null
	rm log
	lines log 3
	run --separate-stderr ev-replay --position at log
	[ "$status" -eq 0 ]
	same '{"timestamp":3,"in":"log"}'
	[ "$stderr" = "ev-replay: warning: log: the file of the position is gone; all that is there is read" ]
}

@test "--position refuses what cannot be taken up again, and files that hold no positions" {
	run --separate-stderr ev-replay --position at - </dev/null
	[ "$status" -eq 2 ]
	[[ $stderr == *"'-' cannot be taken up again"* ]]
	mkfifo f
	run --separate-stderr ev-replay --position at f
	[ "$status" -eq 2 ]
	lines log 1
	echo nonsense >at
	run --separate-stderr ev-replay --position at log
	[ "$status" -eq 5 ]
	[ "$stderr" = "ev-replay: error: at: line 1 is no position" ]
	[ "$(cat at)" = nonsense ]
}

@test "--position: a file that cannot be written is found before the first line" {
	lines log 1
	mkdir d
	ln -s /dev/null link
	mkfifo fifo
	local file
	for file in no/such/at log/at /proc/at "$(printf '%0253d' 0)"; do
		run --separate-stderr ev-replay --position "$file" log
		[ "$status" -eq 3 ]
		[ -z "$output" ]
		[[ $stderr == "ev-replay: error: $file: "* ]]
	done
	for file in '' d d/ /dev/null link fifo; do
		run --separate-stderr timeout 20 ev-replay --position "$file" log
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[[ $stderr == "ev-replay: error: "*"$file"* ]]
	done
	[ "$stderr" = "ev-replay: error: fifo: not a regular file; see ev-replay --help" ]
	[ -z "$(find . -name '.*.tmp')" ]
}

@test "--position, killed again and again: no line is lost, all in order" {
	local n=0 i
	: >out
	mkdir d
	for i in $(seq 12); do
		ev-replay -F --position at d >>out 2>>err 3>&- &
		local pid=$!
		printf '{"timestamp":%s}\n' $((++n)) $((++n)) >>d/log
		wait_for tail_is "$n"
		[ $((i % 3)) -ne 0 ] || mv d/log "d/log.$((20 - i))"
		[ $((i % 4)) -ne 0 ] || wait_for test -s at
		kill -KILL "$pid"
		ends 137 "$pid"
		printf '{"timestamp":%s}\n' $((++n)) >>d/log
	done
	ev-replay --position at d >>out
	[ ! -s err ]
	# Each run begins at or before where the one before ended; within a run lines follow each other.
	[ "$(sort -u out | wc -l)" -eq "$n" ]
	awk -F'[:}]' 'NR > 1 && $2 > last + 1 { exit 1 } { last = $2 }' out
}

# tail_is N: the last line of out is the Nth event.
tail_is() {
	[ "$(tail -n 1 out)" = "{\"timestamp\":$1}" ]
}

@test "-F of 300 logs: one inotify descriptor, no limit of poll" {
	mkdir d
	local i
	for i in $(seq 100 399); do lines "d/$i" "$i"; done
	: >out
	ev-replay -F d >out 3>&- &
	local pid=$!
	wait_for has 300
	for i in 100 399 250; do
		lines new "1$i"
		cat new >>"d/$i"
		wait_for tail_is_in "1$i"
	done
	[ "$(find "/proc/$pid/fd" -lname 'anon_inode:inotify' | wc -l)" -eq 1 ]
	kill -TERM "$pid"
	ends 143 "$pid"
	has 303
}

tail_is_in() {
	[[ $(tail -n 1 out) == *":$1,"* ]]
}

@test "the soft limit of open files is raised for inputs that overlap" {
	mkdir d
	local i
	for i in $(seq 100 299); do lines "d/$i" "$i" "1$i"; done
	run --separate-stderr bash -c 'ulimit -Sn 50; ev-replay d'
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${#lines[@]}" -eq 400 ]
	run --separate-stderr bash -c 'ulimit -n 50; ev-replay d'
	[ "$status" -eq 3 ]
	[[ $stderr == "ev-replay: error: d/"*": Too many open files" ]]
}

@test "what it writes itself is not read" {
	mkdir d
	lines d/a 1 2
	ev-replay --position d/at d >d/out
	[ "$(cat d/out)" = "$(cat d/a)" ]
	rm d/out
	lines d/b 3
	run --separate-stderr ev-replay -n 1 --position d/at d
	[ "$status" -eq 0 ]
	same "$(cat d/b)"
}

@test "dead letters are written before a position counts their lines" {
	printf 'oops\n{"timestamp":1}\n' >log
	ev-replay -F --time .timestamp --position at --on-bad divert=dead log >out 3>&- &
	local pid=$!
	wait_for test -s at
	wait_for grep -q '"offset":21' at
	[ "$(wc -l <dead)" -eq 1 ]
	kill -KILL "$pid"
	ends 137 "$pid"
	has 1
}

@test "a pipe that has nothing at first is read, all of it" {
	lines a 1 2 3
	mkfifo p
	ev-replay - <p >out 3>&- &
	local pid=$!
	exec 5>p
	wait_for catches_term "$pid"
	wait_for sleeping "$pid"
	cat a >&5
	wait_for has 3
	exec 5>&-
	wait "$pid"
	cmp a out
}

# sleeping PID: it waits in the kernel.
sleeping() {
	grep -q '^State:.S' "/proc/$1/status"
}
