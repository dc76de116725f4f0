# ev-store read, streams, version: does it do what its page says.
load store
segment_size=4k

# fill N: events e1 to eN over streams user-0 to user-6.
fill() {
	for ((i = 1; i <= $1; i++)); do e "e$i" $((i % 7)) "$i"; done | ev-store append
}

# many N: as fill in a store of large segments, with enough text for a run of the index, which begins at 1 MiB.
many() {
	rm -r "$EV_STORE"
	ev-store init
	awk -v n="$1" 'BEGIN {
		for (i = 1; i <= n; i++)
			printf "{\"eventId\":\"e%d\",\"eventType\":\"user.seen\",\"aggregateType\":\"User\",\"aggregateId\":\"%d\",\"data\":\"%0500d\"}\n", i, i % 7, i
	}' | ev-store append
}

# ids …: the numbers of what read prints.
ids() {
	ev-store read "$@" | sed -E 's/.*"eventId":"e([0-9]+)".*/\1/' | paste -sd' ' -
}

@test "several streams come merged by position" {
	fill 20
	[ "$(ids user-1 user-3)" = "1 3 8 10 15 17" ]
	[ "$(ids user-3 user-1 user-3)" = "1 3 8 10 15 17" ]
	[ "$(ids user-1 nobody user-3 --backwards -n 3)" = "17 15 10" ]
	[ "$(ids user-1 user-3 --ver 2)" = "8 10" ]
	[ "$(ids user-1 user-3 --last 3)" = "10 15 17" ]
	[ "$(ids user-1 user-3 --pos 3..9)" = "8 10" ]
}

@test "--streams reads one stream after another, from a file or as they are asked for" {
	fill 20
	printf 'user-3\n\nnobody\nuser-1\nuser-3' >names
	[ "$(ids --streams names)" = "3 10 17 1 8 15 3 10 17" ]
	[ "$(ids --streams names --last 1)" = "17 15 17" ]
	[ "$(ids --streams names --last 2 --backwards)" = "17 10 15 8 17 10" ]
	[ "$(ids --streams - --ver 2.. <names)" = "10 17 8 15 10 17" ]
	[ "$(printf '\xef\xbb\xbfuser-3\r\nuser-1\r\n' | ids --streams -)" = "3 10 17 1 8 15" ]
	mkfifo in out
	ev-store read --streams - <in >out &
	pid=$!
	exec 5>in 6<out
	echo user-6 >&5
	read -r -t 10 line <&6
	[ "$line" = "$(e e6 6 6)" ]
	read -r -t 10 line <&6
	[ "$line" = "$(e e13 6 13)" ]
	read -r -t 10 line <&6
	e late 9 | ev-store append
	echo user-9 >&5
	read -r -t 10 line <&6
	[ "$line" = "$(e late 9)" ]
	exec 5>&-
	wait "$pid"
	run --separate-stderr ev-store read --streams names user-1
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	run --separate-stderr ev-store read --streams nowhere
	[ "$status" -eq 2 ]
	[ -z "$output" ]
}

