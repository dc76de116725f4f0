# common: what the bats files share. EV_BIN and PATH are set by tests/run.
bats_require_minimum_version 1.5.0

# What fails anywhere in a pipeline fails it.
set -o pipefail

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# The programs of cmd/, without parts such as ev-store-append.
programs() {
	local f stem
	for f in "$BATS_TEST_DIRNAME"/../../cmd/ev-*.c; do
		stem=${f##*/}
		stem=${stem%.c}
		[ -e "${f%-*}.c" ] && [ "${f%-*}" != "$f" ] && continue
		echo "$stem"
	done
}

# same EXPECTED: $output is exactly that.
same() {
	[ "$output" = "$1" ] && return 0
	printf 'expected:\n%s\ngot:\n%s\n' "$1" "$output"
	return 1
}

# wait_for COMMAND…: polls until it succeeds, at most ten seconds.
exec {never}<> <(:) # a pipe that nobody writes to
wait_for() {
	local i
	for ((i = 0; i < 1000; i++)); do
		"$@" && return 0
		read -rt 0.01 <&"$never" || :
	done
	echo "never true: $*"
	return 1
}

# catches_term PID: the process has installed its handlers (SigCgt has the bit of TERM, signal 15).
catches_term() {
	local mask
	mask=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)
	[ -n "$mask" ] && [ $((0x$mask & 1 << 14)) -ne 0 ]
}

# signals_taken PID: none waits for it.
signals_taken() {
	! grep -q '^S[hi][dg]Pnd:.*[1-9a-f]' "/proc/$1/status" 2>/dev/null
}

# gone PID: it has ended; its status may still wait to be asked for.
gone() {
	! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null
}

# alive PID: it has not.
alive() {
	grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null
}

# ends STATUS PID: a child of the test ends, or has ended, with that status.
ends() {
	local code=0
	wait "$2" || code=$?
	[ "$code" -eq "$1" ] || { echo "process $2 ended with status $code, not $1"; return 1; }
}

# alike STORE [OPTION…]: it and the store of EV_STORE can be read, and give the same, which is not nothing.
alike() {
	ev-store read "${@:2}" >alike.ours && [ -s alike.ours ] &&
		ev-store read "${@:2}" --store "$1" >alike.theirs && cmp alike.ours alike.theirs
}

# events N: N events, a second apart, that every program can read and answers with output.
events() {
	awk -v n="$1" 'BEGIN {
		for (i = 1; i <= n; i++)
			printf "{\"eventId\":\"e%07d\",\"eventType\":\"content.watched\",\"eventVersion\":\"1.0\",\"timestamp\":%.0f,\"source\":\"s\",\"aggregateId\":\"c%d\",\"aggregateType\":\"content\",\"userId\":\"u1\",\"data\":{\"userId\":\"u1\",\"contentId\":\"c%d\",\"users\":100,\"watches\":500,\"devices\":4,\"duration\":900000,\"count\":%d,\"windowStart\":\"2021-11-22T09:00:00Z\",\"windowEnd\":\"2021-11-22T09:15:00Z\",\"first\":\"2021-11-22T09:00:00Z\",\"last\":\"2021-11-22T09:14:00Z\",\"key\":\"c%d\",\"pane\":\"ontime\",\"n\":0}}\n", i, 1637572532000 + 1000 * i, i, i, i, i
	}'
}
