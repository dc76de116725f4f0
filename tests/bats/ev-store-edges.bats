# ev-store: what is rare: streams that were deleted, batches that are refused, stores that have lost files.
load common

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export EV_STORE=$BATS_TEST_TMPDIR/store
	ev-store init --segment-size 4k
}

# e ID [AGGREGATE [DATA]]: one event.
e() {
	printf '{"eventId":"%s","eventType":"user.seen","aggregateType":"User","aggregateId":"%s","data":%s}\n' \
		"$1" "${2-1}" "${3-1}"
}

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
