# life: campaigns about what happens to a store in use: full disks, races, tail, signals. Sourced by proc.bash.

# --- a full disk ---------------------------------------------------------------------------------

needs_full() {
	[ "$(id -u)" -eq 0 ] || echo "needs root to mount small file systems"
}

# filled: a store that may take no more; disk has the room that it has. Then room is made by COMMAND….
filled() {
	local answered
	ev-store init 2>err
	code=$?
	if [ "$code" -eq 0 ]; then
		ev-store append --ack <more >acks 2>err
		code=$?
		answered=$(wc -l <acks)
		[ "$code" -eq 3 ] || [ "$answered" -eq "$(wc -l <more)" ] || { violation "append: status $code"; return; }
		[ "$code" -ne 3 ] || [ "$(wc -l <err)" -eq 1 ] || { violation "more than a line on stderr"; return; }
		ev-store read --meta >meta 2>err || { violation "read on a full disk: status $?"; return; }
		ledger -s more -a acks <meta >found || { violation "$(<found)"; return; }
		ev-store append --ack <more >acks2 2>err
		code=$?
		[ "$code" -eq 3 ] || [ "$code" -eq 0 ] || { violation "the second append: status $code"; return; }
		ev-store read --meta 2>err | ledger -s more -a acks -a acks2 >found || { violation "$(<found)"; return; }
	elif [ "$code" -ne 3 ]; then
		violation "init: status $code"
		return
	fi
	"$@" || return
	ev-store init 2>err || { violation "init with room: status $?"; return; }
	ev-store append --ack <more >acks2 2>err || { violation "append with room: status $?"; return; }
	[ ! -s err ] || { violation "append with room warns"; return; }
	ev-store read --meta 2>err | ledger -c -s more -a acks -a acks2 >found || { violation "$(<found)"; return; }
	ev-store verify >/dev/null 2>err || violation "verify: status $?"
}

# Every size of 4 KiB to COUNT times that, or every size that leads there in 512 steps.
proc_full() {
	local i pages
	mkdir -p disk
	EV_STORE=$work/disk/store EV_FAULT_ROLL=$((1 << 20))
	mint -s "$seed" -n 2500 -z 1500 >more
	for ((i = 1; i <= $1; i++)); do
		pages=$((i * 512 / ($1 < 512 ? $1 : 512)))
		now="EV_SEED=$seed proc_full: $pages pages"
		: >acks
		mount -t tmpfs -o "size=$((4 * pages))k" none disk || { violation "no tmpfs"; return; }
		filled mount -o remount,size=16m disk || return
		umount disk
		tried=$((tried + 1))
	done
}

needs_fullext4() {
	needs_full
	needs_loop
}

# The same on ext4, which learns late that there is no room.
proc_fullext4() {
	local i room
	mkdir -p disk
	EV_STORE=$work/disk/store EV_FAULT_ROLL=$((300 << 10))
	mint -s "$seed" -n 2500 -z 1500 >more
	truncate -s 8M image && mkfs.ext4 -q -F -m 0 image && timeout -s KILL 10 mount -o loop image disk || return
	for ((i = 1; i <= $1; i++)); do
		room=$((i * 512 / ($1 < 512 ? $1 : 512)))
		now="EV_SEED=$seed proc_fullext4: room for $room pages"
		: >acks
		rm -rf disk/store disk/ballast
		fallocate -l $((($(stat -f -c %a disk) * $(stat -f -c %S disk)) / 4096 * 4096 - room * 4096)) disk/ballast ||
			{ violation "no ballast"; return; }
		filled rm disk/ballast || return
		tried=$((tried + 1))
	done
	umount disk
}

