# power: what a power cut leaves. Sourced by proc.bash.
#
# A store on ext4, xfs or btrfs is written by many at once; the disk under it is drum, which remembers every write and
# flush. Then the disk becomes what a power cut at some moment may have left: everything flushed, and some of the
# rest; the file system is mounted, and the store must hold what had been acknowledged or shown by then.

for fs in ext4 xfs btrfs; do
	eval "needs_$fs() { needs_power $fs; }; proc_$fs() { power $fs \"\$1\"; }"
done

# needs_power FS
needs_power() {
	unshare -m true 2>/dev/null || { echo "needs a mount namespace"; return; }
	[ "$(id -u)" -eq 0 ] && [ -w /dev/fuse ] || { echo "needs root and FUSE"; return; }
	grep -qw "$1" /proc/filesystems || { echo "needs a kernel with $1"; return; }
	command -v "mkfs.$1" >/dev/null || { echo "needs mkfs.$1"; return; }
	needs_loop
}

needs_loop() {
	timeout -s KILL 10 losetup -f >/dev/null 2>&1 || echo "needs loop devices"
}

# ask COMMAND…: the drum's answer.
ask() {
	echo "$*" >&"$to_drum"
	read -r answer <&"$from_drum"
}

# power_up FS: a drum with a file system, mounted on disk; the loop device.
power_up() {
	local size=$((32 << 20))
	[ "$1" = ext4 ] || size=$((320 << 20))
	mkdir -p drum disk && mkfifo hear.{0..3}
	coproc DRUM { exec drum -z "$size" drum hear.0=heard.0 hear.1=heard.1 hear.2=heard.2 hear.3=heard.3; }
	to_drum=${DRUM[1]} from_drum=${DRUM[0]}
	ask mark && connection=$(mountpoint -d drum) || return
	case $1 in
	ext4) mkfs.ext4 -q -F -E nodiscard drum/disk ;;
	xfs) mkfs.xfs -q -K -l size=64m drum/disk ;;
	btrfs) mkfs.btrfs -q -K -m single drum/disk ;;
	esac >/dev/null || return
	plug || return
	EV_STORE=$work/disk/store
}

# plug, unplug: the file system is mounted, and nothing of it is left in memory. A loop device that somebody still holds
# would be one file system with the next. It is detached while it is in use: so it goes with the mount, however that ends.
plug() {
	local loop hold code=0
	loop=$(timeout -s KILL 10 losetup -f --show "$work/drum/disk") && exec {hold}<"$loop" || return
	timeout -s KILL 10 losetup -d "$loop" && mount "$loop" disk || code=$?
	exec {hold}<&-
	return "$code"
}

unplug() {
	local i
	for ((i = 0; i < 200; i++)); do
		! mountpoint -q disk || umount disk 2>/dev/null || { pause 20; continue; }
		[ -n "$(loops "$work/drum")" ] || return 0
		pause 20
	done
	violation "the file system is in use"
}

power_down() {
	connection=
	echo quit >&"$to_drum"
	wait "$DRUM_PID"
	umount drum 2>/dev/null
	rm -rf hear.* heard.*
}

# disconnect: the drum of a campaign that ends before its power_down answers nobody any more.
disconnect() {
	local at=/sys/fs/fuse/connections
	[ -n "${connection:-}" ] || return 0
	mountpoint -q "$at" || mount -t fusectl none "$at"
	[ ! -e "$at/${connection#*:}/abort" ] || echo 1 >"$at/${connection#*:}/abort"
	connection=
}

# pause MAX: up to so many milliseconds.
pause() {
	read -rt "$(printf '0.%03d' $((RANDOM % $1 + 1)))" <> <(:) || :
}

# The writers, until there is a file stop. Each sends the events of its own sent.N and is killed now and then.
steady() { # one at a time, each after the answer to the one before
	local n
	for ((n = 0; n < 8000; n += 40)); do
		[ ! -e stop ] || return 0
		mint -s "${1}0" -f "$n" -n 40 -k 7 -z 400 -w reply |
			timeout -s KILL 0.$((RANDOM % 8 + 1)) ev-store append --ack 2>>err.0 | tee reply >>hear.0
	done
}

bulk() { # what came, in groups
	local n
	for ((n = 0; n < 8000; n += 100)); do
		[ ! -e stop ] || return 0
		mint -s "${1}1" -f "$n" -n 100 -k 9 -z 900 |
			timeout -s KILL 0.0$((RANDOM % 8 + 1)) ev-store append --ack 2>>err.1 >>hear.1
		pause 20
	done
}

atomic() { # batches
	local n
	for ((n = 0; n < 8000; n += 6)); do
		[ ! -e stop ] || return 0
		mint -s "${1}2" -f "$n" -n 6 -b 6 -k 7 -z 2000 |
			timeout -s KILL 0.0$((RANDOM % 8 + 1)) ev-store append --atomic --ack 2>>err.2 >>hear.2
		pause 10
	done
}

