# ev-emit: the envelope from options, environment and data; --stdin.
load common

export EV_NOW=2021-11-22T09:15:32.123Z
uuid7='[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'

@test "the factory fills the envelope" {
	run --separate-stderr ev-emit content.watched contentId=c-7 userId=u-1 n:=1.50 --source s
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ $output =~ ^'{"eventId":"'$uuid7'","eventType":"content.watched","eventVersion":"1.0","timestamp":"2021-11-22T09:15:32.123Z","source":"s","aggregateId":"c-7","aggregateType":"content","userId":"u-1","data":{"contentId":"c-7","userId":"u-1","n":1.50}}'$ ]]
}

@test "options fill every member" {
	run --separate-stderr ev-emit a.done --id i --event-version 2.1 --time 2020-01-02T03:04:05+01:00 --source s --aggregate-id a --aggregate-type t --correlation-id c --causation-id d --user-id u
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"eventId":"i","eventType":"a.done","eventVersion":"2.1","timestamp":"2020-01-02T02:04:05Z","source":"s","aggregateId":"a","aggregateType":"t","correlationId":"c","causationId":"d","userId":"u","data":{}}'
}

@test "the environment gives source, correlation and causation; options win" {
	EV_SOURCE=s EV_CORRELATION_ID=c EV_CAUSATION_ID='' run --separate-stderr ev-emit a.done --id i --aggregate-id a
	[ "$status" -eq 0 ]
	same '{"eventId":"i","eventType":"a.done","eventVersion":"1.0","timestamp":"2021-11-22T09:15:32.123Z","source":"s","aggregateId":"a","aggregateType":"a","correlationId":"c","data":{}}'
	EV_SOURCE=s EV_CORRELATION_ID=c run --separate-stderr ev-emit a.done --id i --aggregate-id a --correlation-id x --source y
	[ "$status" -eq 0 ]
	[[ $output == *'"source":"y"'*'"correlationId":"x"'* ]]
}

@test "without --source the stage is the source" {
	run --separate-stderr ev-emit a.done --aggregate-id a
	[ "$status" -eq 0 ]
	[[ $output == *'"source":"ev-emit"'* ]]
	run --separate-stderr ev-emit a.done --aggregate-id a --name shop
	[ "$status" -eq 0 ]
	[[ $output == *'"source":"shop"'* ]]
}

@test "no aggregate is status 1 and says what to give" {
	run --separate-stderr ev-emit content.watched a=b
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-emit: error: no aggregateId: the data has neither contentId nor userId; give --aggregate-id" ]
	run --separate-stderr ev-emit done --aggregate-id a
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-emit: error: type 'done' is not NOUN.verb: give --aggregate-type" ]
}

@test "keys are paths, values text or JSON" {
	run --separate-stderr ev-emit a.done --id i --aggregate-id a a.b=1 a.c:=[2] '"d.e"=x=y' f=
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ $output == *',"data":{"a":{"b":"1","c":[2]},"d.e":"x=y","f":""}}' ]]
}

# refuses TEXT ARGUMENT…: status 2, and one line that begins so.
refuses() {
	run -2 --separate-stderr ev-emit "${@:2}" </dev/null
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr == "ev-emit: error: $1"* ]]
}

@test "wrong operands are status 2" {
	refuses "'word' is neither key=value nor key:=json;" a.done --aggregate-id a word
	refuses "'=x' is neither key=value nor key:=json;" a.done --aggregate-id a =x
	refuses "'a:=x': expected a value, found 'x'" a.done --aggregate-id a a:=x
	refuses "'a:=': blank text where a value must be" a.done --aggregate-id a a:=
	refuses "'.' is no path:" a.done --aggregate-id a .=1
	refuses 'missing operand:'
	refuses "'a=b' is no event type;" a=b
	refuses "'' is no event type;" ''
}

@test "options that exclude each other are status 2" {
	refuses '--id and --id-from exclude each other;' a.done --id i --id-from .x
	refuses '--id would give many events one id:' a.done --id i --stdin
	refuses 'an envelope member cannot be empty;' a.done --aggregate-id ''
	refuses "--set 'nobody' is no envelope member;" a.done --set nobody=.x
	refuses "--set 'source' is not NAME=EXPR;" a.done --set source
	refuses "expression '.[', column 2:" a.done --set 'source=.['
}

@test "--stdin makes one event of each line, data byte for byte" {
	printf '{"userId": "u1", "big":12345678901234567890}\n\n{"userId":"u2","x":"\\u00e9"}' >lines
	run --separate-stderr ev-emit user.seen --stdin --set eventId=.userId --source s <lines
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"eventId":"u1","eventType":"user.seen","eventVersion":"1.0","timestamp":"2021-11-22T09:15:32.123Z","source":"s","aggregateId":"u1","aggregateType":"user","userId":"u1","data":{"userId": "u1", "big":12345678901234567890}}
{"eventId":"u2","eventType":"user.seen","eventVersion":"1.0","timestamp":"2021-11-22T09:15:32.123Z","source":"s","aggregateId":"u2","aggregateType":"user","userId":"u2","data":{"userId":"u2","x":"\u00e9"}}'
}

