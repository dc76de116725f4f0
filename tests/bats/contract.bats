# contract: is every program a good Unix citizen? Each test loops over all of cmd/.
load common

# arguments PROGRAM: a way to call it in which it reads lines on stdin; into the array args.
arguments() {
	case $1 in
	ev-dedup) args=() ;;
	ev-edit) args=(--set 'data.seen=true') ;;
	ev-emit) args=(--stdin thing.done --aggregate-id a1) ;;
	ev-filter) args=(true) ;;
	ev-replay) args=(-w true -) ;;
	ev-route) args=() ;;
	ev-store) args=(append --store "$BATS_TEST_TMPDIR/store" --tee) ;;
	ev-table) args=() ;;
	ev-trend) args=(trending --threshold 0.1) ;;
	ev-validate) args=() ;;
	ev-window) args=(--tumbling 1s) ;;
	*) echo "contract.bats does not know how to call $1" && return 1 ;;
	esac
	if [ "$1" = ev-store ] && [ ! -d "$BATS_TEST_TMPDIR/store" ]; then
		ev-store init --store "$BATS_TEST_TMPDIR/store"
	fi
}

# each FUNCTION: calls it for every program with args set; names the one that fails.
each() {
	local p args
	for p in $(programs); do
		arguments "$p" || return 1
		"$1" "$p" || {
			printf '%s fails: status %s\nstdout: %.300s\nstderr: %.500s\n' "$p" "${status-}" "${output-}" "${stderr-}"
			return 1
		}
	done
}

help() {
	run --separate-stderr "$1" --help
	[ "$status" -eq 0 ] && [ -z "$stderr" ] && [ -n "$output" ] &&
		awk 'length($0) > 80 { print "too wide: " $0; exit 1 }' <<<"$output"
}
@test "--help goes to stdout, within 80 columns, status 0" { each help; }

