# upkeep: kills and failing calls in the commands that look after a store. Sourced by proc.bash.
#
# Whatever happens to them, what is stored stays as it is, and the same command, given again, succeeds.

upkeeps='seal reindex backup restore retain limit delete tombstone'

# upkeep NAME PREFIX…: the command behind the prefix; code, out, err.
upkeep() {
	local name=$1
	shift
	case $name in
	backup) "$@" ev-store backup copy >out 2>err ;;
	restore) "$@" ev-store restore --store back copy >out 2>err ;;
	retain) "$@" ev-store retain --keep-segments 2 >out 2>err ;;
	limit) "$@" ev-store retain --max-count 2 thing-1 >out 2>err ;;
	delete | tombstone) "$@" ev-store "$name" thing-1 >out 2>err ;;
	*) "$@" ev-store "$name" >out 2>err ;;
	esac
	code=$?
}

# has_upkeep NAME: this ev-store has the command.
has_upkeep() {
	case $1 in
	limit) has_command retain ;;
	restore) has_command restore && has_command backup ;;
	*) has_command "$1" ;;
	esac
}

# stored_before NAME SEED: base with segments to look after; whole, what is read of it; more, what comes later.
stored_before() {
	local i
	rm -rf base store base.copy
	export EV_FAULT_ROLL=$((3000 + $2 * 733 % 5000)) EV_STORE=base
	mint -s "$2" -n 80 -k 5 -z 800 >sent
	mint -s "$2" -f 80 -n 8 -k 5 >more
	ev-store init || return
	for ((i = 1; i < 80; i += 8)); do
		sed -n "$i,$((i + 7))p" sent | ev-store append || return
		[ $((i + $2 % 2 * 100)) -ne 49 ] || [ "$1" = seal ] || ev-store seal >/dev/null || return
	done
	[ "$1" != retain ] || ev-store seal >/dev/null || return
	ev-store read --meta >whole
	[ "$1" != restore ] || ev-store backup base.copy >/dev/null || return
	EV_STORE=$work/store
}

# afresh NAME: as it was before the fault.
afresh() {
	again
	rm -rf copy back
	[ "$1" != restore ] || cp -r base.copy copy
}

# unchanged NAME: what is read is what it was; NAME may have removed the first lines, or added one.
unchanged() {
	local first
	case $1 in
	retain)
		first=$(head -n 1 meta | grep -o ',"$pos":[0-9]*' | tail -n 1)
		tail -n +$((${first##*:} + 1)) whole | cmp -s - meta
		;;
	limit | delete | tombstone)
		head -n "$(wc -l <whole)" meta | cmp -s - whole && [ "$(wc -l <meta)" -le $(($(wc -l <whole) + 1)) ]
		;;
	*) cmp -s meta whole ;;
	esac
}

# prefix DIR: no store yet, or one that is a prefix of the whole.
prefix() {
	EV_STORE=$1 ev-store read --meta >meta 2>err
	code=$?
	[ "$code" -eq 2 ] || { [ "$code" -eq 0 ] && head -c "$(stat -c %s meta)" whole | cmp -s - meta; } ||
		violation "'$1' is no prefix of the store: status $code"
}

# effect NAME: it is done.
effect() {
	case $1 in
	backup)
		EV_STORE=copy ev-store read --meta 2>err | cmp -s - whole || { violation "the backup is something else"; return; }
		EV_STORE=copy ev-store verify >/dev/null 2>err || violation "verify of the backup: status $?"
		;;
	restore) EV_STORE=back ev-store read --meta 2>err | cmp -s - whole || violation "the restored is something else" ;;
	retain)
		[ "$(head -n 1 meta | grep -o ',"$pos":[0-9]*' | tail -n 1)" != ',"$pos":0' ] || { violation "nothing was removed"; return; }
		ev-store append --ack <sent >acks 2>err || { violation "events that were removed, again: status $?"; return; }
		[ "$(grep -c '"known":true' acks)" -eq 80 ] || violation "$(grep -c '"known":true' acks) of 80 events are known"
		;;
	seal) [ "$(find store/seg -name '*.ndjson' | wc -l)" -eq 1 ] || violation "not all is sealed" ;;
	reindex) [ -n "$(find store/index -name '*.run')" ] || violation "there is no index" ;;
	limit) [ "$(ev-store read thing-1 | wc -l)" -eq 2 ] || violation "the stream is not limited" ;;
	delete | tombstone) ev-store read thing-1 >out 2>err && [ ! -s out ] || violation "the stream is still there" ;;
	esac
}

