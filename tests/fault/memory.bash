# memory: allocations that fail. Sourced by proc.bash.
#
# The status is 3 with one line that says so, nothing that was not stored is acknowledged, and the same command, given
# again, does the rest.

readings='read thing-1 back last streams version stat verify seal reindex'

# reading NAME: a command that changes nothing that was stored; code, out, err.
reading() {
	case $1 in
	read) ev-store read >out 2>err ;;
	thing-1) ev-store read thing-1 thing-2 --meta >out 2>err ;;
	back) ev-store read thing-1 --backwards >out 2>err ;;
	last) ev-store read --last 7 --from 1970-01-01 >out 2>err ;;
	streams) ev-store streams >out 2>err ;;
	version) ev-store version thing-1 >out 2>err ;;
	stat) ev-store stat >out 2>err ;;
	verify) ev-store verify --index >out 2>err ;;
	seal) ev-store seal >out 2>err ;;
	reindex) ev-store reindex >out 2>err ;;
	esac
	code=$?
}

# kinds of commands: KIND_ready makes the base, KIND_again the state before the fault, KIND_run the command behind it,
# KIND_holds looks at what is left.
append_ready() {
	prepare "$1" "$seed"
}

append_again() {
	again
}

append_run() {
	victim "$1"
}

append_holds() {
	holds
}

custody_ready() {
	custody_base "$seed"
}

custody_run() {
	custody "$1"
}

reading_ready() {
	custody_base "$seed"
}

reading_again() {
	again
}

reading_run() {
	reading "$1"
}

reading_holds() {
	verified "$EV_STORE" && answers "$EV_STORE"
}

# short_of KIND NAME POINTS: up to so many allocations of the command fail, evenly spread, with and without those after.
short_of() {
	local kind=$1 name=$2 points=$3 total n i
	now="EV_SEED=$seed proc_memory: $name"
	"${kind}_ready" "$name" && "${kind}_again" "$name" || return
	EV_FAULT_ALLOCATIONS=$work/count "${kind}_run" "$name"
	[ "$code" -eq 0 ] || { violation "without a fault: status $code"; return; }
	counted || return
	[ "$points" -lt "$total" ] || points=$total
	for ((i = 0; i < points; i++)); do
		n=$((1 + i * total / points))
		[ $((i % 2)) -eq 0 ] || n=+$n
		now="EV_SEED=$seed proc_memory: $name: allocation $n of $total fails"
		"${kind}_again" "$name"
		EV_FAULT_MEMORY=$n "${kind}_run" "$name"
		case $code in
		0) ;;
		3) [[ $(<err) == "ev-store: error: "*memory && $(wc -l <err) -eq 1 ]] || { violation "another message"; return; } ;;
		*) violation "status $code"; return ;;
		esac
		"${kind}_holds" "$name" || return
		tried=$((tried + 1))
	done
}

proc_memory() {
	local count=$1 each name
	each=$((count / 20 + 1))
	while [ "$tried" -lt "$count" ]; do
		for name in one some atomic expect; do short_of append "$name" "$each" || return; done
		for name in $readings; do short_of reading "$name" "$each" || return; done
		for name in $custodies; do short_of custody "$name" "$each" || return; done
		seed=$((seed + 1))
	done
}
