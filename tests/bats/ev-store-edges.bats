# ev-store: what is rare: streams that were deleted, batches that are refused, stores that have lost files.
load store
segment_size=4k

# --- expected versions -------------------------------------------------------------------------

@test "version 0 is none, also of a stream that was deleted" {
	{ e a; e b; } | ev-store append
	run --separate-stderr ev-store delete user-1 --expect 5
	[ "$status" -eq 4 ]
	[ "$stderr" = "ev-store: error: wrong expected version: stream 'user-1' expected 5, actual 2" ]
	ev-store delete user-1
	run --separate-stderr ev-store delete user-1 --expect 5
	[ "$status" -eq 4 ]
	[ "$stderr" = "ev-store: error: wrong expected version: stream 'user-1' expected 5, actual 2" ]
	run --separate-stderr ev-store delete user-1 --expect 0
	[ "$status" -eq 0 ]
	run --separate-stderr ev-store append user-1 --expect 1 < <(e c)
	[ "$status" -eq 4 ]
	[ "$stderr" = "ev-store: error: wrong expected version: stream 'user-1' expected 1, actual 2" ]
	run --separate-stderr ev-store append user-1 --expect 0 --ack < <(e c)
	[ "$status" -eq 0 ]
	same '{"id":"c","stream":"user-1","ver":3,"pos":3}'
	run --separate-stderr ev-store append user-1 --expect 0 < <(e d)
	[ "$status" -eq 4 ]
	[ "$stderr" = "ev-store: error: wrong expected version: stream 'user-1' expected none, actual 3" ]
}

