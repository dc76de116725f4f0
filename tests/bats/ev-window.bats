# ev-window: windows of events on the command line.
load common

# at TIME [MEMBERS]: an event with an envelope; TIME in milliseconds.
at() {
	printf '{"eventId":"e%s","eventType":"t.done","eventVersion":"1.0","timestamp":%s,"source":"s","aggregateId":"a","aggregateType":"t","correlationId":"%s","data":{%s}}\n' \
		"$1" "$1" "${3-c}" "${2-}"
}

# short: of flat results the members that tests look at, without names.
short() {
	ev-filter true "$@" | sed 's/"windowStart":"1970-01-01T00:00:0\([0-9.]*\)Z","windowEnd":"1970-01-01T00:00:0\([0-9.]*\)Z","first":"[^"]*","last":"[^"]*",/[\1,\2) /'
}

# run_short ARGUMENTS…: ev-window --flat over the file in, shortened.
run_short() {
	run -0 --separate-stderr ev-window --flat "$@" in
	[ -z "$stderr" ] || echo "$stderr"
	output=$(short <<<"$output")
}

@test "a result is an event, complete and in order" {
	{ at 500 && at 100 && at 400; } >in
	run --separate-stderr ev-window --tumbling 1s in
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	id=${output#*'"eventId":"'}
	id=${id%%\"*}
	[[ $id =~ ^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$ ]]
	same '{"eventId":"'"$id"'","eventType":"window.closed","eventVersion":"1.0","timestamp":"1970-01-01T00:00:00.999Z","source":"ev-window","aggregateId":"all","aggregateType":"window","correlationId":"c","causationId":"e500","data":{"key":null,"windowStart":"1970-01-01T00:00:00Z","windowEnd":"1970-01-01T00:00:01Z","first":"1970-01-01T00:00:00.100Z","last":"1970-01-01T00:00:00.500Z","pane":"eof","n":0,"count":3}}'
	first=$output
	run -0 --separate-stderr ev-window --tumbling 1s in
	[ "$output" = "$first" ]
	run --separate-stderr ev-window --tumbling 1s --name other in
	[ "$status" -eq 0 ]
	[[ $output != *"$id"* && $output == *'"source":"other"'* ]]
	run --separate-stderr ev-validate <<<"$first"
	[ "$status" -eq 0 ]
	same "$first"
}

@test "the correlation is there when all agree" {
	{ at 1 "" one && at 2 "" two; } >in
	run --separate-stderr ev-window --tumbling 1s in
	[ "$status" -eq 0 ]
	[[ $output != *correlationId* && $output == *'"causationId":"e2"'* ]]
	{ at 1 "" one && at 2 "" one; } >in
	run --separate-stderr ev-window --sliding 2s/1s --ooo 0 in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[1]} == *'"correlationId":"one","causationId":"e2"'* ]]
}

@test "tumbling: by key, in order of end and key" {
	{ at 5 '"k":"b"' && at 6 '"k":"a"' && at 7 '"k":"b"' && at 1005 '"k":"a"' && at 2000 '"k":"c"'; } >in
	run_short --tumbling 1s --ooo 0 -k name=.data.k
	[ "$status" -eq 0 ]
	same '{"key":"a","name":"a",[0,1) "pane":"ontime","n":0,"count":1}
{"key":"b","name":"b",[0,1) "pane":"ontime","n":0,"count":2}
{"key":"a","name":"a",[1,2) "pane":"ontime","n":0,"count":1}
{"key":"c","name":"c",[2,3) "pane":"eof","n":0,"count":1}'
}

@test "several keys: the array of their values, names beside it" {
	{ at 1 '"a":"x,y","b":[1,{"c":2}]' && at 2 '"a":"x,y","b":[1.0,{"c":2}]'; } >in
	run_short --tumbling 1s -k .data.a -k bee=.data.b -k '.data | length'
	[ "$status" -eq 0 ]
	same '{"key":["x,y",[1,{"c":2}],2],"bee":[1,{"c":2}],[0,1) "pane":"eof","n":0,"count":2}'
}

