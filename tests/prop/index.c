/*
 * index: random lines, flushes, merges, cuts, restarts, a second writer, retention and damage, against what the test knows
 * of each line. A writer always answers right; a reader answers right or says that a run is bad.
 * Argument: the number of stores (default 12); EV_SEED: where to start.
 */
#include "tap.h"

#include "scratch_lines.h"

#define STREAMS 40
#define STEPS 120

static struct lines l;
static struct index ix[2];
static bool is_open[2];
static int64_t durable; /* nothing before it is cut */
static uint64_t state;
static char foreign[1 << 20]; /* a run of another store, or of lines that were cut */
static size_t foreign_n;
static char name[1024];

static unsigned
pick(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % below;
}

static bool
say(const char *what)
{
	printf("# %s: %s\n", what, l.s.err.text);
	return false;
}

/* --- questions --------------------------------------------------------------------------------- */

static bool
is_found(struct index *x, int64_t i)
{
	struct locus at;
	size_t probe = 0;
	int64_t pos = -1;

	if (index_find(x, l.items[i].id, &probe, &pos, &l.s.err) != 1 || pos != i)
		return say("an identity is not found");
	if (index_find(x, l.items[i].id, &probe, &pos, &l.s.err))
		return say("an identity is found twice");
	if (index_locate(x, i, &at, &l.s.err) || at.segment != l.items[i].segment ||
		at.offset != l.items[i].offset || at.length != l.items[i].length)
		return say("a line is elsewhere");
	return true;
}

static bool
has_version(struct index *x, int stream)
{
	int64_t ver = 0, pos = -1;
	int got = index_version(x, lines_stream(&l, stream), &ver, &pos, &l.s.err);

	if (got < 0 || ver != l.vers[stream] || (got && l.streams[pos] != stream) ||
		(got && l.items[pos].ver != ver))
		return say("a version is wrong");
	return true;
}

static bool
writer_is_right(struct index *x)
{
	int64_t pos;
	size_t probe = 0;

	for (int i = 0; i < 60 && l.count; i++)
		if (!is_found(x, pick((unsigned)l.count)))
			return false;
	for (int i = 0; i < 10; i++)
		if (!has_version(x, (int)pick(STREAMS + 1)))
			return false;
	for (int i = 0; i < 20; i++)
		if (index_find(x, lines_id(&l, (int)pick(1000) - 1001), &probe, &pos, &l.s.err))
			return say("a line that is not there");
	return true;
}

/* A reader counts the lines of a stream in each run that it believes. */
static bool
run_is_right(struct run *r, int stream)
{
	int64_t ver, count = 0, seen = 0, pos;
	struct run_cursor c;
	int got = run_stream(r, lines_stream(&l, stream), &ver, &count, &c, &l.s.err);

	if (got < 0)
		return strcmp(l.s.err.code, "index") == 0;
	for (int64_t i = r->form.first; i < r->form.end; i++) {
		if (l.streams[i] != stream)
			continue;
		if (!got || l.items[i].ver != ver + seen || seen >= count)
			return say("a run lies about a stream");
		if (run_stream_pos(r, &c, seen++, &pos, &l.s.err) == 0 && pos != i)
			return say("a run lies about a position");
	}
	return seen == count;
}

static bool
reader_is_right(void)
{
	struct runset set;
	int64_t end = 0;
	bool fine = true;

	runset_open(&set, &l.s.root, NULL, &l.s.err);
	for (size_t i = 0; i < set.count && fine; i++) {
		struct run *r = set.runs[i];
		int64_t at = r->form.first + pick((unsigned)(r->form.end - r->form.first)), pos;
		struct place p;
		struct locus where;

		fine = r->form.first >= end && r->form.end <= l.count;
		end = r->form.end;
		if (!fine)
			return say("runs overlap, or go beyond the log");
		fine = run_is_right(r, (int)pick(STREAMS));
		if (run_locate(r, at, &where, &l.s.err) == 0)
			fine = fine && where.offset == l.items[at].offset;
		if (run_time(r, l.items[at].rec_ms, &pos, &l.s.err) == 0)
			fine = fine && pos <= at;
		if (run_place(r, at, &p, &l.s.err) == 0)
			fine = fine && p.sum == l.before[at].sum;
		if (!fine)
			say("a run lies");
	}
	runset_close(&set);
	return fine;
}

/* --- damage ------------------------------------------------------------------------------------ */

struct names {
	char items[64][64];
	unsigned count;
};

static int
take_name(void *ctx, const char *file)
{
	struct names *n = ctx;

	if (n->count < 64 && strstr(file, ".run"))
		snprintf(n->items[n->count++], 64, "index/%.50s", file);
	return 0;
}

static void
spoil(char *p, size_t *n)
{
	size_t at = pick((unsigned)*n), len = 1 + pick(5000);

	switch (pick(7)) {
	case 0: p[at] = (char)(p[at] ^ 1 << pick(8)); break;
	case 1: *n = at; break;
	case 2: *n = at / 4096 * 4096; break;
	case 3: memset(p + at, 0, MIN(len, *n - at)); break;
	case 4:
		for (size_t i = at; i < *n && i < at + len; i++)
			p[i] = (char)pick(256);
		break;
	case 5:
		if (*n >= 8192)
			memcpy(p + at / 4096 * 4096 % (*n - 4096), p, 4096);
		break;
	default: *n = MIN(foreign_n, *n); memcpy(p, foreign, *n);
	}
}

