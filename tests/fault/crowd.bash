# crowd: three writers at once, one of them killed or failed at any system call. Sourced by proc.bash.
#
# The others go on as if nothing had been: all they send is acknowledged. Only when a sync fails their lines may be taken back,
# and then that is their status too. With -g all three die at the same moment.

# writers WAY: the command under strike; each writer N reads more.N and leaves acks.N and code.N.
writers() {
	case $1 in
	group) # all at once
		for i in 1 2 3; do
			(ev-store append --ack <"more.$i" >"acks.$i" 2>"err.$i"; echo $? >"code.$i") &
		done
		;;
	steps) # each event after the answer to the one before; the status is there when acks.N is whole
		for i in 1 2 3; do
			(mint -s "$2" -f $((i * 1000)) -n 12 -k 3 -z 500 -w "reply.$i" | ev-store append --ack 2>"err.$i" |
				tee "acks.$i" >"reply.$i"; echo "${PIPESTATUS[1]}" >"code.$i") &
		done
		;;
	esac
	wait
}

# crowd WAY SEED STRIKE-OPTION…
crowd() {
	again
	rm -f acks.* code.* err.*
	: >acks.1 && : >acks.2 && : >acks.3
	timeout 60 strike -s FORMAT "${@:3}" bash -c "$(declare -f writers); writers $1 $2" 2>err
	code=$?
	[ "$code" -ne 124 ] || violation "they wait for ever"
}

# crowd_holds LEAST: at least so many of the three had success, which means all their acknowledgements.
crowd_holds() {
	local i good=0 code
	for i in 1 2 3; do
		code=
		[ ! -e "code.$i" ] || read -r code <"code.$i"
		case $code in
		'' | 3 | 137 | 141) ;; # no status: its shell was killed
		0)
			[ "$(wc -l <"acks.$i")" -eq 12 ] || { violation "writer $i: status 0 without all acknowledgements"; return; }
			good=$((good + 1))
			;;
		*) violation "writer $i: status $code: $(head -n 1 "err.$i")"; return ;;
		esac
	done
	[ "$good" -ge "$1" ] || { violation "only $good writers had all acknowledged: $(cat err.* | head -n 3)"; return; }
	ev-store read --meta >meta 2>err || { violation "read: status $?"; return; }
	ledger -s sent -s more.1 -s more.2 -s more.3 -a acks.1 -a acks.2 -a acks.3 -n 10 <meta >found ||
		{ violation "$(<found)"; return; }
	cat more.1 more.2 more.3 | ev-store append --ack >acks 2>err || { violation "the next append: status $?"; return; }
	ev-store read --meta 2>err |
		ledger -c -s sent -s more.1 -s more.2 -s more.3 -a acks.1 -a acks.2 -a acks.3 -a acks >found ||
		{ violation "$(<found)"; return; }
	ev-store verify >/dev/null 2>err || violation "verify: status $?"
}

needs_crowd() {
	needs_strike
}

# Each case is a point at random: the order of their calls is another one in every run.
proc_crowd() {
	local ways=(group steps) faults=('-k' '-k' '-g -k' '-c sync -e EIO -n' '-c write -e EIO -n' '-c write -e ENOSPC -n' '-e SHORT -n')
	local way fault least points i n total
	while [ "$tried" -lt "$1" ]; do
		rm -rf base
		mint -s "$seed" -n 10 -k 3 >sent
		EV_STORE=base ev-store init && EV_STORE=base ev-store append <sent
		for i in 1 2 3; do
			mint -s "$seed" -f $((i * 1000)) -n 12 -k 3 -z 500 >"more.$i"
			[ -p "reply.$i" ] || mkfifo "reply.$i"
		done
		for way in "${ways[@]}"; do
			for fault in "${faults[@]}"; do
				read -ra fault <<<"$fault"
				now="EV_SEED=$seed proc_crowd: $way ${fault[*]}"
				crowd "$way" "$seed" "${fault[@]}" 0 -o count || return
				counted || return
				least=2
				# A sync that fails takes back what others have written and not been told of.
				[[ ${fault[*]} != -g* && ${fault[*]} != *EIO* ]] || least=0
				points=$(($1 / 140 + 1))
				for ((i = 0; i < points; i++)); do
					n=$((1 + (i * total + RANDOM % total) / points % total))
					now="EV_SEED=$seed proc_crowd: $way, strike ${fault[*]} $n of $total"
					crowd "$way" "$seed" "${fault[@]}" "$n" || return
					crowd_holds "$least" || return
					tried=$((tried + 1))
				done
			done
		done
		seed=$((seed + 1))
	done
}
