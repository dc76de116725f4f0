# ev-store: does it do what its page says.
load store

log=$BATS_TEST_TMPDIR/store/seg/00000000000000000000.ndjson

# --- init --------------------------------------------------------------------------------------

@test "init makes a store with the modes that the umask leaves" {
	umask 027
	run --separate-stderr ev-store init --store private
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	[ "$(stat -c %a private private/seg private/FORMAT private/lock private/head | paste -sd' ')" = "750 750 640 640 640" ]
	umask 0
	e a | ev-store append --store private
	[ "$(stat -c %a private/seg/*)" = 640 ]
}

@test "init --mode is the mode of all files, now and later" {
	umask 077
	run --separate-stderr ev-store init --store shared --mode 0750
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	e a | ev-store append --store shared
	[ "$(stat -c %a shared shared/seg shared/FORMAT shared/seg/* | paste -sd' ')" = "750 750 640 640" ]
	run --separate-stderr ev-store init --store other --mode 99
	[ "$status" -eq 2 ]
	[ ! -e other ]
}

@test "init leaves a store as it is, and other directories alone" {
	e a | ev-store append
	before=$(cat "$EV_STORE/FORMAT" "$log")
	run --separate-stderr ev-store init
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	[ "$(cat "$EV_STORE/FORMAT" "$log")" = "$before" ]
	mkdir full
	touch full/file
	run --separate-stderr ev-store init --store full
	[ "$status" -eq 2 ]
	[ "$(ls full)" = file ]
}

@test "without a store the status is 2 and the message says what to do" {
	for command in append read streams verify "version s"; do
		run --separate-stderr ev-store $command --store nowhere </dev/null
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[[ $stderr == "ev-store: error: no store in 'nowhere': make one with ev-store init"* ]]
		run --separate-stderr env -u EV_STORE ev-store $command </dev/null
		[ "$status" -eq 2 ]
		[[ $stderr == *"give --store DIR or set EV_STORE"* ]]
	done
}

# --- append and read ---------------------------------------------------------------------------

@test "what is read is what was appended, byte for byte" {
	{
		printf '{ "eventId" : "1","eventType":"a.b" , "aggregateId":"x\\u00e9", "aggregateType":"T" }\n'
		printf '  {"eventId":"2","eventType":"a.b","aggregateId":"x","aggregateType":"T","n":12345678901234567890,"n":1e400}  \n'
		printf '\n{"eventId":"3","eventType":"a.b","aggregateId":"x","aggregateType":"T","data":{"$pos":1,"s":",\\"$pos\\":2"}}\r\n'
		printf '{"specversion":"1.0","id":"4","source":"/s","type":"a.b","subject":"x","aggregatetype":"T"}'
	} >in
	run --separate-stderr ev-store append <in
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	sed 's/^ *//; s/[ \r]*$//; /^$/d' in | awk 1 >want
	ev-store read >got
	cmp want got
	ev-store read --meta | ev-filter true | sed -E 's/,"\$pos":[0-9]+,"\$stream".*/}/' | tr -d ' ' >meta
	tr -d ' ' <want | cmp - meta
	ev-store verify
}

@test "events go to the stream of their aggregate, to STREAM, or by an expression" {
	{ e a 1; e b 2; } | ev-store append
	e c 1 | ev-store append 'other place'
	e d 1 '{"to":"x-9"}' >file
	ev-store append --stream-by .data.to file
	run --separate-stderr ev-store streams
	[ "$status" -eq 0 ]
	same '{"stream":"other place","version":1}
{"stream":"user-1","version":1}
{"stream":"user-2","version":1}
{"stream":"x-9","version":1}'
}

