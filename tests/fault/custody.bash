# custody: kills and failing calls in the commands that remove, copy and bring back. Sourced by proc.bash.
#
# Whatever happens to them, the store verifies, everything that was said stays true, and the same command, given again,
# does the rest.

custodies='retain backup renew salvage restore delete'

# custody NAME PREFIX…: the command behind the prefix; code, out, err.
custody() {
	local name=$1
	shift
	case $name in
	retain) "$@" ev-store retain --keep-segments 2 >out 2>err ;;
	backup | renew) "$@" ev-store backup copy >out 2>err ;;
	salvage) "$@" ev-store salvage new >out 2>err ;;
	restore) "$@" ev-store restore --store new saved >out 2>err ;;
	delete) "$@" ev-store delete thing-1 >out 2>err ;;
	esac
	code=$?
}

# custody_base SEED: base with settings and segments, some of them sealed; asked: what is appended once more, and said: the
# answers to it.
custody_base() {
	rm -rf base store saved
	export EV_FAULT_ROLL=$((4000 + $1 * 733 % 9000))
	export EV_STORE=$work/base
	mint -s "$1" -n 60 -k 5 -z 600 >sent
	mint -s "$1" -f 60 -n 40 -k 5 -z 600 >more
	ev-store init && ev-store append <sent && ev-store delete thing-3 && ev-store tombstone nobody &&
		ev-store append <more && ev-store seal >/dev/null && head -n 30 sent >asked &&
		ev-store append --ack <asked >said && ev-store read --meta >whole &&
		ev-store backup --copy saved >/dev/null
	EV_STORE=$work/store
}

# custody_again NAME: everything as it was before the fault.
custody_again() {
	again
	rm -rf copy new
	[ "$1" = renew ] || return 0
	EV_STORE=$work/base ev-store backup --copy copy >/dev/null
	ev-store retain --keep-segments 3 >/dev/null
	mint -s 999 -f 100 -n 20 -k 5 | ev-store append
}

# answers STORE: what was said is said again.
answers() {
	ev-store append --store "$1" --ack <asked >acks 2>err || { violation "a repeated append: status $?"; return; }
	sed 's/}$/,"known":true}/; s/,"known":true,"known":true/,"known":true/' said | cmp -s - acks || violation "other answers"
}

# verified STORE
verified() {
	ev-store verify --store "$1" >/dev/null 2>err || violation "verify of $1: status $?"
}

# alike STORE [OPTION]: it can be read, and so can the store, and what they give is the same.
alike() {
	ev-store read ${2:+"$2"} >ours 2>err && ev-store read ${2:+"$2"} --store "$1" >theirs 2>err && cmp -s ours theirs
}

# custody_holds NAME: what must be true after the fault.
custody_holds() {
	local first
	verified store || return
	case $1 in
	retain)
		ev-store read --meta >meta 2>err || { violation "read: status $?"; return; }
		first=$(head -n 1 meta | sed -E 's/.*,"\$pos":([0-9]+),.*/\1/')
		tail -n +$((first + 1)) whole | cmp -s - <(head -n $((102 - first)) meta) || { violation "other lines from $first on"; return; }
		answers store || return
		;;
	backup | renew) [ ! -e copy/FORMAT ] || verified copy || return ;;
	*) [ ! -e new/FORMAT ] || verified new || return ;;
	esac
	if [ ! -e new/FORMAT ]; then
		custody "$1"
		[ "$code" -eq 0 ] || { violation "$1 again: status $code"; return; }
	fi
	verified store && answers store || return
	case $1 in
	backup | renew)
		verified copy || return
		ev-store backup copy >/dev/null 2>err || { violation "a backup after it: status $?"; return; }
		alike copy --meta || { violation "the backup differs"; return; }
		answers copy
		;;
	salvage) verified new && { alike new || violation "the salvaged differs"; } ;;
	restore) verified new && answers new && { cmp -s whole <(ev-store read --meta --store new) || violation "the restored differs"; } ;;
	delete) ev-store read thing-1 >out 2>err && [ ! -s out ] || violation "the stream is still there" ;;
	esac
}

# keep_custody NAME SEED POINTS [STRIKE OPTION…]: with options calls fail, without them the command is killed.
keep_custody() {
	local name=$1 points=$3 i n fault=(-k)
	[ $# -le 3 ] || fault=("${@:4}" -n)
	now="EV_SEED=$2 proc_custody: $name"
	custody_base "$2" || { violation "no store"; return; }
	custody_again "$name"
	custody "$name" strike -s FORMAT "${@:4}" -o count
	[ "$code" -eq 0 ] || { violation "without a fault: status $code"; return; }
	counted || return
	[ "$points" -lt "$total" ] || points=$total
	for ((i = 0; i < points; i++)); do
		n=$((1 + (i * total + $2 % points) / points))
		now="EV_SEED=$2 proc_custody: $name, strike ${fault[*]} $n of $total"
		custody_again "$name"
		custody "$name" strike -s FORMAT "${fault[@]}" "$n"
		case $code in
		0 | 3 | 137) ;;
		*) violation "status $code"; return ;;
		esac
		custody_holds "$name" || return
		tried=$((tried + 1))
	done
}

needs_custody() {
	needs_strike
}

proc_custody() {
	local name points=$(($1 / 24 + 1))
	while [ "$tried" -lt "$1" ]; do
		for name in $custodies; do
			keep_custody "$name" "$seed" $((4 * points)) || return
			for kind in EIO ENOSPC EINTR SHORT; do
				keep_custody "$name" "$seed" "$points" -e "$kind" || return
			done
			keep_custody "$name" "$seed" "$points" -a -c sync -e EIO || return
		done
		seed=$((seed + 1))
	done
}
