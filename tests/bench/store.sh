# store: the rows of the event store and of ev-replay; bench/run reads this file.
#
# A row is one line: work, ours, the peer, the ratio, the bar of the design and whether it is met. What is compared runs
# in turn, round by round; the figures are medians. The load is printed because a busy machine spoils all of this.

samples=$work/samples

# head_line TEXT: begins a table.
head_line() {
	pg_start || :
	printf '%s; load before %s\n' "$1" "$(cut -d' ' -f1 /proc/loadavg)"
	: >"$samples"
}

# in_turn NAME=COMMAND…: what each prints, a number, is a sample of NAME. A COMMAND "-" is not here.
in_turn() {
	local i c got
	for ((i = 0; i < runs; i++)); do
		for c in "$@"; do
			[ "${c#*=}" != - ] || continue
			got=$(eval "${c#*=}") || :
			[ -z "$got" ] || printf '%s\t%s\n' "${c%%=*}" "$got" >>"$samples"
		done
	done
}

# timed NAME=COMMAND…: samples NAME.ms, wall time, and NAME.mb, memory.
timed() { "$tools/measure" --samples "$runs" "$@" >>"$samples"; }

# row WORK OURS PEER UNIT BAR [STAT [PER]]: see row.awk.
row() {
	awk -v work="$1" -v ours="$2" -v peer="$3" -v unit="$4" -v bar="$5" -v stat="${6:-median}" -v per="${7:-0}" \
		-f tests/bench/row.awk "$samples"
}

# with PEER COMMAND: the command, or "-" where the peer is not here.
with() {
	if "$1"; then echo "$2"; else echo -; fi
}

# fresh DIR: an empty store.
fresh() {
	rm -rf "$1"
	ev-store init --store "$1"
}

# --- appending ---------------------------------------------------------------------------------

ours_one_by_one() {
	fresh "$work/s"
	"$tools/writers" "$1" "$2" ev-store append --store "$work/s" --ack
}

sqlite_append() {
	rm -f "$work"/db*
	"$tools/sqlite_store" append "$work/db" "$1" "$2" FULL "$3"
}

bench_durable() {
	head_line "append, one durable event a call, $calls calls"
	in_turn "raw append + fdatasync='$tools/writers' 1 $calls --raw '$work/raw'" \
		"the same behind a pipe='$tools/writers' 1 $calls '$tools/writers' --answer '$work/raw'" \
		"ev-store=ours_one_by_one 1 $calls" \
		"SQLite=$(with sqlite "sqlite_append $calls 1 '$file' | per_second ev")" \
		"PostgreSQL=$(with postgres "pgb pg_append -c 1 -t $calls")" \
		"PostgreSQL, version read first=$(with postgres "pgb pg_append_occ -c 1 -t $calls")"
	row 'append, one durable event a call' ev-store 'raw append + fdatasync' /s 'x 0.9'
	row 'append, one durable event a call' ev-store 'the same behind a pipe' /s ''
	row 'append, one durable event a call' ev-store SQLite /s ''
	row 'append, one durable event a call' ev-store PostgreSQL /s ''
	row 'append, one durable event a call' ev-store 'PostgreSQL, version read first' /s ''
}

bench_writers() {
	local n=$((calls * 10))
	head_line "append, 32 writers, each waits until its event is durable, $n events"
	in_turn "raw group commit='$tools/writers' 32 $n --raw '$work/raw'" "ev-store=ours_one_by_one 32 $n" \
		"PostgreSQL=$(with postgres "pgb pg_append -c 32 -j 2 -t $((n / 32))")"
	row 'append, 32 writers' ev-store '' /s '>= 30000'
	row 'append, 32 writers' ev-store 'raw group commit' /s ''
	row 'append, 32 writers' ev-store PostgreSQL /s ''
}