@test "--ack says where each event is, --tee passes it on" {
	{ e a 1; e b 2; } | ev-store append
	run --separate-stderr ev-store append --ack < <(e a 1; e c 1; echo '{"specversion":"1.0","id":"i","source":"s","type":"a.b","subject":"x","aggregatetype":"T"}')
	[ "$status" -eq 0 ]
	same '{"id":"a","stream":"user-1","ver":1,"pos":0,"known":true}
{"id":"c","stream":"user-1","ver":2,"pos":2}
{"id":"i","stream":"t-x","ver":1,"pos":3}'
	run --separate-stderr ev-store append --tee < <(e d 1)
	[ "$status" -eq 0 ]
	same "$(e d 1)"
	run --separate-stderr ev-store append --atomic --tee < <(e f 1; e g 1)
	[ "$status" -eq 0 ]
	same "$(e f 1; e g 1)"
}

@test "an acknowledgement comes at once through an open pipe" {
	mkfifo in out
	ev-store append --ack <in >out &
	pid=$!
	exec 5>in 6<out
	e a >&5
	read -r -t 10 line <&6
	[ "$line" = '{"id":"a","stream":"user-1","ver":1,"pos":0}' ]
	[ "$(ev-store version user-1)" = 1 ]
	e b | ev-store append
	e c >&5
	read -r -t 10 line <&6
	[ "$line" = '{"id":"c","stream":"user-1","ver":3,"pos":2}' ]
	exec 5>&-
	wait "$pid"
}

@test "read selects by version, position, time, type and number" {
	for i in 1 2 3 4 5 6; do
		EV_NOW=$((1000 * i)) ev-store append < <(e "e$i" $((i % 2)) "$i")
	done
	ids() { ev-store read "$@" | sed -E 's/.*"eventId":"e([0-9])".*/\1/' | paste -sd' ' -; }
	[ "$(ids)" = "1 2 3 4 5 6" ]
	[ "$(ids user-1)" = "1 3 5" ]
	[ "$(ids user-1 --ver 2..)" = "3 5" ]
	[ "$(ids user-1 --ver ..2)" = "1 3" ]
	[ "$(ids --ver 2)" = "3 4" ]
	[ "$(ids --pos 1..3)" = "2 3 4" ]
	[ "$(ids --pos 9..)" = "" ]
	[ "$(ids --from 1970-01-01T00:00:02Z --to 1970-01-01T00:00:05Z)" = "2 3 4" ]
	[ "$(ids -n 2)" = "1 2" ]
	[ "$(ids --last 2)" = "5 6" ]
	[ "$(ids user-0 --last 2)" = "4 6" ]
	[ "$(ids --backwards)" = "6 5 4 3 2 1" ]
	[ "$(ids --backwards user-1 -n 2)" = "5 3" ]
	[ "$(ids --backwards --last 2 --to 1970-01-01T00:00:05Z)" = "4 3" ]
	[ "$(ids -w '.data > 4' -t 'user.*')" = "5 6" ]
	[ "$(ids -t 'content.*')" = "" ]
	[ "$(ids nobody)" = "" ]
	run --separate-stderr ev-store read --pos 3..1
	[ "$status" -eq 2 ]
	[ -z "$output" ]
}

@test "read -F waits for more, until a signal" {
	e a | ev-store append
	mkfifo out
	ev-store read -F >out &
	pid=$!
	exec 6<out
	read -r -t 10 line <&6
	[ "$line" = "$(e a)" ]
	for id in b c d; do
		e "$id" | ev-store append
		read -r -t 10 line <&6
		[ "$line" = "$(e "$id")" ]
	done
	kill -TERM "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 143 ]
	run --separate-stderr ev-store read -F --backwards
	[ "$status" -eq 2 ]
}

@test "version is 0 for a stream without events" {
	run --separate-stderr ev-store version nobody
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same 0
}

@test "an empty store reads, lists and verifies" {
	for command in read streams "read --last 3" "read --backwards"; do
		run --separate-stderr ev-store $command
		[ "$status" -eq 0 ]
		[ -z "$output$stderr" ]
	done
	run --separate-stderr ev-store verify
	[ "$status" -eq 0 ]
	[[ $output == '{"events":0,"streams":0,'* ]]
}