version() {
	run --separate-stderr "$1" --version
	[ "$status" -eq 0 ] && [ -z "$stderr" ] && [[ $output =~ ^$1\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}
@test "--version names the program and a version" { each version; }

describes() {
	"$1" --describe >describe.ndjson || return 1
	run --separate-stderr ev-filter '.program == "'"$1"'" and (has("purpose") or (.option | startswith("--")))' describe.ndjson
	[ "$status" -eq 0 ] && [ -z "$stderr" ] && [ -n "$output" ] && [ "$output" = "$(cat describe.ndjson)" ]
}
@test "--describe is NDJSON that says every option" { each describes; }

unknown() {
	run --separate-stderr "$1" "${args[@]}" --no-such-option </dev/null
	[ "$status" -eq 2 ] && [ -z "$output" ] && [ "${#stderr_lines[@]}" -le 2 ] &&
		[[ $stderr == "$1: error: unknown option '--no-such-option'"* ]]
}
@test "an unknown option is status 2, stdout empty, one line" { each unknown; }

empty() {
	run --separate-stderr "$1" "${args[@]}" </dev/null
	[ "$status" -eq 0 ] && [ -z "$output" ] && [ -z "$stderr" ]
}
@test "empty input is status 0 and nothing" { each empty; }

last_line() {
	events 3 >whole && head -c -1 whole >cut
	run --separate-stderr "$1" "${args[@]}" <whole
	[ "$status" -eq 0 ] && [ -z "$stderr" ] || return 1
	local want=$output
	[ "$1" = ev-store ] && rm -rf store && ev-store init --store store
	run --separate-stderr env EV_NOW=0 "$1" "${args[@]}" <cut
	[ "$status" -eq 0 ] && [ -z "$stderr" ] && [ "${#lines[@]}" -eq "$(wc -l <<<"$want")" ]
}
@test "a last line without newline is a line" { each last_line; }

crlf() {
	events 3 | sed 's/$/\r/' >crlf
	run --separate-stderr "$1" "${args[@]}" <crlf
	[ "$status" -eq 0 ] && [ -z "$stderr" ] && [ -n "$output" ]
}
@test "CRLF ends a line as LF does" { each crlf; }

# between PROGRAM: a bad line between two good ones costs just itself.
between() {
	local p=$1
	{
		events 1
		cat bad
		events 2 | tail -n 1
	} >input
	run --separate-stderr "$p" "${args[@]}" <input
	[ "$status" -eq 1 ] && [ -n "$output" ] && [ "${#stderr_lines[@]}" -eq 1 ] &&
		[[ $stderr == "$p: error: "*": line 2"* ]]
}
nul() {
	printf '{"a":"x\0y"}\n' >bad
	between "$1"
}
@test "a NUL byte makes a bad line" { each nul; }

utf8() {
	printf '{"a":"\xc3\x28"}\n' >bad
	between "$1"
}
@test "invalid UTF-8 makes a bad line" { each utf8; }

nesting() {
	awk 'BEGIN { for (i = 0; i < 100000; i++) printf "["; print "" }' >bad
	between "$1"
}
@test "nesting of 100,000 makes a bad line" { each nesting; }

broken() {
	printf '{"a":\n' >bad
	between "$1"
}
@test "a cut-off line makes a bad line" { each broken; }

diverted() {
	printf '{"a"\n' >bad
	rm -f dead
	events 1 | cat - bad | "$1" "${args[@]}" --on-bad divert=dead >out 2>err || return 1
	run --separate-stderr ev-filter '."$dead".code == "json" and .raw == "{\"a\"" and ."$dead".line == 2' dead
	[ ! -s err ] && [ "$status" -eq 0 ] && [ "${#lines[@]}" -eq 1 ]
}
@test "--on-bad divert=FILE keeps the bytes, status 0" { each diverted; }

failing() {
	run --separate-stderr "$1" "${args[@]}" --on-bad fail < <(printf '{"a"\n')
	[ "$status" -eq 1 ] && [ -z "$output" ] && [ "${#stderr_lines[@]}" -eq 1 ]
}
@test "--on-bad fail ends with status 1" { each failing; }

limit() {
	events 1 >one
	local n
	n=$(head -c -1 one | wc -c)
	run --separate-stderr "$1" "${args[@]}" --max-line "$n" <one
	[ "$status" -eq 0 ] && [ -n "$output" ] || return 1
	[ "$1" = ev-store ] && rm -rf store && ev-store init --store store
	run --separate-stderr "$1" "${args[@]}" --max-line $((n - 1)) <one
	[ "$status" -eq 1 ] && [[ $stderr == *"line 1: line of $n bytes is over --max-line $((n - 1))" ]]
}
@test "a line at --max-line passes, one past is bad" { each limit; }

closed_stdin() {
	# run's own pipes would take the place of descriptor 0
	"$1" "${args[@]}" >out 2>err <&-
	[ $? -eq 3 ] && [ ! -s out ] && [[ $(cat err) == *"stdin: "* ]]
}
@test "a closed stdin is status 3" { each closed_stdin; }

closed_stdout() {
	events 2 >two
	"$1" "${args[@]}" <two >&- 2>err
	[ $? -eq 3 ] && [[ $(cat err) == "$1: error: stdout: "* ]]
}
@test "a closed stdout is status 3 once there is output" { each closed_stdout; }

closed_stderr() {
	events 2 >two
	"$1" "${args[@]}" <two >out 2>&- && [ -s out ]
}
@test "a closed stderr harms nothing" { each closed_stderr; }

full() {
	events 2 >two
	"$1" "${args[@]}" <two >/dev/full 2>err
	[ $? -eq 3 ] && [[ $(cat err) == "$1: error: stdout: No space left on device" ]]
}
@test "a full disk on stdout is status 3 with the reason" { each full; }

head_one() {
	events 20000 >many
	[ "$1" = ev-store ] && rm -rf store && ev-store init --store store
	{ "$1" "${args[@]}" <many 2>err || echo $? >code; } | head -n 1 >out
	[ "$(cat code)" -eq 141 ] && [ ! -s err ] && [ "$(wc -l <out)" -eq 1 ]
}
@test "| head -1 ends it quietly with 141" { each head_one; }

term_idle() {
	mkfifo "fifo-$1"
	"$1" "${args[@]}" --stats --grace 0 <"fifo-$1" >out 2>err &
	local pid=$!
	exec 9>"fifo-$1"
	events 1 >&9
	wait_for catches_term "$pid" || return 1
	kill -TERM "$pid"
	wait "$pid"
	local code=$?
	exec 9>&-
	[ "$code" -eq 143 ] && grep -c "in [0-9]* = " err >count && [ "$(cat count)" -eq 1 ]
}
@test "TERM while idle ends with 143 after the end of the run" { each term_idle; }

live() {
	case $1 in ev-window | ev-table) return 0 ;; esac # these answer when a window or a block is complete
	mkfifo "live-$1"
	"$1" "${args[@]}" <"live-$1" >"out-$1" 2>err &
	local pid=$!
	exec 9>"live-$1"
	events 1 >&9
	wait_for test -s "out-$1" || return 1
	exec 9>&-
	wait "$pid"
}
@test "one line through a fifo comes out with no end of input" { each live; }

locale() {
	events 20 >input
	[ "$1" = ev-store ] && rm -rf store && ev-store init --store store
	EV_NOW=1637572532123 "$1" "${args[@]}" <input >a 2>err || return 1
	[ "$1" = ev-store ] && rm -rf store && ev-store init --store store
	EV_NOW=1637572532123 LC_ALL=tr_TR.UTF-8 TZ=Asia/Kathmandu "$1" "${args[@]}" <input >b 2>err || return 1
	[ "$1" = ev-emit ] && sed -i 's/"eventId":"[^"]*"//' a b
	[ -s a ] && cmp a b
}
@test "locale and time zone change nothing" { each locale; }

sums() {
	{
		events 5
		echo '{"x'
	} >input
	run --separate-stderr "$1" "${args[@]}" --stats <input
	[ "$status" -eq 1 ] && awk '/ in [0-9]+ = / {
		gsub(/[^0-9]+/, " ", $0); split($0, n, " ")
		if (n[1] == 6 && n[1] == n[2] + n[3] + n[4] + n[5] + n[6] && n[6] == 1) found = 1
	} END { exit !found }' <<<"$stderr"
}
@test "in = passed + used + dropped + late + bad" { each sums; }

