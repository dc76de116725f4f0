#!/usr/bin/env bats
# ev-replay of stores: that the store is the one that was read, and nothing of it goes before.
segment_size=4k
load store

# story FIRST LAST [WORD]: events of about 200 bytes, a second apart.
story() {
	awk -v i="$1" -v n="$2" -v w="${3-x}" 'BEGIN { for (; i <= n; i++)
		printf "{\"eventId\":\"%s%d\",\"eventType\":\"a.b\",\"eventVersion\":\"1\",\"timestamp\":%d,\"source\":\"s\",\"aggregateId\":\"%d\",\"aggregateType\":\"x\",\"data\":{}}\n", w, i, 1000 * i, i % 2 }'
}

# fill FIRST LAST: one append each ten, so that segments become full.
fill() {
	local i
	for ((i = $1; i <= $2; i += 10)); do story "$i" $((i + 9 > $2 ? $2 : i + 9)) | ev-store append; done
}

# keep_one: all segments but the newest are gone; front is the first position left.
keep_one() {
	ev-store retain --keep-segments 1 >/dev/null
	front=$(ev-store read --meta -n 1 | grep -o '"$pos":[0-9]*' | cut -d: -f2)
	[ "$front" -gt 0 ]
}

@test "--position: a store that was rewound or replaced is found out, and the file stays as it is" {
	story 1 3 | ev-store append
	ev-store backup copy >/dev/null
	story 4 6 | ev-store append
	[ "$(ev-replay --position at store | wc -l)" -eq 6 ]
	[[ $(cat at) =~ ^'{"store":"store","pos":6,"sum":"'[0-9a-f]{16}'"}'$ ]]
	cp at kept
	rm -r store
	ev-store restore copy >/dev/null
	run --separate-stderr ev-replay --position at store
	[ "$status" -eq 5 ]
	[ -z "$output" ]
	[ "$stderr" = "ev-replay: error: the replay of 'store' has read up to position 6, but the store ends at 3: it is not the store that was read, or an older copy of it" ]
	story 14 20 | ev-store append
	local how
	for how in "" "--from 0" "-F"; do
		# shellcheck disable=SC2086 # a list of words
		run --separate-stderr timeout 20 ev-replay $how --position at store
		[ "$status" -eq 5 ]
		[ -z "$output" ]
		[ "$stderr" = "ev-replay: error: the replay of 'store' has read other events before position 6 than the store holds now: it is not the store that was read, or an older copy of it" ]
		cmp kept at
	done
	rm -r store
	ev-store init
	story 1 9 | ev-store append
	run --separate-stderr ev-replay --position at store
	[ "$status" -eq 5 ]
	[[ $stderr == *"has read other events before position 6 "* ]]
	# An older file has no sum: its position is believed.
	echo '{"store":"store","pos":6}' >at
	run --separate-stderr ev-replay --position at store
	[ "$status" -eq 0 ]
	same "$(story 7 9)"
	[[ $(cat at) =~ ^'{"store":"store","pos":9,"sum":"'[0-9a-f]{16}'"}'$ ]]
}

@test "--position: what retention took away before it was read is said" {
	fill 1 110
	ev-replay --position at -n 7 store >got
	story 1 7 | cmp - got
	keep_one
	cp at kept
	local how
	for how in "" "--from 0" "-F"; do
		# shellcheck disable=SC2086 # a list of words
		run --separate-stderr timeout 20 ev-replay $how --position at store
		[ "$status" -eq 1 ]
		[ -z "$output" ]
		[ "$stderr" = "ev-replay: error: the replay of 'store' has not read positions 7 to $((front - 1)), and retention has taken them away: set its position" ]
		cmp kept at
	done
	echo "{\"store\":\"store\",\"pos\":$front}" >at
	run --separate-stderr ev-replay --position at store
	[ "$status" -eq 0 ]
	same "$(story $((front + 1)) 110)"
	[ -z "$stderr" ]
}

@test "--position: sealed segments of a range give the same marks as all lines" {
	fill 1 110
	ev-store seal >/dev/null
	local n
	ev-replay --position a110 store >/dev/null
	for n in 1 2 19 20 21 22 23 40 41 42 43 99 100; do
		ev-replay --position "a$n" -n "$n" store >/dev/null
		ev-replay --position "b$n" -n "$n" --from 0 store >/dev/null
		cmp "a$n" "b$n"
		ev-replay --position "b$n" --from 0 store | cmp - <(story $((n + 1)) 110)
		cmp a110 "b$n"
	done
	# A range that ends early: what is after it was looked at too.
	ev-replay --position c --to 5000 store >got
	story 1 4 | cmp - got
	cmp a110 c
	keep_one
	run --separate-stderr ev-replay --position c --to 5000 store
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
}

# overtake LAST: the follower, who stands at position 7, is stopped while events up to LAST come and most are taken away.
overtake() {
	kill -STOP "$pid"
	wait_for stopped "$pid"
	story 8 "$(($1 - 25))" | ev-store append
	fill "$(($1 - 24))" "$1"
	keep_one
	kill -CONT "$pid"
}

# stopped PID: it takes no signals and does not run.
stopped() {
	grep -q '^State:.T' "/proc/$1/status"
}

# has N: out holds N lines.
has() {
	[ "$(wc -l <out)" -eq "$1" ]
}

@test "-F: who is overtaken by retention ends, and says what he has missed" {
	local how last first
	for last in 110 1500; do
		for how in "ev-store read -F" "ev-store read -F x-0 x-1" "ev-store read -F x-1" "ev-store read -F --last 5" \
			"ev-store read -F --pos 2.." "ev-replay -F store" "ev-replay -F store d"; do
			rm -rf store d
			mkdir d
			ev-store init --segment-size 4k
			story 1 7 | ev-store append
			: >out
			# shellcheck disable=SC2086 # a list of words
			$how >out 2>err 3>&- &
			pid=$!
			case $how in
			*-F\ x-1) wait_for has 4 ;;
			*5 | *2..) wait_for has 5 ;;
			*) wait_for has 7 ;;
			esac
			overtake "$last"
			ends 1 "$pid"
			first=$(sed -n "s/^[^ ]* error: 'store': positions \([0-9]*\) to $((front - 1)) were taken away by retention before they were read$/\1/p" <(sed "s|$EV_STORE|store|" err))
			# What it had open it could still read.
			[ "$first" -ge 7 ]
			[ "$first" -lt "$front" ]
			[ "$how" = "ev-store read -F x-1" ] || [[ $how == ev-store*[5.] ]] ||
				story 1 "$first" | cmp - out
		done
	done
}

@test "-F: one who keeps his position is told to set it" {
	story 1 7 | ev-store append
	ev-replay -F --position at store >out 2>err 3>&- &
	pid=$!
	wait_for has 7
	overtake 110
	ends 1 "$pid"
	[[ $(cat err) == "ev-replay: error: the replay of 'store' has not read positions "*" to $((front - 1)), and retention has taken them away: set its position" ]]
}