bench_streamed() {
	local n=$((stored / 5)) p
	head_line "append, streamed, $n events"
	head -n "$n" "$file" >"$work/part"
	export work peers
	timed "ev-store=rm -rf '$work/s'; ev-store init --store '$work/s' && ev-store append --store '$work/s' <'$work/part'" \
		"raw, 100 a sync=$(with raw "'$tools/raw_append' '$work/raw' plain $n 100")" \
		"raw, 1000 a sync=$(with raw "'$tools/raw_append' '$work/raw' plain $n 1000")" \
		"SQLite, 1000 a commit=$(with sqlite "rm -f '$work'/db*; '$tools/sqlite_store' append '$work/db' $n 1000 FULL '$work/part'")" \
		"PostgreSQL, COPY=$(with postgres "bash -c '. tests/bench/peers.sh; pg_load \"$work/part\"'")" \
		"PostgreSQL, 1000 a commit=$(with postgres "'$pg_bin/pgbench' -n -f '$peers/pg_batch.pgb' -D B=1000 -t $((n / 1000 + 1))")"
	row 'append, streamed' ev-store.ms '' /s '>= 300000' median "$n"
	for p in 'raw, 100 a sync' 'raw, 1000 a sync' 'SQLite, 1000 a commit' 'PostgreSQL, COPY' 'PostgreSQL, 1000 a commit'; do
		row 'append, streamed' ev-store.ms "$p.ms" /s '' median "$n"
	done
	row 'memory: append, streamed' ev-store.mb 'SQLite, 1000 a commit.mb' MB ''
}

# --- reading -----------------------------------------------------------------------------------

# The same events in $work/store (plain, of about ten segments), $work/sealed, $work/read.db and PostgreSQL; once.
prepare_reading() {
	[ ! -e "$work/store" ] || return 0
	head -n "$stored" "$file" >"$work/stored"
	ev-store init --store "$work/store" --segment-size $((stored * 64))
	ev-store append --store "$work/store" <"$work/stored"
	cp -r "$work/store" "$work/sealed"
	ev-store seal --store "$work/sealed" >"$work/seal.out"
	ev-store streams --store "$work/store" |
		sed -nE 's/^\{"stream":"([^"]*)","version":([0-9]+).*/\1 \2/p' | awk '$2 >= 80 && $2 <= 120 { print $1 }' >"$work/hundred"
	if sqlite; then
		"$tools/sqlite_store" append "$work/read.db" "$stored" 1000 FULL "$work/stored" >"$work/out"
	fi
	if pg_start; then
		pg_load "$work/stored"
		pg <<-'EOF'
			create index on events("timestamp");
			create table hot as select row_number() over () as n, stream_id from
				(select stream_id from streams, generate_series(1, 378) where version between 80 and 120 order by random() limit 378) as s;
			create index on hot(n);
			analyze;
		EOF
	fi
}

# some N: N names of streams of about 100 events.
some() {
	awk -v n="$1" '{ name[NR - 1] = $0 } END { for (i = 0; i < n; i++) print name[i % NR] }' "$work/hundred"
}

bench_streams() {
	local plain=$((runs * 400)) sealed=$((runs * 40)) one
	prepare_reading
	head_line "read one stream of about 100 events, of $stored"
	some $plain >"$work/names"
	some $sealed >"$work/few"
	one=$(head -n 1 "$work/hundred")
	in_turn "SQLite=$(with sqlite "'$tools/sqlite_store' readstream '$work/read.db' $plain | per_second streams")" \
		"PostgreSQL=$(with postgres "pgb pg_read -c 1 -t $plain")"
	timed "plain=ev-store read --store '$work/store' --streams '$work/names'" \
		"sealed=ev-store read --store '$work/sealed' --streams '$work/few'" \
		"shell=ev-store read --store '$work/store' '$one'" "version=ev-store version --store '$work/store' '$one'" \
		"sqlite3=$(with sqlite "$(have sqlite3 "sqlite3 '$work/read.db' \"select event_data from events where stream_id = '${one#content-}' order by stream_version\"")")" \
		"sqlite3 version=$(with sqlite "$(have sqlite3 "sqlite3 '$work/read.db' \"select version from streams where id = '${one#content-}'\"")")"
	row 'read one stream, plain, in one process' plain.ms '' /s '>= 6000' median "$plain"
	row 'read one stream, plain, in one process' plain.ms SQLite /s '' median "$plain"
	row 'read one stream, plain, in one process' plain.ms PostgreSQL /s '' median "$plain"
	row 'read one stream, sealed, in one process' sealed.ms '' /s '>= 250' median "$sealed"
	row 'read one stream, from the shell' shell.ms sqlite3.ms ms '<= 3'
	row 'version of a stream, from the shell' version.ms 'sqlite3 version.ms' ms '<= 3'
	row 'memory: read streams, plain' plain.mb '' MB ''
	row 'memory: read streams, sealed' sealed.mb '' MB ''
}