option_file() {
	printf '# options\n\n--name stage-7\n--stats\n' >options
	run --separate-stderr "$1" "${args[@]}" @options </dev/null
	[ "$status" -eq 0 ] && [[ $stderr == "stage-7: in 0 = "* ]]
}
@test "@FILE gives options, --name the prefix" { each option_file; }

metrics() {
	events 4 >input
	[ "$1" = ev-store ] && rm -rf store && ev-store init --store store
	"$1" "${args[@]}" --metrics m.prom <input >out 2>err || return 1
	[ "$(grep -c '^ev_events_in_total{stage="'"$1"'"} 4$' m.prom)" -eq 1 ] &&
		[ "$(tail -c 1 m.prom | od -An -c)" = '  \n' ]
}
@test "--metrics writes Prometheus text" { each metrics; }

compressed() {
	events 3 >input
	zstd -q -f input -o input.zst
	gzip -kf input
	[ "$1" = ev-store ] && rm -rf store && ev-store init --store store
	EV_NOW=0 "$1" "${args[@]}" <input >want || return 1
	[ -s want ] || return 1
	for c in zst gz; do
		[ "$1" = ev-store ] && rm -rf store && ev-store init --store store
		EV_NOW=0 "$1" "${args[@]}" <"input.$c" >got || return 1
		[ "$(wc -l <want)" -eq "$(wc -l <got)" ] || return 1
	done
}
@test ".zst and .gz are read by content" { each compressed; }
