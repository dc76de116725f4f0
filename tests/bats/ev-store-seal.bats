# ev-store seal and pack: the text stays what it was, and every decoder of zstd reads it.
load store

# fill FROM TO: events of two streams, a second apart.
fill() {
	seq "$1" "$2" | awk '{ printf "{\"eventId\":\"e%d\",\"eventType\":\"user.seen\",\"timestamp\":%d000,\"aggregateType\":\"User\",\"aggregateId\":\"%d\"}\n", $1, $1, $1 % 2 }'
}

# roll N: the next segment is begun, as if the last one were full; N events are stored.
roll() {
	touch "$(printf '%s/seg/%020d.ndjson' "$EV_STORE" "$1")"
}

# store_of_three: 1000 events in segments 0, 400 and 800.
store_of_three() {
	fill 1 400 | ev-store append
	roll 400
	fill 401 800 | ev-store append
	roll 800
	fill 801 1000 | ev-store append
}

names() {
	(cd "$EV_STORE/seg" && printf '%s ' * | sed -E 's/\b0+([0-9])/\1/g; s/ndjson/n/g')
}

# note FILE: what an archive says about the whole of itself.
note() {
	grep -ao '{"packed":.*}' "$1" | tail -n 1
}

@test "a log that ends in a sealed segment goes on in a new one, and can be backed up and restored" {
	fill 1 400 | ev-store append
	roll 400
	ev-store seal >/dev/null
	ev-store backup copy >/dev/null
	[ "$(cd copy/seg && echo *)" = 00000000000000000000.ndjson.zst ]
	ev-store read --meta >before
	run --separate-stderr ev-store restore --store back copy
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	ev-store read --store back --meta | cmp - before
	run --separate-stderr ev-store append --store copy --ack < <(fill 400 401)
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"id":"e400","stream":"user-0","ver":200,"pos":399,"known":true}
{"id":"e401","stream":"user-1","ver":201,"pos":400}'
	ev-store verify --store copy >/dev/null
	ev-store append < <(fill 401 402)
	ev-store backup --store "$EV_STORE" other >/dev/null
	ev-store read --store other --meta | cmp - <(ev-store read --meta)
}

@test "seal compresses all segments but the last; the store stays the same" {
	store_of_three
	ev-store read --meta >before
	ev-store read --backwards >backwards
	ev-store verify >verified
	cp -r "$EV_STORE/seg" plain
	run --separate-stderr ev-store seal
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$(jq -c '[.segment, .text > .bytes, .bytes > 0]' <<<"$output" | paste -sd' ')" = "[0,true,true] [400,true,true]" ]
	[ "$(names)" = "0.n.zst 400.n.zst 800.n " ]
	ev-store read --meta | cmp - before
	ev-store read --backwards | cmp - backwards
	[ "$(ev-store version user-1)" = 500 ]
	[ "$(ev-store read --pos 399..401 | jq -r .eventId | paste -sd' ')" = "e400 e401 e402" ]
	[ "$(ev-store read user-0 --ver 200..201 | jq -r .eventId | paste -sd' ')" = "e400 e402" ]
	ev-store verify | cmp - verified
	run --separate-stderr ev-store seal
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
}

@test "a sealed store is written to, and knows what it has" {
	store_of_three
	ev-store seal >sealed
	fill 1 1001 | ev-store append --ack >acks
	[ "$(grep -c '"known":true' acks)" = 1000 ]
	[ "$(tail -n 1 acks)" = '{"id":"e1001","stream":"user-1","ver":501,"pos":1000}' ]
	[ "$(ev-store read | wc -l)" = 1001 ]
	ev-store verify >verified
}

@test "stock zstd reads a sealed segment, and its note tells the truth" {
	store_of_three
	cp "$EV_STORE/seg/00000000000000000400.ndjson" plain
	ev-store seal >sealed
	zst=$EV_STORE/seg/00000000000000000400.ndjson.zst
	zstd -qt "$zst"
	zstdcat "$zst" | cmp - plain
	[ "$(note "$zst" | jq -c '[.text, .lines, .untimed, .time, .from, .to, .segment.first, .segment.last, .merkle, .erased]')" = "[$(stat -c %s plain),400,0,null,401000,800000,400,799,null,[]]" ]
	[ "$(note "$zst" | jq -r .sha256)" = "$(sha256sum <plain | cut -d' ' -f1)" ]
	[ "$(note "$zst" | jq -r .segment.ends)" = "$(tail -n 1 plain | jq -r '.["$sum"]')" ]
	[ "$(note "$zst" | jq -r .segment.begins)" = "$(zstdcat "$EV_STORE/seg/00000000000000000000.ndjson.zst" | tail -n 1 | jq -r '.["$sum"]')" ]
	[ "$(note "$zst" | jq -c .segment.recorded)" = "$(sed -n '1p;$p' plain | jq -sc 'map(.["$rec"])')" ]
}

