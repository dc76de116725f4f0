# Fault campaigns over the real programs, a sample of each; tests/fault/campaign has the full counts.
load ../bats/common

setup() {
	export BUILD=$EV_BIN/..
	. "$BATS_TEST_DIRNAME/proc.bash"
}

# sample CAMPAIGN COUNT: skips by name where this machine lacks what it needs.
sample() {
	local lacks
	lacks=$(! declare -F "needs_$1" >/dev/null || "needs_$1")
	[ -z "$lacks" ] || skip "$lacks"
	proc "$1" "$2"
}

@test "SIGKILL before a system call: nothing acknowledged is lost" {
	sample strike 100
}

@test "a system call that fails: status 3 or success, and nothing is lost" {
	sample errors 60
}

@test "a power cut on ext4: what had been acknowledged or shown is there" {
	sample ext4 25
}

@test "a power cut on xfs" {
	sample xfs 10
}

@test "a power cut on btrfs" {
	sample btrfs 10
}

@test "a full tmpfs: status 3, readers go on, and so do writers when there is room" {
	sample full 24
}

@test "a full ext4" {
	sample fullext4 12
}

@test "a limit of file size" {
	sample limit 24
}

@test "tail of the active segment: complete lines are JSON" {
	sample tail 300
}

@test "writers with expected versions and kills: one winner for each version, one order for all" {
	sample history 400
}

@test "signals and closed pipes" {
	sample signals 14
}

@test "hostile names never name a file" {
	sample names 12
}

@test "what is planted in the place of a store's files is left alone" {
	sample planted 8
}

@test "SIGKILL and failing calls in the commands that look after a store" {
	sample upkeep 40
}

@test "SIGKILL and failing calls in what removes, copies and brings back" {
	sample custody 20
}

@test "a backup that cannot open a file says that the system failed, whichever it is" {
	local lacks n total status
	lacks=$(needs_strike)
	[ -z "$lacks" ] || skip "$lacks"
	cd "$BATS_TEST_TMPDIR" || return 1
	export EV_STORE=store
	ev-store init
	mint -n 30 | ev-store append
	ev-store backup copy
	mint -f 30 -n 5 | ev-store append
	cp -r copy saved
	strike -s FORMAT -c openat -o count ev-store backup copy
	read -r total <count
	[ "$total" -gt 20 ]
	for ((n = 1; n <= total; n++)); do
		rm -rf copy
		cp -r saved copy
		status=0
		strike -s FORMAT -c openat -e EIO -n "$n" ev-store backup copy >out 2>err || status=$?
		[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || { echo "call $n: status $status: $(<err)"; return 1; }
		ev-store backup copy
		cmp <(ev-store read --meta) <(ev-store read --meta --store copy)
	done
}

@test "who may not write is not shown what a broken-off sync has left in doubt, until a writer comes" {
	local lacks less=(setpriv --reuid 65534 --clear-groups ev-store) unfinished
	lacks=$(needs_strike)
	[ -z "$lacks" ] || skip "$lacks"
	[ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null || skip "needs root and setpriv"
	cd "$BATS_TEST_TMPDIR" || return 1
	export EV_STORE=store
	ev-store init
	mint -n 2 | ev-store append
	truncate -s 64 "store/head"
	chmod -R a+rX store
	chmod a+rx "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/.." "$BATS_TEST_TMPDIR/../.." "$BATS_TEST_TMPDIR/../../.."
	run --separate-stderr strike -c sync -e EIO -n 1 -a ev-store append < <(mint -f 2 -n 1)
	[ "$status" -eq 3 ]
	run --separate-stderr "${less[@]}" read
	[ "$status" -eq 3 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-store: error: a sync of 'store' was broken off, and cannot be made good here" ]
	unfinished=$(cat store/seg/* | wc -c)
	run --separate-stderr "${less[@]}" stat
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.events, .durable, .recorded.last, .unfinished]' <<<"$output")" = "[0,0,null,$unfinished]" ]
	ev-store stat | cmp - <(echo "$output")
	mint -f 3 -n 1 | ev-store append
	run --separate-stderr "${less[@]}" read
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	cmp - <(ev-store read) <<<"$output"
	[ "$("${less[@]}" stat | jq .durable)" -eq "$(wc -l <<<"$output")" ]
}

@test "allocations that fail: status 3, and nothing is lost" {
	sample memory 40
}

@test "no campaign passes with an ev-store that does nothing" {
	local name idle=$BATS_TEST_TMPDIR/idle status
	mkdir -p "$idle/tests/fault/bin"
	ln -s "$tools"/* "$idle/tests/fault/" 2>/dev/null || : # but bin
	ln -s "$(type -P true)" "$idle/tests/fault/bin/ev-store"
	while read -r _ _ name; do
		name=${name#proc_} status=0
		out=$(BUILD=$idle timeout 20 bash -c '. "$0" && proc "$@"' "$BATS_TEST_DIRNAME/proc.bash" "$name" 2 2>&1) || status=$?
		[ "$status" -eq 1 ] && [[ $out == *"not run: "* || $out == "violation: a store without a fault: "* ]] ||
			{ echo "$name: status $status: $out"; return 1; }
	done < <(declare -F | grep ' proc_')
}

# A process that outlived the others would make calls, and those are counted.
@test "strike -g kills what is just being made as well" {
	local lacks n
	lacks=$(needs_strike)
	[ -z "$lacks" ] || skip "$lacks"
	cd "$BATS_TEST_TMPDIR" || return 1
	makes='for i in 1 2 3 4 5 6; do (cat | cat) </dev/null & done; wait'
	for n in {60..400..4}; do
		status=0
		timeout 60 strike -g -k "$n" -o count bash -c "$makes" || status=$?
		[ "$status" -eq 137 ] || { echo "call $n: status $status"; return 1; }
		[ "$(<count)" -eq "$n" ] || { echo "killed before call $n, but there were $(<count)"; return 1; }
	done
}

@test "one of three writers is killed or fails: the others go on" {
	sample crowd 14
}

@test "backups at random moments: each restores to a prefix" {
	sample backups 8
}

# ended: of the campaign in EV_FAULT_DIR no process lives, and no loop device is left.
ended() {
	flock -n "$EV_FAULT_DIR"/ev-fault-*/in-use true && [ -z "$(loops "$EV_FAULT_DIR")" ]
}

@test "a campaign that is killed takes its processes, mounts and loop devices with it" {
	local lacks
	lacks=$(needs_power ext4)
	[ -z "$lacks" ] || skip "$lacks"
	command -v setpriv >/dev/null || skip "needs setpriv"
	export EV_FAULT_DIR=$BATS_TEST_TMPDIR/campaigns
	mkdir "$EV_FAULT_DIR"
	proc ext4 1000 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	pid=$!
	plugged() { [ -n "$(loops "$EV_FAULT_DIR")" ]; }
	wait_for plugged
	kill -KILL "$pid"
	ends 137 "$pid"
	wait_for ended
	tidy "$EV_FAULT_DIR"
	[ -z "$(ls "$EV_FAULT_DIR")" ]
}