@test "--stdin: a line without an aggregate is bad, the others go on" {
	printf '{"userId":"u1"}\n{"n":1}\n{"userId":"u2"}\n' >lines
	run --separate-stderr ev-emit user.seen --stdin <lines
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 2 ]
	[ "$stderr" = "ev-emit: error: stdin: line 2: no aggregateId: the data has no userId; give --aggregate-id" ]
}

@test "--stdin: operands are set in each line" {
	printf '{"userId":"u1","device":"tv"}\n7\n' >lines
	run --separate-stderr ev-emit user.seen --stdin device=web <lines
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *'"data":{"userId":"u1","device":"web"}}' ]]
	[[ $stderr == "ev-emit: error: stdin: line 2"*": "* ]]
}

@test "--set takes members out of the data; null falls back" {
	printf '{"about":7,"at":"2021-11-22T10:15:32.1239+01:00","p":{"x":1}}\n{"about":null,"at":1637572532000}\n' >lines
	run --separate-stderr ev-emit a.done --stdin --set subject=.about --set timestamp=.at --set data=.p --set eventId='"i"' --aggregate-id dflt --source s <lines
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"eventId":"i","eventType":"a.done","eventVersion":"1.0","timestamp":"2021-11-22T10:15:32.1239+01:00","source":"s","aggregateId":"7","aggregateType":"a","data":{"x":1}}
{"eventId":"i","eventType":"a.done","eventVersion":"1.0","timestamp":"2021-11-22T09:15:32Z","source":"s","aggregateId":"dflt","aggregateType":"a","data":{"about":null,"at":1637572532000}}'
}

@test "--set serves the operands, too" {
	run --separate-stderr ev-emit a.done order=o-1 --set aggregateId=.order --id i
	[ "$status" -eq 0 ]
	[[ $output == *'"aggregateId":"o-1"'* ]]
}

@test "a member that cannot be what it should is a bad line" {
	printf '{"userId":"u","at":"noon"}\n{"userId":"u","at":[1]}\n' >lines
	run --separate-stderr ev-emit user.seen --stdin --set timestamp=.at <lines
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 2 ]
	run --separate-stderr ev-emit user.seen --stdin --set source=.at <<<'{"userId":"u","at":[1]}'
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-emit: error: stdin: line 1: source would be [1], which is no string" ]
}

@test "ids: version 7 rises, 4 on request" {
	events 1000 >lines
	ev-emit thing.done --stdin --aggregate-id a <lines | sed -E 's/^\{"eventId":"([^"]*)".*/\1/' >ids
	[ "$(wc -l <ids)" -eq 1000 ]
	sort -u ids | cmp - ids
	run --separate-stderr ev-emit a.done --aggregate-id a --id-version 4
	[ "$status" -eq 0 ]
	[[ $output =~ ^'{"eventId":"'[0-9a-f]{8}-[0-9a-f]{4}-4 ]]
}

@test "--id-from: the same value of the same source and type has the same id" {
	id() { ev-emit --aggregate-id a "$@" | sed -E 's/^\{"eventId":"([^"]*)".*/\1/'; }
	one=$(id a.done k:=1 --id-from .k)
	[[ $one =~ ^[0-9a-f]{8}-[0-9a-f]{4}-5 ]]
	[ "$(id a.done k:=1.0 more=x --id-from .k --correlation-id c)" = "$one" ]
	[ "$(id a.done k=1 --id-from .k)" != "$one" ]
	[ "$(id b.done k:=1 --id-from .k)" != "$one" ]
	[ "$(id a.done k:=1 --id-from .k --source other)" != "$one" ]
	run --separate-stderr ev-emit a.done --aggregate-id a --id-from .k
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-emit: error: --id-from gives no value" ]
}

@test "--cloudevents writes what ev-validate takes" {
	run --separate-stderr ev-emit user.registered userId=u-1 --id i --source /users --cloudevents
	[ "$status" -eq 0 ]
	same '{"specversion":"1.0","id":"i","source":"/users","type":"user.registered","time":"2021-11-22T09:15:32.123Z","subject":"u-1","partitionkey":"u-1","aggregatetype":"user","eventversion":"1.0","userid":"u-1","data":{"userId":"u-1"}}'
	ev-validate -q <<<"$output"
}

@test "what is made is valid" {
	events 100 | ev-emit thing.done --stdin --aggregate-id a | ev-validate >out
	[ "$(wc -l <out)" -eq 100 ]
}

@test "bytes that are no UTF-8 are refused, from arguments and the environment" {
	run --separate-stderr ev-emit content.watched contentId=$'a\xff'
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-emit: error: 'contentId=a\\xff' is not valid UTF-8; see ev-emit --help" ]
	EV_CORRELATION_ID=$'\xff' run --separate-stderr ev-emit content.watched contentId=a
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-emit: error: '\\xff' is not valid UTF-8; see ev-emit --help" ]
}