# looked_after NAME: what must be true after the fault.
looked_after() {
	ev-store read --meta >meta 2>err || { violation "read: status $?"; return; }
	unchanged "$1" || { violation "something else is stored"; return; }
	prefix copy && prefix back || return
	upkeep "$1"
	# Whoever was killed at the very end has restored it.
	[ "$code" -eq 0 ] || [ "$1 $code" = 'restore 2' ] || { violation "$1 again: status $code"; return; }
	ev-store read --meta >meta 2>err || { violation "read after $1: status $?"; return; }
	unchanged "$1" || { violation "something else is stored after $1"; return; }
	effect "$1" || return
	ev-store append --ack other <more >acks 2>err || { violation "the next append: status $?"; return; }
	ev-store read --meta 2>err | ledger -r -s sent -s more -a acks >found || { violation "$(<found)"; return; }
	ev-store verify >/dev/null 2>err || violation "verify: status $?"
}

# tend NAME SEED POINTS [STRIKE OPTION…]: with options calls fail, without them the command is killed.
tend() {
	local name=$1 points=$3 i n fault=(-k)
	[ $# -le 3 ] || fault=("${@:4}" -n)
	# The index is not synced.
	[ "$name ${*:4}" != 'reindex -a -c sync -e EIO' ] || return 0
	now="EV_SEED=$2 proc_upkeep: $name"
	stored_before "$name" "$2" || { violation "no store"; return; }
	afresh "$name"
	upkeep "$name" strike -s FORMAT "${@:4}" -o count
	[ "$code" -eq 0 ] || { violation "without a fault: status $code"; return; }
	counted || return
	[ "$points" -lt "$total" ] || points=$total
	for ((i = 0; i < points; i++)); do
		n=$((1 + i * total / points))
		now="EV_SEED=$2 proc_upkeep: $name, strike ${fault[*]} $n of $total"
		afresh "$name"
		upkeep "$name" strike -s FORMAT "${fault[@]}" "$n"
		case $code in
		0 | 3 | 137) ;;
		*) violation "status $code"; return ;;
		esac
		looked_after "$name" || return
		tried=$((tried + 1))
	done
}

needs_upkeep() {
	needs_strike
}

proc_upkeep() {
	local name kind points=$(($1 / 64 + 1))
	while [ "$tried" -lt "$1" ]; do
		for name in $upkeeps; do
			has_upkeep "$name" || continue
			tend "$name" "$seed" $((4 * points)) || return
			for kind in EIO ENOSPC EINTR SHORT; do
				tend "$name" "$seed" "$points" -e "$kind" || return
			done
			tend "$name" "$seed" "$points" -a -e EIO || return
			tend "$name" "$seed" "$points" -a -c sync -e EIO || return
		done
		seed=$((seed + 1))
	done
}

# --- backups of a store in use -------------------------------------------------------------------

needs_backups() {
	has_command backup || echo "needs ev-store backup"
}

# restored DIR: the backup in it, restored: it verifies, is a prefix of the store, and has what was acknowledged before.
restored() {
	local size
	rm -rf back
	ev-store restore --store back "$1" >/dev/null 2>err || { violation "restore: status $?"; return; }
	EV_STORE=back ev-store verify >/dev/null 2>err || { violation "verify of the restored: status $?"; return; }
	EV_STORE=back ev-store read --meta >meta 2>err || { violation "read of the restored: status $?"; return; }
	size=$(stat -c %s meta)
	ev-store read --meta >whole 2>err && cmp -s -n "$size" whole meta || { violation "no prefix of the store"; return; }
	ledger -a before.0 -a before.1 -a before.2 <meta >found || violation "$(<found)"
}

# Backups at random moments, three in four on top of the one before, while all write and seal.
proc_backups() {
	local writers i
	while [ "$tried" -lt "$1" ]; do
		now="EV_SEED=$seed proc_backups"
		rm -rf store copy stop hear.* reply
		EV_FAULT_ROLL=$((20000 + seed * 7919 % 60000))
		mkfifo reply
		: >hear.0 && : >hear.1 && : >hear.2
		ev-store init
		writers=()
		for writer in steady bulk atomic sealing; do
			"$writer" "$seed" 2>/dev/null &
			writers+=($!)
		done
		for ((i = 0; i < 50 && tried < $1; i++)); do
			now="EV_SEED=$seed proc_backups: number $i"
			pause 40
			[ $((i % 4)) -ne 3 ] || rm -rf copy
			for n in 0 1 2; do cp "hear.$n" "before.$n"; done
			ev-store backup copy >/dev/null 2>err || { violation "backup: status $?"; return; }
			restored copy || return
			tried=$((tried + 1))
		done
		touch stop
		wait "${writers[@]}"
		ev-store read --meta 2>err | ledger -n 1 -a hear.0 -a hear.1 -a hear.2 >found || { violation "$(<found)"; return; }
		[ -n "$(cat hear.*)" ] || { violation "nothing was acknowledged"; return; }
		seed=$((seed + 1))
	done
}

# sealing: seals what there is, again and again.
sealing() {
	while [ ! -e stop ]; do
		pause 20
		ev-store seal >/dev/null 2>>err.seal
	done
}
