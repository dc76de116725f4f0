#!/usr/bin/env bats
# merge: --merge of any program that has it.
load common

@test "--merge reads the files side by side, by event time" {
	printf '{"timestamp":%s}\n' 0 60000 120000 180000 >a
	printf '{"timestamp":%s}\n' 1000 61000 121000 181000 >b
	sort -t: -k2n a b >sorted
	run --separate-stderr ev-window --tumbling 1m --ooo 0s --flat --merge a b
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same "$(ev-window --tumbling 1m --ooo 0s --flat sorted)"
	[ "${#lines[@]}" -eq 4 ]
}

@test "without --merge the second file is late" {
	printf '{"timestamp":%s}\n' 0 60000 120000 180000 >a
	printf '{"timestamp":%s}\n' 1000 61000 121000 181000 >b
	run --separate-stderr ev-window --tumbling 1m --ooo 0s --flat --on-late divert=late a b
	[ "$status" -eq 0 ]
	[ "$(wc -l <late)" -eq 3 ]
}

@test "--merge of one file and of stdin is the plain run" {
	printf '{"timestamp":%s}\n' 0 60000 >a
	run --separate-stderr bash -c 'ev-window --tumbling 1m --flat --merge <a'
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	same "$(ev-window --tumbling 1m --flat a)"
}

@test "lines without a time are bad in a merge as elsewhere" {
	printf '{"timestamp":0}\n{"no":1}\n' >a
	printf 'nonsense\n{"timestamp":1}\n' >b
	run --separate-stderr ev-window --tumbling 1m --flat --on-bad divert=bad --merge a b
	[ "$status" -eq 0 ]
	[ "$(wc -l <bad)" -eq 2 ]
	[[ $output == *'"count":2'* ]]
}