# --- what is refused ---------------------------------------------------------------------------

# refused CODE LINE: it is a bad line with this code, and the event after it is stored.
refused() {
	rm -f dead
	run --separate-stderr ev-store append --on-bad divert=dead < <(echo "$2"; e "after$RANDOM$RANDOM")
	[ "$status" -eq 0 ] || [ "$status" -eq 1 ] || return 1
	[[ $(cat dead) == *"\"code\":\"$1\""* ]] || { cat dead; return 1; }
}

@test "events without an envelope and reserved names are refused" {
	refused envelope '{"eventType":"a.b","aggregateType":"T","aggregateId":"1"}'
	refused envelope '{"eventId":"","eventType":"a.b","aggregateType":"T","aggregateId":"1"}'
	refused envelope '{"eventId":7,"eventType":"a.b","aggregateType":"T","aggregateId":"1"}'
	refused envelope '{"eventId":"x","aggregateType":"T","aggregateId":"1"}'
	refused envelope '{"eventId":"x","eventType":"a.b","aggregateType":"T"}'
	refused envelope '{"eventId":"x","eventType":"a.b","aggregateId":"1"}'
	refused envelope '{"eventId":"x","eventId":"x","eventType":"a.b","aggregateType":"T","aggregateId":"1"}'
	refused envelope '{"specversion":"1.0","id":"4","type":"a.b","subject":"x","aggregatetype":"T"}'
	refused envelope '[1]'
	refused json '{"eventId":"x"'
	refused reserved '{"eventId":"x","eventType":"a.b","aggregateType":"T","aggregateId":"1","$pos":3}'
	refused reserved '{"eventId":"x","eventType":"a.b","aggregateType":"T","aggregateId":"1","\u0024sum":3}'
	refused reserved '{"$":1,"eventId":"x","eventType":"a.b","aggregateType":"T","aggregateId":"1"}'
	run -0 --separate-stderr ev-store read
	[ "${#lines[@]}" -eq 13 ]
}

@test "the same id with other bytes or in another stream is a conflict, status 1" {
	e a 1 1 | ev-store append
	before=$(cat "$log")
	run --separate-stderr ev-store append < <(e a 1 2)
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-store: error: stdin: line 1: the event's identity is stored already, with other bytes: position 0, version 1 of stream 'user-1'" ]
	run --separate-stderr ev-store append elsewhere < <(e a 1 1)
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-store: error: stdin: line 1: the event's identity is stored already, in another stream: position 0, version 1 of stream 'user-1'" ]
	[ "$(cat "$log")" = "$before" ]
}

@test "a CloudEvent's identity is its source and its id" {
	ce() { printf '{"specversion":"1.0","id":"%s","source":"%s","type":"a.b","subject":"x","aggregatetype":"T"}\n' "$1" "$2"; }
	run --separate-stderr ev-store append --ack < <(ce 1 a; ce 1 b; ce 1 a; e 1)
	[ "$status" -eq 0 ]
	[ "$(ev-store version t-x)" = 2 ]
	[ "$(ev-store version user-1)" = 1 ]
}