# sent.N: all that the writers may send.
sent() {
	mint -s "${1}0" -n 8000 -k 7 -z 400 >sent.0
	mint -s "${1}1" -n 8000 -k 9 -z 900 >sent.1
	mint -s "${1}2" -n 8004 -b 6 -k 7 -z 2000 >sent.2
}

# meanwhile: what else is done with the store, and the kernel's own writing.
meanwhile() {
	while [ ! -e stop ]; do
		sync -f disk
		pause 30
		! has_command seal || ev-store seal >/dev/null 2>>err.seal || :
	done
}

# record SEED: sets begin and end, numbers of the history between which there is something to lose.
record() {
	local pids=()
	rm -f stop err.*
	[ -p reply ] || mkfifo reply
	ask mark && begin=$answer
	ev-store init || return
	ev-store read -F --meta >hear.3 2>/dev/null &
	local readers=($!)
	# Half the recordings have one more reader, who leaves the file system no rest.
	[ $(($1 % 2)) -eq 0 ] || { peek -g disk/store 2>/dev/null & readers+=($!); }
	for writer in steady bulk atomic meanwhile; do
		"$writer" "$1" 2>/dev/null & # the shell would tell of each that was killed
		pids+=($!)
	done
	sleep "${EV_FAULT_SECONDS:-1.5}"
	touch stop
	wait "${pids[@]}"
	kill "${readers[@]}"
	wait "${readers[@]}"
	ask mark && end=$answer
	[ -n "$(cat heard.[012])" ] || { violation "nothing was acknowledged"; return; }
}

# survived BYTES... WAY: the store on the mounted file system; how many bytes each fifo had given.
survived() {
	local i size
	for i in 0 1 2 3; do
		head -c "$1" "heard.$i" >"acks.$i"
		shift
	done
	ev-store init 2>err || { violation "init: status $?"; return; }
	# A disk that was unplugged, or copied while it was mounted, has a mark of this boot that is too old. A writer finds more;
	# readers alone stop at the mark, where lines after it were lost.
	[ "$1" = reboot ] || ev-store append other </dev/null 2>err || { violation "an empty append: status $?"; return; }
	ev-store read --meta >meta 2>err || { violation "read: status $?"; return; }
	ledger -s sent.0 -s sent.1 -s sent.2 -a acks.0 -a acks.1 -a acks.2 -f acks.3 <meta >found ||
		{ violation "$(<found)"; return; }
	mint -s 9 -n 1 | ev-store append >/dev/null 2>err || { violation "the next append: status $?"; return; }
	ev-store read --meta >after 2>err || { violation "read again: status $?"; return; }
	size=$(stat -c %s meta)
	cmp -s -n "$size" meta after || { violation "what was read is not there after an append"; return; }
	mint -s 9 -n 1 >sent.9
	ledger -s sent.0 -s sent.1 -s sent.2 -s sent.9 -n 1 <after >found || { violation "after an append: $(<found)"; return; }
	ev-store verify >/dev/null 2>err || violation "verify: status $?"
}

# exhibit N SEED: the disk as the power cut left it, before any recovery.
exhibit() {
	[ -n "${EV_FAULT_KEEP:-}" ] || return 0
	unplug
	ask crash "$1" "$2"
	cp --sparse=always drum/disk "$EV_FAULT_KEEP/disk.img"
}

# reboot: the machine has another boot_id, where that can be: without it the image is one of a disk that was unplugged.
boot=/proc/sys/kernel/random/boot_id
reboot() {
	cat /proc/sys/kernel/random/uuid >boot
	mount --bind boot "$boot" || violation "no other boot"
}

# power FS COUNT: so many crash images.
power() {
	local each=$(($2 < 200 ? $2 : 200)) i n way
	EV_FAULT_ROLL=$((20000 + seed * 7919 % 60000))
	while [ "$tried" -lt "$2" ]; do
		now="EV_SEED=$seed proc_$1"
		sent "$seed"
		power_up "$1" || { violation "the file system cannot be made"; return; }
		record "$seed" || { violation "recording: status $?"; return; }
		unplug || return
		for ((i = 0; i < each; i++)); do
			n=$((begin + (end - begin) * (i + 1) / each))
			# Half of them right after something was acknowledged or shown, which nothing that came later makes good.
			[ $((i % 4)) -lt 2 ] || { ask heard "$n"; [ "$answer" -gt "$end" ] || n=$answer; }
			ask crash "$n" $((i % 8 ? seed * 1000 + i : 0))
			now="EV_SEED=$seed proc_$1: cut after $n of $begin to $end, seed $((seed * 1000 + i)) ($answer)"
			plug 2>err || { violation "mount: status $?"; return; }
			way=unplugged
			[ $((i % 2)) -eq 0 ] || { reboot || return; way=reboot; }
			survived ${answer#* * } "$way" || { exhibit "$n" $((i % 8 ? seed * 1000 + i : 0)); return 1; }
			unplug || return
			[ $((i % 2)) -eq 0 ] || umount "$boot"
			tried=$((tried + 1))
		done
		power_down
		seed=$((seed + 1))
	done
}