@test "sealed files have the mode of the store" {
	rm -r "$EV_STORE"
	ev-store init --mode 0750
	store_of_three
	chmod 640 "$EV_STORE"/seg/*
	umask 077
	ev-store seal >sealed
	[ "$(stat -c %a "$EV_STORE"/seg/* "$EV_STORE/lock.seal" | paste -sd' ')" = "640 640 640 640" ]
}

@test "a writer that waits for input seals meanwhile" {
	store_of_three
	mkfifo in
	ev-store append --ack <in >acks &
	pid=$!
	exec 4>in
	sealed() { [ "$(names)" = "0.n.zst 400.n.zst 800.n " ]; }
	wait_for sealed
	fill 1001 1001 >&4
	wait_for test -s acks
	exec 4>&-
	wait "$pid"
	[ "$(jq .pos acks)" = 1000 ]
	[ "$(ev-store read | wc -l)" = 1001 ]
	ev-store verify >verified
}

@test "what a sealer that died has left is put right" {
	store_of_three
	cp -r "$EV_STORE/seg" plain
	ev-store read >before
	ev-store seal >sealed
	cp plain/00000000000000000000.ndjson "$EV_STORE/seg"
	echo garbage >"$EV_STORE/seg/00000000000000000400.ndjson.zst.tmp"
	ev-store read | cmp - before
	run --separate-stderr ev-store seal
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$(jq .segment <<<"$output")" = 0 ]
	[ "$(names)" = "0.n.zst 400.n.zst 800.n " ]
	ev-store read | cmp - before
}

@test "a damaged segment is named and stays as it is; the others are sealed" {
	store_of_three
	spoil "$EV_STORE/seg/00000000000000000000.ndjson" 4830
	run --separate-stderr ev-store seal
	[ "$status" -eq 5 ]
	[ "$(jq .segment <<<"$output")" = 400 ]
	[[ $stderr == "ev-store: warning: seg/00000000000000000000.ndjson: line "*": sum is wrong" ]]
	[ "$(names)" = "0.n 400.n.zst 800.n " ]
}

@test "a damaged sealed segment is damage, wherever it is" {
	store_of_three
	ev-store seal >sealed
	zst=$EV_STORE/seg/00000000000000000400.ndjson.zst
	size=$(stat -c %s "$zst")
	cp "$zst" whole
	for at in 3 100 $((size / 2)) $((size - 300)) $((size - 20)) $((size - 2)); do
		spoil "$zst" "$at"
		run --separate-stderr ev-store verify
		[ "$status" -eq 5 ]
		[[ $stderr == *"seg/00000000000000000400.ndjson"* ]]
		cp whole "$zst"
	done
	truncate -s -1 "$zst"
	run --separate-stderr ev-store verify
	[ "$status" -eq 5 ]
}

@test "pack writes what it reads, whatever that is" {
	fill 1 2000 >log
	printf '\xef\xbb\xbf{"timestamp":1}\r\n\n \n{"timestamp":\n\0\xff\nno newline' >odd
	printf '' >empty
	for f in log odd empty; do
		ev-store pack <"$f" >"$f.zst" 2>err
		zstd -qt "$f.zst"
		zstdcat "$f.zst" | cmp - "$f"
		[ "$(note "$f.zst" | jq -r .sha256)" = "$(sha256sum <"$f" | cut -d' ' -f1)" ]
	done
	[ "$(note log.zst | jq -c '[.lines, .untimed, .from, .to, .segment]')" = '[2000,0,1000,2000000,null]' ]
	[ "$(note odd.zst | jq -c '[.lines, .untimed, .from, .to]')" = '[6,3,1,1]' ]
}

@test "pack says which lines have no time, and is content" {
	{ fill 1 3; echo '{"x":1}'; echo; } >log
	run --separate-stderr ev-store pack log
	[ "$status" -eq 0 ]
	[ "$stderr" = "ev-store: warning: 1 of 5 lines have no readable time; any range includes them" ]
}

@test "pack takes another time, and notes which" {
	printf '{"t":1637572532}\n{"t":1637572592.5}\n' >log
	ev-store pack --time .t --time-unit s log >log.zst
	[ "$(note log.zst | jq -c '[.time, .unit, .from, .to]')" = '[".t","s",1637572532000,1637572592500]' ]
	run --separate-stderr ev-store pack --time "$(printf '.%01100d' 0 | tr 0 a)" log
	[ "$status" -eq 2 ]
	[ -z "$output" ]
}

@test "pack reads files and archives, one at a time" {
	fill 1 100 >log
	gzip -k log
	ev-store pack log.gz | zstdcat | cmp - log
	zstd -q log -o log.zst
	ev-store pack log.zst | zstdcat | cmp - log
	run --separate-stderr ev-store pack log log
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	run --separate-stderr ev-store pack nothing
	[ "$status" -eq 2 ]
	[ -z "$output" ]
	head -c 100 log.gz >cut.gz
	run ev-store pack cut.gz
	[ "$status" -eq 5 ]
}

@test "pack ends the archive at the end of a pipe, a full disk is no success" {
	fill 1 3000 >log
	cat log | ev-store pack >log.zst
	zstdcat log.zst | cmp - log
	run --separate-stderr bash -c 'ev-store pack log >/dev/full'
	[ "$status" -eq 3 ]
	[[ $stderr == *"No space left"* ]]
	[ "$(ev-store pack --stats log 2>&1 >/dev/null | cut -d, -f1)" = "ev-store: in 3000 = passed 0 + used 3000 + dropped 0 + late 0 + bad 0; $(stat -c %s log) bytes in" ]
}

@test "a range of a packed log is read by its index; one that lies is refused in little memory" {
	fill 1 20000 >log
	ev-store pack log >log.zst
	case $BUILD in *asan*) ;; *) ulimit -v 262144 ;; esac # the shadow memory needs more
	run --separate-stderr ev-replay --from 1970-01-01T02:00:00Z --to 1970-01-01T02:00:03Z log.zst
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$output" = "$(fill 7200 7202)" ]
	cp log.zst bomb.zst # its first frame asks for a window of 512 MiB
	printf '\x28\xb5\x2f\xfd\x04\x98\x01\x00\x00' | dd of=bomb.zst conv=notrunc status=none
	run --separate-stderr ev-replay --to 1970-01-01T00:00:03Z bomb.zst
	[ "$status" -eq 5 ]
	[ -z "$output" ]
	[[ $stderr == "ev-replay: error: bomb.zst: byte 0 (byte 0 of the text): damaged zstd frame: "* ]]
	run --separate-stderr ev-replay --from 1970-01-01T02:00:00Z --to 1970-01-01T02:00:03Z bomb.zst
	[ "$status" -eq 0 ]
	[ "$output" = "$(fill 7200 7202)" ]
	cp log.zst table.zst # its table has 2^27 frames
	printf '\x00\x00\x00\x08' | dd of=table.zst bs=1 seek=$(($(stat -c %s log.zst) - 9)) conv=notrunc status=none
	run -0 --separate-stderr ev-replay --from 1970-01-01T02:00:00Z --to 1970-01-01T02:00:03Z table.zst
	[ "$output" = "$(fill 7200 7202)" ]
	[[ $stderr == *"table.zst: no index of times; all of it is read"* ]]
	head -c 700M /dev/zero | zstd -q >zeros.zst # 20 KB
	run --separate-stderr ev-store pack zeros.zst
	[ "$status" -eq 0 ]
}

@test "a store and an archive as the first version wrote them are read for ever" {
	first=$BATS_TEST_DIRNAME/../golden/first
	cp -r "$first/store" old
	ev-store read --store old | cmp - "$first/events.ndjson"
	[ "$(ev-store verify --store old | jq -c '[.events, .segments, .unfinished, .sum]')" = '[60,2,0,"02a942748ac30d9e"]' ]
	fill 1 1 | ev-store append --store old
	[ "$(ev-store read --store old | wc -l)" = 61 ]
	run --separate-stderr ev-replay --from 2021-11-22T09:15:33Z "$first/events.zst"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$(jq -r .eventId <<<"$output")" = "$(jq -r 'select(.timestamp >= "2021-11-22T09:15:33").eventId' "$first/events.ndjson")" ]
}

@test "salvage has all events of a sealed segment whose table is damaged" {
	store_of_three
	ev-store read >before
	ev-store seal >sealed
	zst=$EV_STORE/seg/00000000000000000400.ndjson.zst
	spoil "$zst" $(($(stat -c %s "$zst") - 30))
	run --separate-stderr ev-store read
	[ "$status" -eq 5 ]
	run --separate-stderr ev-store salvage new
	[ "$status" -eq 0 ]
	[[ $output == '{"damage":"'*'"lost":0,"unfinished":0,"damages":1}' ]]
	ev-store read --store new | cmp - before
}
