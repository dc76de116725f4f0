# ev-store reindex, and that nobody needs it: an index may be damaged or gone.
load store

# fill FROM TO: events of 1 KiB in seven streams.
fill() {
	seq "$1" "$2" | awk -v pad="$(printf '%900s' '' | tr ' ' x)" '{
		printf "{\"eventId\":\"e%d\",\"eventType\":\"user.seen\",\"aggregateType\":\"User\",\"aggregateId\":\"%d\",\"data\":\"%s\"}\n", $1, $1 % 7, pad }'
}

# same_answers: all 4000 events are known, and versions are what they should be.
same_answers() {
	run --separate-stderr ev-store append --ack < <(fill 1 4000)
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$(grep -c '"known":true' <<<"$output")" -eq 4000 ]
	[ "$(ev-store version user-0)" -eq 571 ]
	[ "$(ev-store read user-3 --ver 100..102 | wc -l)" -eq 3 ]
	ev-store verify >verified
}

@test "reindex makes the index anew and says what it made" {
	fill 1 4000 | ev-store append
	before=$(ls "$EV_STORE/index")
	[ -n "$before" ]
	run --separate-stderr ev-store reindex
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ $output == '{"events":4000,"runs":1,"bytes":'*'}' ]]
	[ "$(ls "$EV_STORE/index")" = 00000000000000000000-00000000000000003999.run ]
	same_answers
}

@test "reindex counts what the index has of the log, not what was retired" {
	ev-store init --store small --segment-size 64k
	for k in 1 2 3; do fill $((k * 1000)) $((k * 1000 + 999)) | ev-store append --store small; done
	ev-store retain --store small --keep-segments 1
	fill 9000 9009 | ev-store append --store small # the last segment may be empty
	left=$(ev-store stat --store small | jq .events)
	[ "$left" -lt 3000 ]
	run --separate-stderr ev-store reindex --store small
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.events, .runs]' <<<"$output")" = "[$left,1]" ]
	[ "$(jq .bytes <<<"$output")" -eq "$(cat small/index/*.run | wc -c)" ]
}

@test "reindex of an empty store, and of none" {
	run --separate-stderr ev-store reindex
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same '{"events":0,"runs":0,"bytes":0}'
	run --separate-stderr ev-store reindex --store nowhere
	[ "$status" -eq 2 ]
	[ -z "$output" ]
}

@test "an index that is gone is made again" {
	fill 1 4000 | ev-store append
	rm -r "$EV_STORE/index"
	same_answers
	[ -n "$(ls "$EV_STORE/index")" ]
}

@test "an index that is damaged changes no answer" {
	fill 1 4000 | ev-store append
	ev-store reindex >made
	run_file=$EV_STORE/index/00000000000000000000-00000000000000003999.run
	cp "$run_file" kept
	for at in 100 9000 50000 90000 120000; do
		cp kept "$run_file"
		spoil "$run_file" $at 3
		same_answers
	done
	head -c 8192 kept >"$run_file"
	same_answers
	: >"$run_file"
	same_answers
}
