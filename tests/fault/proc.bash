# proc: fault campaigns over the real programs. Sourced by tests/fault/campaign and tests/fault/proc.bats.
#
# "proc NAME COUNT" runs proc_NAME, which tries so many cases (or a few more) and counts them in tried; at the first
# violation it says which EV_SEED and case show it again and returns 1. EV_SEED is the first seed; EV_FAULT_KEEP a
# directory that gets everything as it was at the violation. What a campaign needs and this machine lacks is said by
# needs_NAME. Everything happens in a directory of its own, on a tmpfs where there is one, and where that can be in name
# spaces of its own: however a campaign ends, its processes, mounts, loop devices and FUSE connections end with it. The
# directory of one that was killed goes when the next one begins.
#
# After every fault the same holds: what was acknowledged is stored once, byte for byte, where it was said to be; no batch
# is there in part; the next append succeeds without any repair; verify finds nothing.

tools=$(cd "${BUILD:-.build}/tests/fault" 2>/dev/null && pwd)
[ -x "$tools/bin/ev-store" ] || { echo "tests/fault is not built: make tests" >&2; return 1; }
PATH=$tools/bin:$tools:$PATH
for part in power life names upkeep custody crowd memory; do
	# shellcheck source=/dev/null
	. "${BASH_SOURCE[0]%/*}/$part.bash"
done

# has_command NAME: this ev-store has it.
has_command() {
	ev-store "$1" --help >/dev/null 2>&1
}

# proc NAME COUNT: the campaign, in a directory of its own, and everything undone behind it. Mounts and processes are
# nobody else's: who kills the first of the processes, or is killed while it waits for it, takes all with it.
proc() (
	set -o pipefail
	local lacks at=/dev/shm apart=(unshare --mount --pid --fork --kill-child --mount-proc)
	lacks=$(! declare -F "needs_$1" >/dev/null || "needs_$1")
	[ -z "$lacks" ] || { echo "not run: $lacks"; return 1; }
	"${apart[@]}" true 2>/dev/null || apart=(unshare --mount)
	if [ -z "${EV_FAULT_ALONE:-}" ] && "${apart[@]}" true 2>/dev/null; then
		! setpriv --pdeathsig KILL true 2>/dev/null || apart=(setpriv --pdeathsig KILL "${apart[@]}")
		EV_FAULT_ALONE=1 exec "${apart[@]}" bash -c '. "$0" && proc "$@"' "${BASH_SOURCE[0]}" "$@"
	fi
	[ -w "$at" ] || at=${TMPDIR:-/tmp}
	at=${EV_FAULT_DIR:-$at}
	tidy "$at"
	work=$(mktemp -d "$at/ev-fault-XXXXXX") && cd "$work" || return
	# Held as long as a process of the campaign lives.
	exec {in_use}>new && flock -n "$in_use" && mv new in-use || return
	owner=$BASHPID
	trap leave EXIT
	export EV_STORE=$work/store EV_FAULT_ROLL
	seed=${EV_SEED:-1} first=$seed tried=0
	EV_FAULT_ROLL=$((2000 + seed * 137 % 3000)) RANDOM=$seed
	sound || return
	"proc_$1" "$2" || return
	echo "$1: $tried cases, seeds $first to $((seed > first ? seed - 1 : first)), 0 violations"
)

# sound: without any fault events are stored, acknowledged and read, and verify finds them whole and finds what is not.
sound() {
	now="a store without a fault"
	mint -s 1 -n 40 -k 3 >sent
	ev-store init 2>err && ev-store append --ack <sent >acks 2>err || { violation "init and append: status $?"; return; }
	[ "$(wc -l <acks)" -eq 40 ] || { violation "$(wc -l <acks) of 40 events were acknowledged"; return; }
	ev-store read 2>err | cmp -s - sent || { violation "something else is read than was appended"; return; }
	ev-store read --meta 2>err | ledger -c -s sent -a acks >found || { violation "$(<found)"; return; }
	ev-store verify >/dev/null 2>err || { violation "verify: status $?"; return; }
	printf '\1' | dd of=store/seg/00000000000000000000.ndjson bs=1 seek=500 conv=notrunc status=none
	ev-store verify >/dev/null 2>err
	[ $? -eq 5 ] || { violation "verify does not find a damaged byte"; return; }
	rm -r store sent acks found err
}

