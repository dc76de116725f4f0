# ev-route: rules, topics, partitions, commands, and what happens when one of them fails.
load common

event() { printf '{"eventType":"%s","aggregateId":"%s","n":%d}\n' "$@"; }

# planted: three events of three types.
planted() {
	event user.registered u1 1
	event content.watched c1 2
	event payment.processed u1 3
}

@test "the built-in rules, as topic, partition, key and event" {
	event trend.detected t1 4 >>in
	planted >>in
	event engagement.scored u 5 >>in
	event behavior.matched u 6 >>in
	event anomaly.detected a 7 >>in
	event system.up s 8 >>in
	event other o 9 >>in
	echo '{"n":10}' >>in
	run --separate-stderr ev-route in
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same "$(printf '%s\t0\t%s\t%s\n' trending-signals t1 "$(sed -n 1p in)" user-events u1 "$(sed -n 2p in)" \
		content-events c1 "$(sed -n 3p in)" payment-events u1 "$(sed -n 4p in)" user-engagement u "$(sed -n 5p in)" \
		user-behavior-alerts u "$(sed -n 6p in)" system-alerts a "$(sed -n 7p in)" system-events s "$(sed -n 8p in)" \
		domain-events o "$(sed -n 9p in)" domain-events '' "$(sed -n 10p in)")"
}

@test "topics as files, byte for byte, appended to" {
	planted | ev-route -o out
	printf ' {"eventType" : "user.x", "n":1.0e3} \r\n' | ev-route -o out
	[ "$(ls out)" = "$(printf 'content-events.ndjson\npayment-events.ndjson\nuser-events.ndjson')" ]
	{ event user.registered u1 1 && printf ' {"eventType" : "user.x", "n":1.0e3} \r\n'; } | cmp - out/user-events.ndjson
	event content.watched c1 2 | cmp - out/content-events.ndjson
}

@test "first match wins, + goes on, ! drops, - is stdout" {
	printf '%s\n' '# rules' '' '+* -> all' 'user.* -> -' 'content.* -> !' '* -> rest, -' >rules
	run --separate-stderr ev-route -f rules -o out --stats < <(planted)
	[ "$status" -eq 0 ]
	same "$(event user.registered u1 1 && event payment.processed u1 3)"
	[[ $stderr == *"in 3"*"passed 2"*"used 1"* ]]
	planted | cmp - out/all.ndjson
	event payment.processed u1 3 | cmp - out/rest.ndjson
}

@test "--rule stands before the file, which stands in for the built-in rules" {
	echo 'user.* -> people' >rules
	run --separate-stderr ev-route -f rules --rule 'user.r* -> new' --rule 'content.* -> seen' < <(planted)
	[ "$status" -eq 1 ]
	[ "$(cut -f1 <<<"$output")" = "$(printf 'new\nseen')" ]
	[ "$stderr" = "ev-route: error: stdin: line 3: no rule for type 'payment.processed'" ]
}

@test "an event without a rule: bad with its dead letter, dropped, or passed" {
	planted >in
	run --separate-stderr ev-route --rule 'user.* -> u' -o out --on-bad divert=dead in
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	[ "$(grep -c '"code":"no-route","program":"ev-route"' dead)" -eq 2 ]
	run --separate-stderr ev-route --rule 'user.* -> u' -o out --on-unknown drop in
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	run --separate-stderr ev-route --rule 'user.* -> u' -o out --on-unknown pass in
	[ "$status" -eq 0 ]
	same "$(tail -n 2 in)"
}

@test "expressions choose, and an expression that fails makes a bad line" {
	printf '{"a":%s}\n' 1 5 '"x"' null '[]' >in
	run --separate-stderr ev-route --rule '? .a > 3 and (.a|type) == "number" -> big' --rule '? .a.b -> odd' --rule '* -> rest' in
	[ "$status" -eq 1 ]
	[ "$(cut -f1 <<<"$output")" = "$(printf 'big\nrest')" ]
	[ "${#stderr_lines[@]}" -eq 3 ]
}

@test "partitions are Kafka's" {
	for key in 21 foobar abc a-little-bit-long-string; do event user.x $key 0; done >in
	run --separate-stderr ev-route --partitions 32 in
	[ "$status" -eq 0 ]
	[ "$(cut -f2,3 <<<"$output" | tr '\t\n' ' ,')" = "12 21,30 foobar,27 abc,0 a-little-bit-long-string," ]
	ev-route --partitions 12 -o out in
	[ "$(cd out && find . -type f | sort | tr '\n' ' ')" = "./user-events/0.ndjson ./user-events/3.ndjson ./user-events/6.ndjson ./user-events/8.ndjson " ] ||
		{ find out; false; }
}

