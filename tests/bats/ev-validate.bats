# ev-validate: each rule, both dialects, warnings, sizes, skew.
load common

good='{"eventId":"e","eventType":"user.registered","eventVersion":"1.0","timestamp":"2021-11-22T09:15:32Z","source":"s","aggregateId":"a","aggregateType":"user","data":{}}'
cloud='{"specversion":"1.0","id":"1","source":"/s","type":"com.example.Thing"}'

@test "valid events of both dialects pass byte for byte" {
	printf ' %s \r\n%s\n' "$good" "$cloud" >in
	ev-validate in >out 2>err
	cmp in out
	[ ! -s err ]
}

@test "each missing member is named, all at once" {
	run --separate-stderr ev-validate <<<'{}'
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-validate: error: stdin: line 1: eventId is missing; eventType is missing; eventVersion is missing; timestamp is missing; source is missing; aggregateId is missing; aggregateType is missing; data is missing" ]
}

@test "each rule alone" {
	while IFS='|' read -r from to want; do
		run --separate-stderr ev-validate <<<"${good/"$from"/"$to"}"
		[ "$status" -eq 1 ]
		[ -z "$output" ]
		[[ $stderr == "ev-validate: error: stdin: line 1"*": $want" ]] || { echo "$stderr"; return 1; }
	done <<-'END'
		"eventId":"e"|"eventId":""|eventId is empty
		"eventId":"e"|"eventId":5|eventId is not a string
		"eventId":"e"|"eventId":null|eventId is missing
		user.registered|UserRegistered|eventType 'UserRegistered' is not lower-case names joined by dots
		user.registered|registered|eventType 'registered' is not lower-case names joined by dots
		"eventVersion":"1.0"|"eventVersion":1.0|eventVersion is not a string
		2021-11-22T09:15:32Z|2021-11-22|timestamp "2021-11-22" is not an RFC 3339 time nor integer milliseconds
		"2021-11-22T09:15:32Z"|1.5|timestamp 1.5 is not an RFC 3339 time nor integer milliseconds
		"source":"s"|"source":""|source is empty
		"aggregateId":"a"|"aggregateId":""|aggregateId is empty
		"aggregateType":"user"|"aggregateType":[]|aggregateType is not a string
		"data":{}|"data":null|data is missing
		"data":{}|"data":{},"userId":""|userId is empty
		"data":{}|"data":{},"correlationId":1|correlationId is not a string
	END
}

@test "epoch milliseconds are a timestamp" {
	run --separate-stderr ev-validate <<<"${good/'"2021-11-22T09:15:32Z"'/1637572532123}"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ -n "$output" ]
}

@test "a duplicated member and a line that is no object are bad" {
	run --separate-stderr ev-validate <<<"${good/'"source":"s"'/'"source":"s","source":"s"'}"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ $stderr == *source* ]]
	run --separate-stderr ev-validate <<<'[]'
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
}

@test "a type that is not in the past tense is warned about once" {
	printf '%s\n' "${good/registered/register}" "$good" "${good/registered/register}" >in
	run --separate-stderr ev-validate in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	[ "$stderr" = "ev-validate: warning: type 'user.register' is not in the past tense" ]
	run --separate-stderr ev-validate --naming off in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	[ -z "$stderr" ]
}

@test "--naming warn lets other names pass" {
	printf '%s\n' "${good/user.registered/UserRegistered}" "${good/user.registered/UserRegistered}" >in
	run --separate-stderr ev-validate --naming warn in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[ "$stderr" = "ev-validate: warning: type 'UserRegistered' is not lower-case names joined by dots" ]
}

@test "--max-size and --max-data, at the limit and one past" {
	n=${#good}
	run --separate-stderr ev-validate --max-size "$n" --max-data 2 <<<"$good"
	[ "$status" -eq 0 ]
	[ -n "$output" ]
	run --separate-stderr ev-validate --max-size $((n - 1)) <<<"$good"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ $stderr == *"the event has $n bytes, more than $((n - 1))" ]]
	run --separate-stderr ev-validate --max-data 1 <<<"$good"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ $stderr == *"data has 2 bytes, more than 1" ]]
}

@test "--now-skew: past it is the future" {
	EV_NOW=2021-11-22T09:15:22Z run --separate-stderr ev-validate --now-skew 10s <<<"$good"
	[ "$status" -eq 0 ]
	[ -n "$output" ]
	EV_NOW=2021-11-22T09:15:21.999Z run --separate-stderr ev-validate --now-skew 10s --on-bad divert=dead <<<"$good"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[[ $(cat dead) == *'"code":"future"'* ]]
	EV_NOW=0 run --separate-stderr ev-validate <<<"$good"
	[ "$status" -eq 0 ]
	[ -n "$output" ]
}

@test "CloudEvents: each rule" {
	while IFS='|' read -r member want; do
		run --separate-stderr ev-validate <<<"${cloud%\}},$member}"
		[ "$status" -eq 1 ]
		[ -z "$output" ]
		[[ $stderr == *": $want" ]] || { echo "$stderr"; return 1; }
	done <<-'END'
		"time":"noon"|time "noon" is not an RFC 3339 time
		"data":1,"data_base64":"aGk="|data and data_base64 exclude each other
		"data_base64":"a"|data_base64 'a' is not base64
		"dataschema":"x y"|dataschema 'x y' is not an absolute URI
		"datacontenttype":""|datacontenttype is empty
		"My_ext":"x"|'My_ext' is no attribute name: [a-z0-9]+
		"ext":{}|ext is not a string, a boolean or a 32-bit integer
	END
	run --separate-stderr ev-validate <<<'{"specversion":"1.1","id":"1","source":"a b","type":""}'
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ $stderr == *"specversion is not \"1.0\"; source 'a b' is not a URI-reference; type is empty" ]]
}

@test "-q writes nothing and tells by its status" {
	run ev-validate -q <<<"$good"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	run ev-validate -q <<<'{}'
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	run ev-validate -q <<<'{'
	[ "$status" -eq 1 ]
	[ -z "$output" ]
}

@test "invalid events become dead letters that can be tried again" {
	printf '%s\n' "$good" '{"eventId":"x"}' >in
	run --separate-stderr ev-validate --on-bad divert=dead in
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$output" = "$good" ]
	[[ $(cat dead) == '{"$dead":{"reason":"eventType is missing; '*'"code":"envelope","program":"ev-validate","eventId":"x","input":"in","line":2,'*'"raw":"{\"eventId\":\"x\"}"}' ]]
	run --separate-stderr ev-validate --redrive --on-bad divert=again dead
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[[ $(cat again) == *'"attempts":2,'* ]]
}