static void
damage(void)
{
	struct names names = {.count = 0};
	const char *file;
	size_t n;
	char *p;

	l.s.root.disk.calls->list(&l.s.root.disk, "index", take_name, &names);
	if (!names.count)
		return;
	file = names.items[pick(names.count)];
	if (pick(10) == 0) {
		l.s.root.disk.calls->unlink(&l.s.root.disk, file);
		return;
	}
	p = scratch_read(&l.s, file, &n);
	if (pick(8) == 0) {
		foreign_n = MIN(n, sizeof(foreign));
		memcpy(foreign, p, foreign_n);
	}
	if (n)
		spoil(p, &n);
	if (pick(8) == 0) /* as an index that was copied into this one */
		file = names.items[pick(names.count)];
	l.s.root.disk.calls->unlink(&l.s.root.disk, file);
	scratch_write(&l.s, file, p, n);
	alloc_free(p);
}

/* --- steps ------------------------------------------------------------------------------------- */

static void
shut(int w)
{
	if (is_open[w])
		index_close(&ix[w]);
	is_open[w] = false;
}

/* A writer that has just taken the lock. */
static bool
catch_up(int w)
{
	if (!is_open[w]) {
		if (index_open(&ix[w], &l.s.root, &l.s.err))
			return say("open");
		ix[w].flush_bytes = 200 + pick(3000);
		is_open[w] = true;
	} else if (pick(4) == 0 && index_refresh(&ix[w], &l.s.err)) {
		return say("refresh");
	}
	for (int64_t i = index_next(&ix[w]); i < l.count; i++)
		index_add(&ix[w], &l.items[i]);
	return true;
}

static void
append(int w)
{
	unsigned n = 1 + pick(pick(4) ? 10 : 300);

	for (unsigned i = 0; i < n && l.count + 1 < LINES_MAX; i++) {
		if (pick(60) == 0 && durable == l.count)
			lines_roll(&l);
		lines_add(&l, (int)(pick(3) ? pick(4) : pick(STREAMS)), pick(20));
		index_add(&ix[w], &l.items[l.count - 1]);
	}
}

static void
cut(int w)
{
	int64_t in_segment = MAX(l.end.segment, durable), to;

	if (in_segment >= l.count)
		return;
	to = in_segment + pick((unsigned)(l.count - in_segment) + 1);
	lines_cut(&l, to);
	index_cut(&ix[w], to);
	shut(!w); /* as an epoch that has changed does */
}

static bool
flush(int w)
{
	struct place mark;

	durable += l.count > durable ? pick((unsigned)(l.count - durable) + 1) : 0;
	mark = durable < l.count ? l.before[durable] : l.end;
	return index_flush(&ix[w], &mark, &l.s.err) == 0 || say("flush");
}

static bool
retire(int w)
{
	int64_t pos = 0;

	for (int64_t i = l.first + 1; i < durable && pos == 0; i++)
		if (l.before[i].segment != l.items[i].segment || l.items[i].offset == 0)
			pos = i;
	if (pos == 0)
		return true;
	if (index_retire(&ix[w], pos, &l.s.err))
		return say("retire");
	while (l.first < pos) {
		snprintf(name, sizeof(name), "seg/%020lld.ndjson",
			(long long)l.items[l.first].segment);
		if (pick(10)) /* else left behind, as by a kill */
			l.s.root.disk.calls->unlink(&l.s.root.disk, name);
		while (l.first < pos && l.items[l.first].segment == strtoll(name + 4, NULL, 10))
			l.first++;
	}
	return true;
}

static bool
step(void)
{
	int w = (int)pick(2);

	if (!catch_up(w))
		return false;
	switch (pick(12)) {
	case 0: cut(w); break;
	case 1:
	case 2: damage(); break;
	case 3: shut(w); return true;
	case 4:
		if (index_merge(&ix[w], &l.s.err) < 0)
			return say("merge");
		break;
	case 5:
		if (pick(4) == 0 && !retire(w))
			return false;
		break;
	case 6: return writer_is_right(&ix[w]);
	case 7: return reader_is_right();
	case 8:
	case 9:
		if (!flush(w))
			return false;
		break;
	default: append(w);
	}
	return true;
}

static bool
run_store(uint64_t seed)
{
	bool fine = true;

	state = seed * 0x9e3779b97f4a7c15U + 1;
	durable = 0;
	lines_init(&l);
	for (int i = 0; i < STEPS && fine; i++)
		fine = step();
	for (int w = 0; w < 2; w++) {
		fine = fine && catch_up(w) && writer_is_right(&ix[w]);
		for (int64_t i = 0; i < l.count && fine; i++)
			fine = is_found(&ix[w], i);
		shut(w);
	}
	lines_release(&l);
	return fine;
}

int
main(int argc, char **argv)
{
	long long count = argc > 1 ? strtoll(argv[1], NULL, 10) : 12;
	const char *from = getenv("EV_SEED");
	uint64_t seed = from ? strtoull(from, NULL, 10) : 1;
	bool fine = true;

	for (long long i = 0; i < count && fine; i++, seed++) {
		fine = run_store(seed);
		if (!fine)
			ok(false, "EV_SEED=%llu", (unsigned long long)seed);
	}
	if (fine)
		ok(true, "%lld stores of %d steps", count, STEPS);
	return tap_done();
}
