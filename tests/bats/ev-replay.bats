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
	local line
	read -r line <out
	[ "$line" = '{"timestamp":0,"in":"a"}' ]
	kill -TERM $!
	local status=0
	wait $! || status=$?
	[ "$status" -eq 143 ]
}

@test "TERM ends a paced replay; what was not due is dropped, and counted" {
	lines a 0 3600000 7200000
	ev-replay --speed 1 --stats a >out 2>err 3>&- &
	local pid=$!
	wait_for test -s out
	kill -TERM "$pid"
	local status=0
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
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
	ev-replay -F log >out 3>&- &
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
	local status=0
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
	[ "$(paste -sd' ' out)" = '{"timestamp":1,"in":"log"} {"timestamp":2} {"timestamp":3} {"timestamp":4,"longer":"than what comes next"} {"timestamp":5} {"timestamp":6}' ]
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
	local status=0
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
	[ "$(tail -n 2 out | paste -sd' ')" = '{"timestamp":4,"in":"b"} {"timestamp":0,"in":"later"}' ]
}

@test "\$ts in -w is the time of --time" {
	printf '{"at":1000,"timestamp":9}\n{"at":2000,"timestamp":9}\n{"timestamp":9}\n' >in
	run --separate-stderr ev-replay --time .at -w 'has("at") and $ts == 2000' in
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$output" = '{"at":2000,"timestamp":9}' ]
}
