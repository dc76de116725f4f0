# store: SIGKILL before each system call of an append, and system calls that fail.
#
# The points are taken from a dry run: the n-th call of each name. EV_FAULTS (default 40) of them, evenly spread, are
# tried; after each the acknowledged must be there once, no batch may be there in part, and the same append,
# repeated, must bring the rest without any repair.
load ../bats/common

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export EV_STORE=$BATS_TEST_TMPDIR/store
}

have_strace() {
	strace -f -e inject=getpid:retval=1:when=1 true 2>/dev/null
}

# fresh: a store with three events in it.
fresh() {
	rm -rf "$EV_STORE"
	ev-store init
	events 3 | ev-store append
}

# points: "call n" for each call that may touch the store in an append of the file more.
points() {
	fresh
	strace -f -o trace ev-store append "${how[@]}" --ack <more >/dev/null
	sed -E 's/^[0-9]+ +//' trace | awk -F'(' '
		/^(openat|fcntl|pread64|pwrite64|fsync|ftruncate|newfstatat|fstat|close|write|read|getdents64|mkdirat)\(/ {
			print $1, ++n[$1]
		}'
}

# sample N: N evenly spread lines of stdin.
sample() {
	awk -v n="$1" '{ line[NR] = $0 } END {
		step = NR > n ? NR / n : 1
		for (i = 1; i < NR + 0.5; i += step) print line[int(i)]
	}'
}

# holds: what must be true after the append died and left acks behind.
holds() {
	local stored acked
	stored=$(ev-store read | wc -l) acked=$(grep -c '}$' acks || :)
	[ "$stored" -ge $((3 + acked)) ] || { echo "acknowledged $acked, stored $stored"; return 1; }
	cmp <(cat three more | head -n "$stored") <(ev-store read) || return 1
	[ "${#how[@]}" -eq 0 ] || [ "$stored" -eq 3 ] || [ "$stored" -eq 13 ] || { echo "batch in part: $stored"; return 1; }
	ev-store append "${how[@]}" <more || { echo "repeat: status $?"; return 1; }
	cat three more | cmp - <(ev-store read) || return 1
	ev-store verify >/dev/null
}

kill_everywhere() {
	local call n tried=0
	events 3 >three
	events 13 | tail -n 10 >more
	points | sample "${EV_FAULTS:-40}" >tries
	while read -r call n; do
		fresh
		: >acks
		strace -f -o /dev/null -e inject="$call:signal=SIGKILL:when=$n" \
			ev-store append "${how[@]}" --ack <more >acks 2>/dev/null || :
		holds || { echo "killed before $call number $n"; return 1; }
		tried=$((tried + 1))
	done <tries
	[ "$tried" -ge 20 ]
}

@test "SIGKILL before any system call of an append: nothing acknowledged is lost" {
	have_strace || skip "needs strace that may inject"
	how=()
	kill_everywhere
}

@test "SIGKILL before any system call of an atomic append: all of it or nothing" {
	have_strace || skip "needs strace that may inject"
	how=(--atomic)
	kill_everywhere
}

@test "a failing write or sync is status 3, and the next append goes on" {
	have_strace || skip "needs strace that may inject"
	events 3 >three
	events 13 | tail -n 10 >more
	how=()
	for fault in pwrite64:error=ENOSPC pwrite64:error=EIO fsync:error=EIO ftruncate:error=EIO; do
		fresh
		[[ $fault != ftruncate* ]] || printf '{"half' >>"$EV_STORE/seg/00000000000000000000.ndjson"
		run --separate-stderr strace -f -o /dev/null -e inject="$fault" ev-store append --ack <more
		printf '%s' "$output" >acks
		[ "$status" -eq 3 ] || { echo "$fault: status $status: $stderr"; return 1; }
		[ -z "$output" ]
		holds || { echo "$fault"; return 1; }
	done
}
