# ev-store: little memory, long lines, large inputs, and messages that quote what came from outside.
load store

@test "without memory the status is 3 with one line, and the store is whole" {
	case $BUILD in *asan*) skip "the shadow memory needs more" ;; esac
	for i in $(seq 500); do e "$i" $((i % 50)); done >in
	short=0
	for ((kib = 2000; kib < 12000; kib += 150)); do
		for command in "append --atomic" "read user-1" verify; do
			code=0
			(ulimit -v "$kib" && ev-store $command <in >out 2>err) || code=$?
			[ "$code" -ne 0 ] || continue
			! grep -q 'shared libraries' err || continue
			[ "$code" -eq 3 ]
			[ "$(cat err)" = "ev-store: error: out of memory" ]
			short=$((short + 1))
		done
	done
	[ "$short" -gt 0 ]
	run --separate-stderr ev-store append --atomic <in
	[ "$status" -eq 0 ]
	run --separate-stderr ev-store verify
	[ "$status" -eq 0 ]
	[[ $output == '{"events":500,"streams":50,'* ]]
}

@test "messages have no control bytes, whatever a name has" {
	name=$'esc\e[31m bell\a c1\u009b bidi\u202e del\x7f tab\tline\n'
	e a | ev-store append -- "$name"
	said=0
	# says COMMAND…: it fails with a message without them.
	says() {
		run --separate-stderr ev-store "$@" < <(e "${id-a}")
		[ "$status" -ne 0 ] || return 1
		[ "${#stderr_lines[@]}" -eq 1 ] || return 1
		[ -z "$(LC_ALL=C tr -d '\40-\176' <<<"$stderr" | tr -d '\n')" ] || return 1
		said=$((said + 1))
	}
	says append --expect 7 -- "$name"
	says append elsewhere
	says version --store "$name" x
	says read --ver "$name"
	says read --consumer "$name"
	says consumers set "$name" 1
	says consumers set c "$name"
	says consumers delete $'\u202e'
	says retain -- "\$\$$name"
	says init --mode "$name"
	says backup "$name/$name"
	says restore --store new "$name"
	ev-store tombstone -- "$name"
	id=b says append -- "$name"
	[ "$said" -eq 13 ]
}

@test "what comes at once is synced in groups of about 1 MiB" {
	strace -f -e inject=getpid:retval=1:when=1 true 2>/dev/null || skip "needs strace"
	export ASAN_OPTIONS=detect_leaks=0 # whoever is traced cannot look for leaks
	awk -v pad="$(printf '%0900d' 0)" 'BEGIN {
		for (i = 1; i <= 5000; i++)
			printf "{\"eventId\":\"%d\",\"eventType\":\"user.seen\",\"aggregateType\":\"User\",\"aggregateId\":\"1\",\"d\":\"%s\"}\n", i, pad
	}' >in
	strace -f -o trace -e trace=pwrite64,fsync ev-store append --ack <in >acks
	[ "$(wc -l <acks)" -eq 5000 ]
	syncs=$(grep -c fsync trace)
	[ "$syncs" -ge 5 ]
	[ "$syncs" -le 12 ]
	run sed -n 's/.*pwrite64.*"{.* = //p' trace
	[ "${#lines[@]}" -ge 5 ]
	for bytes in "${lines[@]}"; do [ "$bytes" -le $((1048576 + 65536)) ]; done
}

@test "a line of 64 MiB is stored and read back, one over --max-line is refused by its length" {
	{
		e a
		printf '{"eventId":"long","eventType":"user.seen","aggregateType":"User","aggregateId":"1","d":"'
		head -c 67108864 /dev/zero | tr '\0' x
		printf '"}\n'
		e c
	} >in
	run --separate-stderr ev-store append <in
	[ "$status" -eq 1 ]
	[[ $stderr == "ev-store: error: stdin: line 2: line of 671089"*" bytes is over --max-line 4194304" ]]
	[ "$(ev-store read | wc -l)" -eq 2 ]
	rm -r "$EV_STORE"
	ev-store init
	ev-store append --max-line 128M <in
	for how in "" user-1; do ev-store read $how | cmp - in; done
	ev-store read --backwards -n 2 | tail -1 | cmp - <(sed -n 2p in)
	e d | ev-store append
	ev-store seal >sealed
	ev-store read -n 3 | cmp - in
	run --separate-stderr ev-store verify --index
	[ "$status" -eq 0 ]
}
