# store: what the files about ev-store share: a store in EV_STORE, events for it, and damage.
load common

# A file that wants small segments says so in segment_size.
setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export EV_STORE=$BATS_TEST_TMPDIR/store
	ev-store init ${segment_size:+--segment-size "$segment_size"}
}

# e ID [AGGREGATE [DATA]]: one event.
e() {
	printf '{"eventId":"%s","eventType":"user.seen","aggregateType":"User","aggregateId":"%s","data":%s}\n' \
		"$1" "${2-1}" "${3-1}"
}

# spoil FILE BYTE [COUNT]: every bit of so many bytes there is another, so that none stays what it was.
spoil() {
	local at byte

	for ((at = $2; at < $2 + ${3-1}; at++)); do
		byte=$(od -An -tu1 -j "$at" -N 1 "$1")
		printf '%b' "\\0$(printf %o $((byte ^ 255)))" | dd of="$1" bs=1 seek="$at" conv=notrunc status=none
	done
}
