#!/usr/bin/env bats
# ev-trend: scores over window results.

bats_require_minimum_version 1.5.0
set -o pipefail

# closed ID KEY HH:MM MEMBERS: a window of the minute that ends at HH:MM.
closed() {
	printf '{"eventId":"%s","eventType":"window.closed","eventVersion":"1.0",' "$1"
	printf '"timestamp":"2021-11-22T%s:59.999Z","source":"ev-window","aggregateId":"agg",' "$3"
	printf '"aggregateType":"window","correlationId":"req-1","data":{"key":%s,' "$2"
	printf '"windowStart":"2021-11-22T%s:00Z","windowEnd":"2021-11-22T%s:60Z",' "$3" "$3"
	printf '"first":"2021-11-22T%s:00Z","last":"2021-11-22T%s:30.250Z",%s}}\n' "$3" "$3" "$4"
}

# watched KEY HH:MM USERS WATCHES DEVICES SECONDS: with seconds of each watch.
watched() {
	closed "w-$1-$2" "\"$1\"" "$2" \
		"\"pane\":\"${pane:-ontime}\",\"n\":${n:-0},\"users\":$3,\"watches\":$4,\"devices\":$5,\"duration\":$(($4 * $6))"
}

counts() {
	local minute=0 count
	for count; do
		closed "c$minute" null "$(printf '09:%02d' "$minute")" "\"pane\":\"ontime\",\"n\":0,\"count\":$count"
		minute=$((minute + 1))
	done
}

quiet() { counts 10 11 9 10 12 10 9 11 10 10 "$@"; }

short() { sed -E 's/.*"eventType":"([^"]*)".*"timestamp":"2021-11-22T([^"]{5})[^"]*","source.*"contentId":"([^"]*)","trendingScore":([^,]*),.*/\1 \2 \3 \4/'; }

@test "trending: the story's vectors" {
	run --separate-stderr ev-trend trending --flat < <(
		watched a 09:00 100 500 4 1800
		watched b 09:00 50 250 2 1800
	)
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[ "$output" = '{"contentId":"a","trendingScore":0.9,"timestamp":"2021-11-22T09:00:59.999Z","reason":"users:100, watches:500, devices:4","users":100,"watches":500,"devices":4,"averageSeconds":1800,"userDiversity":1,"watchIntensity":1,"deviceDiversity":1,"completion":0.5}' ]
}

@test "trending: the event names its cause and is the same each time" {
	watched a 09:00 100 500 4 1800 >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr ev-trend trending "$BATS_TEST_TMPDIR/in"
	[ "$status" -eq 0 ]
	[[ $output == *'"eventType":"trend.detected"'* ]]
	[[ $output == *'"timestamp":"2021-11-22T09:00:59.999Z","source":"ev-trend","aggregateId":"a","aggregateType":"content","correlationId":"req-1","causationId":"w-a-09:00"'* ]]
	first=$output
	run --separate-stderr ev-trend trending "$BATS_TEST_TMPDIR/in"
	[ "$status" -eq 0 ]
	[ "$output" = "$first" ]
	run --separate-stderr ev-trend trending --threshold 0.5 "$BATS_TEST_TMPDIR/in"
	[ "$status" -eq 0 ]
	[ "${output%%,*}" != "${first%%,*}" ]
}

@test "trending: every window over the threshold, or one rise with --edge" {
	windows() {
		watched a 09:00 50 250 2 1800
		watched a 09:01 100 500 4 1800
		watched a 09:02 100 500 4 1800
		watched a 09:03 60 300 3 1800
		watched a 09:04 100 500 4 1800
		watched a 09:05 50 250 2 1800
		watched a 09:06 100 500 4 1800
	}
	run --separate-stderr bash -c "$(declare -f closed watched windows short); windows | ev-trend trending | short"
	[ "$status" -eq 0 ]
	[ "$output" = "$(printf 'trend.detected 09:%s a 0.9\n' 01 02 04 06)" ]
	run --separate-stderr bash -c "$(declare -f closed watched windows short); windows | ev-trend trending --edge | short"
	[ "$status" -eq 0 ]
	[ "$output" = "$(printf 'trend.detected 09:%s a 0.9\n' 01 04 06)" ]
	run --separate-stderr bash -c "$(declare -f closed watched windows short); windows | ev-trend trending --clear 0.5 | short"
	[ "$status" -eq 0 ]
	[ "$output" = "$(printf 'trend.detected 09:01 a 0.9\ntrend.ended 09:05 a 0.5\ntrend.detected 09:06 a 0.9')" ]
}