@test "a wrong expected version is status 4 and names both" {
	{ e a; e b; } | ev-store append
	before=$(cat "$log")
	run --separate-stderr ev-store append user-1 --expect 1 < <(e c)
	[ "$status" -eq 4 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-store: error: wrong expected version: stream 'user-1' expected 1, actual 2" ]
	run --separate-stderr ev-store append user-1 --expect none < <(e c)
	[ "$status" -eq 4 ]
	[ "$stderr" = "ev-store: error: wrong expected version: stream 'user-1' expected none, actual 2" ]
	run --separate-stderr ev-store append new --expect exists < <(e c)
	[ "$status" -eq 4 ]
	[ "$stderr" = "ev-store: error: wrong expected version: stream 'new' expected exists, actual 0" ]
	run --separate-stderr ev-store append user-1 --expect 3 </dev/null
	[ "$status" -eq 4 ]
	[ "$(cat "$log")" = "$before" ]
	run --separate-stderr ev-store append user-1 --expect 2 </dev/null
	[ "$status" -eq 0 ]
	run --separate-stderr ev-store append user-1 --expect 2 < <(e c)
	[ "$status" -eq 0 ]
	run --separate-stderr ev-store append user-1 --expect=-1 </dev/null
	[ "$status" -eq 2 ]
}

@test "a batch is stored as a whole or not at all" {
	run --separate-stderr ev-store append --atomic < <(e a; echo '{bad'; e b)
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	run --separate-stderr ev-store append --atomic < <(e a; e b; echo '{"eventId":"c"}')
	[ "$status" -eq 1 ]
	run --separate-stderr ev-store append --atomic --max-batch 150 < <(e a; e b)
	[ "$status" -eq 1 ]
	[[ $stderr == *"over --max-batch 150" ]]
	run --separate-stderr ev-store append --expect none < <(e a 1; e b 2)
	[ "$status" -eq 1 ]
	[[ $stderr == *"stdin: line 2: it goes to another stream, 'user-2', but --expect is about one"* ]]
	[ -z "$(cat "$log")" ]
	run --separate-stderr ev-store append --atomic < <(e a 1; e b 2)
	[ "$status" -eq 0 ]
	[[ $(sed -n 2p "$log") == *'"$b":"2/2"'* ]]
	run --separate-stderr ev-store append --atomic < <(e a 1; e z 2)
	[ "$status" -eq 1 ]
	[[ $stderr == *"stdin: line 1: the event is stored already, but others of the batch are not: position 0, version 1 of stream 'user-1'"* ]]
}

# --- the named sequences of KurrentDB's client tests -------------------------------------------
# 0em1 is event 0 expecting version -1 there, none here; 1e0 is event 1 expecting 0 there, 1 here; S..E is a batch.

# op OP: "1e0", "0any" or "S:0em1,1em1"; sets status.
op() {
	local batch=${1#S:} part expect=
	: >batch
	for part in ${batch//,/ }; do
		[[ $part =~ ^([0-9])(any|e(m1|[0-9]))$ ]] || return 9
		case ${BASH_REMATCH[2]} in
		any) expect=${expect:-any} ;;
		em1) expect=${expect:-none} ;;
		*) expect=${expect:-$((BASH_REMATCH[3] + 1))} ;;
		esac
		e "${BASH_REMATCH[1]}" >>batch
	done
	run --separate-stderr ev-store append s --atomic --expect "$expect" <batch
}

