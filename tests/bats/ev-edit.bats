# ev-edit: bytes that do not change, order of changes, lookups.
load common

@test "untouched bytes stay, a changed member keeps its place" {
	printf ' { "id" : 12345678901234567890, "a":1.50 ,"z":"\\u00e9" }\r\n' >in
	ev-edit --set 'a=.a + 1' in >out
	printf ' { "id" : 12345678901234567890, "a":2.5 ,"z":"\\u00e9" }\r\n' | cmp - out
}

@test "a new member is appended, with the objects on the way" {
	run --separate-stderr ev-edit --set '.x.y=1' --set 'b="t"' <<<'{"a":1}'
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"a":1,"x":{"y":1},"b":"t"}'
}

@test "items of arrays, quoted names" {
	run --separate-stderr ev-edit --set 'a[1]=9' --set '"x=y"=1' --del 'b["c.d"]' <<<'{"a":[1,2],"b":{"c.d":1,"e":2}}'
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"a":[1,9],"b":{"e":2},"x=y":1}'
}

@test "expressions see the event as it came" {
	run --separate-stderr ev-edit --set a=.b --set b=.a --set c=.a <<<'{"a":1,"b":2}'
	[ "$status" -eq 0 ]
	same '{"a":2,"b":1,"c":1}'
	run --separate-stderr ev-edit --del a --set b=.a <<<'{"a":1}'
	[ "$status" -eq 0 ]
	same '{"b":1}'
}

@test "of changes of one path the last given counts" {
	run --separate-stderr ev-edit --set a=1 --del a <<<'{"a":0,"b":0}'
	[ "$status" -eq 0 ]
	same '{"b":0}'
	run --separate-stderr ev-edit --del a --set a=1 <<<'{"a":0,"b":0}'
	[ "$status" -eq 0 ]
	same '{"a":1,"b":0}'
}

@test "no output leaves the member alone, null is a value, of several the first counts" {
	run --separate-stderr ev-edit --set 'a=empty' --set 'b=null' --set 'c=(1,2)' <<<'{"a":1,"b":1}'
	[ "$status" -eq 0 ]
	same '{"a":1,"b":null,"c":1}'
}

@test "a line that nothing changes passes" {
	printf '{ "a":1 }\n' >in
	run --separate-stderr ev-edit --set 'a=empty' --stats in
	[ "$status" -eq 0 ]
	[ "$output" = '{ "a":1 }' ]
	[[ $stderr == *"passed 1"* ]]
}

@test "--del: all of duplicated names, nothing for what is missing" {
	run --separate-stderr ev-edit --del a --del x.y <<<'{"a":1,"b":2,"a":3}'
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"b":2}'
}

@test "a failing expression and an impossible path are bad lines" {
	printf '{"a":1}\n{"a":{}}\n' >in
	run --separate-stderr ev-edit --set 'a.b=1' in
	[ "$status" -eq 1 ]
	[ "$output" = '{"a":{"b":1}}' ]
	[[ $stderr == "ev-edit: error: in: line 1"* ]]
	run --separate-stderr ev-edit --set 'b=.a.x' in
	[ "$status" -eq 1 ]
	[ "$output" = '{"a":{},"b":null}' ]
	[[ $stderr == "ev-edit: error: in: line 1"* ]]
}

@test "wrong options are status 2" {
	run --separate-stderr ev-edit </dev/null
	[ "$status" -eq 2 ]
	[[ $stderr == "ev-edit: error: nothing to do: give --set, --del or --lookup"* ]]
	for option in --set=a --set=a= --set==1 '--set=a=.[' --lookup=a=b --lookup=a=:.x; do
		run --separate-stderr ev-edit "$option" </dev/null
		[ "$status" -eq 2 ] && [ -z "$output" ] && [ "${#stderr_lines[@]}" -eq 1 ] || { echo "$option"; return 1; }
	done
	run --separate-stderr ev-edit --set a=1 --set a.b=1 <<<'{"a":{}}'
	[ "$status" -eq 2 ]
	[ -z "$output" ]
}

@test "--lookup: an object" {
	echo '{"c1":{"t": "One"},"7":"seven"}' >titles
	printf '{"c":"c1"}\n{"c":7}\n{"c":"no"}\n{"c":null}\n' >in
	run --separate-stderr ev-edit --lookup t=titles:.c in
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"c":"c1","t":{"t": "One"}}
{"c":7,"t":"seven"}
{"c":"no"}
{"c":null}'
}

@test "--lookup: lines of pairs" {
	printf '{"key":"c1","value":1}\n{"value":2,"key":7}\n' >pairs
	run --separate-stderr ev-edit --lookup .d.t=pairs:.c <<<'{"c":7}'
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"c":7,"d":{"t":2}}'
}

@test "--lookup: a file that is missing or wrong" {
	run --separate-stderr ev-edit --lookup a=nowhere:.x </dev/null
	[ "$status" -ne 0 ]
	[ -z "$output" ]
	[[ $stderr == *nowhere* ]]
	printf '{"key":1,"value":1}\n[]\n' >pairs
	run --separate-stderr ev-edit --lookup a=pairs:.x </dev/null
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[[ $stderr == *"pairs: line 2 has no members key and value"* ]]
}

@test "-w selects, the others are dropped" {
	printf '{"n":1}\n{"n":2}\n' >in
	run --separate-stderr ev-edit -w '.n == 2' --set m=.n in
	[ "$status" -eq 0 ]
	same '{"n":2,"m":2}'
}