@test "trending: a title without a window has ended" {
	run --separate-stderr ev-trend trending --clear 0.5 --flat < <(
		watched b 09:00 100 500 4 1800
		watched a 09:00 100 500 4 1800
		watched c 09:01 1 1 1 60
		watched c 09:02 1 1 1 60
	)
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 4 ]
	[ "${lines[2]}" = '{"contentId":"a","trendingScore":0,"timestamp":"2021-11-22T09:01:59.999Z","reason":"no window","since":"2021-11-22T09:00:59.999Z"}' ]
	[ "${lines[3]}" = '{"contentId":"b","trendingScore":0,"timestamp":"2021-11-22T09:01:59.999Z","reason":"no window","since":"2021-11-22T09:00:59.999Z"}' ]
}

@test "trending --edge: a window fired again changes nothing" {
	run --separate-stderr ev-trend trending --edge --flat --stats < <(
		watched a 09:00 100 500 4 1800
		n=1 pane=late watched a 09:00 1 1 1 1
		watched a 09:01 100 500 4 1800
	)
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $stderr == *"used 2 + dropped 1"* ]]
}

@test "trending: constants are options" {
	run --separate-stderr ev-trend trending --flat --threshold 0 --weight-users 1 --weight-watches 0 \
		--weight-devices 0 --weight-completion 0 --max-users 40 < <(watched a 09:00 10 250 2 1800)
	[ "$status" -eq 0 ]
	[[ $output == *'"trendingScore":0.25,'* ]]
}

@test "trending --use: other names of members, other types of keys" {
	run --separate-stderr ev-trend trending --flat --use users=viewers --use contentId=film < <(
		closed w 7 09:00 '"film":"é","viewers":100,"watches":500,"devices":4,"duration":900000'
		closed w 7 09:01 '"viewers":100,"watches":500,"devices":4,"duration":900000'
	)
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == '{"contentId":"é","trendingScore":0.9,'* ]]
	[[ ${lines[1]} == '{"contentId":7,"trendingScore":0.9,'* ]]
}

@test "trending: the sum of nothing is 0" {
	run --separate-stderr ev-trend trending --flat --threshold 0 < <(
		closed w '"a"' 09:00 '"users":100,"watches":5,"devices":1,"duration":null'
	)
	[ "$status" -eq 0 ]
	[[ $output == *'"averageSeconds":0,'* ]]
}

@test "a missing member is a bad line that names it" {
	run --separate-stderr ev-trend trending < <(
		closed w '"a"' 09:00 '"users":1,"watches":1,"duration":1'
		closed w null 09:00 '"users":1,"watches":1,"devices":1,"duration":1'
		closed w '"a"' 09:00 '"users":"many","watches":1,"devices":1,"duration":1'
		closed w '"a"' 09:00 '"users":-1,"watches":1,"devices":1,"duration":1'
		echo '{"timestamp":0,"data":[]}'
	)
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ $stderr == *"line 1: no member data.devices"* ]]
	[[ $stderr == *"line 2: no member data.contentId"* ]]
	[[ $stderr == *"line 3: data.users is no number"* ]]
	[[ $stderr == *"line 4: data.users is no number from 0 to 2^53"* ]]
	[[ $stderr == *"line 5: data is no object"* ]]
}

@test "engagement: the story's vector" {
	run --separate-stderr ev-trend engagement < <(
		closed w1 '"u1"' 09:00 '"pane":"eof","n":0,"contentCount":3,"interactions":2,"diversity":1'
	)
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ $output == *'"eventType":"engagement.scored",'*'"aggregateId":"u1","aggregateType":"user",'*'"causationId":"w1","userId":"u1",'* ]]
	[[ $output == *'"data":{"userId":"u1","score":48.8888888888888'[0-9]*',"sessionDurationSeconds":30.25,"contentCount":3,"sessionStart":"2021-11-22T09:00:00Z","sessionEnd":"2021-11-22T09:00:30.250Z","interactions":2,"diversity":1,"interactionRate":0.6666666666666666}}' ]]
}

@test "engagement: every session, or those over the threshold" {
	sessions() {
		closed w1 '"u1"' 09:00 '"contentCount":0,"interactions":5,"diversity":0'
		closed w2 '"u2"' 09:00 '"contentCount":900,"interactions":5,"diversity":1'
	}
	run --separate-stderr ev-trend engagement --flat < <(sessions)
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == '{"userId":"u1","score":0,'*'"interactionRate":0}' ]]
	[[ ${lines[1]} == '{"userId":"u2","score":100,'* ]]
	run --separate-stderr ev-trend engagement --flat --threshold 50 < <(sessions)
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == '{"userId":"u2",'* ]]
}