# sequence STATUS VERSION OP…: all but the last are stored, the last ends with STATUS, and then the stream is at VERSION.
sequence() {
	local want=$1 version=$2
	shift 2
	rm -rf "$EV_STORE" && ev-store init
	while [ $# -gt 1 ]; do
		op "$1"
		[ "$status" -eq 0 ] || { echo "$1: $stderr"; return 1; }
		shift
	done
	op "$1"
	[ "$status" -eq "$want" ] && [ "$(ev-store version s)" = "$version" ] && return 0
	echo "$1: status $status, version $(ev-store version s): $stderr"
	return 1
}

@test "sequence 0em1 1e0 2e1 3e2 4e3 5e4 0em1: known" { sequence 0 6 0em1 1e0 2e1 3e2 4e3 5e4 0em1; }
@test "sequence 0em1 1e0 2e1 3e2 4e3 5e4 0any: known" { sequence 0 6 0em1 1e0 2e1 3e2 4e3 5e4 0any; }
@test "sequence 0em1 1e0 2e1 3e2 4e3 5e4 0e5: known (theirs appends again)" { sequence 0 6 0em1 1e0 2e1 3e2 4e3 5e4 0e5; }
@test "sequence 0em1 1e0 2e1 3e2 4e3 5e4 0e6: wrong version" { sequence 4 6 0em1 1e0 2e1 3e2 4e3 5e4 0e6; }
@test "sequence 0em1 1e0 2e1 3e2 4e3 5e4 0e6: the message" {
	sequence 4 6 0em1 1e0 2e1 3e2 4e3 5e4 0e6
	[ "$stderr" = "ev-store: error: wrong expected version: stream 's' expected 7, actual 6" ]
}
@test "sequence 0em1 1e0 2e1 3e2 4e3 5e4 0e4: wrong version" { sequence 4 6 0em1 1e0 2e1 3e2 4e3 5e4 0e4; }
@test "sequence 0em1 1e0 2e1 3e2 4e3 5e4 0e4: the message" {
	sequence 4 6 0em1 1e0 2e1 3e2 4e3 5e4 0e4
	[ "$stderr" = "ev-store: error: wrong expected version: stream 's' expected 5, actual 6" ]
}
@test "sequence 0em1 0e0: known (theirs appends again)" { sequence 0 1 0em1 0e0; }
@test "sequence 0em1 0any: known" { sequence 0 1 0em1 0any; }
@test "sequence 0em1 0em1: known" { sequence 0 1 0em1 0em1; }
@test "sequence 0em1 1e0 2e1 1any 1any: known" { sequence 0 3 0em1 1e0 2e1 1any 1any; }
@test "sequence S 0em1 1em1 E S 0em1 E: known" { sequence 0 2 S:0em1,1em1 S:0em1; }
@test "sequence S 0em1 1em1 E S 0any E: known" { sequence 0 2 S:0em1,1em1 S:0any; }
@test "sequence S 0em1 1em1 E S 1e0 E: known" { sequence 0 2 S:0em1,1em1 S:1e0; }
@test "sequence S 0em1 1em1 E S 1any E: known" { sequence 0 2 S:0em1,1em1 S:1any; }
@test "sequence S 0em1 1em1 E S 0em1 1em1 2em1 E: wrong version" { sequence 4 2 S:0em1,1em1 S:0em1,1em1,2em1; }
@test "sequence S 0em1 1em1 E S 0em1 1em1 2em1 E: the message" {
	sequence 4 2 S:0em1,1em1 S:0em1,1em1,2em1
	[ "$stderr" = "ev-store: error: wrong expected version: stream 's' expected none, actual 2" ]
}

# --- hostile surroundings ----------------------------------------------------------------------

@test "names of streams are data, never paths" {
	before=$(cd "$EV_STORE" && find . | sort)
	names=('../x' '/etc/passwd' '..' '.' '-rf' '--store' 'a/b' 'a//b/../../c' '..%2f' '%00' 'CON' 'nul' $'new\nline'
		$'tab\there' $'esc\e[31m' $'del\x7f' '"quote"' 'back\slash' ',"$pos":7' '"},"$sum":"0123456789abcdef"}' '$pos'
		$'e\xcc\x81' $'\xc3\xa9' 'Case' 'case' $'\xe2\x80\xaertl' ' ' '*' '$(id)' '`id`' ';id' "$(printf '%01024d' 0)")
	n=0
	for name in "${names[@]}"; do
		e "id$n" | ev-store append -- "$name"
		[ "$(ev-store version -- "$name")" = 1 ]
		run --separate-stderr ev-store read -- "$name"
		[ "$status" -eq 0 ]
		same "$(e "id$n")"
		n=$((n + 1))
	done
	[ "$n" -ge 30 ]
	[ "$(ev-store streams | ev-filter true | wc -l)" -eq "$n" ]
	[[ $(ev-store verify) == "{\"events\":$n,\"streams\":$n,"* ]]
	[ "$(cd "$EV_STORE" && find . | sort)" = "$(printf '%s\n' "$before" ./seg/00000000000000000000.ndjson | sort)" ]
	for name in '' "$(printf '%01025d' 0)" $'bad\xff'; do
		run --separate-stderr ev-store append -- "$name" < <(e bad)
		[ "$status" -eq 2 ]
		[ -z "$output" ]
	done
}

@test "links and fifos planted in the place of files are not followed" {
	echo precious >victim
	ln -s "$PWD/victim" "$log"
	run --separate-stderr ev-store append < <(e a)
	[ "$status" -eq 3 ]
	[ "$(cat victim)" = precious ]
	rm "$log"
	mkfifo "$log"
	run --separate-stderr ev-store append < <(e a)
	[ "$status" -eq 3 ]
	rm "$log" "$EV_STORE/lock"
	ln -s "$PWD/victim" "$EV_STORE/lock"
	run --separate-stderr ev-store append < <(e a)
	[ "$status" -eq 3 ]
	[ "$(cat victim)" = precious ]
	rm "$EV_STORE/lock"
	mv "$EV_STORE/seg" elsewhere
	ln -s "$PWD/elsewhere" "$EV_STORE/seg"
	run --separate-stderr ev-store append < <(e a)
	[ "$status" -eq 3 ]
	[ -z "$(ls elsewhere)" ]
}

@test "a file of the store that has a second name is read but not written to" {
	e a | ev-store append
	cp -al "$EV_STORE" twin
	before=$(cat "$log")
	run --separate-stderr ev-store append --store twin < <(e b)
	[ "$status" -eq 3 ]
	[[ $stderr == *"Too many links" ]]
	[ "$(cat "$log")" = "$before" ]
	run --separate-stderr ev-store read --store twin
	[ "$status" -eq 0 ]
	same "$(e a)"
}

@test "a store that cannot be written can be read" {
	[ "$(id -u)" -ne 0 ] || command -v setpriv >/dev/null || skip "needs setpriv to give up root"
	e a | ev-store append
	chmod -R a+rX,a-w "$EV_STORE"
	chmod a+rx "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/.." "$BATS_TEST_TMPDIR/../.." "$BATS_TEST_TMPDIR/../../.."
	less=()
	[ "$(id -u)" -ne 0 ] || less=(setpriv --reuid 65534 --clear-groups)
	run --separate-stderr "${less[@]}" "$EV_BIN/ev-store" read
	[ "$status" -eq 0 ]
	same "$(e a)"
	run --separate-stderr "${less[@]}" "$EV_BIN/ev-store" verify
	[ "$status" -eq 0 ]
	run --separate-stderr "${less[@]}" "$EV_BIN/ev-store" append < <(e b)
	[ "$status" -eq 3 ]
	[[ $stderr == *"Permission denied"* ]]
}

@test "a writer that cannot have the lock ends with status 3" {
	command -v perl >/dev/null || skip "needs perl to hold the lock"
	e a | ev-store append
	mkfifo held release
	# F_SETLK 6 and F_WRLCK 1 in Linux's struct flock of 64-bit machines
	perl -e '
		open(my $f, "+<", $ARGV[0]) or die;
		my $whole = pack("ssx4qqix4", 1, 0, 0, 0, 0);
		fcntl($f, 6, $whole) or die "lock: $!";
		open(my $h, ">", "held"); close($h); open(my $r, "<", "release"); <$r>;' "$EV_STORE/lock" &
	pid=$!
	read -r _ <held || :
	run --separate-stderr ev-store append --lock-timeout 20ms < <(e b)
	echo >release
	wait "$pid"
	[ "$status" -eq 3 ]
	[ "$stderr" = "ev-store: error: '$EV_STORE' is locked by another writer" ]
	run --separate-stderr ev-store append < <(e b)
	[ "$status" -eq 0 ]
}

@test "a full disk is status 3, and what was acknowledged stays" {
	[ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o size=256k none small 2>/dev/null || skip "needs root to mount a small tmpfs"
	export EV_STORE=$PWD/small/store
	ev-store init
	for i in $(seq 100); do e "$i"; done | ev-store append --ack >acks
	run --separate-stderr ev-store append --ack < <(events 5000)
	full=$status message=$stderr
	printf '%s\n' "$output" >>acks
	run -0 --separate-stderr ev-store read
	stored=$(wc -l <<<"$output") acked=$(grep -c pos acks)
	run --separate-stderr ev-store verify
	umount small
	[ "$full" -eq 3 ]
	[[ $message == *"No space left on device" ]]
	[ "$stored" -ge "$acked" ]
	[ "$acked" -ge 100 ]
	[ "$status" -eq 0 ]
}

@test "kill -9 in the middle of a stream: the acknowledged stays, the repeat adds the rest" {
	events 20000 >all
	for lines in 1 500 3000; do
		rm -rf "$EV_STORE"
		ev-store init
		: >acks
		ev-store append --ack <all >acks &
		pid=$!
		wait_for eval "[ \$(wc -l <acks) -ge $lines ]"
		kill -9 "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
		acked=$(grep -c '}$' acks || :)
		[ "$(ev-store read | wc -l)" -ge "$acked" ]
		run --separate-stderr ev-store append <all
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
		ev-store read | cmp - all
		ev-store verify
	done
}

@test "many writers at once: every event once, positions without a gap" {
	for w in 1 2 3 4; do
		for i in $(seq 50); do e "$w-$i" "$w"; done | ev-store append --ack >"acks$w" &
	done
	wait
	[ "$(cat acks? | wc -l)" -eq 200 ]
	[ "$(cat acks? | sed -E 's/.*"pos":([0-9]+)}/\1/' | sort -n | paste -sd' ' -)" = "$(seq -s' ' 0 199)" ]
	[[ $(ev-store verify) == '{"events":200,"streams":4,'* ]]
	run -0 --separate-stderr ev-store streams
	same '{"stream":"user-1","version":50}
{"stream":"user-2","version":50}
{"stream":"user-3","version":50}
{"stream":"user-4","version":50}'
}

@test "of writers that expect one version one wins" {
	e first | ev-store append
	for w in 1 2 3 4 5 6 7 8; do
		{
			code=0
			e "w$w" | ev-store append user-1 --expect 1 2>/dev/null || code=$?
			echo "$code" >"status$w"
		} &
	done
	wait
	[ "$(sort status? | uniq -c | tr -s ' \n' ' ')" = " 1 0 7 4 " ]
	[ "$(ev-store version user-1)" = 2 ]
}

# --- damage ------------------------------------------------------------------------------------

@test "damage is status 5 and named, and nothing is touched" {
	for i in 1 2 3 4; do e "$i"; done | ev-store append
	sed -i '2s/user.seen/user.Seen/' "$log"
	before=$(cat "$log")
	offset=$(($(head -n 1 "$log" | wc -c)))
	want="ev-store: error: seg/00000000000000000000.ndjson: line 2, byte $offset: sum is wrong"
	run --separate-stderr ev-store verify
	[ "$status" -eq 5 ]
	[ "$stderr" = "$want" ]
	[ "${lines[0]}" = "{\"damage\":\"sum is wrong\",\"segment\":\"seg/00000000000000000000.ndjson\",\"line\":2,\"byte\":$offset,\"bytes\":$offset,\"position\":1,\"lost\":1}" ]
	run --separate-stderr ev-store append < <(e 5)
	[ "$status" -eq 5 ]
	[ "$stderr" = "$want" ]
	run --separate-stderr ev-store read
	[ "$status" -eq 5 ]
	[ "$stderr" = "$want" ]
	[ "$(cat "$log")" = "$before" ]
}

@test "verify goes on after damage and lists every place" {
	for i in 1 2 3 4 5 6 7; do e "$i"; done | ev-store append
	sed -i '2s/user.seen/user.Seen/; 4s/.$/]/; 6s/pos/pis/' "$log"
	run --separate-stderr ev-store verify
	[ "$status" -eq 5 ]
	[ "${#lines[@]}" -eq 4 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr == *": line 2, byte "*": sum is wrong" ]]
	[ "$(sed -E 's/.*"line":([0-9]+).*/\1/; s/.*("events":[0-9]+).*"damages":([0-9]+).*/\1 \2/' <<<"$output" | paste -sd' ')" = '2 4 6 "events":4 3' ]
	e 8 | ev-store append --store "$EV_STORE" 2>/dev/null || [ $? -eq 5 ]
}

@test "an unfinished write is not shown, and the next append cuts it off" {
	e a | ev-store append
	printf '%s' '{"eventId":"half' >>"$log"
	run --separate-stderr ev-store read
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same "$(e a)"
	run --separate-stderr ev-store verify
	[ "$status" -eq 0 ]
	[[ $output == *'"unfinished":16,'* ]]
	e b | ev-store append
	run --separate-stderr ev-store read
	same "$(e a; e b)"
	[ "$status" -eq 0 ]
	[[ $(ev-store verify) == *'"unfinished":0,'* ]]
}

@test "a damaged end is kept in lost/, with a warning" {
	{ e a; e b; } | ev-store append
	sed -i '2s/user.seen/user.Seen/' "$log"
	tail -n 1 "$log" >bad
	run --separate-stderr ev-store append < <(e c)
	[ "$status" -eq 5 ] # it was durable
	[[ $stderr == *": line 2, byte "*": sum is wrong" ]]
	rm "$EV_STORE/head" # as a power cut may
	run --separate-stderr ev-store append < <(e c)
	[ "$status" -eq 0 ]
	[ "$stderr" = "ev-store: warning: the log ended in $(wc -c <bad) damaged bytes; they are kept in 'lost/00000000000000000001.ndjson'" ]
	cmp bad "$EV_STORE/lost/00000000000000000001.ndjson"
	run -0 --separate-stderr ev-store read
	same "$(e a; e c)"
}

@test "lost/ is for those that the store is for" {
	ev-store init --store shared --mode 0770
	{ e a; e b; } | ev-store append --store shared
	sed -i '2s/user.seen/user.Seen/' shared/seg/*
	rm shared/head
	run --separate-stderr ev-store append --store shared < <(e c)
	[ "$status" -eq 0 ]
	[[ $stderr == *"damaged bytes; they are kept in"* ]]
	[ "$(stat -c %a shared/lost shared/lost/* | paste -sd' ')" = "770 660" ]
}

@test "answers for events that are known already do not pile up" {
	e a >one
	ev-store append <one
	for ((i = 0; i < 17; i++)); do
		cat one one >two
		mv two one
	done
	run --separate-stderr bash -c 'ev-store append --ack --max-memory 8M <one | sort | uniq -c'
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ $output == *'131072 {"id":"a","stream":"user-1","ver":1,"pos":0,"known":true}' ]]
}

@test "another store's lines are damage" {
	e a | ev-store append
	ev-store init --store other
	cp "$log" other/seg/
	run --separate-stderr ev-store verify --store other
	[ "$status" -eq 5 ]
	[[ $stderr == *"line 1, byte 0: sum is wrong" ]]
}

@test "the log is lines that other tools read" {
	{ e a; e b; } | ev-store append
	run --separate-stderr ev-filter -w '."$ver" == 2' true "$log"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == '{"eventId":"b"'* ]]
}

@test "no command: status 2, and one line that lists them" {
	run --separate-stderr ev-store
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-store: error: a command is needed: init, append, read, streams, version, verify, seal, pack, salvage, backup, restore, retain, delete, tombstone, stat, consumers, reindex; see ev-store --help" ]
	run --separate-stderr ev-store bogus
	[ "$status" -eq 2 ]
	[ "$stderr" = "ev-store: error: unknown command 'bogus'; see ev-store --help" ]
}
