# driver: what the driver gives to every program, shown on ev-filter: selection, dead letters, signals, limits.
load common

W='{"eventType":"content.watched","n":1}'
R='{"eventType":"user.registered","n":2}'

@test "a passed line is byte for byte, CR and blanks included" {
	printf ' {"b" : 1.50,\t"a":12345678901234567890} \r\n{"a":1,"a":2}\n' >in
	run --separate-stderr ev-filter true in
	[ "$status" -eq 0 ]
	ev-filter true in | cmp - in
}

@test "a byte order mark is taken at byte 0 only" {
	printf '\xef\xbb\xbf%s\n' "$W" >in
	run --separate-stderr ev-filter true in
	[ "$status" -eq 0 ]
	same "$W"
	printf '%s\n\xef\xbb\xbf%s\n' "$W" "$W" >in
	run --separate-stderr ev-filter true in
	[ "$status" -eq 1 ]
	[[ $stderr == "ev-filter: error: in: line 2, byte 1: "* ]]
}

@test "operands are read one after another, - is stdin" {
	echo "$W" >a
	echo "$R" | zstd -q >b
	run --separate-stderr ev-filter true a - b <<<'{"n":3}'
	[ "$status" -eq 0 ]
	same "$W"$'\n''{"n":3}'$'\n'"$R"
}

@test "a missing operand is named, status 2" {
	run --separate-stderr ev-filter true no-such-file
	[ "$status" -eq 2 ]
	[ "$stderr" = "ev-filter: error: no-such-file: No such file or directory" ]
}

@test "a missing file of -f is named, status 2; one with a NUL byte is not cut short there" {
	run --separate-stderr ev-filter -f no-such-file
	[ "$status" -eq 2 ]
	[ "$stderr" = "ev-filter: error: no-such-file: No such file or directory" ]
	printf 'true\0 and false' >expr
	run --separate-stderr ev-filter -f expr
	[ "$status" -eq 2 ]
	[[ $stderr == "ev-filter: error: expr: a NUL byte in it"* ]]
}

@test "-t takes globs on the type, in both dialects" {
	printf '%s\n%s\n{"specversion":"1.0","type":"user.left"}\n{"x":1}\n' "$W" "$R" >in
	run --separate-stderr ev-filter -t 'user.*,payment.*' true in
	[ "$status" -eq 0 ]
	same "$R"$'\n''{"specversion":"1.0","type":"user.left"}'
}

@test "-w selects, what is not selected is counted as dropped" {
	printf '%s\n%s\n' "$W" "$R" >in
	run --separate-stderr ev-filter -w '.n == 2' --stats true in
	[ "$status" -eq 0 ]
	same "$R"
	[[ $stderr == "ev-filter: in 2 = passed 1 + used 0 + dropped 1 + late 0 + bad 0; "* ]]
}

@test "-n stops after N written, 0 included" {
	printf '%s\n%s\n%s\n' "$W" "$R" "$W" >in
	run --separate-stderr ev-filter -n 1 '.n == 2' in
	[ "$status" -eq 0 ]
	same "$R"
	run --separate-stderr ev-filter -n 0 true in
	[ "$status" -eq 0 ]
	same ''
}

@test "ten bad lines are named, the others counted" {
	for i in {1..25}; do echo "{$i"; done >in
	run --separate-stderr ev-filter true in
	[ "$status" -eq 1 ]
	[ "${#stderr_lines[@]}" -eq 11 ]
	[ "${stderr_lines[9]}" = "ev-filter: error: in: line 10, byte 2: expected a member name or '}', found '1'" ]
	[ "${stderr_lines[10]}" = "ev-filter: error: 15 more bad lines, 25 in all" ]
}

@test "bytes of data in messages are made safe" {
	printf '{"a":\x1b[31m}\n' >in
	run --separate-stderr ev-filter true in
	[ "$status" -eq 1 ]
	[[ $stderr != *$'\x1b'* ]]
}

@test "a dead letter comes back byte for byte with --redrive" {
	printf '{"n":1}\n{"n":"\xff"}\n{"n":2}\n' >in
	run --separate-stderr ev-filter true --on-bad divert=dead in
	[ "$status" -eq 0 ]
	sed -n 2p in >want
	run --separate-stderr ev-filter true --redrive --on-bad divert=again dead
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	run --separate-stderr ev-filter '."$dead".attempts == 2 and has("rawBase64")' again
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
}