@test "a batch that is stored is known when it is repeated, whatever was deleted since" {
	local part round

	# versions 1 and 2, 3 and 4, 5 and 6; then 7 and 8 after a delete, as those of none again
	for part in none:none exists:exists 4:four none:again; do
		[ "$part" != none:again ] || ev-store delete user-1
		{ e "${part#*:}-1"; e "${part#*:}-2"; } >"${part#*:}"
		ev-store append user-1 --expect "${part%:*}" --ack <"${part#*:}" | sed 's/}$/,"known":true}/' >"${part#*:}.ack"
	done
	for round in 1 2 3; do
		for part in none:none exists:exists 4:four none:again; do
			run --separate-stderr ev-store append user-1 --expect "${part%:*}" --ack <"${part#*:}"
			[ "$status" -eq 0 ]
			same "$(cat "${part#*:}.ack")"
		done
		ev-store delete user-1
		[ "$round" != 2 ] || e more | ev-store append user-1 --expect none
	done
	run --separate-stderr ev-store append user-1 --expect none < <(e exists-1)
	[ "$status" -eq 0 ]
	run --separate-stderr ev-store append user-1 --expect exists < <(e new)
	[ "$status" -eq 4 ]
	[ "$stderr" = "ev-store: error: wrong expected version: stream 'user-1' expected exists, actual 0" ]
}

@test "an empty batch that expects a version needs a stream" {
	e a | ev-store append
	for expect in none exists 1; do
		for how in "" "--stream-by .aggregateId"; do
			run --separate-stderr ev-store append --expect "$expect" $how </dev/null
			[ "$status" -eq 2 ]
			[ -z "$output" ]
			[[ $stderr == "ev-store: error: --expect: there is no event that names a stream: give STREAM"* ]]
		done
	done
	for how in "" --atomic "--expect any" "user-1 --expect 1" "user-2 --expect none"; do
		run --separate-stderr ev-store append $how </dev/null
		[ "$status" -eq 0 ]
		[ -z "$output$stderr" ]
	done
}

# --- batches that are refused ------------------------------------------------------------------

# refused FILE LINE REASON…: --atomic and the options in $how refuse FILE for this line; it is the dead letter, byte for byte.
refused() {
	local file=$1 line=$2 reason=$3 before
	before=$(cat "$EV_STORE"/seg/*)
	run --separate-stderr ev-store append $how --atomic --ack --stream-by '"s-" + .aggregateId' "$file"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "ev-store: error: $file: line $line: $reason" ]
	[ "${stderr_lines[1]}" = "ev-store: error: nothing was stored: 1 bad line in the batch" ]
	[ "${#stderr_lines[@]}" -eq 2 ]
	run --separate-stderr ev-store append $how --atomic --stream-by '"s-" + .aggregateId' --on-bad fail "$file"
	[ "$status" -eq 1 ]
	[ "$stderr" = "ev-store: error: $file: line $line: $reason" ]
	rm -f dead
	run --separate-stderr ev-store append $how --atomic --stream-by '"s-" + .aggregateId' --on-bad divert=dead "$file"
	[ "$status" -eq 1 ]
	[ "$stderr" = "ev-store: error: nothing was stored: 1 bad line in the batch" ]
	[ "$(jq -r .raw dead)" = "$(sed -n "${line}p" "$file")" ]
	[ "$(jq -c '."$dead" | [.line, .input, .eventId != null]' dead)" = "[$line,\"$file\",true]" ]
	[ "$(cat "$EV_STORE"/seg/*)" = "$before" ]
}

@test "a batch is refused by the name of its line, and the line is the dead letter" {
	how=
	e a | ev-store append s-1
	{ e b; printf ' %s \r\n' "$(e a 1 2)"; e c; } >other-bytes
	refused other-bytes 2 "the event's identity is stored already, with other bytes: position 0, version 1 of stream 's-1'"
	{ e b; e c; e a 2; } >other-stream
	refused other-stream 3 "the event's identity is stored already, with other bytes: position 0, version 1 of stream 's-1'"
	{ e b; e c; e b 1 2; e c 1 2; } >twice
	refused twice 3 "events 1 and 3 of the batch have one identity, but other bytes"
	{ e b; e c; } | sed '2s/"eventType":"user.seen",//' >envelope
	refused envelope 2 "'eventType' is missing, empty or no string"
	e d | ev-store append s-1
	{ e b; e b; e d; e a; } >part
	refused part 3 "the event is stored already, but others of the batch are not: position 1, version 2 of stream 's-1'"
	how="--expect 2"
	refused part 3 "the event is stored already, but others of the batch are not: position 1, version 2 of stream 's-1'"
	how=
	ev-store tombstone s-3
	{ e f 2; e g 3; e h 3; } >closed
	refused closed 2 "stream 's-3' is tombstoned: it takes no events"
	how="--expect 1"
	{ e b; e c 2; } >two
	refused two 2 "it goes to another stream, 's-2', but --expect is about one"
	run --separate-stderr ev-store append --atomic --max-batch 150 <two
	[ "$status" -eq 1 ]
	[ "$stderr" = "ev-store: error: stdin: line 2: the batch is over --max-batch 150" ]
}

@test "a dead letter of a batch keeps its history" {
	e a | ev-store append
	{ e b; e a 1 2; } >in
	run --separate-stderr ev-store append --atomic --on-bad divert=dead <in
	[ "$status" -eq 1 ]
	first=$(jq -r '."$dead".first' dead)
	run --separate-stderr ev-store append --atomic --redrive --on-bad divert=again <dead
	[ "$status" -eq 1 ]
	[ "$(jq -c '."$dead" | [.attempts, .first]' again)" = "[2,\"$first\"]" ]
	[ "$(jq -r .raw again)" = "$(e a 1 2)" ]
}

@test "counters of a refused batch add up" {
	e a | ev-store append
	run --separate-stderr ev-store append --atomic --stats < <(e b; e a 1 2; e c)
	[ "$status" -eq 1 ]
	[[ $stderr == *"in 3 = passed 0 + used 2 + dropped 0 + late 0 + bad 1;"* ]]
}

# --- reading -----------------------------------------------------------------------------------

@test "--last 0 is none of what is there" {
	{ e a; e b 2; } | ev-store append
	for how in "" user-1 "user-1 user-2" --backwards "user-1 --backwards" "--ver 1" "--from 2020-01-01"; do
		run --separate-stderr ev-store read $how --last 0
		[ "$status" -eq 0 ]
		[ -z "$output$stderr" ]
	done
	run --separate-stderr ev-store read --streams - --last 0 < <(echo user-1)
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	run --separate-stderr ev-store read --consumer c --last 0
	[ "$status" -eq 2 ]
	for how in "" user-1; do
		rm -f err
		ev-store read $how -F --last 0 -n 1 >got 2>err &
		pid=$!
		wait_for grep -q "caught up" err
		e "c$how" | ev-store append
		wait "$pid"
		[ "$(cat got)" = "$(e "c$how")" ]
	done
}

# --- backups -----------------------------------------------------------------------------------

@test "a backup leaves nothing but its files, and nothing in the store" {
	e a | ev-store append
	run --separate-stderr ev-store backup "$EV_STORE"
	[ "$status" -eq 2 ]
	run ls -A "$EV_STORE"
	same $'FORMAT\nhead\nlock\nlock.seal\nlock.sync\nseg'
	for i in 1 2; do
		run --separate-stderr ev-store backup copy
		[ "$status" -eq 0 ]
		run ls -A copy
		same $'FORMAT\nhead\nlock\nlock.seal\nseg'
	done
}

# store_of N [PREFIX]: N more segments and one that is begun.
store_of() {
	local k i

	for ((k = 0; k < $1; k++)); do
		for ((i = 0; i < 30; i++)); do e "$2$k-$i"; done >events # comes at once, so it is one write
		ev-store append <events
	done
	e "$2last" | ev-store append
}

# spared FILE TEXT: backup into copy ends with status 5 and this, and copy is what it was; once FILE is well, it is whole.
spared() {
	cp -r copy before
	cp "$1" well
	spoil "$1" 300
	run --separate-stderr ev-store backup copy
	[ "$status" -eq 5 ]
	[ -z "$output" ]
	[[ $stderr == "ev-store: error: seg/${1##*/}: "$2 ]]
	diff -r before copy
	ev-store verify --store copy
	cp well "$1"
	ev-store backup copy
	ev-store verify --store copy
	ev-store read --meta >ours
	ev-store read --meta --store copy | cmp ours -
}

@test "a backup does not take damage for the good lines that it has" {
	for i in 1 2 3 4; do e "$i"; done | ev-store append
	ev-store backup copy
	e 5 | ev-store append
	spared "$EV_STORE/seg/00000000000000000000.ndjson" "line 2, byte 198: line has no trailer"
}

@test "a backup does not take a damaged sealed segment for the good plain one that it has" {
	store_of 3
	ev-store backup copy
	ev-store seal >report
	sealed=("$EV_STORE"/seg/*.zst)
	[ "${#sealed[@]}" -eq 3 ]
	rm "copy/seg/$(basename "${sealed[0]}" .zst)" # so nothing is taken before the one that is damaged
	cp "${sealed[0]}" copy/seg/
	spared "${sealed[1]}" "byte * of the text): *"
	[ "$(ls "$EV_STORE"/seg)" = "$(ls copy/seg)" ]
}

@test "a first backup of a damaged store is none, and names the damage" {
	store_of 3
	files=("$EV_STORE"/seg/*)
	sed -i '7s/user.seen/user.Seen/' "${files[1]}"
	run --separate-stderr ev-store backup copy
	[ "$status" -eq 5 ]
	[[ $stderr == "ev-store: error: seg/${files[1]##*/}: line 7, byte "*": sum is wrong" ]]
	[ ! -e copy/FORMAT ]
	[ ! -e "copy/seg/${files[1]##*/}" ]
}

@test "where a segment does not rest on the one before, as that is damaged, a backup names that one" {
	store_of 3
	ev-store backup copy
	e more | ev-store append
	files=("$EV_STORE"/seg/*)
	sed -i '$ { s/0"}$/1"}/; t; s/."}$/0"}/ }' "${files[2]}"
	run --separate-stderr ev-store backup copy
	[ "$status" -eq 5 ]
	[[ $stderr == "ev-store: error: seg/${files[2]##*/}: line 30, byte "*": sum is wrong" ]]
	ev-store verify --store copy
}

@test "a backup whose segments begin where the store has none is refused" {
	e 1 | ev-store append
	cp -r "$EV_STORE" other
	for i in {1..40}; do e "long name $i $(printf %0100d 1)"; done | ev-store append
	for i in {1..200}; do e "more $i"; done | ev-store append
	for i in {1..80}; do e "$i"; done | ev-store append --store other
	ev-store backup --store other copy
	set -- copy/seg/*
	[ "$#" -gt 1 ]
	[ ! -e "$EV_STORE/seg/$(basename "${!#}")" ]
	run --separate-stderr ev-store backup copy
	[ "$status" -eq 2 ]
	[[ $stderr == "ev-store: error: 'copy' has other events than '$EV_STORE': use another directory; see ev-store --help" ]]
	ev-store verify --store copy
}

@test "a store that has lost a segment is damaged, and its backup is no other's" {
	store_of 3
	ev-store backup copy
	files=("$EV_STORE"/seg/*)
	for i in {1..90}; do e "more $i"; done | ev-store append
	next=("$EV_STORE"/seg/*)
	rm "${files[-1]}"
	run --separate-stderr ev-store backup copy
	[ "$status" -eq 5 ]
	[ "$stderr" = "ev-store: error: seg/${next[${#files[@]}]##*/}: the segments before it are missing" ]
}