@test "keys: null is one, no output is none, ids are what strings mean" {
	{ at 1 '"k":"q\"\u0041"' && at 2 '"k":null' && at 3 && at 4 '"k":7'; } >in
	run --separate-stderr ev-window --tumbling 1s -k .data.k in
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == *'"aggregateId":"q\"A"'*'"key":"q\"A"'* ]]
	[[ ${lines[1]} == *'"aggregateId":"7"'*'"key":7'* ]]
	[[ ${lines[2]} == *'"aggregateId":"null"'*'"key":null'*'"count":2'* ]]
	run --separate-stderr ev-window --tumbling 1s -k '.data.k | strings' --flat in
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ ${stderr_lines[0]} == "ev-window: "*"no key: '.data.k | strings' gives nothing" ]]
}

@test "sliding: each event in every window that covers it" {
	{ at 1500 '"v":1' && at 2500 '"v":2'; } >in
	run_short --sliding 2s/1s --ooo 0 -a 'sum=sum(.data.v),max=max(.data.v)'
	[ "$status" -eq 0 ]
	same '{"key":null,[0,2) "pane":"ontime","n":0,"sum":1,"max":1}
{"key":null,[1,3) "pane":"eof","n":0,"sum":3,"max":2}
{"key":null,[2,4) "pane":"eof","n":0,"sum":2,"max":2}'
}

@test "sliding with lateness 0 and with lateness say the same of events in time" {
	events 3000 >in
	run --separate-stderr ev-window --sliding 90s/30s -k '.data.count % 7' -a 'n2=count(),d=distinct(.data.count % 5),l=last(.data.contentId)' --flat in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -gt 600 ]
	[[ ${lines[0]} == '{"key":'*',"n2":'*',"d":'*',"l":"c'*'"}' ]]
	plain=$output
	run --separate-stderr ev-window --lateness 1ms --sliding 90s/30s -k '.data.count % 7' -a 'n2=count(),d=distinct(.data.count % 5),l=last(.data.contentId)' --flat in
	[ "$status" -eq 0 ]
	[ "$output" = "$plain" ]
}

@test "gaps between windows: dropped, not late" {
	{ at 100 && at 1500 && at 4000; } >in
	run --separate-stderr ev-window --sliding 1s/2s --ooo 0 --stats --flat in
	[ "$status" -eq 0 ]
	[[ $stderr == *"in 3 = passed 0 + used 2 + dropped 1 + late 0 + bad 0"* ]]
}

@test "sessions: touching ones merge, or not when strict" {
	{ at 100 && at 200 && at 301; } >in
	run_short --session 100ms
	[ "$status" -eq 0 ]
	same '{"key":null,[0.100,0.300) "pane":"eof","n":0,"count":2}
{"key":null,[0.301,0.401) "pane":"eof","n":0,"count":1}'
	run_short --session 100ms --session-strict
	[ "$status" -eq 0 ]
	[ "$(wc -l <<<"$output")" -eq 3 ]
}

@test "count windows: the rest only when asked" {
	for i in 1 2 3 4 5; do at "$i"; done >in
	run_short --every 2
	[ "$status" -eq 0 ]
	same '{"key":null,[0.001,0.003) "pane":"ontime","n":0,"count":2}
{"key":null,[0.003,0.005) "pane":"ontime","n":0,"count":2}'
	run_short --every 2 --on-eof flush
	[ "$status" -eq 0 ]
	[[ $output == *'{"key":null,[0.005,0.006) "pane":"eof","n":0,"count":1}' ]]
	run --separate-stderr ev-window --every 1 <(at 1) <(at 1)
	[ "$status" -eq 0 ]
	[ "${lines[0]}" != "${lines[1]}" ]
}

@test "late events are counted, told once, and can be had" {
	{ at 1000 && at 9000 && at 999; } >in
	run --separate-stderr ev-window --tumbling 1s --ooo 1s --flat --stats in
	[ "$status" -eq 0 ]
	[[ $stderr == *"1 late event"* ]]
	[[ $stderr == *"used 2 + dropped 0 + late 1 + bad 0"* ]]
	run --separate-stderr ev-window --tumbling 1s --ooo 1s --flat --on-late divert=late in
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$(ev-filter . --redrive late)" = "$(at 999)" ]
}