# A limit of the process rather than of the disk.
proc_limit() {
	local i code
	mint -s "$seed" -n 300 -z 500 >more
	for ((i = 1; i <= $1; i++)); do
		now="EV_SEED=$seed proc_limit: ulimit -f $i"
		rm -rf store
		ev-store init
		(trap '' XFSZ; ulimit -f "$i"; exec ev-store append --ack <more >acks 2>err)
		code=$?
		[ "$code" -eq 3 ] || [ "$(wc -l <acks)" -eq 300 ] || { violation "status $code"; return; }
		ev-store read --meta 2>err | ledger -s more -a acks >found || { violation "$(<found)"; return; }
		ev-store append --ack <more >acks2 2>err || { violation "the next append: status $?"; return; }
		ev-store read --meta 2>err | ledger -c -s more -a acks -a acks2 >found || { violation "$(<found)"; return; }
		ev-store verify >/dev/null 2>err || { violation "verify: status $?"; return; }
		tried=$((tried + 1))
	done
}

# --- tail, races ---------------------------------------------------------------------------------

# The active segment under tail while two write, one of them killed now and then.
proc_tail() {
	local writers=() each=$(($1 < 1000 ? $1 : 1000))
	EV_FAULT_ROLL=60000
	while [ "$tried" -lt "$1" ]; do
		now="EV_SEED=$seed proc_tail"
		rm -rf store stop
		ev-store init
		(for ((n = 0; ; n += 500)); do
			[ ! -e stop ] || exit 0
			mint -s "${seed}0" -f "$n" -n 500 -z 3000 | ev-store append 2>/dev/null
		done) &
		writers=($!)
		(for ((n = 0; ; n += 10)); do
			[ ! -e stop ] || exit 0
			mint -s "${seed}1" -f "$n" -n 10 -b 10 -z 9000 |
				timeout -s KILL 0.00$((RANDOM % 9 + 1)) ev-store append --atomic 2>/dev/null
		done) 2>/dev/null &
		writers+=($!)
		peek -n "$each" -r "$seed" store >found
		code=$?
		touch stop
		wait "${writers[@]}"
		[ "$code" -eq 0 ] || { violation "$(<found)"; return; }
		cat found
		ev-store read --meta 2>err | ledger -n 1 >found || { violation "$(<found)"; return; }
		tried=$((tried + each)) seed=$((seed + 1))
	done
}

# Writers with expected versions, kills and retries; followers see one order.
proc_history() {
	local each=$(($1 < 5000 ? $1 : 5000)) followers=() files=() i
	while [ "$tried" -lt "$1" ]; do
		now="EV_SEED=$seed proc_history"
		EV_FAULT_ROLL=$((20000 + seed * 7919 % 60000))
		rm -rf store sent.* acks.*
		ev-store init
		followers=() files=()
		for i in 1 2; do
			ev-store read -F --meta >"shown.$i" 2>/dev/null &
			followers+=($!)
		done
		rivals -n "$each" -w 8 -k 100 -r "$seed" >found 2>err || { violation "$(<found)"; return; }
		cat found
		for i in {0..7}; do files+=(-s "sent.$i" -a "acks.$i"); done
		ev-store read --meta >meta 2>err || { violation "read: status $?"; return; }
		for ((i = 0; i < 500; i++)); do
			cmp -s meta shown.1 && cmp -s meta shown.2 && break
			pause 20
		done
		kill "${followers[@]}"
		wait "${followers[@]}"
		ledger -c "${files[@]}" -f shown.1 -f shown.2 <meta >found || { violation "$(<found)"; return; }
		cmp -s meta shown.1 && cmp -s meta shown.2 || { violation "a follower did not see all"; return; }
		ev-store verify >/dev/null 2>err || { violation "verify: status $?"; return; }
		tried=$((tried + each)) seed=$((seed + 1))
	done
}

# --- signals and pipes ---------------------------------------------------------------------------