@test "what can be handled now leaves --redrive as it first came" {
	run --separate-stderr ev-filter '.n + "x"' --on-bad divert=dead <<<'{"n":  1}'
	[ "$status" -eq 0 ]
	run --separate-stderr ev-filter true --redrive dead
	[ "$status" -eq 0 ]
	same '{"n":  1}'
}

@test "a letter that failed --max-attempts times is parked" {
	echo '{x' >in
	ev-filter true --on-bad divert=dead1 in
	ev-filter true --redrive --max-attempts 2 --on-bad divert=dead2 dead1
	run --separate-stderr ev-filter true --redrive --max-attempts 2 --on-bad divert=dead3 dead2
	[ "$status" -eq 0 ]
	[ "$stderr" = "ev-filter: warning: 1 dead letters parked after 2 attempts" ]
	run --separate-stderr ev-filter '."$dead".parked and ."$dead".attempts == 3' dead3
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
}

@test "a line over the limit leaves its first 4 KiB, length and offset" {
	{ echo "$W"; printf '{"x":"%05000d"}\n' 0; echo "$R"; } >in
	run --separate-stderr ev-filter true --max-line 4096 --on-bad divert=dead in
	[ "$status" -eq 0 ]
	same "$W"$'\n'"$R"
	run --separate-stderr ev-filter '."$dead".length == 5008 and ."$dead".offset == 38 and (.raw | length) == 4096' dead
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
}

@test "an output file is appended to, never truncated" {
	echo kept >dead
	echo '{x' | ev-filter true --on-bad divert=dead
	[ "$(head -n 1 dead)" = kept ]
	[ "$(wc -l <dead)" -eq 2 ]
}

@test "HUP reopens the files of dead letters" {
	mkfifo in
	setsid ev-filter true --on-bad divert=dead <in >out &
	local pid=$!
	exec 9<>in
	echo '{1' >&9
	wait_for test -s dead
	mv dead old
	kill -HUP "$pid"
	wait_for test -e dead
	echo '{2' >&9
	wait_for test -s dead
	exec 9>&-
	wait "$pid"
	[ "$(wc -l <old)" -eq 1 ]
	[ "$(wc -l <dead)" -eq 1 ]
}

@test "USR1 prints the counters and the run goes on" {
	mkfifo in
	ev-filter true <in >out 2>err &
	local pid=$!
	exec 9<>in
	echo "$W" >&9
	wait_for test -s out
	kill -USR1 "$pid"
	wait_for test -s err
	echo "$R" >&9
	exec 9>&-
	wait "$pid"
	[ "$(cat out)" = "$W"$'\n'"$R" ]
	[[ $(cat err) == "ev-filter: in 1 = passed 1 "* ]]
}

@test "INT to the group of a three-stage pipeline loses no line" {
	events 200000 >in
	cat >job.sh <<'JOB'
ev-filter --stats true in 2>first | ev-filter true | ev-filter --stats true >out 2>err
JOB
	setsid bash job.sh &
	local leader=$!
	wait_for test -s out
	kill -INT -- "-$leader" || true
	wait "$leader" || true
	wait_for test -s err
	# what the first stage passed, the last one wrote: a prefix of the input, cut at a line
	[[ $(<first) == "ev-filter: in "*" = passed $(wc -l <out) + "* ]]
	head -n "$(wc -l <out)" in | cmp - out
	[ "$(tail -c 1 out | od -An -c | tr -d ' ')" = '\n' ]
}

@test "TERM: what waits in the pipe is still handled" {
	mkfifo in
	ev-filter true <in >out 2>err &
	local pid=$!
	exec 9<>in
	echo "$W" >&9
	wait_for test -s out
	kill -TERM "$pid"
	echo "$R" >&9
	exec 9>&-
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
	[ "$(cat out)" = "$W"$'\n'"$R" ]
}

@test "--grace bounds how long a pipe is read after TERM" {
	mkfifo in
	ev-filter true --grace 10ms <in >out 2>err &
	local pid=$!
	exec 9<>in
	echo "$W" >&9
	wait_for test -s out
	wait_for catches_term "$pid"
	kill -TERM "$pid"
	wait "$pid" || status=$?
	exec 9>&-
	[ "$status" -eq 143 ]
}

