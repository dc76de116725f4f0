# ev-dedup: identities, keys, the window, the bound.
load common

@test "the first of each eventId passes byte for byte" {
	printf '{"eventId":"a", "n":1}\n{"eventId":"b"}\n{"eventId":"\\u0061","n":2}\n' >in
	run --separate-stderr ev-dedup in
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"eventId":"a", "n":1}
{"eventId":"b"}'
}

@test "CloudEvents are known by source and id" {
	c() { printf '{"specversion":"1.0","id":"%s","source":"%s","type":"t"}\n' "$1" "$2"; }
	{ c 1 x; c 1 y; c 2 x; c 1 x; } >in
	run --separate-stderr ev-dedup in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	[ "$output" = "$(head -n 3 in)" ]
}

@test "without an identity a line is bad" {
	run --separate-stderr ev-dedup <<<'{"a":1}'
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-dedup: error: stdin: line 1: no eventId" ]
}

@test "-k: equal values are one key" {
	printf '%s\n' '{"k":1}' '{"k":1.0}' '{"k":"1"}' '{"k":null}' '{}' '{"k":{"a":1,"b":2}}' '{"k":{"b":2,"a":10e-1}}' >in
	run --separate-stderr ev-dedup -k .k in
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"k":1}
{"k":"1"}
{"k":null}
{"k":{"a":1,"b":2}}'
	run --separate-stderr ev-dedup -k empty <<<'{}'
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-dedup: error: stdin: line 1: -k gives no value" ]
}

@test "--within: less than D from the last that passed" {
	for t in 0 999 1000 1999 500 2000; do echo "{\"eventId\":\"a\",\"timestamp\":$t}"; done >in
	run --separate-stderr ev-dedup --within 1s in
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"eventId":"a","timestamp":0}
{"eventId":"a","timestamp":1000}
{"eventId":"a","timestamp":2000}'
	run --separate-stderr ev-dedup --within 1s <<<'{"eventId":"a"}'
	[ "$status" -eq 1 ]
	[ -z "$output" ]
}

@test "at --max-keys the oldest is forgotten and counted" {
	for k in 1 2 3 1 2; do echo "$k"; done >in
	run --separate-stderr ev-dedup -k . --max-keys 3 in
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${#lines[@]}" -eq 3 ]
	run --separate-stderr ev-dedup -k . --max-keys 2 in
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 5 ]
	[ "$stderr" = "ev-dedup: warning: 3 keys were forgotten at --max-keys 2: repetitions of them pass" ]
}

@test "dropped lines are counted" {
	printf '1\n1\n1\n' >in
	run --separate-stderr ev-dedup -k . --stats in
	[ "$status" -eq 0 ]
	[ "$output" = 1 ]
	[[ $stderr == *"dropped 2"* ]]
}