# One of the scenes below for each case, in turn.
proc_signals() {
	local scenes=(head closed full_stdout term stopped orphan early) scene
	while [ "$tried" -lt "$1" ]; do
		scene=${scenes[tried % ${#scenes[@]}]}
		now="EV_SEED=$seed proc_signals: $scene"
		rm -rf store reply lines acks acks2 err
		: >acks && : >err
		mint -s "$seed" -n 400 -z 200 >more
		ev-store init
		"scene_$scene" || return
		ev-store append --ack <more >acks2 2>err || { violation "the next append: status $?"; return; }
		ev-store read --meta 2>err | ledger -c -s more -a acks -a acks2 >found || { violation "$(<found)"; return; }
		ev-store verify >/dev/null 2>err || { violation "verify: status $?"; return; }
		tried=$((tried + 1)) seed=$((seed + 1))
	done
}

# A reader whose reader leaves dies of it without a word.
scene_head() {
	local code
	rm -rf other
	EV_STORE=other ev-store init
	mint -s 7 -n 20000 -z 100 | EV_STORE=other ev-store append
	EV_STORE=other ev-store read 2>err | head -n 1 >first
	code=${PIPESTATUS[0]}
	[ "$code" -eq 141 ] && [ ! -s err ] || { violation "read | head: status $code"; return; }
	ev-store append --ack <more 2>err | head -c 0
	code=${PIPESTATUS[0]}
	[ "$code" -eq 141 ] || [ "$code" -eq 0 ] || { violation "append | head: status $code"; return; }
	[ ! -s err ] || violation "words on a closed pipe"
}

# Descriptors that are closed from the start never become files of the store.
scene_closed() {
	ev-store append --ack <more >&- 2>err
	[ $? -eq 3 ] || { violation "append with stdout closed: status is not 3"; return; }
	ev-store read >&- 2>err
	[ $? -eq 3 ] || [ ! -s store/seg/00000000000000000000.ndjson ] || { violation "read with stdout closed: status is not 3"; return; }
	ev-store append <&- >acks 2>err
	ev-store append <more >&- 2>&-
	ev-store append <&- >&- 2>&-
	return 0
}

scene_full_stdout() {
	local code
	ev-store append --ack <more >/dev/full 2>err
	code=$?
	[ "$code" -eq 3 ] && [ "$(wc -l <err)" -eq 1 ] || violation "append to a full device: status $code"
}

# TERM in the middle: what was acknowledged is stored.
scene_term() {
	local pid code
	mkfifo reply lines
	mint -s "$seed" -n 400 -z 200 -w reply >lines &
	ev-store append --ack <lines 2>err > >(tee acks >reply) &
	pid=$!
	pause 60
	kill -TERM "$pid"
	wait "$pid"
	code=$?
	wait
	[ "$code" -eq 143 ] || [ "$code" -eq 0 ] || violation "TERM: status $code"
}

# A writer that is stopped with the lock in its hand holds the others up, for as long as they like; then both go on.
scene_stopped() {
	local pid code
	mkfifo lines
	# Until a store has its first mark, readers wait for who is setting it.
	head -n 1 more | ev-store append 2>err || { violation "append: status $?"; return; }
	ev-store append --ack <lines >acks 2>err &
	pid=$!
	head -n 200 more >lines
	pause 5
	kill -STOP "$pid" 2>/dev/null
	tail -n 200 more | ev-store append --ack --lock-timeout 30ms >acks3 2>err3
	code=$?
	ev-store read --meta >meta 2>err || { violation "read beside a stopped writer: status $?"; return; }
	kill -CONT "$pid" 2>/dev/null
	wait "$pid" || { violation "a stopped writer: status $?"; return; }
	[ "$code" -eq 0 ] || [ "$code" -eq 3 ] || { violation "beside a stopped writer: status $code"; return; }
	cat acks3 >>acks
}

# The parent dies; the writer goes on to the end of its input.
scene_orphan() {
	mkfifo lines
	bash -c 'ev-store append --ack <lines >acks 2>err & echo $! >pid; kill -KILL $$' 2>/dev/null
	cat more >lines
	while kill -0 "$(<pid)" 2>/dev/null && grep -q '^State:.[^Z]' "/proc/$(<pid)/status"; do pause 2; done
	[ "$(wc -l <acks)" -eq 400 ] || violation "an orphan: $(wc -l <acks) of 400 acknowledged"
}

# A signal at once, before anything is set up.
scene_early() {
	local pid
	for sig in TERM INT HUP PIPE KILL; do
		ev-store append --ack <more >>acks 2>err &
		pid=$!
		kill -"$sig" "$pid"
		wait "$pid"
	done 2>/dev/null
	return 0
}