@test "the longest --grace does not end at once" {
	mkfifo in
	ev-filter true --grace 20000w <in >out 2>err &
	local pid=$!
	exec 9<>in
	echo "$W" >&9
	wait_for test -s out
	kill -TERM "$pid"
	wait_for signals_taken "$pid"
	echo "$R" >&9
	wait_for grep -qxF "$R" out
	exec 9>&-
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
}

@test "EV_STATS and EV_METRICS stand for the options" {
	mkdir m
	EV_STATS=1 EV_METRICS=m run --separate-stderr ev-filter --name stage true <<<"$W"
	[ "$status" -eq 0 ]
	[[ $stderr == "stage: in 1 = "* ]]
	[ "$(grep -c '^ev_events_passed_total{stage="stage"} 1$' m/stage.prom)" -eq 1 ]
	[ "$(grep -c '^ev_latency_seconds_bucket{stage="stage",le="+Inf"} 1$' m/stage.prom)" -eq 1 ]
}

@test "--max-memory ends with status 3, not with the kernel" {
	run --separate-stderr ev-filter --max-memory 1k true <<<"$W"
	[ "$status" -eq 3 ]
	[[ $stderr == "ev-filter: error: more than --max-memory 1024 bytes would be needed" ]]
}

@test "--arg and --argjson bind names, broken JSON is status 2" {
	run --separate-stderr ev-filter --arg t content.watched --argjson n 1 '.eventType == $t and .n == $n' <<<"$W"
	[ "$status" -eq 0 ]
	same "$W"
	run --separate-stderr ev-filter --argjson n '{' true <<<"$W"
	[ "$status" -eq 2 ]
	[ -z "$output" ]
}

@test "--explain names the engine of each expression" {
	run --separate-stderr ev-filter -w '.a == 1' --explain '.b | keys'
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = $'.a == 1\tnative' ]
	[[ ${lines[1]} == $'.b | keys\tjq: '* ]]
}

@test "a syntax error is status 2 before any input" {
	run --separate-stderr ev-filter '.a ==' <<<"$W"
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr == "ev-filter: error: expression '.a ==', column "* ]]
}

@test "-f reads the expression, all operands are files" {
	echo '.n == 2' >expr
	printf '%s\n%s\n' "$W" "$R" >in
	run --separate-stderr ev-filter -f expr in
	[ "$status" -eq 0 ]
	same "$R"
}

@test "-q says by its status whether anything matches" {
	run --separate-stderr ev-filter -q '.n == 1' <<<"$W"
	[ "$status" -eq 0 ]
	same ''
	run --separate-stderr ev-filter -q '.n == 2' <<<"$W"
	[ "$status" -eq 1 ]
	[ -z "$stderr" ]
}

@test "--progress draws on a terminal only" {
	run --separate-stderr ev-filter --progress true <<<"$W"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	echo "$W" >in
	run --separate-stderr script -qec "ev-filter --progress false in" /dev/null </dev/null
	[ "$status" -eq 0 ]
	[[ $output == $'\r\e[K'*" events, "*" MB/s"*$'\r\e[K' ]]
}

@test "what was answered before a failure still comes out" {
	run --separate-stderr ev-filter --on-bad fail true <<<$'1\n2\nx\n3'
	[ "$status" -eq 1 ]
	same $'1\n2'
	[ "$stderr" = "ev-filter: error: stdin: line 3, byte 1: expected a value, found 'x'" ]
	echo "$W" >a
	run --separate-stderr ev-filter true a no-such-file a
	[ "$status" -eq 2 ]
	same "$W"
}

@test "a failure is told even when nobody reads what was answered before it" {
	mkfifo out
	exec 4<>out 5>out 4<&-
	run --separate-stderr bash -c 'ev-filter --on-bad fail true >&5' <<<$'1\nx'
	exec 5>&-
	[ "$status" -eq 1 ]
	[ "$stderr" = "ev-filter: error: stdin: line 2, byte 1: expected a value, found 'x'" ]
}

@test "--name: empty, hidden, with a slash or over 100 bytes is status 2" {
	local name
	for name in '' .x a/b $'\xff' "$(printf '%0101d' 0)"; do
		run --separate-stderr ev-filter --name "$name" true <<<"$W"
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[[ $stderr == "ev-filter: error: --name: '"* ]]
	done
	run --separate-stderr ev-filter --name "$(printf '%0100d' 0)" true <<<"$W"
	[ "$status" -eq 0 ]
}