@test "an index that is missing or damaged changes no answer" {
	many 3000
	ev-store read >all
	ev-store read user-1 user-4 >two
	ev-store streams >streams
	[ "$(wc -l <all)" -eq 3000 ]
	[ "$(ls "$EV_STORE/index" | grep -c run)" -ge 1 ]
	for run in "$EV_STORE"/index/*.run; do
		spoil "$run" 5000 7
	done
	for damage in none cut; do
		ev-store read | cmp - all
		ev-store read user-4 user-1 | cmp - two
		ev-store streams | cmp - streams
		[ "$(ev-store version user-1)" = 429 ]
		for run in "$EV_STORE"/index/*.run; do truncate -s 3000 "$run"; done
	done
	rm -r "$EV_STORE/index"
	ev-store read user-1 user-4 | cmp - two
	ev-store streams | cmp - streams
	[ "$(ev-store version user-1)" = 429 ]
}

@test "sealed segments are read as others are" {
	fill 200
	ev-store read >all
	ev-store read user-2 >one
	ev-store seal >/dev/null
	[ "$(ls "$EV_STORE"/seg/*.zst | wc -l)" -ge 3 ]
	ev-store read | cmp - all
	ev-store read user-2 | cmp - one
	ev-store read --backwards | tac | cmp - all
	[ "$(ev-store version user-2)" = 29 ]
	[ "$(ids user-2 --last 2)" = "191 198" ]
}

@test "a damaged line is damage, through the index too" {
	fill 30
	log=$(ls "$EV_STORE"/seg/* | head -n 1)
	sed -i '9s/"data":9/"data":8/' "$log"
	offset=$(head -n 8 "$log" | wc -c)
	for stream in "" user-2; do
		run --separate-stderr ev-store read $stream
		[ "$status" -eq 5 ]
		[[ $stderr == "ev-store: error: seg/00000000000000000000.ndjson: "*"byte $offset: sum is wrong" ]]
	done
}

@test "-F ends with its reader, also where no event comes any more" {
	fill 3
	cp "$EV_STORE"/seg/*.ndjson log
	for what in "ev-store read -F" "ev-replay -F log" "ev-replay -F $EV_STORE"; do
		run --separate-stderr timeout 10 bash -c "$what | head -n 2; echo \${PIPESTATUS[0]}"
		[ "$status" -eq 0 ] || { echo "$what: status $status"; return 1; }
		[ "${#lines[@]}" -eq 3 ]
		[ "${lines[2]}" = 141 ]
	done
	# What was written counts as read, as at every end.
	{ timeout 10 ev-store read -F --consumer mail 2>/dev/null || :; } | head -n 2 >out
	cmp out <(ev-store read -n 2)
	[ "$(ev-store consumers | jq .lag)" -eq 0 ]
	{ timeout 10 ev-replay -F --position at log || :; } | head -n 2 >/dev/null
	[ "$(jq .line at)" -eq 3 ]
	# It silences no failure.
	mkdir d
	{ timeout 10 ev-replay -F --position d/at log 2>err || echo $? >code; } |
		{ head -n 3 >/dev/null && rm -r d && head -n 1 log >>log && head -n 1 >/dev/null; }
	[ "$(cat code)" -eq 3 ]
	[ "$(wc -l <err)" -eq 1 ]
}

@test "read -F says once when it has caught up, and reads on through new segments" {
	fill 5
	mkfifo out err
	ev-store read -F --last 2 >out 2>err &
	pid=$!
	exec 6<out 7<err
	read -r -t 10 line <&6
	[ "$line" = "$(e e4 4 4)" ]
	read -r -t 10 line <&6
	read -r -t 10 line <&7
	[ "$line" = "ev-store: caught up at position 5" ]
	for ((i = 100; i < 150; i++)); do
		e "e$i" 1 "$i" | ev-store append
		read -r -t 10 line <&6
		[ "$line" = "$(e "e$i" 1 "$i")" ]
		[ "$i" -ne 120 ] || ev-store seal >/dev/null
	done
	kill -TERM "$pid"
	ends 143 "$pid"
	[ -z "$(cat <&7)" ]
}

@test "read -F of streams shows only theirs" {
	fill 10
	mkfifo out
	ev-store read -F user-1 user-99 >out 2>/dev/null &
	pid=$!
	exec 6<out
	for id in 1 8; do
		read -r -t 10 line <&6
		[ "$line" = "$(e "e$id" 1 "$id")" ]
	done
	{ e x 2; e y 99; e z 3; } | ev-store append
	read -r -t 10 line <&6
	[ "$line" = "$(e y 99)" ]
	kill -TERM "$pid"
	ends 143 "$pid"
}

@test "a consumer goes on where it was" {
	fill 10
	[ "$(ids --consumer mail -n 3)" = "1 2 3" ]
	[ "$(cut -d, -f1 "$EV_STORE/consumers/mail")" = '{"pos":3' ]
	[ "$(ids --consumer mail -t 'content.*')" = "" ]
	[ "$(cut -d, -f1 "$EV_STORE/consumers/mail")" = '{"pos":10' ]
	[ "$(ids --consumer mail)" = "" ]
	e e11 | ev-store append
	[ "$(ids --consumer mail)" = 11 ]
	[ "$(ids --consumer other user-1)" = "1 8 11" ]
	for bad in --backwards "--last 2" "--ver 2" "--streams -"; do
		run --separate-stderr ev-store read --consumer mail $bad </dev/null
		[ "$status" -eq 2 ]
		[ -z "$output" ]
	done
	for name in ../x .x a/b ''; do
		run --separate-stderr ev-store read --consumer "$name"
		[ "$status" -eq 2 ]
		[ -z "$output" ]
	done
}

@test "a consumer that follows commits what it has written before it waits" {
	fill 3
	mkfifo out
	ev-store read -F --consumer mail >out 2>/dev/null &
	pid=$!
	exec 6<out
	for i in 1 2 3; do read -r -t 10 line <&6; done
	wait_for grep -q '"pos":3' "$EV_STORE/consumers/mail"
	run --separate-stderr ev-store read --consumer mail
	[ "$status" -eq 3 ]
	[ "$stderr" = "ev-store: error: another process reads for consumer 'mail'" ]
	e e4 | ev-store append
	read -r -t 10 line <&6
	wait_for grep -q '"pos":4' "$EV_STORE/consumers/mail"
	kill -9 "$pid"
	ends 137 "$pid"
	[ "$(ids --consumer mail)" = "" ]
}

@test "a line that ends the run is not committed" {
	{ e e1; e e2 1 '"x"'; e e3; } | ev-store append
	run --separate-stderr ev-store read --consumer c -w '.data > 0 and (.data | tonumber) > 0' --on-bad fail
	[ "$status" -eq 1 ]
	[ "$output" = "$(e e1)" ]
	[ "$(cut -d, -f1 "$EV_STORE/consumers/c")" = '{"pos":1' ]
	[ "$(ids --consumer c)" = "2 3" ]
}

@test "a store that is not the one a consumer has read is status 5" {
	cp -r "$EV_STORE" other
	fill 10
	ev-store read --consumer mail >/dev/null
	cp -r "$EV_STORE/consumers" other/
	run --separate-stderr ev-store read --store other --consumer mail
	[ "$status" -eq 5 ]
	[ -z "$output" ]
	[[ $stderr == *"consumer 'mail' has read up to position 10, but the store ends at 0:"* ]]
	for i in $(seq 12); do e "f$i"; done | ev-store append --store other
	run --separate-stderr ev-store read --store other --consumer mail
	[ "$status" -eq 5 ]
	[ -z "$output" ]
	[[ $stderr == *"consumer 'mail' has read other events before position 10"* ]]
	[ "$(ids --consumer mail)" = "" ]
}

@test "reading needs no permission to write, with an index or without" {
	[ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null || skip "needs root and setpriv"
	many 3000
	ev-store seal >/dev/null
	ev-store read user-1 >one
	chmod -R a+rX,a-w "$EV_STORE"
	chmod a+rx "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/.." "$BATS_TEST_TMPDIR/../.." "$BATS_TEST_TMPDIR/../../.."
	for index in there gone; do
		setpriv --reuid 65534 --clear-groups "$EV_BIN/ev-store" read user-1 | cmp - one
		[ "$(setpriv --reuid 65534 --clear-groups "$EV_BIN/ev-store" version user-1)" = 429 ]
		[ "$(setpriv --reuid 65534 --clear-groups "$EV_BIN/ev-store" streams | wc -l)" = 7 ]
		rm -r "$EV_STORE/index"
		mkdir "$EV_STORE/index"
	done
	run --separate-stderr setpriv --reuid 65534 --clear-groups "$EV_BIN/ev-store" read --consumer c
	[ "$status" -eq 3 ]
	[[ $stderr == *"Permission denied"* ]]
}

@test "a store on a file system that is mounted read-only is read" {
	[ "$(id -u)" -eq 0 ] && mkdir ro && mount --bind "$EV_STORE" ro 2>/dev/null || skip "needs root to mount"
	fill 100
	mount -o remount,bind,ro ro
	run --separate-stderr ev-store read --store ro user-1 --last 1
	umount ro
	[ "$status" -eq 0 ]
	[ "$output" = "$(e e99 1 99)" ]
	[ -z "$stderr" ]
}

@test "what a stream's settings hide is not read with it, but with all" {
	for ((i = 1; i <= 6; i++)); do EV_NOW=$((i * 1000)) ev-store append < <(e "e$i" $((i % 2)) "$i"); done
	export EV_NOW=7000
	ev-store retain user-0 --max-count 2
	[ "$(ids user-0)" = "4 6" ]
	[ "$(ids user-0 user-1)" = "1 3 4 5 6" ]
	[ "$(ids user-0 --ver 1)" = "" ]
	[ "$(ids user-0 --backwards)" = "6 4" ]
	[ "$(ids --streams <(printf 'user-0\nuser-1\n') --last 1)" = "6 5" ]
	ev-store retain user-1 --max-age 4s
	[ "$(ids user-1)" = "3 5" ]
	EV_NOW=9500
	[ "$(ids user-1)" = "" ]
	ev-store delete user-0
	[ "$(ids user-0)" = "" ]
	[ "$(ev-store version user-0)" = 3 ]
	run --separate-stderr ev-store streams
	[ "$status" -eq 0 ]
	[ "$output" = '{"stream":"user-1","version":3}' ]
	e e7 0 7 | ev-store append
	[ "$(ids user-0)" = "7" ]
	[ "$(ev-store read | grep -c user.seen)" = 7 ]
	ev-store tombstone user-0
	[ "$(ids user-0)" = "" ]
	[ "$(ev-store streams | grep -c user-0)" = 0 ]
}

@test "retention: streams that have no line left are listed, and a consumer is told what it has missed" {
	fill 200
	e only 77 | ev-store append
	ev-store read -n 3 --consumer slow >/dev/null
	ev-store seal >/dev/null
	ev-store streams >streams
	ev-store retain --keep-segments 1 >/dev/null
	ev-store streams | cmp - streams
	[ "$(ev-store version user-1)" = 29 ]
	ids user-1 >left
	[ "$(ids user-1 --backwards)" = "$(tac -s' ' <left | tr '\n' ' ' | xargs)" ]
	run --separate-stderr ev-store read --consumer slow
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ $stderr == *"consumer 'slow' has not read positions 3 to "*", and retention has taken them away: set its position" ]]
}

@test "the newline of the last line is damaged: whoever reads that line says so" {
	local last n option

	fill 30
	last=$(printf '%s\n' "$EV_STORE"/seg/*.ndjson | tail -1)
	n=$(stat -c %s "$last")
	ev-store read >all
	spoil "$last" $((n - 1))
	for option in "" --backwards "--last 1" "--last 1 --backwards" "user-2 --backwards" "user-2 --last 1"; do
		run --separate-stderr ev-store read $option
		[ "$status" -eq 5 ]
		[[ "$stderr" == *"byte "*": line is cut short" ]]
	done
	ev-store read -n 1 | cmp - <(head -1 all)
}
