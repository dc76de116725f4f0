/*
 * reads: random stores with random runs, sealed segments and damaged runs, read in every way and held to a simple model.
 * Argument: the number of stores (default 40); EV_SEED: where to start.
 */
#include "tap.h"

#include "scratch_store.h"
#include "store/query.h"
#include "store/reindex.h"
#include "store/sealer.h"
#include "store/view.h"

#include <dirent.h>

#define EVENTS_MAX 600
#define STREAMS 6
#define ASKED 3 /* streams of one query, at most */

struct item {
	int stream;
	int64_t ver, ms;
};

struct model {
	struct item items[EVENTS_MAX];
	int count;
};

struct ask {
	struct query_conf conf;
	int streams[ASKED];
	struct span names[ASKED];
};

/* "nobody" never has events. */
static const char *const names[STREAMS + 1] = {
	"a", "b\"$pos", "\xc3\xa4/../c", "d", "a-long-name-of-a-stream", "f", "nobody"};
static uint64_t state;

static unsigned
pick(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % below;
}

/* --- a store ----------------------------------------------------------------------------------- */

static void
event_of(int i, const struct item *it, char text[160], struct log_event *ev)
{
	*ev = scratch_event(text, i, "\"some text for the line\"", names[it->stream]);
}

static bool
append(struct scratch *s, struct model *m, int n)
{
	static const struct decide_expect any = {DECIDE_ANY, 0};
	int64_t ms = m->count ? m->items[m->count - 1].ms : 1000000;
	char now[32], text[160];

	snprintf(now, sizeof(now), "%lld", (long long)(ms + (pick(3) ? (int64_t)pick(5000) : 0)));
	setenv("EV_NOW", now, 1);
	for (int i = 0; i < n && m->count < EVENTS_MAX; i++, m->count++) {
		struct item *it = &m->items[m->count];
		struct log_event ev;

		it->stream = (int)pick(1 + pick(STREAMS));
		event_of(m->count, it, text, &ev);
		if (log_append(&s->log, any, &ev, 1, &s->err))
			return false;
		it->ver = ev.ver;
		it->ms = strtoll(now, NULL, 10);
	}
	return log_commit(&s->log, &s->err) == 0;
}

/* Throws the index away and makes runs of random stretches. */
static bool
index_anew(struct scratch *s)
{
	struct view v;
	bool is_good = true;
	char command[160];

	snprintf(command, sizeof(command), "rm -rf %s/index", s->dir);
	if ((system)(command) || view_open(&v, s->dir, NULL, &s->err))
		return false;
	for (int64_t pos = 0; pos < v.bound.pos && is_good && pick(12);) {
		int64_t lines = 1 + (int64_t)pick(200), end = MIN(pos + lines, v.bound.pos);
		struct place from;

		is_good = view_place(&v, pos, &from, &s->err) == 0;
		if (is_good && pick(4))
			is_good = reindex_range(&s->root, from, end, &s->err) == 0;
		pos = end;
	}
	view_close(&v);
	return is_good;
}

/* One run file is no more what it was. */
static void
damage_file(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDWR);
	char junk[64];

	if (fd < 0 || fstat(fd, &st) || st.st_size == 0)
		return;
	for (size_t i = 0; i < sizeof(junk); i++)
		junk[i] = pick(2) ? (char)pick(256) : 0;
	if (pick(8) == 0) {
		if (ftruncate(fd, (off_t)pick((unsigned)st.st_size)))
			return;
	} else {
		for (unsigned n = 1 + pick(4); n; n--) {
			off_t at = (off_t)pick((unsigned)st.st_size);

			if (pwrite(fd, junk, 1 + pick(64), at) < 0)
				return;
		}
	}
	close(fd);
}

static void
damage_index(struct scratch *s)
{
	char dir[96], path[400];
	struct dirent *e;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/index", s->dir);
	d = opendir(dir);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && pick(3) == 0) {
			snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
			damage_file(path);
		}
	if (d)
		closedir(d);
}

/* --- questions --------------------------------------------------------------------------------- */

static struct query_range
some_range(int count)
{
	struct query_range r = QUERY_ALL;

	if (pick(2))
		r.first = pick((unsigned)count + 2);
	if (pick(2))
		r.last = r.first + (int64_t)pick((unsigned)count + 2);
	return r;
}