@test "--metrics replaces no device and no fifo" {
	mkfifo metrics
	run --separate-stderr ev-filter --metrics metrics true <<<"$W"
	[ "$status" -eq 0 ]
	same "$W"
	[ "$stderr" = "ev-filter: warning: metrics: not a regular file" ]
	[ -p metrics ]
}

@test "TERM ends a line without end" {
	ev-filter true --stats /dev/zero >out 2>err &
	local pid=$!
	wait_for catches_term "$pid"
	kill -TERM "$pid"
	wait_for gone "$pid" || kill -KILL "$pid"
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
	[[ $(<err) == "ev-filter: in 0 = "* ]]
}

# stuck PID: it sleeps in a write to a pipe (where the kernel does not say in what, that it read much will do).
stuck() {
	local where
	where=$(<"/proc/$1/wchan")
	[[ $where == *pipe_write* ]] ||
		{ [ "$where" = 0 ] && [ "$(sed -n 's/^rchar: //p' "/proc/$1/io")" -gt 5000000 ]; }
}

@test "a third TERM ends a program that is stuck in a write" {
	mkfifo in out
	exec 9<>out
	yes 1 >in &
	ev-filter true --grace 1h <in >out &
	local pid=$! i
	wait_for stuck "$pid"
	for i in 1 2 3; do
		alive "$pid"
		kill -TERM "$pid"
		wait_for signals_taken "$pid"
	done
	wait_for gone "$pid" || kill -KILL "$pid"
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
	exec 9>&-
}

@test "HUP from the controlling terminal ends the run" {
	mkfifo in
	exec 9<>in
	script -qfc 'echo $$ >pid; exec ev-filter true in >out' /dev/null >/dev/null </dev/null 9>&- &
	local terminal=$! pid
	wait_for test -s pid
	pid=$(<pid)
	wait_for catches_term "$pid"
	kill -KILL "$terminal"
	wait "$terminal" || true
	wait_for gone "$pid"
	exec 9>&-
}

@test "a dead letter of two lines or a mad count is handled" {
	echo '{"$dead":{},"raw":"{\"a\":\n1}"}' >in
	run --separate-stderr ev-filter true --redrive in
	[ "$status" -eq 1 ]
	same ''
	[ "$stderr" = "ev-filter: error: in: line 1: dead letter holds more than one line" ]
	echo '{"$dead":{"attempts":9223372036854775807},"raw":"{"}' >in
	run --separate-stderr ev-filter true --redrive --on-bad divert=dead in
	[ "$status" -eq 0 ]
	run --separate-stderr ev-filter '."$dead" | .parked and .attempts == 1000000001' dead
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
}

@test "stages that select differently give their results different ids" {
	events 3 >in
	ids() { ev-window --tumbling 1h "$@" in | ev-filter true | grep -o '"eventId":"[^"]*"'; }
	run -0 --separate-stderr ids -w '.data.count > 1'
	local one=$output
	[ "${#one}" -eq 48 ]
	run -0 --separate-stderr ids -w '.data.count > 2'
	[ "${#output}" -eq 48 ]
	[ "$output" != "$one" ]
	run -0 --separate-stderr ids -w '.data.count > $n' --argjson n 1
	local two=$output
	run -0 --separate-stderr ids -w '.data.count > $n' --argjson n 2
	[ "$output" != "$two" ]
	run -0 --separate-stderr ids -w '.data.count > 1' --stats --max-keys 7
	[ "$output" = "$one" ]
}

@test "--arg: bytes that are no UTF-8 are refused, not replaced" {
	run --separate-stderr ev-filter --arg a $'\xff' true <<<"$W"
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-filter: error: --arg a: '\\xff' is not valid UTF-8; see ev-filter --help" ]
}

@test "--tz is the zone of times given without one, an unknown zone is status 2" {
	events 2 >in
	run --separate-stderr ev-replay --tz Nowhere/At_All --from 2021-11-22 in
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[[ $stderr == "ev-replay: error: --from: unknown time zone 'Nowhere/At_All'; "* ]]
	# the two events are at 09:15:33 and 09:15:34 UTC
	run --separate-stderr ev-replay --from 2021-11-22T09:15:34 in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	[ -e /usr/share/zoneinfo/Europe/Berlin ] || skip "needs zone files"
	run --separate-stderr ev-replay --tz Europe/Berlin --from 2021-11-22T10:15:34 in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	run --separate-stderr ev-replay --tz Europe/Berlin --from 2021-11-22T10:15:33 in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
}