# counted: total, how many calls or allocations there were without a fault. Where there are none nothing can be tried.
counted() {
	read -r total <count && [ "$total" -gt 0 ] || violation "nothing to fail"
}

# loops DIRECTORY: the loop devices over files in it. Of others nothing is asked: one may hang.
loops() {
	local of file
	for of in /sys/block/loop*/loop/backing_file; do
		read -r file 2>/dev/null <"$of" || continue
		[[ $file != "$1"/* ]] || { of=${of%/loop/*}; echo "/dev/${of##*/}"; }
	done
}

# unmount DIRECTORY: what is mounted below it, the last first, and its loop devices.
unmount() {
	local at
	while read -r _ at _; do
		[[ $at != "$1"/* ]] || umount "$at" 2>/dev/null || umount -l "$at"
	done < <(tac /proc/mounts)
	for at in $(loops "$1"); do timeout -s KILL 10 losetup -d "$at"; done
}

# tidy DIRECTORY: what campaigns that were killed have left in it.
tidy() {
	local left
	for left in "$1"/ev-fault-??????; do
		[ -e "$left/in-use" ] && flock -n "$left/in-use" true || continue
		unmount "$left"
		rm -rf --one-file-system "$left"
	done
}

# leave: children, mounts, loop devices and files of the campaign go. The disk on a drum fails first: whoever waits for
# it, the kernel too, would otherwise wait for ever when the drum is gone or does not answer.
leave() {
	local pids
	# A child that a signal finds before it becomes another program has this trap still.
	[ "$BASHPID" = "$owner" ] || return
	touch stop
	cd /
	disconnect
	mapfile -t pids < <(jobs -p)
	[ "${#pids[@]}" -eq 0 ] || kill -KILL "${pids[@]}" 2>/dev/null
	unmount "$work"
	rm -rf --one-file-system "$work"
}

# violation TEXT: says where; the caller returns 1.
violation() {
	echo "violation: $now: $1"
	[ ! -s err ] || head -n 3 err
	[ -z "${EV_FAULT_KEEP:-}" ] || cp -a "$work/." "$EV_FAULT_KEEP/"
	return 1
}

# again COMMAND…: the store as it was before the fault.
again() {
	rm -rf store && cp -r base store
}

# --- kills and failing calls ---------------------------------------------------------------------

# The commands, and what they do to a store of some events. more has the events they add.
appends='one some atomic expect steps flush merge'

# prepare WORKLOAD SEED: base, sent, more, how.
prepare() {
	local n=8 b=1 k=5 first=10 each=1600 part
	how=()
	EV_FAULT_ROLL=$((2000 + $2 * 137 % 3000))
	case $1 in
	one) n=1 ;;
	atomic) b=8 first=16 how=(--atomic) ;;
	expect) k=1 b=8 first=16 how=(thing-0 --expect exists) ;;
	steps) n=30 ;;
	flush) first=1600 n=200 each=1400 ;; # the log gets a run of its index
	merge) first=12600 n=300 ;; # and eight runs become one
	esac
	[ "$first" -lt 1000 ] || EV_FAULT_ROLL=$((400 << 10))
	rm -rf base store
	mint -s "$2" -n "$((first > 999 ? first : 10))" -k "$k" -z "$((first > 999 ? 900 : 100))" >sent
	mint -s "$2" -f "$first" -n "$n" -b "$b" -k "$k" -z $(($2 % 7 * 300)) >more
	EV_STORE=base ev-store init && split -l "$each" sent part. || return
	for part in part.*; do EV_STORE=base ev-store append <"$part" || return; done
	rm part.*
	steps=(mint -s "$2" -f "$first" -n "$n" -k "$k" -z $(($2 % 7 * 300)) -w reply)
	[ -p reply ] || mkfifo reply
}

# victim WORKLOAD PREFIX…: the command behind the prefix; acks, err, code.
victim() {
	local workload=$1
	shift
	case $workload in
	steps)
		"${steps[@]}" | "$@" ev-store append --ack 2>err | tee acks >reply
		code=${PIPESTATUS[1]}
		;;
	*)
		"$@" ev-store append "${how[@]}" --ack <more >acks 2>err
		code=$?
		;;
	esac
}

# holds: what must be true after every fault in an append.
holds() {
	ev-store read --meta >meta 2>err || { violation "read: status $?"; return; }
	ledger -s sent -s more -a acks -n 10 <meta >found || { violation "$(<found)"; return; }
	ev-store append "${how[@]}" --ack <more >acks2 2>err || { violation "the next append: status $?"; return; }
	[ ! -s err ] || { violation "the next append warns"; return; }
	ev-store read --meta 2>err | ledger -c -s sent -s more -a acks -a acks2 >found || { violation "$(<found)"; return; }
	ev-store verify >/dev/null 2>err || violation "verify: status $?"
}

# calls WORKLOAD OPTION…: how many system calls of the command strike counts with these options.
calls() {
	again
	victim "$1" strike -s FORMAT -o count "${@:2}"
	[ "$code" -eq 0 ] || { violation "without a fault: status $code"; return; }
	counted
}

# sweep WORKLOAD SEED POINTS: kills at up to so many points, evenly spread; adds to tried.
sweep() {
	local workload=$1 points=$3 n i step
	now="EV_SEED=$2 proc_strike: $workload"
	prepare "$workload" "$2" && calls "$workload" || return
	[ "$points" -lt "$total" ] || points=$total
	for ((i = 0; i < points; i++)); do
		n=$((1 + i * total / points))
		now="EV_SEED=$2 proc_strike: $workload killed before call $n of $total"
		again
		victim "$workload" strike -s FORMAT -k "$n"
		[ "$code" -eq 137 ] || [ "$workload" = steps ] || { violation "status $code"; return; }
		holds || return
		tried=$((tried + 1))
	done
}

needs_strike() {
	strike true 2>/dev/null || echo "needs ptrace"
}

proc_strike() {
	local count=$1 each workload
	each=$((count / 7 + 1))
	while [ "$tried" -lt "$count" ]; do
		for workload in $appends; do
			# Large stores take their time.
			[[ $workload != flush && $workload != merge ]] || { sweep "$workload" "$seed" $((each / 8 + 1)) || return; continue; }
			sweep "$workload" "$seed" "$each" || return
		done
		seed=$((seed + 1))
	done
}

# fails WORKLOAD SEED POINTS OPTION…: calls that fail, at up to so many points.
fails() {
	local workload=$1 points=$3 n i lines answered
	now="EV_SEED=$2 proc_errors: $workload"
	prepare "$workload" "$2" && calls "$workload" "${@:4}" || return
	lines=$(wc -l <more)
	[ "$points" -lt "$total" ] || points=$total
	for ((i = 0; i < points; i++)); do
		n=$((1 + i * total / points))
		now="EV_SEED=$2 proc_errors: $workload: ${*:4}: call $n of $total fails"
		again
		victim "$workload" strike -s FORMAT "${@:4}" -n "$n"
		answered=$(wc -l <acks)
		case $code in
		0) [ "$answered" -eq "$lines" ] || { violation "status 0, $answered of $lines acknowledged"; return; } ;;
		3) ;;
		*) violation "status $code"; return ;;
		esac
		holds || return
		tried=$((tried + 1))
	done
}

# Every kind of error in every kind of call of every command, each at several points; once, and from there on.
proc_errors() {
	local kinds=() kind points i=0 workloads workload how_fails
	for kind in EIO ENOSPC EINTR SHORT; do
		kinds+=("sync $kind" "write $kind" "file $kind")
		# A call that is interrupted for ever is repeated for ever.
		[ "$kind" = EINTR ] || kinds+=("sync $kind -a" "write $kind -a" "file $kind -a")
	done
	read -ra workloads <<<"$appends"
	points=$(($1 / 100 + 1))
	while [ "$tried" -lt "$1" ]; do
		for kind in "${kinds[@]}"; do
			for workload in "${workloads[@]}"; do
				# A sample takes one of the commands for each kind.
				i=$((i + 1))
				[ "$1" -ge 1000 ] || [ $((i % 4)) -eq 0 ] || continue
				read -ra how_fails <<<"$kind"
				fails "$workload" "$seed" "$points" -c "${how_fails[0]}" -e "${how_fails[@]:1}" || return
			done
		done
		seed=$((seed + 1))
	done
}