# other_events ID...: the backup in copy is refused for them, and keeps them.
other_events() {
	run --separate-stderr ev-store backup copy
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-store: error: 'copy' has other events than '$EV_STORE': use another directory; see ev-store --help" ]
	ev-store verify --store copy
	ev-store read --store copy --last "$#" >theirs
	for id in "$@"; do e "$id" "$id"; done | cmp theirs -
}

@test "a backup that has events of its own is refused, also when retention has passed them" {
	store_of 3
	ev-store backup copy
	e extra extra | ev-store append --store copy
	e other other | ev-store append
	other_events extra
	store_of 3 more
	other_events extra
	for left in 3 2 1; do
		ev-store retain --keep-segments "$left"
		other_events extra
	done
}

@test "a backup is refused for an event that is not its last one, when retention has passed it" {
	store_of 3
	ev-store backup copy
	for id in extra same; do e "$id" "$id"; done >events
	ev-store append --store copy <events
	for id in other same; do e "$id" "$id"; done >events
	ev-store append <events
	store_of 3 more
	ev-store retain --keep-segments 1
	other_events extra same
}

@test "a backup that ends before the log begins is brought up to date" {
	for kept in 4 3 2 1; do # the backup ends in an account, and at the end of one
		rm -rf "$EV_STORE" copy
		ev-store init --segment-size 4k
		store_of 3
		ev-store backup copy
		store_of 3 more
		ev-store retain --keep-segments "$kept"
		ev-store retain --keep-segments 1
		run --separate-stderr ev-store backup copy
		[ "$status" -eq 0 ]
		ev-store verify --store copy
		ev-store read --meta >ours
		ev-store read --meta --store copy | cmp ours -
	done
}