bench_all() {
	prepare_reading
	head_line "read all, $stored events; and what they take"
	timed "plain=ev-store read --store '$work/store'" "sealed=ev-store read --store '$work/sealed'" "cat=cat '$work/stored'" \
		"SQLite=$(with sqlite "'$tools/sqlite_store' readall '$work/read.db' 2>/dev/null")" \
		"PostgreSQL=$(with postgres "psql -qXc 'copy (select event_data from events order by global_position) to stdout'")"
	row 'read all, plain' plain.ms '' /s '>= 4000000' median "$stored"
	row 'read all, plain' plain.ms cat.ms /s '' median "$stored"
	row 'read all, plain' plain.ms SQLite.ms /s '' median "$stored"
	row 'read all, plain' plain.ms PostgreSQL.ms /s '' median "$stored"
	row 'read all, sealed' sealed.ms cat.ms /s '' median "$stored"
	row 'memory: read all, plain' plain.mb SQLite.mb MB ''
	row 'memory: read all, sealed' sealed.mb cat.mb MB ''
	sizes >>"$samples"
	row 'bytes an event, plain segments' plain text B ''
	row 'bytes an event, sealed segments' sealed 'zstd -3 of all' B ''
	row 'bytes an event, index' index '' B ''
	row 'bytes an event, plain and index' both SQLite B ''
	row 'bytes an event, plain and index' both PostgreSQL B ''
}

# Samples of bytes an event. Of the sealed store the last segment is not sealed: its name is the number of the others.
sizes() {
	local dir=$work/sealed/seg plain index rest
	plain=$(cat "$work"/store/seg/* | wc -c)
	index=$(cat "$work"/store/index/* | wc -c)
	rest=$(basename "$(find "$dir" -name '*.ndjson' | sort | tail -n 1)" .ndjson)
	{
		echo "text $(stat -c %s "$work/stored") $stored"
		echo "plain $plain $stored"
		echo "index $index $stored"
		echo "both $((plain + index)) $stored"
		[ "$((10#$rest))" -eq 0 ] || echo "sealed $(cat "$dir"/*.zst | wc -c) $((10#$rest))"
		echo "zstd_-3_of_all $(zstd -q -c "$work/stored" | wc -c) $stored"
		[ ! -e "$work/read.db" ] || echo "SQLite $(stat -c %s "$work/read.db") $stored"
		[ -z "$pg_pid" ] || echo "PostgreSQL $(pg -c "select pg_total_relation_size('events') + pg_total_relation_size('streams')") $stored"
	} | awk '{ gsub(/_/, " ", $1); print $1 "\t" $2 / $3 }'
}

# --- replay ------------------------------------------------------------------------------------

# ten_minutes FILE: "FROM TO", ten minutes of event time from the middle of it.
ten_minutes() {
	local from
	from=$(sed -n "$(($(wc -l <"$1") / 2))s/.*\"timestamp\":\"\([^\"]*\)\".*/\1/p" "$1")
	echo "$from $(date -ud "$from + 10 minutes" +%Y-%m-%dT%H:%M:%S.000Z)"
}

bench_range() {
	local from to at until
	prepare_reading
	"$tools/story" "$day" >"$work/day"
	ev-store pack "$work/day" >"$work/day.zst"
	if seekz; then "$tools/seekz" pack 3 "$work/day" "$work/day.seekz"; fi
	read -r from to <<<"$(ten_minutes "$work/day")"
	read -r at until <<<"$(ten_minutes "$work/stored")"
	rm "$work/day"
	if sqlite; then sqlite3 "$work/read.db" 'create index if not exists by_time on events(ts)' || :; fi
	head_line "replay ten minutes: of an archive of $day events, of a store of $stored"
	timed "archive=ev-replay --from '$from' --to '$to' '$work/day.zst'" \
		"sealed=ev-replay --from '$at' --to '$until' '$work/sealed'" "plain=ev-replay --from '$at' --to '$until' '$work/store'" \
		"seekz=$(with seekz "'$tools/seekz' range '$work/day.seekz' '${from%Z}' '${to%Z}' 2>/dev/null")" \
		"zstdcat of the archive=$(have zstdcat "zstdcat '$work/day.zst'")" \
		"SQLite=$(with sqlite "$(have sqlite3 "sqlite3 '$work/read.db' \"select event_data from events where ts >= '$at' and ts < '$until' order by ts\"")")" \
		"PostgreSQL=$(with postgres "psql -qXc \"copy (select event_data from events where \\\"timestamp\\\" >= '$at' and \\\"timestamp\\\" < '$until' order by \\\"timestamp\\\") to stdout\"")"
	row 'ten minutes of an archive' archive.ms '' ms '<= 30'
	row 'ten minutes of an archive' archive.ms seekz.ms ms ''
	row 'ten minutes of an archive' archive.ms 'zstdcat of the archive.ms' ms ''
	row 'ten minutes of a sealed store' sealed.ms SQLite.ms ms '<= 30'
	row 'ten minutes of a sealed store' sealed.ms PostgreSQL.ms ms ''
	row 'ten minutes of a plain store' plain.ms SQLite.ms ms ''
	row 'ten minutes of a plain store' plain.ms PostgreSQL.ms ms ''
	row 'memory: ten minutes of an archive' archive.mb seekz.mb MB ''
}