@test "lateness: given out again, with a count and its own id" {
	{ at 100 && at 3000 && at 200 && at 4000 && at 300; } >in
	run_short --tumbling 1s --ooo 0 --lateness 2500ms
	[ "$status" -eq 0 ]
	[ "$(head -n 2 <<<"$output")" = '{"key":null,[0,1) "pane":"ontime","n":0,"count":1}
{"key":null,[0,1) "pane":"late","n":1,"count":2}' ]
	run_short --tumbling 1s --ooo 0 --lateness 2500ms --discard
	[[ $output == *'"pane":"late","n":1,"count":1}'* ]]
	run -0 --separate-stderr ev-window --tumbling 1s --ooo 0 --lateness 2500ms in
	[ "${lines[0]:0:48}" != "${lines[1]:0:48}" ]
}

@test "empty windows between those with events" {
	{ at 100 && at 3100; } >in
	run --separate-stderr ev-window --tumbling 1s --ooo 0 --empty --flat -a 'c=count(),s=sum(.data.v),m=max(.data.v)' in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 4 ]
	[ "${lines[1]}" = '{"key":null,"windowStart":"1970-01-01T00:00:01Z","windowEnd":"1970-01-01T00:00:02Z","first":null,"last":null,"pane":"ontime","n":0,"c":0,"s":0,"m":null}' ]
}

@test "aggregates take every output, null is passed over" {
	{ at 1 '"t":["a","b"],"v":0.1' && at 2 '"t":[],"v":0.2' && at 3 '"t":["b",null],"v":null'; } >in
	run --separate-stderr ev-window --tumbling 1s --flat -a 'c=count(.data.t[] == "b"),all=collect(.data.t[]),d=distinct(.data.t[])' \
		-a 's=sum(.data.v), avg=avg(.data.v)' -a 'f=first(.data.t[]),big=sum(9007199254740993)' in
	[ "$status" -eq 0 ]
	[[ $output == *'"c":2,"all":["a","b","b"],"d":2,"s":0.3,"avg":0.15,"f":"a","big":27021597764222979}' ]]
}

@test "collect keeps the earliest, and says what it left out" {
	{ at 3 '"v":3' && at 1 '"v":1' && at 2 '"v":2'; } >in
	run --separate-stderr ev-window --tumbling 1s --flat -a 'v=collect(.data.v)' --collect-max 2 in
	[ "$status" -eq 0 ]
	[[ $output == *'"v":[1,2]}' ]]
	[ "$stderr" = 'ev-window: warning: collect() left 1 values out: --collect-max is 2' ]
}

@test "a sum of what is no number is a bad line, and takes nothing" {
	{ at 1 '"v":"x"' && at 2 '"v":5'; } >in
	run --separate-stderr ev-window --tumbling 1s --flat -a 'c=count(),s=sum(.data.v)' in
	[ "$status" -eq 1 ]
	[[ $output == *'"c":1,"s":5}' ]]
	[[ $stderr == *'sum of what is no number: "x"'* ]]
	ev-window --tumbling 1s -a 's=sum(.data.v)' --on-bad divert=dead in >/dev/null
	[[ $(cat dead) == *'"code":"type"'* ]]
}

@test "events from the future are bad and move nothing" {
	{ at 1000 && at 99999999 && at 1001; } >in
	run --separate-stderr ev-window --tumbling 1s --max-jump 1h --flat --on-bad divert=dead in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *'"count":2}' ]]
	[[ $(cat dead) == *'"code":"future"'* ]]
	export EV_NOW=1970-01-01T00:00:10Z
	run --separate-stderr ev-window --tumbling 1s --max-ahead 1h --flat in
	[ "$status" -eq 1 ]
	[[ $output == *'"count":2}' ]]
}

@test "the limit of keys" {
	{ at 1 '"k":1' && at 2 '"k":2' && at 3 '"k":1' && at 2000 '"k":2'; } >in
	run --separate-stderr ev-window --tumbling 1s --ooo 0 -k .data.k --max-keys 1 --flat in
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == '{"key":1,'*'"count":2}' ]]
	[[ $stderr == *'a new key, and --max-keys 1 are held already'* ]]
}

@test "--on-eof hold leaves windows open" {
	{ at 1 && at 1500; } >in
	run_short --tumbling 1s --ooo 0 --on-eof hold
	[ "$status" -eq 0 ]
	same '{"key":null,[0,1) "pane":"ontime","n":0,"count":1}'
}

