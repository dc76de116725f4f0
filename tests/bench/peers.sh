# peers: what the rows of the store stand beside; bench/run reads this file.
#
# The sources of the peers are not ours and are not in this tree: EV_BENCH_PEERS (../shared/bench/peers) names their
# directory. SQLite needs sqlite3.h, PostgreSQL its server: a cluster of its own, with no port, in the working directory.

peers=${EV_BENCH_PEERS:-../shared/bench/peers}

# compiled NAME LIBRARY…: a peer's program; fails when its source or a library is missing.
compiled() {
	local name=$1
	shift
	[ -e "$peers/$name.c" ] || return 1
	[ "$tools/$name" -nt "$peers/$name.c" ] || cc -O2 -w -D_GNU_SOURCE -o "$tools/$name" "$peers/$name.c" "$@" 2>"$work/cc.err"
}

sqlite() { compiled sqlite_store -lsqlite3; }
raw() { compiled raw_append -pthread; }
seekz() { compiled seekz -lzstd; }

# per_second THINGS: the figure in what the programs of the peers print.
per_second() { sed -nE "s|.* ([0-9]+) $1/s.*|\1|p"; }

# --- PostgreSQL --------------------------------------------------------------------------------

pg_bin=$(find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null | sort -V | tail -n 1)
pg_pid=

postgres() { [ -n "$pg_pid" ]; }

# Starts the cluster, once; fails when there is no server. It ends with this shell, however that ends. The server
# refuses to run as root: it is nobody then.
pg_start() {
	local as=() i
	! postgres || return 0
	[ -n "$pg_bin" ] && [ -e "$peers/pg_schema.sql" ] || return 1
	export PGHOST=$work/pg PGDATABASE=postgres PGUSER=bench
	mkdir "$PGHOST" || return 1
	if [ "$(id -u)" -eq 0 ]; then
		as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
		chmod 711 "$work"
		chown nobody:nogroup "$PGHOST"
	fi
	(cd / && "${as[@]}" "$pg_bin/initdb" -D "$PGHOST/data" -U bench --auth=trust -E UTF8 --locale=C) >"$work/pg.log" 2>&1 || return 1
	"${as[@]}" setpriv --pdeathsig INT "$pg_bin/postgres" -D "$PGHOST/data" -k "$PGHOST" -c listen_addresses= \
		-c shared_buffers=1GB -c max_wal_size=4GB >>"$work/pg.log" 2>&1 &
	pg_pid=$!
	for ((i = 0; i < 300; i++)); do
		psql -qc 'select 1' >/dev/null 2>&1 && break
		sleep 0.1
	done
	pg <"$peers/pg_schema.sql"
}

pg_stop() {
	[ -z "$pg_pid" ] || { kill -INT "$pg_pid" && wait "$pg_pid" || :; }
	pg_pid=
}

pg() { psql -qXAt -v ON_ERROR_STOP=1 "$@" 2>>"$work/pg.log"; }

# pgb NAME [OPTION…]: a script of the peer's by pgbench; transactions a second.
pgb() {
	local name=$1
	shift
	"$pg_bin/pgbench" -n -f "$peers/$name.pgb" "$@" 2>>"$work/pg.log" | sed -nE 's/^tps = ([0-9.]+).*/\1/p'
}

# pg_load FILE: into the tables, by sets, in one transaction: the fastest way in that checks identities and versions.
pg_load() {
	pg <"$peers/pg_schema.sql"
	pg <"$peers/pg_load.sql"
	# A line must pass through COPY as it is: only backslashes mean something to it.
	sed 's/\\/\\\\/g' "$1" | pg -c 'copy staging(l) from stdin'
	pg <<-'EOF'
		begin;
		with e as (select n, l, (l->>'aggregateType') || '-' || (l->>'aggregateId') as s from staging)
		insert into events(event_id, stream_id, stream_version, event_type, event_data, metadata, "timestamp")
		select (l->>'eventId')::uuid, s, row_number() over (partition by s order by n), l->>'eventType', l->'data',
			l - 'data', (l->>'timestamp')::timestamptz from e order by n;
		insert into streams select stream_id, max(stream_version) from events group by stream_id;
		commit;
	EOF
}
