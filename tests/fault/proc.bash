# proc: fault campaigns over the real programs. Sourced by tests/fault/campaign and tests/fault/proc.bats.
#
# A campaign is proc_NAME COUNT: it tries so many cases (or a few more), prints one line of figures and returns 0; at
# the first violation it says what to run to see it again and returns 1. EV_SEED is the first seed. What it needs and
# this machine lacks is said by needs_NAME. Everything happens in a directory of its own, on a tmpfs where there is one.
#
# After every fault the same holds: what was acknowledged is stored once, byte for byte, where it was said to be; no batch
# is there in part; the next append succeeds without any repair; verify finds nothing.

tools=$(cd "${BUILD:-.build}/tests/fault" 2>/dev/null && pwd)
PATH=$tools:$PATH

# enter: a fresh directory, EV_STORE in it. leave: its end; mounts and loop devices too.
enter() {
	local at=/dev/shm
	[ -w "$at" ] || at=${TMPDIR:-/tmp}
	work=$(mktemp -d "${EV_FAULT_DIR:-$at}/ev-fault-XXXXXX") && cd "$work" || return 1
	export EV_STORE=$work/store
	seed=${EV_SEED:-1}
}

leave() {
	cd / && rm -rf --one-file-system "$work"
}

# violation TEXT: says where; the caller returns 1.
violation() {
	echo "violation: $now: $1"
	[ ! -s err ] || head -n 3 err
	return 1
}

# again COMMAND…: the store as it was before the fault.
again() {
	rm -rf store && cp -r base store
}

# --- kills and failing calls ---------------------------------------------------------------------

# The commands, and what they do to a store of some events. more has the events they add.
appends='one some atomic expect steps'

# prepare WORKLOAD SEED: base, sent, more, how.
prepare() {
	local n=8 b=1 k=5
	how=()
	case $1 in
	one) n=1 ;;
	atomic) b=8 how=(--atomic) ;;
	expect) k=1 b=8 how=(thing-0 --expect exists) ;;
	steps) n=30 ;;
	esac
	rm -rf base store
	mint -s "$2" -n 10 -k "$k" >sent
	mint -s "$2" -f 10 -n "$n" -b "$b" -k "$k" -z $(($2 % 7 * 300)) >more
	EV_STORE=base ev-store init && EV_STORE=base ev-store append <sent
	steps=(mint -s "$2" -f 10 -n "$n" -k "$k" -z $(($2 % 7 * 300)) -w reply)
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
	read -r total <count
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
	local count=$1 each workload first
	enter || return
	tried=0 first=$seed
	each=$((count / 5))
	while [ "$tried" -lt "$count" ]; do
		for workload in $appends; do
			sweep "$workload" "$seed" "$each" || return
		done
		seed=$((seed + 1))
	done
	leave
	echo "strike: $tried kills, seeds $first to $((seed - 1)), 0 violations"
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

proc_errors() {
	local count=$1 error set workload first
	enter || return
	tried=0 first=$seed
	while [ "$tried" -lt "$count" ]; do
		for error in EIO ENOSPC EINTR SHORT; do
			for set in sync write file; do
				for workload in $appends; do
					fails "$workload" "$seed" $((count / 60 + 1)) -c "$set" -e "$error" || return
					# A call that is interrupted for ever is repeated for ever.
					[ "$error" = EINTR ] && continue
					fails "$workload" "$seed" $((count / 60 + 1)) -c "$set" -e "$error" -a || return
				done
			done
		done
		seed=$((seed + 1))
	done
	leave
	echo "errors: $tried failing calls, seeds $first to $((seed - 1)), 0 violations"
}
