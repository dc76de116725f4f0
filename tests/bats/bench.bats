# The benchmark runs from end to end; its figures are not a test.
load common

@test "bench: the rows of the store, with small counts; peers that are not there are named" {
	EV_BENCH_PEERS=none BUILD=${EV_BIN%/bin} run --separate-stderr \
		"$BATS_TEST_DIRNAME/../bench/run" --sample durable streamed writers streams all range replay killed
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	rows=$(grep -c '|' <<<"$output")
	[ "$rows" -gt 30 ]
	[ "$(grep -cE '^[^|]+ \| +[0-9.]+ [^|]+ \| [^|]+ \| +[0-9.]* \| [^|]* \| (met|missed)? *$' <<<"$output")" -eq "$rows" ]
	grep -q 'SQLite: not here' <<<"$output"
	grep -q 'PostgreSQL: not here' <<<"$output"
}
