# cloudevents: the JSON examples of the specification, as far as they are single events, against ev-validate.
load ../bats/common

suite=$BATS_TEST_DIRNAME/../../../shared/suites/cloudevents/md_json_examples.ndjson

@test "the single structured events among the 40 examples are valid" {
	[ -e "$suite" ] || skip "needs ../shared/suites/cloudevents"
	jq -c 'select(.is_cloudevent) | .json' "$suite" >events
	[ "$(wc -l <events)" -eq 18 ]
	ev-validate events >out
	cmp events out
}

@test "the other examples that are JSON are refused" {
	[ -e "$suite" ] || skip "needs ../shared/suites/cloudevents"
	jq -c 'select(.valid_json and (.is_cloudevent | not)) | .json' "$suite" >others
	[ "$(wc -l <others)" -eq 17 ]
	run --separate-stderr ev-validate --on-bad divert=dead others
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(wc -l <dead)" -eq 17 ]
}
