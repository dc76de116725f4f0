# ev-store: looking after a store: stat, verify, salvage, backup, restore, retain, delete, consumers.
load store
segment_size=4k

# fill FROM TO: these events, in segments of about 30.
fill() {
	local i
	for ((i = $1; i < $2; i += 25)); do
		seq "$i" $((i + 24 < $2 ? i + 24 : $2 - 1)) |
			sed 's/.*/{"eventId":"e&","eventType":"user.seen","aggregateType":"User","aggregateId":"&","data":1}/; s/\("aggregateId":"\)[0-9]*\([0-9]"\)/\1\2/' |
			ev-store append
	done
}

# member NAME: its number in the object on stdin.
member() {
	sed -E "s/.*\"$1\":([0-9]+).*/\1/"
}

# --- stat --------------------------------------------------------------------------------------

@test "stat says how much there is" {
	run --separate-stderr ev-store stat
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ $output == '{"events":0,"first":0,"durable":0,"recorded":{"first":null,"last":null},'* ]]
	EV_NOW=2021-11-22T09:15:32Z ev-store append < <(e a)
	fill 0 60
	ev-store seal >sealed
	e z | EV_NOW=2091-11-22T09:15:32Z ev-store append
	run --separate-stderr ev-store stat
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == '{"events":62,"first":0,"durable":62,"recorded":{"first":"2021-11-22T09:15:32Z","last":"2091-11-22T09:15:32Z"},"unfinished":0,'* ]]
	[[ $output == *"\"segments\":{\"plain\":1,\"sealed\":$(wc -l <sealed)}"* ]]
	[[ $output == *'"retired":0,"consumers":[]}' ]]
	printf 'half a line' >>"$(ls "$EV_STORE"/seg/*.ndjson)"
	[[ $(ev-store stat) == *'"unfinished":11,'* ]]
}

# --- verify ------------------------------------------------------------------------------------