# --- what is lost ------------------------------------------------------------------------------

@test "a store whose segments are gone is damaged, whatever is asked" {
	for i in 1 2 3; do e "$i" | ev-store append; done
	ev-store consumers set c 1
	for index in kept gone; do
		rm -f "$EV_STORE"/seg/*
		[ $index = kept ] || rm -rf "$EV_STORE/index"
		run --separate-stderr ev-store verify
		[ "$status" -eq 5 ]
		[ "$stderr" = "ev-store: error: seg/00000000000000000000.ndjson: line 1, byte 0: lines before the durable mark are missing" ]
		[ "$(jq -c 'select(.damage) | [.position, .lost]' <<<"$output")" = "[0,3]" ]
		for command in append read "read user-1" "read --backwards" "read --consumer c" streams "version user-1" \
			"consumers set c 2" "backup copy" "delete user-1" reindex "retain --keep-segments 1"; do
			run --separate-stderr ev-store $command < <(e 4)
			[ "$status" -eq 5 ]
			[ -z "$output" ]
			[ "$stderr" = "ev-store: error: seg/00000000000000000000.ndjson: line 1, byte 0: lines before the durable mark are missing" ]
			[ -z "$(ls "$EV_STORE/seg")" ]
		done
	done
}

@test "init makes no store of the segments of another" {
	for i in 1 2 3; do e "$i" | ev-store append; done
	rm -rf "$EV_STORE"/FORMAT "$EV_STORE"/index
	before=$(ls -A "$EV_STORE" "$EV_STORE/seg")
	run --separate-stderr ev-store init
	[ "$status" -eq 5 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-store: error: '$EV_STORE' has segments, but FORMAT is missing: bring it back from a backup" ]
	[ "$(ls -A "$EV_STORE" "$EV_STORE/seg")" = "$before" ]
	run --separate-stderr ev-store read
	[ "$status" -eq 5 ]
	[ "$stderr" = "ev-store: error: '$EV_STORE' has segments, but FORMAT is missing: bring it back from a backup" ]
	mv "$EV_STORE/head" .
	touch "$EV_STORE/lock"
	for command in init read; do
		run --separate-stderr ev-store $command
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[ "$stderr" = "ev-store: error: '$EV_STORE' is no whole store yet: run again what was making it; see ev-store --help" ]
	done
}

@test "damage is named by segment, line and byte, whichever way it is read" {
	for i in 1 2 3 4 5 6 7 8; do e "$i" $((i % 2)); done | ev-store append
	log=$EV_STORE/seg/00000000000000000000.ndjson
	byte=$(head -3 "$log" | wc -c)
	want="ev-store: error: seg/00000000000000000000.ndjson: line 4, byte $byte: sum is wrong"
	printf 7 | dd of="$log" bs=1 seek=$((byte + 12)) conv=notrunc status=none
	for how in "" "--backwards" "user-0" "user-0 --backwards" "--pos 2.." "--last 7" "--pos 3 --meta"; do
		run --separate-stderr ev-store read $how
		[ "$status" -eq 5 ]
		[ "$stderr" = "$want" ]
	done
	run --separate-stderr ev-store verify
	[ "$status" -eq 5 ]
	[ "$stderr" = "$want" ]
	truncate -s $((byte + 5)) "$log"
	run --separate-stderr ev-store append < <(e 9)
	[ "$status" -eq 5 ]
	[ "$stderr" = "ev-store: error: seg/00000000000000000000.ndjson: line 4, byte $byte: line is cut short" ]
}

@test "retain says what it has done, also when a consumer's position cannot be read" {
	for i in 1 2 3; do for k in $(seq 30); do e "$i-$k" 1 "$k"; done | ev-store append; done
	ev-store consumers set c 0
	echo damaged >"$EV_STORE/consumers/c"
	run --separate-stderr ev-store retain --keep-segments 1
	[ "$status" -eq 5 ]
	[ "$(jq '.segments > 0 and .events == .first' <<<"$output")" = true ]
	[ "$stderr" = "ev-store: warning: consumers/c is no position of a consumer: set or delete it" ]
}

@test "a consumer's position that is damaged is named, and hides no other" {
	{ e a; e b; } | ev-store append
	for name in aa mm nn zz; do ev-store consumers set "$name" 1; done
	for name in mm nn; do echo garbage >"$EV_STORE/consumers/$name"; done
	want='ev-store: warning: consumers/mm is no position of a consumer: set or delete it
ev-store: warning: consumers/nn is no position of a consumer: set or delete it'
	run --separate-stderr ev-store consumers
	[ "$status" -eq 5 ]
	same '{"consumer":"aa","position":1,"lag":1}
{"consumer":"zz","position":1,"lag":1}'
	[ "$stderr" = "$want" ]
	run --separate-stderr ev-store stat
	[ "$status" -eq 5 ]
	[ "$(jq -c '[.events, (.consumers | map(.consumer))]' <<<"$output")" = '[2,["aa","zz"]]' ]
	[ "$stderr" = "$want" ]
	for name in mm nn; do ev-store consumers delete "$name"; done
	mkdir "$EV_STORE/consumers/mm"
	for how in consumers stat; do
		run --separate-stderr ev-store $how
		[ "$status" -eq 3 ]
		[ "$(grep -o '"consumer":"[a-z]*"' <<<"$output" | paste -sd' ')" = '"consumer":"aa" "consumer":"zz"' ]
		[[ $stderr == "ev-store: warning: cannot open '$EV_STORE/consumers/mm': "* ]]
	done
	for i in 1 2 3; do for k in $(seq 30); do e "$i-$k" 1 "$k"; done | ev-store append; done
	run --separate-stderr ev-store retain --keep-segments 1
	[ "$status" -eq 3 ]
	[ "$(grep -c "consumer '..' has not read" <<<"$stderr")" -eq 2 ]
	[[ $stderr == *"cannot open '$EV_STORE/consumers/mm': "* ]]
	rmdir "$EV_STORE/consumers/mm"
	run --separate-stderr ev-store stat
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
}

@test "salvage counts one lost event in words" {
	for i in 1 2 3; do e "$i"; done | ev-store append
	printf 7 | dd of="$EV_STORE/seg/00000000000000000000.ndjson" bs=1 seek=12 conv=notrunc status=none
	run --separate-stderr ev-store salvage new
	[ "$status" -eq 0 ]
	[ "$stderr" = "ev-store: warning: 1 event is lost" ]
}

@test "who reads backwards ends well when the rest is retired meanwhile" {
	for i in $(seq 0 9); do
		awk -v i="$i" 'BEGIN { for (k = 0; k < 1000; k++) printf "{\"eventId\":\"%d-%d\",\"eventType\":\"t\",\"aggregateType\":\"A\",\"aggregateId\":\"%d\",\"data\":\"%300s\"}\n", i, k, k % 3, "" }' >in
		ev-store append <in
	done
	cp -a "$EV_STORE" saved
	for how in --backwards "--backwards --meta" "a-1 --backwards" "--ver 1.. --last 9000" ""; do
		rm -rf "$EV_STORE"
		cp -a saved "$EV_STORE"
		mkfifo lines
		ev-store read $how >lines 2>err &
		pid=$!
		exec 7<lines
		IFS= read -r line <&7
		ev-store retain --keep-segments 3 >report
		cat <&7 >rest
		exec 7<&-
		wait "$pid"
		[ ! -s err ]
		[ "$(jq .events report)" -gt 0 ]
		[ "$(wc -l <rest)" -ge 600 ]
		rm lines
	done
}

# --- what cannot be ----------------------------------------------------------------------------

@test "a FORMAT that is damaged is status 5, whatever bit it is; one without a sum is read" {
	e 1 | ev-store append
	cp "$EV_STORE/FORMAT" good
	bytes=$(wc -c <good)
	for ((at = 0; at < bytes - 1; at += 3)); do
		byte=$(od -An -tu1 -j"$at" -N1 good | tr -d ' ')
		cat good >"$EV_STORE/FORMAT"
		printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$EV_STORE/FORMAT" bs=1 seek="$at" conv=notrunc status=none
		run --separate-stderr ev-store read
		if [ "$status" -eq 0 ]; then # the name of the sum alone
			[ "$output" = "$(e 1)" ]
			[ "$at" -gt 100 ]
			continue
		fi
		[ "$status" -eq 5 ]
		[ -z "$output" ]
		for command in init append verify; do
			run --separate-stderr ev-store $command </dev/null
			[ "$status" -eq 5 ]
			[[ $stderr == "ev-store: error: '$EV_STORE/FORMAT' is "* ]]
		done
	done
	sed 's/,"$sum".*/}/' good >"$EV_STORE/FORMAT"
	run --separate-stderr ev-store verify
	[ "$status" -eq 0 ]
}