bench_replay() {
	local logs="'$work/log.0.zst' '$work/log.1.zst' '$work/log.2.zst' '$work/log.3.zst'" i
	ev-store pack "$file" >"$work/packed.zst"
	zstd -q -f -o "$work/stock.zst" "$file"
	for i in 0 1 2 3; do awk -v i="$i" 'NR % 4 == i' "$file" | zstd -q -f -o "$work/log.$i.zst"; done
	head_line "replay whole archives, $(wc -l <"$file") events"
	timed "packed=ev-replay '$work/packed.zst'" "zstdcat=zstdcat '$work/packed.zst'" \
		"zstd=ev-replay '$work/stock.zst'" "zstdcat it=zstdcat '$work/stock.zst'" \
		"four=ev-replay $logs" "zstdcat all four=zstdcat $logs" \
		"one core=taskset -c 0 ev-replay $logs" "zstdcat on one core=taskset -c 0 zstdcat $logs"
	row 'replay an archive that ev-store packed' packed.ms zstdcat.ms ms 'x 0.9'
	row 'replay an archive of zstd' zstd.ms 'zstdcat it.ms' ms 'x 0.9'
	row 'replay four archives, merged by time' four.ms 'zstdcat all four.ms' ms 'x 0.95'
	row 'the same on one core' 'one core.ms' 'zstdcat on one core.ms' ms 'x 0.5'
	row 'memory: replay an archive' packed.mb zstdcat.mb MB ''
	row 'memory: replay four archives' four.mb 'zstdcat all four.mb' MB ''
}

# --- after a kill ------------------------------------------------------------------------------

bench_killed() {
	local start
	[ "$big" -gt 0 ] || return 0
	fresh "$work/big"
	start=$(date +%s.%N)
	"$tools/story" "$big" | ev-store append --store "$work/big"
	head_line "first append after SIGKILL, $big events and $kills kills"
	printf 'built.ms\t%s\n' "$(echo "$start $(date +%s.%N)" | awk '{ print ($2 - $1) * 1000 }')" >>"$samples"
	"$tools/killed" "$kills" ev-store append --store "$work/big" --ack | sed 's/^/killed\t/' >>"$samples"
	timed "again=ev-emit content.rated contentId=c1 | ev-store append --store '$work/big'"
	row "append, streamed, until there are $big" built.ms '' /s '>= 300000' median "$big"
	row 'first append after SIGKILL, p50' killed '' ms ''
	row 'first append after SIGKILL, p99' killed '' ms '<= 50' p99
	row 'first append after SIGKILL, longest' killed '' ms '' max
	row "memory: append one to $big events" again.mb '' MB ''
	rm -rf "$work/big"
}

bench_store() {
	local b
	for b in durable streamed writers streams all range replay killed; do "bench_$b"; done
}