@test "a damaged frame of a sealed segment costs its lines alone, and is named" {
	fill 0 100
	ev-store seal >sealed
	n=$(ls "$EV_STORE"/seg/*.zst | wc -l)
	[ "$n" -gt 1 ]
	file=$(ls "$EV_STORE"/seg/*.zst | sed -n 2p)
	spoil "$file" 40 4
	run --separate-stderr ev-store verify
	[ "$status" -eq 5 ]
	[[ $stderr == "ev-store: error: seg/$(basename "$file"): line 1, byte 0: its zstd frame is damaged" ]]
	[[ ${lines[0]} == *"\"segment\":\"seg/$(basename "$file")\",\"line\":1,\"byte\":0,"* ]]
	lost=$(member lost <<<"${lines[0]}")
	[ "$(member events <<<"${lines[1]}")" -eq $((100 - lost)) ]
}

@test "damage of a sealed segment that leaves its text as it was is found" {
	fill 0 60
	ev-store seal >sealed
	for at in $(seq 0 40 1200); do
		cp -r "$EV_STORE" hurt
		file=$(ls hurt/seg/*.zst | head -n 1)
		[ "$at" -lt "$(stat -c %s "$file")" ] || break
		spoil "$file" "$at"
		run --separate-stderr ev-store verify --store hurt
		[ "$status" -eq 5 ] || { echo "byte $at"; return 1; }
		[[ $stderr == *"seg/$(basename "$file"): "* ]]
		rm -rf hurt
	done
	[ "$at" -gt 200 ]
}

@test "a segment that is missing is damage" {
	fill 0 100
	rm "$(ls "$EV_STORE"/seg/* | sed -n 2p)"
	run --separate-stderr ev-store verify
	[ "$status" -eq 5 ]
	[[ $stderr == *": line 1, byte 0: its first position is not the one that follows" ]]
	[ "$(member lost <<<"${lines[0]}")" -gt 20 ]
}

@test "verify --index holds the log against the index" {
	ev-store init --store big
	seq 20000 | sed 's/.*/{"eventId":"e&","eventType":"user.seen","aggregateType":"User","aggregateId":"&","data":1}/; s/\("aggregateId":"\)[0-9]*\([0-9]"\)/\1\2/' |
		ev-store append --store big
	file=$(ls big/index/*.run | head -n 1)
	run --separate-stderr ev-store verify --store big --index
	[ "$status" -eq 0 ]
	[ "$(member indexed <<<"$output")" -gt 1000 ]
	for at in 100 50000 $(($(stat -c %s "$file") / 2)); do
		cp "$file" saved
		spoil "$file" "$at" 8
		run --separate-stderr ev-store verify --store big --index
		[ "$status" -eq 5 ]
		[ "$stderr" = "ev-store: error: index/$(basename "$file"): byte 0: it is damaged" ]
		run --separate-stderr ev-store verify --store big
		[ "$status" -eq 0 ]
		cp saved "$file"
	done
}

# --- salvage -----------------------------------------------------------------------------------

@test "salvage stores what is right anew, in order, byte for byte" {
	EV_NOW=2021-11-22T09:15:32Z ev-store append < <(e a 1; e b 2; e c 1; e d 2)
	EV_NOW=2021-11-22T09:15:33Z ev-store append --atomic < <(e f 1; e g 1)
	EV_NOW=2021-11-22T09:15:34Z ev-store append < <(e h 1)
	cp -r "$EV_STORE" before
	sed -i '2s/user.seen/user.Seen/; 6s/user.seen/user.Seen/' "$EV_STORE"/seg/*
	cp -r "$EV_STORE" hurt
	run --separate-stderr ev-store salvage new
	[ "$status" -eq 0 ]
	[ "$stderr" = 'ev-store: warning: 3 events are lost' ]
	[ "$(sed -E 's/.*"damage":"([^"]*)".*"line":([0-9]+).*/\2 \1/' <<<"$output" | head -n 3)" = '2 sum is wrong
5 its batch is not whole
6 sum is wrong' ]
	[[ ${lines[3]} == '{"events":4,"streams":2,"bytes":'*',"lost":3,"unfinished":0,"damages":3}' ]]
	diff -r hurt "$EV_STORE"
	run -0 --separate-stderr ev-store read --store new
	same "$(e a 1; e c 1; e d 2; e h 1)"
	[ "$(ev-store read --store new --from 2021-11-22T09:15:34Z)" = "$(e h 1)" ]
	ev-store verify --store new
	[ "$(ev-store version --store new user-1)" = 3 ]
	[ "$(e i 1 | ev-store append --store new --ack)" = '{"id":"i","stream":"user-1","ver":4,"pos":4}' ]
	run --separate-stderr ev-store salvage new
	[ "$status" -eq 2 ]
	[[ $stderr == *"'new' is a store already"* ]]
}

@test "salvage keeps what is deleted hidden, and no more" {
	{ e a; e b; e c; } | ev-store append
	ev-store delete user-1
	{ e d; e f; } | ev-store append
	sed -i '2s/user.seen/user.Seen/' "$EV_STORE"/seg/*
	ev-store salvage new >report
	[ "$(ev-store read --store new '$$user-1' | sed 's/.*"data"/"data"/')" = '"data":{"before":3}}' ]
	[ "$(member streams <<<"$(tail -n 1 report)")" = 2 ]
	ev-store verify --store new
}

@test "salvage of a whole store is that store, segments and all" {
	fill 0 80
	ev-store seal >sealed
	ev-store salvage new >report
	[ "$(member lost <report)" = 0 ]
	alike new
	[ "$(ls new/seg | wc -l)" -gt 1 ]
	ev-store verify --store new
}

@test "salvage reads a sealed segment whose table is damaged" {
	fill 0 100
	ev-store read >all
	ev-store seal >sealed
	file=$(ls "$EV_STORE"/seg/*.zst | head -n 1)
	spoil "$file" $(($(stat -c %s "$file") - 20)) 4
	run --separate-stderr ev-store verify
	[ "$status" -eq 5 ]
	[[ $stderr == *"seg/$(basename "$file"): line 1, byte 0: its table or a note in it is damaged" ]]
	[ "$(member events <<<"${lines[1]}")" = 100 ]
	ev-store salvage new >report
	ev-store read --store new | cmp all -
}

@test "salvage begins again where it was killed" {
	fill 0 80
	mkdir -p new/seg
	echo rest >new/seg/00000000000000000007.ndjson
	echo rest >new/copy.tmp
	ev-store salvage new
	ev-store verify --store new
	alike new
	[ ! -e new/copy.tmp ]
}

# --- backup and restore ------------------------------------------------------------------------

@test "a backup is a store with the same log; sealed segments are links, or copies" {
	fill 0 80
	ev-store seal >sealed
	ev-store consumers set c 5
	run --separate-stderr ev-store backup copy
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ $output == "{\"position\":80,\"segments\":$(ls "$EV_STORE"/seg | wc -l),\"linked\":$(wc -l <sealed),"* ]]
	alike copy --meta
	ev-store verify --store copy
	[ "$(ev-store consumers --store copy)" = '{"consumer":"c","position":5,"lag":75}' ]
	[ "$(stat -c %h "$(ls copy/seg/*.zst | head -n 1)")" = 2 ]
	ev-store backup --copy other >report
	[ "$(member linked <report)" = 0 ]
	[ "$(stat -c %h other/seg/* | sort -u)" = 1 ]
	ev-store verify --store other
}

@test "a backup takes up what is new, sealed or gone, and nothing twice" {
	fill 0 80
	ev-store backup copy
	run -0 --separate-stderr ev-store backup copy
	[ "$(member copied <<<"$output")" = 0 ]
	[ "$(member bytes <<<"$output")" = 0 ]
	fill 80 120
	ev-store backup copy
	alike copy --meta
	ev-store seal >sealed
	ev-store backup copy
	[ "$(ls "$EV_STORE"/seg)" = "$(ls copy/seg)" ]
	ev-store retain --keep-segments 2
	ev-store backup copy
	[ "$(cd "$EV_STORE" && ls seg retired)" = "$(cd copy && ls seg retired)" ]
	alike copy --meta
	ev-store verify --store copy
}

@test "a backup is refused into what is none of this store" {
	fill 0 30
	mkdir full
	touch full/file
	run --separate-stderr ev-store backup full
	[ "$status" -eq 2 ]
	[ "$(ls full)" = file ]
	run --separate-stderr ev-store backup "$EV_STORE"
	[ "$status" -eq 2 ]
	[[ $stderr == *"is the store itself"* ]]
	ev-store init --store another
	run --separate-stderr ev-store backup another
	[ "$status" -eq 2 ]
	[[ $stderr == *"is not a backup of"* ]]
	ev-store backup copy
	e x | ev-store append --store copy
	run --separate-stderr ev-store backup copy
	[ "$status" -eq 2 ]
	[[ $stderr == *"has events that are not in"* ]]
	e y | ev-store append
	run --separate-stderr ev-store backup copy
	[ "$status" -eq 2 ]
	[[ $stderr == *"has other events than"* ]]
	ev-store verify
}

@test "a backup that is written to leaves the store alone" {
	fill 0 80
	ev-store seal >sealed
	ev-store backup copy
	cp -r "$EV_STORE" before
	fill 100 180 >/dev/null
	rm -rf "$EV_STORE"
	cp -r before "$EV_STORE"
	(EV_STORE=$PWD/copy fill 200 280)
	ev-store seal --store copy
	diff -r before "$EV_STORE"
	ev-store verify --store copy
}

@test "backups of a store that is written to are prefixes that verify" {
	mkfifo in
	ev-store append <in &
	pid=$!
	exec 5>in
	for i in 1 2 3 4 5 6; do
		seq $((i * 100)) $((i * 100 + 99)) | sed 's/.*/{"eventId":"e&","eventType":"user.seen","aggregateType":"User","aggregateId":"1","data":1}/' >&5
		ev-store backup copy >report
		n=$(member position <report)
		ev-store read --meta -n "$n" >ours
		ev-store read --meta --store copy | cmp ours -
		ev-store verify --store copy >/dev/null
	done
	exec 5>&-
	wait "$pid"
	ev-store backup copy >report
	alike copy --meta
}

@test "restore makes the store of a backup, and nothing of a damaged one" {
	fill 0 80
	ev-store seal >sealed
	ev-store backup copy
	run --separate-stderr ev-store restore --store again copy
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	alike again --meta
	[ "$(stat -c %h again/seg/* | sort -u)" = 1 ]
	[ "$(head -n 1 <(ev-store read) | ev-store append --store again --ack | grep -c known)" = 1 ]
	run --separate-stderr ev-store restore --store again copy
	[ "$status" -eq 2 ]
	[[ $stderr == *"'again' is a store already"* ]]
	file=$(ls copy/seg/*.ndjson | head -n 1)
	ev-store backup --copy plain >report
	sed -i '1s/user.seen/user.Seen/' plain/seg/*.ndjson
	run --separate-stderr ev-store restore --store bad plain
	[ "$status" -eq 5 ]
	[[ $stderr == *"sum is wrong"* ]]
	[ ! -e bad/FORMAT ]
	run --separate-stderr ev-store restore --store none nowhere
	[ "$status" -eq 2 ]
	[ ! -e none ]
}

# --- retain ------------------------------------------------------------------------------------

@test "retain removes segments from the front, and forgets no identity, version or position" {
	fill 0 100
	ev-store seal >sealed
	ev-store append --ack < <(ev-store read -n 3) >acks
	ev-store streams >streams
	run --separate-stderr ev-store retain --keep-segments 2
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	first=$(member first <<<"$output")
	[ "$(member events <<<"$output")" = "$first" ]
	[ "$first" -gt 40 ]
	[ "$(ls "$EV_STORE"/seg | wc -l)" = 2 ]
	[ "$(ev-store read | wc -l)" = $((100 - first)) ]
	run --separate-stderr ev-store append --ack < <(e e0 0; e e1 1; e e2 2)
	[ "$status" -eq 0 ]
	same "$(cat acks)"
	run --separate-stderr ev-store append < <(e e1 1 2)
	[ "$status" -eq 1 ]
	[[ $stderr == *"with other bytes or in another stream: position 1, which retention has removed"* ]]
	run --separate-stderr ev-store append elsewhere < <(e e1 1)
	[ "$status" -eq 1 ]
	[ "$(e new 7 | ev-store append --ack)" = '{"id":"new","stream":"user-7","ver":11,"pos":100}' ]
	ev-store verify
	rm -rf "$EV_STORE/index"
	run -0 --separate-stderr ev-store append --ack < <(e e0 0; e e1 1; e e2 2)
	same "$(cat acks)"
	ev-store retain --keep-segments 1
	ev-store retain --keep-segments 1
	run -0 --separate-stderr ev-store append --ack < <(e e0 0; e e1 1; e e2 2)
	same "$(cat acks)"
	ev-store verify
}

@test "retain goes by age and by size as well" {
	for i in 1 2 3 4; do
		seq $((i * 30)) $((i * 30 + 29)) | sed 's/.*/{"eventId":"e&","eventType":"user.seen","aggregateType":"User","aggregateId":"1","data":1}/' |
			EV_NOW=$((i * 1000)) ev-store append
	done
	run -0 --separate-stderr ev-store retain --before 1970-01-01T00:00:01Z
	[ "$(member segments <<<"$output")" = 0 ]
	run -0 --separate-stderr ev-store retain --before 1970-01-01T00:00:02Z
	[ "$(member events <<<"$output")" = 30 ]
	[ "$(ev-store read | wc -l)" = 90 ]
	run -0 --separate-stderr ev-store retain --max-bytes 1G
	[ "$(member segments <<<"$output")" = 0 ]
	run -0 --separate-stderr ev-store retain --max-bytes 10k
	[ "$(du -bc "$EV_STORE"/seg/* | tail -n 1 | cut -f 1)" -le 10240 ]
	ev-store verify
	for options in "" "--max-age 1d" "--max-count 3" "user-1" "user-1 --before now --max-count 3"; do
		run --separate-stderr ev-store retain $options
		[ "$status" -eq 2 ]
		[ -z "$output" ]
	done
}

@test "retain names consumers that were too slow" {
	fill 0 60
	ev-store consumers set slow 3
	ev-store consumers set fast 60
	run --separate-stderr ev-store retain --keep-segments 1
	[ "$status" -eq 0 ]
	[[ $stderr == "ev-store: warning: consumer 'slow' has not read positions 3 to "*", which are gone" ]]
	run --separate-stderr ev-store retain --keep-segments 1
	[ "$status" -eq 0 ]
	[[ $output == '{"segments":0,'* ]]
	[ -z "$stderr" ]
}

@test "who follows goes on when the segment just read is retired" {
	fill 0 25
	mkfifo out
	ev-store read -F >out 2>/dev/null &
	pid=$!
	exec 6<out
	for ((i = 0; i < 25; i++)); do read -r -t 10 line <&6; done
	[ "$line" = "$(ev-store read --last 1)" ]
	ev-store retain --keep-segments 1
	[ "$(ev-store read | wc -l)" = 0 ]
	e last | ev-store append
	read -r -t 10 line <&6
	[ "$line" = "$(e last)" ]
	kill -TERM "$pid"
	ends 143 "$pid"
}

@test "what was left of a retain that was killed goes with the next one" {
	fill 0 100
	cp -r "$EV_STORE/seg" seg
	ev-store retain --keep-segments 2
	cp -n seg/* "$EV_STORE/seg/"
	[ "$(ls "$EV_STORE"/seg | wc -l)" -gt 2 ]
	ev-store verify
	ev-store read >got
	ev-store retain --keep-segments 2
	[ "$(ls "$EV_STORE"/seg | wc -l)" = 2 ]
	ev-store read | cmp got -
	ev-store verify
}

@test "damage of what is remembered is found, and hides nothing" {
	fill 0 100
	ev-store retain --keep-segments 2
	for file in "$EV_STORE"/retired/*.prints "$EV_STORE"/retired/*.ndjson; do
		cp "$file" saved
		spoil "$file" 50 6
		run --separate-stderr ev-store verify
		[ "$status" -eq 5 ]
		[[ $stderr == *"retired/$(basename "$file")"* ]]
		cp saved "$file"
	done
	ev-store verify
	spoil "$(ls "$EV_STORE"/retired/*.prints)" 50 6
	run --separate-stderr ev-store append < <(e e1 1)
	[ "$status" -eq 5 ]
}

@test "damage of the index of what is gone is found and named" {
	fill 0 100
	ev-store retain --keep-segments 2
	run=$(ls "$EV_STORE"/retired/*.run)
	name=retired/${run##*/}
	cp "$run" saved
	for byte in 0 4095 5000 $(($(stat -c %s saved) - 5000)); do
		spoil "$run" "$byte"
		run --separate-stderr ev-store verify
		[ "$status" -eq 5 ]
		[ "$stderr" = "ev-store: error: $name: byte $((byte / 4096 * 4096)): sum is wrong" ]
		[ "$(jq -c 'select(.damage) | [.file, .byte]' <<<"$output")" = "[\"$name\",$((byte / 4096 * 4096))]" ]
		cp saved "$run"
	done
	ev-store verify
	for how in "rm" "truncate -s 4096" "truncate -s 0"; do
		$how "$run"
		for command in verify append; do
			run --separate-stderr ev-store $command < <(e e1 1)
			[ "$status" -eq 5 ]
			[ "$stderr" = "ev-store: error: $name: byte 0: it is missing or damaged" ]
		done
		cp saved "$run"
	done
	ev-store verify --index
}

@test "a damaged segment is not removed" {
	fill 0 100
	sed -i '2s/user.seen/user.Seen/' "$EV_STORE"/seg/00000000000000000000.ndjson
	run --separate-stderr ev-store retain --keep-segments 2
	[ "$status" -eq 5 ]
	[[ $stderr == *"line 2, byte "*": sum is wrong" ]]
	[ -e "$EV_STORE"/seg/00000000000000000000.ndjson ]
}

# --- streams -----------------------------------------------------------------------------------

@test "delete hides what there is; versions go on" {
	{ e a; e b; e c; } | ev-store append
	run --separate-stderr ev-store delete user-1 --expect 2
	[ "$status" -eq 4 ]
	[ "$stderr" = "ev-store: error: wrong expected version: stream 'user-1' expected 2, actual 3" ]
	run --separate-stderr ev-store delete user-1 --expect 3
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	ev-store delete user-1 --expect 3
	ev-store delete user-2
	[ "$(ev-store read '$$user-1' | wc -l)" = 1 ]
	run --separate-stderr ev-store append user-1 --expect exists < <(e d)
	[ "$status" -eq 4 ]
	[ "$(e d | ev-store append user-1 --expect none --ack)" = '{"id":"d","stream":"user-1","ver":4,"pos":4}' ]
	[ "$(e d | ev-store append user-1 --expect none --ack)" = '{"id":"d","stream":"user-1","ver":4,"pos":4,"known":true}' ]
	[ "$(e a | ev-store append --ack)" = '{"id":"a","stream":"user-1","ver":1,"pos":0,"known":true}' ]
	ev-store verify
}

@test "a tombstone is for ever, also after retention" {
	fill 0 50
	ev-store tombstone user-1 --expect exists
	ev-store tombstone nobody
	for stream in user-1 nobody; do
		run --separate-stderr ev-store append "$stream" < <(e x)
		[ "$status" -eq 1 ]
		[[ $stderr == *"stream '$stream' is tombstoned: it takes no events" ]]
	done
	run --separate-stderr ev-store append user-1 --expect none < <(e x)
	[ "$status" -eq 1 ]
	fill 50 90 2>/dev/null || [ $? -eq 1 ]
	ev-store delete user-2
	fill 90 99 2>/dev/null || [ $? -eq 1 ]
	ev-store retain --keep-segments 1
	run --separate-stderr ev-store append user-1 < <(e x)
	[ "$status" -eq 1 ]
	run --separate-stderr ev-store append user-2 --expect 10 </dev/null
	[ "$status" -eq 0 ]
	ev-store verify
}

@test "a writer that runs sees a tombstone that another sets" {
	mkfifo in out
	ev-store append --ack --on-bad skip <in >out &
	pid=$!
	exec 5>in 6<out
	e a >&5
	read -r -t 10 line <&6
	ev-store tombstone user-1
	e b >&5
	e c 2 >&5
	read -r -t 10 line <&6
	[ "$line" = '{"id":"c","stream":"user-2","ver":1,"pos":2}' ]
	exec 5>&-
	ends 1 "$pid"
}

@test "settings are the operator's: producers cannot write to their streams" {
	run --separate-stderr ev-store append '$$user-1' < <(e a)
	[ "$status" -eq 2 ] || [ "$status" -eq 1 ]
	run --separate-stderr ev-store delete '$$user-1'
	[ "$status" -eq 2 ]
	run --separate-stderr ev-store retain '' --max-count 1
	[ "$status" -eq 2 ]
}

# --- consumers ---------------------------------------------------------------------------------

@test "consumers are listed, set and deleted" {
	fill 0 40
	run --separate-stderr ev-store consumers
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	ev-store consumers set b 40
	ev-store consumers set a 7
	run -0 --separate-stderr ev-store consumers list
	same '{"consumer":"a","position":7,"lag":33}
{"consumer":"b","position":40,"lag":0}'
	[[ $(ev-store stat) == *'"consumers":[{"consumer":"a","position":7,"lag":33},{"consumer":"b","position":40,"lag":0}]}' ]]
	sum=$(ev-store read --meta --pos 6 | sed -E 's/.*"\$sum":"([^"]*)".*/\1/')
	[[ $(cat "$EV_STORE/consumers/a") == *"\"pos\":7,\"sum\":\"$sum\""* ]]
	ev-store consumers delete a
	[ "$(ev-store consumers)" = '{"consumer":"b","position":40,"lag":0}' ]
	for operands in "delete a" "set a 41" "set a x" "set a" "bogus" "set ../a 3"; do
		run --separate-stderr ev-store consumers $operands
		[ "$status" -eq 2 ]
		[ -z "$output" ]
	done
}
