# ev-store: what was broken off half-way and is taken up again, and what goes on at the same time.
load store
segment_size=4k

# fill A B: 30 events for each number from A to B, each in a segment of its own.
fill() {
	local k i
	for ((k = $1; k <= $2; k++)); do
		for ((i = 1; i <= 30; i++)); do e "$k-$i" $((i % 3)); done | ev-store append
	done
}

# hold FILE: a lock on it, until something is written to the fifo release. The process is $holder.
hold() {
	mkfifo held release
	# F_SETLK 6 and F_WRLCK 1 in Linux's struct flock of 64-bit machines
	perl -e '
		alarm 20; # whatever becomes of the test
		open(my $f, "+<", $ARGV[0]) or die;
		my $whole = pack("ssx4qqix4", 1, 0, 0, 0, 0);
		fcntl($f, 6, $whole) or die "lock: $!";
		open(my $h, ">", "held"); close($h); open(my $r, "<", "release"); <$r>;' "$1" 3>&- &
	holder=$!
	read -r _ <held || :
}

let_go() {
	echo >release
	wait "$holder"
	rm held release
}

@test "a first backup that was broken off between two accounts is taken up again" {
	strace -f -e inject=getpid:retval=1:when=1 true 2>/dev/null || skip "needs strace that may inject"
	export ASAN_OPTIONS=detect_leaks=0 # whoever is traced cannot look for leaks
	fill 1 8
	ev-store retain --keep-segments 6
	ev-store retain --keep-segments 3
	accounts=("$EV_STORE"/retired/*.ndjson)
	[ "${#accounts[@]}" -eq 2 ]
	for nth in 1 2 3 4 5 6 7; do
		rm -rf copy
		run --separate-stderr strace -f -o trace -e "inject=renameat:error=EIO:when=$nth" ev-store backup copy
		[ "$status" -eq 3 ]
		run --separate-stderr ev-store backup copy
		[ "$status" -eq 0 ]
		run --separate-stderr ev-store verify --store copy
		[ "$status" -eq 0 ]
		alike copy
	done
}

# A backup that was broken off after its new segments and all but the first of its new accounts, in middle.
break_off() {
	fill 1 4
	ev-store backup middle
	fill 5 9
	ev-store retain --keep-segments 7
	ev-store retain --keep-segments 3
	cp -r middle whole
	ev-store backup whole
	mkdir -p middle/retired
	cp -n whole/seg/* middle/seg/
	cp whole/retired/*.prints whole/retired/*.run middle/retired/
	accounts=(whole/retired/*.ndjson)
	[ "${#accounts[@]}" -eq 2 ]
	cp "${accounts[1]}" middle/retired/
}

@test "a backup that was broken off is still the one before, for whoever reads, verifies or restores it" {
	break_off
	run --separate-stderr ev-store verify --store middle
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.events, .unfinished > 0]' <<<"$output")" = "[120,true]" ]
	run --separate-stderr ev-store read --store middle
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 120 ]
	run --separate-stderr ev-store restore --store restored middle
	[ "$status" -eq 0 ]
	[ -z "$(ls restored/retired 2>/dev/null)" ]
	run --separate-stderr ev-store append --store restored --ack < <(e new)
	[ "$status" -eq 0 ]
	same '{"id":"new","stream":"user-1","ver":41,"pos":120}'
	run --separate-stderr ev-store verify --store restored --index
	[ "$status" -eq 0 ]
	run --separate-stderr ev-store backup middle
	[ "$status" -eq 0 ]
	alike middle
}

@test "a backup that was broken off takes no events where lines are missing, and goes on when it is made again" {
	break_off
	run --separate-stderr ev-store append --store middle --ack < <(e new)
	[ "$status" -eq 5 ]
	[ -z "$output" ]
	first=$(basename "$(ls whole/seg/*.ndjson | head -n 1)")
	[ "$stderr" = "ev-store: error: seg/$first: the segments before it are missing" ]
	run --separate-stderr ev-store verify --store middle
	[ "$status" -eq 0 ]
	[ "$(jq -c .events <<<"$output")" = 120 ]
	rm middle/head
	for way in "append --ack" "delete user-1"; do
		# shellcheck disable=SC2086 # a list of words
		run --separate-stderr ev-store $way --store middle < <(e new)
		[ "$status" -eq 5 ]
		[ -z "$output" ]
		[ "$stderr" = "ev-store: error: seg/$first: the segments before it are missing" ]
	done
	run --separate-stderr ev-store backup middle
	[ "$status" -eq 0 ]
	alike middle
	run --separate-stderr ev-store append --store middle --ack < <(e new)
	[ "$status" -eq 0 ]
	same '{"id":"new","stream":"user-1","ver":91,"pos":270}'
}

@test "a directory is not backed up to while somebody restores from it, nor the other way round" {
	command -v perl >/dev/null || skip "needs perl to hold the lock"
	fill 1 2
	ev-store backup copy
	hold copy/lock.seal
	run --separate-stderr ev-store backup copy
	[ "$status" -eq 3 ]
	[ "$stderr" = "ev-store: error: segments of 'copy' are being sealed, retired or backed up" ]
	run --separate-stderr ev-store restore --store restored --lock-timeout 20ms copy
	[ "$status" -eq 3 ]
	[ "$stderr" = "ev-store: error: segments of 'copy' are being sealed, retired or backed up" ]
	let_go
	run --separate-stderr ev-store restore --store restored copy
	[ "$status" -eq 0 ]
}

@test "who cannot have the lock of sealing says what is going on" {
	command -v perl >/dev/null || skip "needs perl to hold the lock"
	fill 1 2
	ev-store seal
	hold "$EV_STORE/lock.seal"
	for command in seal "retain --keep-segments 1" "backup copy"; do
		run --separate-stderr ev-store $command --lock-timeout 20ms
		[ "$status" -eq 3 ]
		[ "$stderr" = "ev-store: error: segments of '$EV_STORE' are being sealed, retired or backed up" ]
	done
	let_go
}

@test "verify goes on when segments are retired meanwhile" {
	fill 1 60
	(for ((k = 60; k > 0; k--)); do ev-store retain --keep-segments "$k" || echo failed; done >retained; touch done) &
	until [ -e done ]; do
		run --separate-stderr ev-store verify
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
	done
	wait
	run grep -c failed retained
	[ "$output" = 0 ]
}

@test "read -F ends when the store is removed, and follows it when it is moved" {
	fill 1 1
	mkfifo out
	ev-store read -F --last 1 >out 2>err 3>&- &
	pid=$!
	exec 6<out
	read -r -t 10 line <&6
	[ "$line" = "$(e 1-30 0)" ]
	mv "$EV_STORE" elsewhere
	e moved | ev-store append --store elsewhere
	read -r -t 10 line <&6
	[ "$line" = "$(e moved)" ]
	rm -rf elsewhere
	code=0
	wait "$pid" || code=$?
	[ "$code" -eq 3 ]
	[ "$(tail -1 err)" = "ev-store: error: '$EV_STORE' has been removed" ]
}

@test "an account that goes on after its end is damaged" {
	fill 1 3
	ev-store retain --keep-segments 1
	accounts=("$EV_STORE"/retired/*.ndjson)
	echo '{}' >>"${accounts[0]}"
	run --separate-stderr ev-store verify
	[ "$status" -eq 5 ]
	[[ $stderr == *"retired/${accounts[0]##*/}: byte "*": it is damaged" ]]
	run --separate-stderr ev-store streams
	[ "$status" -eq 5 ]
	[[ $stderr == *"retired/${accounts[0]##*/}: byte "*": something follows its end" ]]
}

@test "where the account of what was retired is gone, no event is taken, not even a new one" {
	fill 1 4
	ev-store retain --keep-segments 3
	first=$(ev-store stat | jq .first)
	rm "$EV_STORE"/retired/*.ndjson
	for event in "$(e 1-1 1)" "$(e 9-1 1)"; do
		run --separate-stderr ev-store append --ack <<<"$event"
		[ "$status" -eq 5 ]
		[ -z "$output" ]
		[ "$stderr" = "ev-store: error: seg/$(printf %020d "$first").ndjson: the segments before it are missing" ]
	done
}

@test "seal ends when it cannot know where the log begins" {
	fill 1 4
	ev-store retain --keep-segments 3
	accounts=("$EV_STORE"/retired/*.ndjson)
	sed -i 's/retired/Retired/' "${accounts[0]}"
	run --separate-stderr timeout 10 ev-store seal
	[ "$status" -eq 5 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-store: error: retired/${accounts[0]##*/}: byte 0: sum is wrong" ]
}