@test "init says so when what is there is no store that can be read" {
	rm "$EV_STORE/FORMAT"
	ln -s /etc/hostname "$EV_STORE/FORMAT"
	run --separate-stderr ev-store init
	[ "$status" -eq 3 ]
	[[ $stderr == "ev-store: error: cannot open '$EV_STORE/FORMAT': "* ]]
}

@test "an identity has no NUL" {
	run --separate-stderr ev-store append --ack < <(e 'a\u0000b')
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-store: error: stdin: line 1: 'eventId' has a NUL" ]
	event='{"specversion":"1.0","id":"%s","source":"%s","type":"user.seen","subject":"1","aggregatetype":"User"}\n'
	# shellcheck disable=SC2059
	run --separate-stderr ev-store append --ack < <(printf "$event" 'a\u0000b' s a 's\u0000' a s)
	[ "$status" -eq 1 ]
	[ "$output" = '{"id":"a","stream":"user-1","ver":1,"pos":0}' ]
	[ "$stderr" = $'ev-store: error: stdin: line 1: \'id\' has a NUL\nev-store: error: stdin: line 2: \'source\' has a NUL' ]
}

@test "a stream that cannot be is status 2, not one without events" {
	for command in read version; do
		run --separate-stderr ev-store $command ''
		[ "$status" -eq 2 ]
		[ "$stderr" = "ev-store: error: the stream has no name" ]
		run --separate-stderr ev-store $command "$(printf '%01025d' 0)"
		[ "$status" -eq 2 ]
		[ "$stderr" = "ev-store: error: the stream's name has 1025 bytes, over 1024" ]
		run --separate-stderr ev-store $command $'\xff'
		[ "$status" -eq 2 ]
		[ "$stderr" = "ev-store: error: the stream's name is not UTF-8" ]
		run --separate-stderr ev-store $command "$(printf '%01024d' 0)"
		[ "$status" -eq 0 ]
	done
}

@test "retain says what a writer says of a damaged end" {
	e 1 | ev-store append
	printf 'no line\n' >>"$EV_STORE/seg/00000000000000000000.ndjson"
	run --separate-stderr ev-store retain --keep-segments 1
	[ "$status" -eq 0 ]
	[ "$stderr" = "ev-store: warning: the log ended in 8 damaged bytes; they are kept in 'lost/00000000000000000001.ndjson'" ]
}