static void
some_question(struct ask *a, const struct model *m)
{
	size_t n = pick(3) ? pick(ASKED + 1) : 0;
	int64_t first = 1000000, span = m->count ? m->items[m->count - 1].ms - first + 2 : 2;

	*a = (struct ask){.conf = {.pos = pick(3) ? QUERY_ALL : some_range(m->count),
				  .ver = pick(2) ? QUERY_ALL : some_range(m->count / STREAMS),
				  .from_ms = INT64_MIN,
				  .to_ms = INT64_MAX,
				  .last = pick(3) ? 0 : pick(30),
				  .backwards = pick(2),
				  .meta = pick(4) == 0}};
	if (pick(3) == 0)
		a->conf.from_ms = first + (int64_t)pick((unsigned)span);
	if (pick(3) == 0)
		a->conf.to_ms = first + (int64_t)pick((unsigned)span);
	for (size_t i = 0; i < n; i++) {
		a->streams[i] = (int)pick(STREAMS + 1);
		a->names[i] = span_str(names[a->streams[i]]);
	}
	a->conf.stream_count = n;
}

static bool
is_in(int64_t v, struct query_range r)
{
	return v >= r.first && v <= r.last;
}

/* Which events must come, in their order. */
static int
answer(const struct ask *a, const struct model *m, int want[EVENTS_MAX])
{
	const struct query_conf *c = &a->conf;
	int n = 0, first;

	for (int i = 0; i < m->count; i++) {
		const struct item *it = &m->items[i];
		bool is_asked = c->stream_count == 0;

		for (size_t k = 0; k < c->stream_count; k++)
			is_asked = is_asked || a->streams[k] == it->stream;
		if (is_asked && is_in(i, c->pos) && is_in(it->ver, c->ver) &&
			it->ms >= c->from_ms && it->ms < c->to_ms)
			want[n++] = i;
	}
	first = c->last && c->last < n ? n - (int)c->last : 0;
	memmove(want, want + first, (size_t)(n - first) * sizeof(*want));
	n -= first;
	for (int i = 0; c->backwards && i < n / 2; i++) {
		int swap = want[i];

		want[i] = want[n - 1 - i];
		want[n - 1 - i] = swap;
	}
	return n;
}

/* Is it event i, as the conf wants it? */
static bool
is_event(const struct model *m, int i, bool meta, const struct source_line *line)
{
	struct log_event ev;
	char text[160];

	event_of(i, &m->items[i], text, &ev);
	if (!meta)
		return line->line_no == i + 1 && span_equal(line->line, ev.body);
	return line->line_no == i + 1 && line->line.n > ev.body.n &&
	       memcmp(line->line.p, ev.body.p, ev.body.n - 1) == 0;
}

static void
explain(const struct ask *a, const char *what, int at, const struct err *err)
{
	const struct query_conf *c = &a->conf;

	printf("# %s at %d: %s; %zu streams (%d %d %d) pos %lld..%lld ver %lld..%lld last %lld "
	       "from %lld to %lld%s\n",
		what, at, err->text, c->stream_count, a->streams[0], a->streams[1], a->streams[2],
		(long long)c->pos.first, (long long)c->pos.last, (long long)c->ver.first,
		(long long)c->ver.last, (long long)c->last, (long long)c->from_ms,
		(long long)c->to_ms, c->backwards ? " backwards" : "");
}

/* The source gives these events and then ends as it should. */
static bool
gives(struct source *src, const struct ask *a, const struct model *m, const int *want, int n,
	int end, struct err *err)
{
	struct source_line line;
	int r = SOURCE_LINE;

	for (int i = 0; i < n; i++) {
		err->text[0] = '\0';
		r = src->next(src, &line, err);
		if (r != SOURCE_LINE || !is_event(m, want[i], a->conf.meta, &line)) {
			explain(a, r == SOURCE_LINE ? "another event" : "no event", i, err);
			return false;
		}
	}
	r = src->next(src, &line, err);
	if (r != end)
		explain(a, "not the end", n, err);
	return r == end;
}

static bool
asks_once(struct scratch *s, const struct model *m)
{
	int want[EVENTS_MAX], n;
	struct source *src;
	struct ask a;
	bool same;

	some_question(&a, m);
	n = answer(&a, m, want);
	a.conf.store = s->dir;
	a.conf.streams = a.names;
	src = query_open(&a.conf, &s->err);
	if (!src) {
		explain(&a, "not open", 0, &s->err);
		return false;
	}
	same = gives(src, &a, m, want, n, SOURCE_END, &s->err);
	src->close(src);
	return same;
}

/* --- names as a source ------------------------------------------------------------------------- */

struct roll {
	struct source source;
	int streams[20];
	size_t count, at;
};

static int
roll_next(struct source *s, struct source_line *out, struct err *err)
{
	struct roll *r = (struct roll *)s;

	(void)err;
	if (r->at == r->count)
		return SOURCE_END;
	*out = (struct source_line){.line = span_str(names[r->streams[r->at++]])};
	out->full_length = (int64_t)out->line.n;
	return SOURCE_LINE;
}