@test "anomaly: a sudden rise, once warmed up" {
	run --separate-stderr ev-trend anomaly < <(quiet 11 40 10)
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *'"eventType":"anomaly.detected",'*'"timestamp":"2021-11-22T09:11:59.999Z"'*'"aggregateId":"agg"'*'"causationId":"c11"'* ]]
	[[ $output == *'"data":{"member":"count","value":40,"score":20.'*',"timestamp":"2021-11-22T09:11:59.999Z","direction":"rise","median":10,"scale":1.4825'*',"windows":11}}' ]]
	run --separate-stderr ev-trend anomaly < <(counts 10 10 10 10 10 10 10 10 10 1000)
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "anomaly: falls with --both, but not of a window cut short" {
	run --separate-stderr ev-trend anomaly --flat < <(quiet 0)
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	run --separate-stderr ev-trend anomaly --flat --both < <(quiet 0)
	[ "$status" -eq 0 ]
	[[ $output == *'"value":0,"score":-10,'*'"direction":"fall"'* ]]
	run --separate-stderr ev-trend anomaly --both < <(quiet 0 | sed '$s/ontime/eof/')
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "anomaly --edge: the first of a row" {
	run --separate-stderr ev-trend anomaly --flat < <(quiet 40 41 10 42)
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	run --separate-stderr ev-trend anomaly --flat --edge < <(quiet 40 41 10 42)
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} == *'"value":40,'* ]]
	[[ ${lines[1]} == *'"value":42,'* ]]
}

@test "anomaly: keys apart, and forgotten at --max-keys" {
	both() {
		quiet 40 | sed 's/"key":null/"key":"a"/'
		quiet 40 | sed 's/"key":null/"key":"b"/'
	}
	run --separate-stderr ev-trend anomaly --flat < <(both | sort -s -t: -k6,6)
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} == '{"key":"a",'* ]]
	[[ ${lines[1]} == '{"key":"b",'* ]]
	run --separate-stderr ev-trend anomaly --flat --max-keys 1 < <(quiet | sed 's/"key":null/"key":"a"/'; counts 1 | sed 's/"key":null/"key":"b"/')
	[ "$status" -eq 0 ]
	[[ $stderr == "ev-trend: warning: 1 keys were forgotten: at most 1 are held"* ]]
}

@test "anomaly: an older window is passed over" {
	run --separate-stderr ev-trend anomaly --stats < <(counts 1 2 3 | tac)
	[ "$status" -eq 0 ]
	[[ $stderr == *"used 1 + dropped 2"* ]]
}

@test "--needs: the options for ev-window, and no input is read" {
	run --separate-stderr ev-trend trending --needs --use users=viewers
	[ "$status" -eq 0 ]
	[ "$output" = '--sliding 15m/1m
-t content.watched
-k contentId=.data.contentId
-a viewers=distinct(.data.userId)
-a watches=count()
-a devices=distinct(.data.device)
-a duration=sum(.data.watchDurationSeconds)' ]
	run --separate-stderr ev-trend anomaly --needs --member count
	[ "$status" -eq 0 ]
	[ "$output" = $'--tumbling 1m\n--empty\n-a count=count()' ]
	run --separate-stderr ev-trend engagement --needs
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "--session 30m" ]
}

@test "what is wrong with the command line" {
	run --separate-stderr ev-trend
	[ "$status" -eq 2 ]
	[[ $stderr == *trending* ]]
	run --separate-stderr ev-trend rising
	[ "$status" -eq 2 ]
	[[ $stderr == *"'rising'"* ]]
	run --separate-stderr ev-trend trending --use viewers
	[ "$status" -eq 2 ]
	[ "$stderr" = "ev-trend: error: --use: expected NAME=MEMBER, not 'viewers'; see ev-trend --help" ]
	run --separate-stderr ev-trend trending --use what=viewers
	[ "$status" -eq 2 ]
	[[ $stderr == *"no name 'what'; there are: contentId users watches devices duration"* ]]
	run --separate-stderr ev-trend trending --threshold 0.5 --clear 0.6
	[ "$status" -eq 2 ]
	[ "$stderr" = "ev-trend: error: --clear 0.6 is above --threshold 0.5; see ev-trend --help" ]
	run --separate-stderr ev-trend anomaly --warm-up 61
	[ "$status" -eq 2 ]
}
