# ev-table: columns as lines come, one row a key, and nothing that steers a terminal.
load common

@test "the envelope's columns by default" {
	printf '{"eventType":"content.watched","timestamp":%s,"aggregateId":"%s","userId":"u1"}\n' 1637572533000 c1 '"2021-11-22T09:15:34Z"' c2 >in
	echo '{"specversion":"1.0","type":"user.x","source":"s","id":"1","time":"2021-11-22T10:00:00Z","subject":"u-7"}' >>in
	run --separate-stderr ev-table in
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same 'time                  type             aggregate  user
2021-11-22T09:15:33Z  content.watched  c1         u1
2021-11-22T09:15:34Z  content.watched  c2         u1
2021-11-22T10:00:00Z  user.x           u-7        -'
}

@test "named columns, numbers to the right" {
	printf '{"user":"%s","n":%s}\n' ann 5 bob 1200 c null >in
	run --separate-stderr ev-table 'who=.user' 'sum=.n' 'again=.n // "none"' in
	[ "$status" -eq 0 ]
	same 'who   sum  again
ann     5      5
bob  1200   1200
c       -  none'
}

@test "objects without an envelope show their own members, other values themselves" {
	run --separate-stderr ev-table < <(printf '{"a":1,"b\\u0041":"x"}\n{"b\\u0041":[1],"c":2}\n')
	[ "$status" -eq 0 ]
	same 'a  bA
1  x
-  [1]'
	run --separate-stderr ev-table < <(printf '7\n"x"\n')
	[ "$status" -eq 0 ]
	same 'value
    7
x'
}

@test "columns and files may be mixed; a file with an equals sign has a slash" {
	echo '{"a":1}' >x=y
	echo '{"a":2}' >z
	run --separate-stderr ev-table ./x=y a=.a z --no-header
	[ "$status" -eq 0 ]
	same '1
2'
}

@test "a cell longer than the columns so far widens what comes after" {
	awk 'BEGIN { for (i = 0; i < 101; i++) print "{\"a\":\"" (i < 100 ? "x" : "wider") "\",\"b\":1}"; print "{\"a\":\"y\",\"b\":2}" }' >in
	run --separate-stderr ev-table a=.a b=.b in
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 'a  b' ]
	[ "${lines[100]}" = 'x  1' ]
	[ "${lines[101]}" = 'wider  1' ]
	[ "${lines[102]}" = 'y      2' ]
}

@test "--width cuts" {
	run --separate-stderr ev-table --width 6 a=.a b=.b < <(echo '{"a":"123456789","b":"123456"}')
	[ "$status" -eq 0 ]
	same 'a       b
12345…  123456'
}

@test "data cannot steer the terminal" {
	printf '{"a":"\\u001b]0;x\\u0007\\n\\u009b\\u202e\xc2\x85"}\n' >in
	run --separate-stderr ev-table a=.a in
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = '\x1b]0;x\x07\x0a\xc2\x9b\xe2\x80\xae\xc2\x85' ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "an expression that fails is a bad line, and the table goes on" {
	run --separate-stderr ev-table n=.a.b < <(printf '{"a":{"b":1}}\n{"a":3}\n{"a":{"b":2}}\n')
	[ "$status" -eq 1 ]
	same 'n
1
2'
	[ "${#stderr_lines[@]}" -eq 1 ]
}

@test "--by keeps the last row of each key, in the order of the keys" {
	printf '{"k":"%s","n":%d}\n' a 1 b 2 a 30 c 4 b 5 >in
	run --separate-stderr ev-table --by .k k=.k n=.n in
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same 'k   n
a  30
b   5
c   4'
	run --separate-stderr ev-table --by .none k=.k in
	[ "$status" -eq 1 ]
	[ "${stderr_lines[0]}" = "ev-table: error: in: line 1: --by gives no value" ]
}

@test "--max-rows gives up the row unchanged for longest, and says so" {
	printf '{"k":"%s"}\n' a b a c d >in
	run --separate-stderr ev-table --by .k --max-rows 2 k=.k in
	[ "$status" -eq 0 ]
	same 'k
c
d'
	[ "$stderr" = "ev-table: warning: 2 rows were given up for newer ones; see --max-rows" ]
}

@test "on a terminal --by redraws in place and ends with the whole table" {
	mkfifo in
	script -qfec 'ev-table --by .k k=.k n=.n <in' screen >out 3>&- </dev/null &
	pid=$!
	exec 7<>in
	echo '{"k":"a","n":1}' >&7
	wait_for grep -q '^a  1' screen
	echo '{"k":"a","n":2}' >&7
	wait_for grep -q '^a  2' screen
	exec 7>&-
	wait "$pid"
	grep -q $'\e\[2A' screen
	grep -q $'\e\[J' screen
	# after the last redraw; the terminal may echo more behind it
	local rest
	rest=$(<out)
	rest=${rest##*$'\e[J'}
	[[ $rest == $'k  n\r\na  2\r'* ]]
}

@test "live: a row appears while the input stays open" {
	mkfifo in
	ev-table a=.a <in >out 3>&- &
	pid=$!
	exec 7<>in
	echo '{"a":5}' >&7
	wait_for grep -q 5 out
	exec 7>&-
	wait "$pid"
	[ "$(cat out)" = $'a\n5' ]
}

@test "nothing in, nothing out; a wrong expression is status 2" {
	run --separate-stderr ev-table </dev/null
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	run --separate-stderr ev-table --by .k </dev/null
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	run --separate-stderr ev-table 'a=.b |' </dev/null
	[ "$status" -eq 2 ]
	[ -z "$output" ]
}