static void
roll_close(struct source *s)
{
	(void)s;
}

/* Many streams one after another, each with the same conditions. */
static bool
asks_by_name(struct scratch *s, const struct model *m)
{
	struct roll roll = {.source = {.next = roll_next, .close = roll_close}};
	int *all = alloc_array(ARRAY_LEN(roll.streams) * EVENTS_MAX, sizeof(*all)), n = 0;
	struct source *src;
	struct ask a;
	bool same;

	some_question(&a, m);
	roll.count = pick(ARRAY_LEN(roll.streams));
	for (size_t i = 0; i < roll.count; i++) {
		int want[EVENTS_MAX], more;

		a.conf.stream_count = 1;
		a.streams[0] = roll.streams[i] = (int)pick(STREAMS + 1);
		more = answer(&a, m, want);
		memcpy(all + n, want, (size_t)more * sizeof(*all));
		n += more;
	}
	a.conf.stream_count = 0;
	a.conf.names = &roll.source;
	a.conf.store = s->dir;
	src = query_open(&a.conf, &s->err);
	same = src && gives(src, &a, m, all, n, SOURCE_END, &s->err);
	if (src)
		src->close(src);
	alloc_free(all);
	return same;
}

/* A reader that follows while the store grows. */
static bool
follows(struct scratch *s, struct model *m)
{
	int want[EVENTS_MAX], before, n;
	struct source *src;
	struct ask a;
	bool same;

	some_question(&a, m);
	a.conf.backwards = false;
	a.conf.follow = true;
	a.conf.to_ms = INT64_MAX;
	a.conf.pos.last = a.conf.ver.last = INT64_MAX;
	a.conf.store = s->dir;
	a.conf.streams = a.names;
	before = answer(&a, m, want);
	src = query_open(&a.conf, &s->err);
	same = src && gives(src, &a, m, want, before, SOURCE_WAIT, &s->err);
	for (int i = 0; same && i < 3; i++) {
		int64_t last = a.conf.last;
		int from = m->count;

		same = append(s, m, (int)pick(20)) && (pick(2) || index_anew(s));
		a.conf.last = 0;
		a.conf.pos.first = MAX(a.conf.pos.first, from);
		n = answer(&a, m, want);
		a.conf.last = last;
		same = same && gives(src, &a, m, want, n, SOURCE_WAIT, &s->err);
	}
	if (src)
		src->close(src);
	return same;
}

static bool
versions(struct scratch *s, const struct model *m)
{
	for (int stream = 0; stream <= STREAMS; stream++) {
		int64_t want = 0, got = -1;

		for (int i = 0; i < m->count; i++)
			want += m->items[i].stream == stream;
		if (query_version(s->dir, span_str(names[stream]), &got, &s->err) || got != want) {
			printf("# version of %s: %lld, not %lld: %s\n", names[stream],
				(long long)got, (long long)want, s->err.text);
			return false;
		}
	}
	return true;
}

static bool
reads(struct scratch *s, const struct model *m)
{
	bool same = versions(s, m);

	for (int i = 0; i < 25 && same; i++)
		same = asks_once(s, m);
	for (int i = 0; i < 5 && same; i++)
		same = asks_by_name(s, m);
	return same;
}

static bool
run_store(uint64_t seed)
{
	struct scratch s = {0};
	struct model m = {0};
	bool same;

	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	s.roll_bytes = 2000 + (int64_t)pick(40000);
	setenv("EV_NOW", "1000000", 1);
	scratch_make(&s);
	same = scratch_open(&s) && reads(&s, &m);
	while (same && m.count < EVENTS_MAX - 60 && pick(30)) {
		same = append(&s, &m, 1 + (int)pick(60));
		for (unsigned n = pick(4); n && pick(3) == 0; n--)
			sealer_step(&s.root, &s.err);
	}
	same = same && reads(&s, &m) && index_anew(&s) && reads(&s, &m);
	same = same && follows(&s, &m) && index_anew(&s);
	damage_index(&s);
	same = same && reads(&s, &m) && follows(&s, &m);
	if (!same)
		printf("# %d events in %s: %s\n", m.count, s.dir, s.err.text);
	scratch_shut(&s);
	if (same)
		scratch_remove(&s);
	return same;
}

int
main(int argc, char **argv)
{
	long count = argc > 1 ? strtoll(argv[1], NULL, 10) : 40;
	const char *seed = getenv("EV_SEED");
	uint64_t from = seed ? strtoull(seed, NULL, 10) : 1;

	for (long i = 0; i < count; i++)
		if (!ok(run_store(from + (uint64_t)i), "store %ld, EV_SEED=%llu", i,
			    (unsigned long long)from + (unsigned long long)i))
			break;
	return tap_done();
}
