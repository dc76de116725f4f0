# names: hostile names, and things planted in the place of a store's files. Sourced by proc.bash.
#
# Whatever the names are: nothing is written outside the store (strike looks at every call, canaries lie around it),
# nothing hangs, no signal kills the program.

needs_names() {
	needs_strike
}

needs_planted() {
	needs_strike
}

# hostile: an array of 100 names.
make_hostile() {
	local long
	printf -v long '%01100d' 0
	hostile=(
		.. ../x ../../x ../canary ../../../../../../tmp/x . ./x ./../x a/../../x a/b a//b /etc/passwd / // /tmp/x
		"$work/canary" "$work/store/../canary" ..%2f ..%2fcanary %2e%2e%2fcanary %2e%2e/canary %00 %0a ..%00
		..%c0%af ..%ef%bc%8f '..\canary' '\\host\share' 'C:\x' C:x CON con nul NUL.txt aux. LPT1 'x.' 'x ' ' x'
		-rf -n - -- --store --help --store=/tmp/x -o/tmp/x '*' '?' '[a-z]' '{a,b}' '~' '~root' '$HOME' '${x}' '$(id)' '`id`'
		'|id' ';id' '&id' '>x' '<x' '#x' '!x' '"x"' "'x'" '\n' '\' $'new\nline' $'cr\rx' $'tab\tx' $'\x01' $'esc\e[31m'
		$'\e]0;x\a' $'\x7f' $'\xc2\x9b31m' $'\xe2\x80\xaertl' $'\xe2\x80\x8f' $'\xef\xbb\xbfbom' $'e\xcc\x81' $'\xc3\xa9' É
		Case case $'\xef\xbc\x8f' $'\xe2\x88\x95' $'\xff' $'\xc0\xaf' $'\xed\xa0\x80' .hidden ...x '$pos' ',"$pos":7'
		'"},"$sum":"0123456789abcdef"}' FORMAT lock head seg seg/00000000000000000000.ndjson ../seg/x lost index/x
		"${long:0:255}" "${long:0:256}" "${long:0:1024}" "${long:0:1025}" "$long$long$long$long"
	)
}

# guarded COMMAND…: the command under guard; its status is 0 to 5.
guarded() {
	timeout -k 1 20 strike -w "$work/store" "$@" >out 2>err
	code=$?
	[ "$code" -ne 120 ] || { violation "$*: a name outside was changed"; return; }
	[ "$code" -le 5 ] || { violation "$*: status $code"; return; }
	# Control bytes, C1 controls, and what turns the direction of text.
	! LC_ALL=C grep -qP '[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]' err ||
		violation "$*: control bytes on stderr"
}

# unharmed: the canaries and the directory they lie in are as they were.
unharmed() {
	[ "$(<canary)" = precious ] || { violation "the canary is dead"; return; }
	[ "$(echo *)" = "$around" ] || violation "new names beside the store: $(echo *)"
}

# quoted NAME: as a JSON string, as far as that can be.
quoted() {
	local s=${1//\\/\\\\}
	s=${s//\"/\\\"} s=${s//$'\n'/\\n} s=${s//$'\r'/\\r} s=${s//$'\t'/\\t} s=${s//$'\e'/\\u001b} s=${s//$'\a'/\\u0007} s=${s//$'\x01'/\\u0001}
	printf '"%s"' "$s"
}

# Each name as stream, type, aggregate, identity, glob and consumer; COUNT names of the hundred.
proc_names() {
	local name i n q hostile around taken
	make_hostile
	n=${#hostile[@]}
	: >out && : >err && : >event && : >found && : >meta
	echo precious >canary
	ev-store init
	around=$(echo *)
	for ((i = 0; i < ($1 < n ? $1 : n); i++)); do
		name=${hostile[$1 < n ? i * n / $1 : i]}
		now="proc_names: name number $((i + 1)) of $1"
		q=$(quoted "$name")
		printf '{"eventId":"n%d","eventType":"a.b","aggregateType":"T","aggregateId":"1"}\n' "$i" >event
		guarded ev-store append -- "$name" <event || return
		taken=$code
		guarded ev-store version -- "$name" || return
		guarded ev-store read -- "$name" || return
		[ "$taken" -ne 0 ] || cmp -s event out || { violation "read: something else than was appended"; return; }
		printf '{"eventId":%s,"eventType":%s,"aggregateType":%s,"aggregateId":%s}\n' "$q" "$q" "$q" "$q" >event
		guarded ev-store append <event || return
		guarded ev-store append --stream-by .eventId <event || return
		guarded ev-store read -t "$name" || return
		guarded ev-store read -n 1 --consumer "$name" || return
		unharmed || return
		tried=$((tried + 1))
	done
	guarded ev-store streams || return
	ev-store read --meta >meta 2>err && ev-store verify >/dev/null 2>err || violation "status $?"
}

# --- planted -------------------------------------------------------------------------------------

# plant KIND NAME: that in the place of the store's file or directory.
plant() {
	rm -rf "store/$2"
	[[ $2 != */* ]] || mkdir -p "store/${2%/*}"
	case $1 in
	link) ln -s "$work/canary" "store/$2" ;;
	nowhere) ln -s "$work/new" "store/$2" ;;
	away) ln -s "$work/elsewhere" "store/$2" ;;
	loop) ln -s "${2##*/}" "store/$2" ;;
	fifo) mkfifo "store/$2" ;;
	hard) ln canary "store/$2" ;;
	directory) mkdir "store/$2" ;;
	device) mknod "store/$2" c 1 3 2>/dev/null || mkfifo "store/$2" ;;
	esac
}

# Everything of a store in turn is something else, and every command meets it. COUNT pairs of the two.
proc_planted() {
	local kinds='link nowhere away loop fifo hard directory device' kind name command names=() cases=() i n
	local commands=(append "append --atomic" read "read --last 1" "version thing-1" streams verify stat seal reindex
		"retain --keep-segments 1" "delete thing-1" "tombstone thing-2" "backup $work/store/backup" "salvage $work/store/new" consumers)
	: >out && : >err && : >found
	EV_FAULT_ROLL=3000
	EV_STORE=base ev-store init
	mint -n 30 | EV_STORE=base ev-store append
	! has_command seal || EV_STORE=base ev-store seal >/dev/null
	mint -f 30 -n 10 | EV_STORE=base ev-store append
	EV_STORE=base ev-store read -n 1 --consumer one >/dev/null
	mint -f 40 -n 3 >more
	mkdir -p elsewhere
	echo precious >canary
	mapfile -t names < <(cd base && find . -mindepth 1 | sed 's|^\./||' | sort)
	names+=(lock.sync lock.seal lock.index head ring index retired consumers lost)
	mapfile -t names < <(printf '%s\n' "${names[@]}" | sort -u)
	for kind in $kinds; do
		for name in "${names[@]}"; do cases+=("$kind $name"); done
	done
	n=${#cases[@]}
	again
	around=$(echo *)
	for command in "${commands[@]}"; do
		has_command "${command%% *}" || continue
		now="proc_planted: nothing planted"
		again
		# shellcheck disable=SC2086
		guarded ev-store $command <more || return
		[ "$code" -eq 0 ] || { violation "$command: status $code"; return; }
		[ -s out ] || ! diff -rq base store >/dev/null || { violation "$command does nothing"; return; }
	done
	for ((i = 0; i < ($1 < n ? $1 : n); i++)); do
		read -r kind name <<<"${cases[$1 < n ? i * n / $1 : i]}"
		for command in "${commands[@]}"; do
			has_command "${command%% *}" || continue
			now="proc_planted: $kind in the place of $name"
			again
			plant "$kind" "$name"
			# shellcheck disable=SC2086
			guarded ev-store $command <more || return
			unharmed || return
			[ -z "$(ls elsewhere)" ] || { violation "$command wrote elsewhere"; return; }
		done
		tried=$((tried + 1))
	done
}