@test "the end of a live input that stands still: --idle" {
	mkfifo pipe out
	ev-window --tumbling 1s --ooo 0 --idle 50ms --flat <pipe >out &
	pid=$!
	exec 8>pipe 9<out
	at 100 >&8
	IFS= read -r -t 10 line <&9
	[[ $line == *'"pane":"ontime","n":0,"count":1}' ]]
	exec 8>&-
	run -0 cat <&9
	[ -z "$output" ]
	wait "$pid"
	exec 9<&-
}

@test "somebody else's lines: --time, --time-unit, --flat" {
	run --separate-stderr ev-window --tumbling 1h --time .t --time-unit s -k .u --flat <<<'{"t":7200.5,"u":null}'
	[ "$status" -eq 0 ]
	same '{"key":null,"windowStart":"1970-01-01T02:00:00Z","windowEnd":"1970-01-01T03:00:00Z","first":"1970-01-01T02:00:00.500Z","last":"1970-01-01T02:00:00.500Z","pane":"eof","n":0,"count":1}'
	run --separate-stderr ev-window --tumbling 1d --offset -8h --time .t --flat <<<'{"t":1470902048450}'
	[ "$status" -eq 0 ]
	[[ $output == *'"windowStart":"2016-08-10T16:00:00Z","windowEnd":"2016-08-11T16:00:00Z"'* ]]
}

# refuses TEXT ARGUMENTS…: status 2, one line that begins so.
refuses() {
	local text=$1
	shift
	run --separate-stderr ev-window "$@" </dev/null
	[ "$status" -eq 2 ] && [ -z "$output" ] && [[ ${stderr_lines[0]} == "ev-window: error: $text"* ]] && return
	printf '%s\n' "status $status" "$stderr"
	return 1
}

@test "usage errors" {
	refuses 'one of --tumbling, --sliding, --session, --every is needed'
	refuses 'only one of --tumbling, --sliding, --session, --every can be given' --tumbling 1m --every 2
	refuses "--sliding: expected SIZE/SLIDE as in 15m/1m, not '15m'" --sliding 15m
	refuses "--every: expected N or N/M as in 100/10, not '0'" --every 0
	refuses "--every: expected N or N/M as in 100/10, not '5/0'" --every 5/0
	refuses 'a window needs a size and a slide over zero' --tumbling 0
	refuses 'a session needs a gap over zero' --session 0
	refuses 'the offset must be less than the size' --tumbling 1m --offset 1m
	refuses "--offset: expected a duration, not 'x'" --tumbling 1m --offset x
	refuses '--lateness does not go with --every' --every 2 --lateness 1s
	refuses '--empty does not go with --session' --session 1m --empty
	refuses '--session-strict does not go with --tumbling' --tumbling 1m --session-strict
	refuses '--empty does not go with -k' --tumbling 1m --empty -k .x
	refuses 'sliding windows share their contents' --sliding 2m/1m --discard
	refuses "-a: expected NAME=FUNCTION(EXPR), not 'count()'" --tumbling 1m -a 'count()'
	refuses "no aggregate 'median'" --tumbling 1m -a 'm=median(.x)'
	refuses 'sum() needs an expression' --tumbling 1m -a 's=sum()'
	refuses "every result has a 'first' of its own" --tumbling 1m -a 'first=first(.x)'
	refuses "the name 'a' is used twice" --tumbling 1m -k a=.x -a 'a=count()'
}

@test "| head -1 ends a slide of sixty billion windows, quietly with 141" {
	events 1 >in
	bash -c 'timeout 60 ev-window --sliding 100w/1ms in 2>err; echo $? >status' | head -n 1 >out
	wait_for test -s status
	[ "$(<status)" -eq 141 ]
	[ "$(wc -l <out)" -eq 1 ]
	[ ! -s err ]
}

@test "lateness between times at both ends of the range is not taken for none" {
	run --separate-stderr ev-window --tumbling 1s --flat <<-'END'
		{"timestamp":9000000000000000000}
		{"timestamp":-9000000000000000000}
	END
	[ "$status" -eq 0 ]
	[[ $stderr == "ev-window: warning: 1 late events dropped, the worst 15250284452w"* ]]
}