@test "the key: an expression's text, a field without tabs, nothing for null" {
	printf '{"k":%s}\n' '"a\tb\\c\n"' 12 null >in
	run --separate-stderr ev-route -k .k --rule '* -> t' --partitions 7 in
	[ "$status" -eq 0 ]
	[ "$(cut -f3 <<<"$output" | head -n 1)" = 'a\tb\\c\n' ]
	[ "$(cut -f3 <<<"$output" | sed -n 2p)" = 12 ]
	[ "$(cut -f2-3 <<<"$output" | sed -n 3p)" = "$(printf '0\t')" ]
}

@test "one key stays in one partition, in order" {
	awk 'BEGIN { for (i = 0; i < 5000; i++) printf "{\"k\":%d,\"n\":%d}\n", i * 7919 % 97, i }' >in
	ev-route -k .k --rule '* -> t' --partitions 5 -o out in
	[ "$(cat out/t/*.ndjson | wc -l)" -eq 5000 ]
	for p in out/t/*.ndjson; do
		sed 's/.*:\([0-9]*\)}/\1/' "$p" | sort -nc
		sed 's/.*"k":\([0-9]*\).*/\1/' "$p" | sort -u
	done | sort | uniq -d >twice
	[ ! -s twice ]
}

@test "templates make one safe segment of whatever the data says" {
	printf '{"u":%s}\n' '"ann"' '"../../etc/passwd"' '".hidden"' '"a/b%"' '"é"' 7 >in
	run --separate-stderr ev-route --rule '* -> {.u}' -o out in
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$(find out -mindepth 1 | sort)" = "$(printf 'out/%s.ndjson\n' '%2E.%2F..%2Fetc%2Fpasswd' '%2Ehidden' '%C3%A9' 7 'a%2Fb%25' ann | sort)" ]
}

@test "a template without text, or with too much, is a bad line and nothing is written" {
	long=$(printf 'x%.0s' {1..241})
	printf '{"u":%s}\n' null '""' "\"$long\"" '"ok"' >in
	run --separate-stderr ev-route --rule '* -> all, {.u}' -o out in
	[ "$status" -eq 1 ]
	[ "$(ls out)" = "$(printf 'all.ndjson\nok.ndjson')" ]
	[ "$(cat out/all.ndjson)" = '{"u":"ok"}' ]
	[ "${stderr_lines[0]}" = "ev-route: error: in: line 1: no text for {.u} in topic '{.u}'" ]
	[ "${stderr_lines[2]}" = "ev-route: error: in: line 3: name of topic '{.u}' is over 240 bytes" ]
}

@test "{key} is the partition key" {
	event a k1 1 | ev-route --rule '* -> by-{key}' -o out
	[ "$(ls out)" = by-k1.ndjson ]
}

@test "symbolic links in place of topics are refused" {
	mkdir out elsewhere
	ln -s ../elsewhere/file out/t.ndjson
	ln -s ../elsewhere out/t
	for p in '' '--partitions 1'; do
		run --separate-stderr ev-route --rule '* -> t' -o out $p < <(event a b 1)
		[ "$status" -eq 3 ]
		[[ $stderr == "ev-route: error: out/t"*"not a regular file or fifo (symbolic links are not followed)" ]]
	done
	[ -z "$(ls elsewhere)" ]
}

@test "many topics with few open files lose nothing" {
	awk 'BEGIN { for (i = 0; i < 3000; i++) printf "{\"u\":%d,\"n\":%d}\n", i * 7919 % 41, i }' >in
	ev-route --max-open 3 --rule '* -> {.u}' -o out in
	[ "$(ls out | wc -l)" -eq 41 ]
	cat out/* | sort | cmp - <(sort in)
	for f in out/*; do sed 's/.*:\([0-9]*\)}/\1/' "$f" | sort -nc || return 1; done
}

@test "commands get whole lines and their topic, and are waited for" {
	planted >in
	run --separate-stderr ev-route --rule 'user.* -> people, |cat >cmd.$EV_TOPIC' --rule '* -> |wc -l >rest; echo "$EV_TOPIC" >name' -o out in
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	cmp cmd.people out/people.ndjson
	[ "$(tr -d ' ' <rest)" = 2 ]
	[ "$(cat name)" = '*' ]
}

@test "event data never reaches a shell" {
	event '$(touch owned);`touch owned`' 'x' 1 >in
	run --separate-stderr ev-route --rule '* -> {.eventType}, |cat >/dev/null' -o out in
	[ "$status" -eq 0 ]
	[ ! -e owned ]
	cat out/*touch*owned*.ndjson | cmp - in
}

@test "a failing command makes the status 3 and is named" {
	run --separate-stderr ev-route --rule '* -> t, |cat >/dev/null; exit 4' -o out < <(planted)
	[ "$status" -eq 3 ]
	[ "$stderr" = "ev-route: warning: command 'cat >/dev/null; exit 4': exit status 4" ]
	planted | cmp - out/t.ndjson
	run --separate-stderr ev-route --rule '* -> |cat >/dev/null; kill -9 $$' < <(planted)
	[ "$status" -eq 3 ]
	[ "$stderr" = "ev-route: warning: command 'cat >/dev/null; kill -9 \$\$': killed by signal 9" ]
}

# A stream long enough to fill any pipe, after which the command has gone.
flood() { awk 'BEGIN { for (i = 0; i < 100000; i++) print "{\"eventType\":\"a\",\"data\":\"0123456789012345678901234567890123456789\"}" }'; }

@test "a command that closes its input: stop is the default" {
	run --separate-stderr ev-route --rule '* -> t, |exec <&-' -o out < <(flood)
	[ "$status" -eq 3 ]
	[ "$stderr" = "ev-route: error: command 'exec <&-': Broken pipe" ]
}

@test "a command that closes its input: skip goes on without it" {
	flood >in
	run --separate-stderr ev-route --on-sink-fail skip --rule '* -> t, |exec <&-' -o out in
	[ "$status" -eq 3 ]
	[ "${stderr_lines[0]}" = "ev-route: warning: command 'exec <&-': Broken pipe" ]
	[[ ${stderr_lines[1]} == "ev-route: warning: "*" events did not reach a destination that failed" ]]
	cmp in out/t.ndjson
}

@test "a full disk is status 3" {
	[ -w /dev/full ] || skip "needs /dev/full"
	run --separate-stderr bash -c 'ev-route >/dev/full' < <(planted)
	[ "$status" -eq 3 ]
	[[ $stderr == "ev-route: error: "*"No space left on device" ]]
}

@test "fifos: lines as they come, the end at the end" {
	mkdir out
	mkfifo out/a.ndjson in
	ev-route --rule 'a -> a' --rule '* -> !' -o out <in 3>&- &
	pid=$!
	exec 7>in
	event a k 1 >&7
	cat out/a.ndjson >got 3>&- 7>&- &
	reader=$!
	wait_for test -s got
	event b k 2 >&7
	event a k 3 >&7
	exec 7>&-
	wait "$pid"
	wait "$reader"
	{ event a k 1 && event a k 3; } | cmp - got
}

@test "live: a file has its line while the input stays open" {
	mkfifo in
	ev-route -o out <in 3>&- &
	pid=$!
	exec 7>in
	event user.x k 1 >&7
	wait_for test -s out/user-events.ndjson
	exec 7>&-
	wait "$pid"
}

# A HUP is one only without a controlling terminal, hence setsid.
@test "HUP reads the rules again and reopens files" {
	mkfifo in
	echo 'a -> first' >rules
	setsid bash -c 'echo $$ >pid; exec ev-route -f rules -o out' <in 2>err 3>&- &
	pid=$!
	exec 7>in
	event a k 1 >&7
	wait_for test -s out/first.ndjson
	mv out/first.ndjson out/rotated
	echo 'a -> first, second' >rules
	kill -HUP "$(cat pid)"
	again() { event a k 2 >&7 && [ -s out/second.ndjson ]; }
	wait_for again
	wait_for test -s out/first.ndjson
	event a k 1 | cmp - <(head -n 1 out/rotated)
	echo 'nonsense' >rules
	kill -HUP "$(cat pid)"
	wait_for test -s err
	[[ $(cat err) == "ev-route: warning: the old rules stay: rules: line 1: 'nonsense' is no rule"* ]]
	exec 7>&-
	wait "$pid"
}

@test "wrong rules and options are status 2 before any input" {
	echo 'a -> b/c' >rules
	run --separate-stderr ev-route -f rules
	[ "$status" -eq 2 ]
	[[ $stderr == "ev-route: error: rules: line 1: topic 'b/c': only letters, digits"* ]]
	run --separate-stderr ev-route --rule '? .a > -> b'
	[ "$status" -eq 2 ]
	[ -n "$stderr" ]
	run --separate-stderr ev-route -f absent
	[ "$status" -ne 0 ]
	[[ $stderr == "ev-route: error: absent: No such file or directory"* ]]
	run --separate-stderr ev-route --partitions 0
	[ "$status" -eq 2 ]
}

@test "selection: what -t and -w leave out is dropped" {
	run --separate-stderr ev-route -t 'user.*' --stats < <(planted)
	[ "$status" -eq 0 ]
	[ "$(cut -f1 <<<"$output")" = user-events ]
	[[ $stderr == *"dropped 2"* ]]
}

@test "CloudEvents are routed by their type and subject" {
	echo '{"specversion":"1.0","type":"user.x","source":"s","id":"1","subject":"foobar"}' >in
	run --separate-stderr ev-route --partitions 12 in
	[ "$status" -eq 0 ]
	[ "$(cut -f1-3 <<<"$output")" = "$(printf 'user-events\t6\tfoobar')" ]
}

@test "--to-cloudevents renames the envelope, and every byte of the values stays" {
	printf ' {"eventId" : "e1", "eventType":"a.done","eventVersion":"1.0","timestamp":%s,"source":"s","aggregateId":"a\\u00e9","aggregateType":"a","correlationId":"c","userId":null,"traceId":"t","data":{"n":1.50, "m":12345678901234567890}}\r\n' 1637572532123 '"2021-11-22T10:15:32+01:00"' >in
	run --separate-stderr ev-route --rule '* -> t' -o out --to-cloudevents in
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	printf ' {"specversion":"1.0","id" : "e1", "type":"a.done","eventversion":"1.0","time":%s,"source":"s","subject":"a\\u00e9","partitionkey":"a\\u00e9","aggregatetype":"a","correlationid":"c","userid":null,"traceid":"t","data":{"n":1.50, "m":12345678901234567890}}\r\n' '"2021-11-22T09:15:32.123Z"' '"2021-11-22T10:15:32+01:00"' | cmp - out/t.ndjson
	run --separate-stderr ev-validate -q out/t.ndjson
	[ "$status" -eq 0 ]
}

@test "--to-cloudevents: stdout, topics on stdout, unknown types; CloudEvents stay" {
	ev-emit user.seen userId=u1 --id e1 --source s >ours
	ev-emit user.seen userId=u1 --id e1 --source s --cloudevents --time 2021-11-22T09:15:32Z >theirs
	run --separate-stderr ev-route --rule '* -> -, t' --to-cloudevents --stats ours theirs
	[ "$status" -eq 0 ]
	[ "$(grep -c '"specversion":"1.0"' <<<"$output")" -eq 4 ]
	[ "$(grep -c $'^t\t0\tu1\t{"specversion"' <<<"$output")" -eq 2 ]
	[[ $stderr == *"passed 1 + used 1"* ]]
	run --separate-stderr ev-route --rule 'a -> b' --on-unknown pass --to-cloudevents ours theirs
	[ "$status" -eq 0 ]
	[ "$(grep -c '^{"specversion":"1.0"' <<<"$output")" -eq 2 ]
	[ "${lines[1]}" = "$(cat theirs)" ]
}

@test "--to-cloudevents: what cannot be said there is a bad line, unless it goes nowhere" {
	good='"eventId":"e","eventType":"a.done","source":"s"'
	printf '{%s}\n' '"eventType":"a.done","source":"s"' "$good"',"meta":{}' "$good"',"trace_id":"t"' \
		"$good"',"id":"x"' "$good"',"traceId":"1","traceid":"2"' "$good"',"timestamp":"noon"' "$good"',"aggregateId":"a","partitionKey":"b"' '"eventId":"e","eventType":"a.done","source":"a b"' '' "$good" >in
	run --separate-stderr ev-route --rule '* -> -' --to-cloudevents in
	[ "$status" -eq 1 ]
	[ "$output" = '{"specversion":"1.0","id":"e","type":"a.done","source":"s"}' ]
	[ "${#stderr_lines[@]}" -eq 9 ]
	[ "${stderr_lines[0]}" = "ev-route: error: in: line 1: no CloudEvents event: id is missing" ]
	[ "${stderr_lines[1]}" = "ev-route: error: in: line 2: no CloudEvents event: meta is not a string, a boolean or a 32-bit integer" ]
	[[ ${stderr_lines[3]} == *"line 4: a member besides the envelope would be 'id'" ]]
	[ "${stderr_lines[4]}" = "ev-route: error: in: line 5: two extensions would be 'traceid'" ]
	run --separate-stderr ev-route --rule '* -> !' --to-cloudevents in
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
}
