/* Runs: what is asked of one, of a merged one, and of one that is damaged anywhere. */
#include "tap.h"

#include "scratch_lines.h"
#include "store/compact.h"

static struct lines l;
static struct runcache cache;

static bool
open_run(struct run *r, const char *dir, int64_t first, int64_t end)
{
	return runfile_open(r, &l.s.root, &cache, dir, first, end, &l.s.err) == 0;
}

static bool
ids_are_right(struct run *r)
{
	int64_t pos;

	for (int64_t i = 0; i < l.count; i++) {
		bool is_in = i >= r->form.first && i < r->form.end;
		int got = run_find(r, l.items[i].id, 0, &pos, &l.s.err);

		if (got != is_in || (got && pos != i) ||
			run_find(r, l.items[i].id, is_in, &pos, &l.s.err))
			return false;
	}
	return true;
}

/* Each stream's versions and positions. */
static bool
streams_are_right(struct run *r)
{
	for (int stream = 0; stream < LINES_STREAMS; stream++) {
		int64_t ver = 0, count = 0, seen = 0, pos;
		struct run_cursor c;
		int got = run_stream(r, lines_stream(&l, stream), &ver, &count, &c, &l.s.err);

		if (got < 0)
			return false;
		for (int64_t i = r->form.first; i < r->form.end; i++) {
			if (l.streams[i] != stream)
				continue;
			if (!got || seen >= count || l.items[i].ver != ver + seen ||
				run_stream_pos(r, &c, seen, &pos, &l.s.err) || pos != i)
				return false;
			seen++;
		}
		if (seen != count)
			return false;
	}
	return true;
}

static bool
places_are_right(struct run *r)
{
	for (int64_t i = r->form.first; i <= r->form.end; i++) {
		struct place p, want = i < l.count ? l.before[i] : l.end;
		struct locus at;

		if (run_place(r, i, &p, &l.s.err))
			return false;
		/* The end of a segment and the start of the next one are one place. */
		if (p.pos != i || p.sum != want.sum ||
			(p.segment == want.segment ? p.offset != want.offset : want.offset != 0))
			return false;
		if (i == r->form.end)
			break;
		if (run_locate(r, i, &at, &l.s.err) || at.segment != l.items[i].segment ||
			at.offset != l.items[i].offset || at.length != l.items[i].length)
			return false;
	}
	return true;
}

static bool
times_are_right(struct run *r)
{
	for (int64_t i = r->form.first; i < r->form.end; i++)
		for (int64_t ms = l.items[i].rec_ms - 1; ms <= l.items[i].rec_ms + 1; ms++) {
			int64_t pos, first = r->form.first;

			while (first < r->form.end && l.items[first].rec_ms < ms)
				first++;
			if (run_time(r, ms, &pos, &l.s.err) || pos > first ||
				pos < first - RUNFORM_STRIDE || pos < r->form.first)
				return false;
		}
	return true;
}

static void
is_right(struct run *r, const char *what)
{
	ok(ids_are_right(r), "%s: identities", what);
	ok(streams_are_right(r), "%s: streams", what);
	ok(places_are_right(r), "%s: places", what);
	ok(times_are_right(r), "%s: times", what);
	ok(runfile_matches(r), "%s: the log has its sum", what);
}

/* Some streams with many lines, most with few; segments of uneven length. */
static void
fill(int64_t n)
{
	lines_init(&l);
	for (int64_t i = 0; i < n; i++) {
		if (i % 731 == 400)
			lines_roll(&l);
		lines_add(&l, (int)(i % 3 ? i * i % 7 : i * 7919 % LINES_STREAMS),
			i % 11 == 0 ? i % 5 : 0);
	}
}

TEST(one_run)
{
	static const int64_t sizes[] = {1, 2, 63, 64, 65, 203, 204, 205, 1022, 1023, 2500};
	struct run r;

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		char what[32];

		fill(sizes[i]);
		lines_run(&l, 0, sizes[i]);
		snprintf(what, sizeof(what), "%d lines", (int)sizes[i]);
		if (ok(open_run(&r, "index", 0, sizes[i]), "%s: opens", what)) {
			is_right(&r, what);
			runfile_close(&r);
		}
		lines_release(&l);
	}
}

TEST(in_the_middle)
{
	struct run r;

	fill(3000);
	lines_run(&l, 777, 2222);
	if (ok(open_run(&r, "index", 777, 2222), "opens")) {
		is_right(&r, "777 to 2222");
		runfile_close(&r);
	}
	lines_run(&l, 1131, 1862); /* one whole segment */
	if (ok(open_run(&r, "index", 1131, 1862), "opens")) {
		is_right(&r, "a segment");
		runfile_close(&r);
	}
	lines_release(&l);
}

static void
merge(int64_t begin, int64_t end, const char *what)
{
	static const int64_t ends[] = {0, 1, 100, 400, 1131, 1200, 2999, 3000};
	struct run runs[ARRAY_LEN(ends) - 1], *pointers[ARRAY_LEN(ends) - 1], r;
	struct compact c = {.runs = pointers,
		.begin = begin,
		.end = end,
		.name = "index/merge.tmp",
		.dir = "index"};
	int64_t first = MAX(begin, 0), last = MIN(end, 3000);

	for (size_t i = 0; i + 1 < ARRAY_LEN(ends); i++) {
		if (ends[i + 1] <= begin || ends[i] >= end)
			continue;
		lines_run(&l, ends[i], ends[i + 1]);
		pointers[c.count] = &runs[c.count];
		if (!open_run(&runs[c.count++], "index", ends[i], ends[i + 1]))
			lines_die(&l, "open");
	}
	if (!ok(compact(&l.s.root, &c, &l.s.err) == 0, "%s: merge", what))
		printf("# %s\n", l.s.err.text);
	if (ok(open_run(&r, "index", first, last), "%s: opens", what)) {
		is_right(&r, what);
		is_int(r.form.bytes, l.items[last - 1].segment ? r.form.bytes : l.end.offset,
			"%s: bytes", what);
		runfile_close(&r);
	}
	for (size_t i = 0; i < c.count; i++)
		runfile_close(&runs[i]);
}

TEST(merged)
{
	fill(3000);
	merge(0, INT64_MAX, "seven runs");
	merge(0, 1862, "up to a segment");
	merge(400, INT64_MAX, "from a segment");
	merge(1131, 2593, "segments in the middle");
	lines_release(&l);
}

/* Answers that are given are right, whatever byte is wrong. Returns how often it was noticed. */
static bool
lies(struct run *r)
{
	for (int64_t i = 0; i < l.count; i += 7) {
		int64_t pos = -1, ver, count;
		struct run_cursor c;
		struct locus at;
		int got = run_find(r, l.items[i].id, 0, &pos, &l.s.err);

		if (got == 0 || (got == 1 && pos != i))
			return true;
		got = run_stream(r, l.items[i].stream, &ver, &count, &c, &l.s.err);
		if (got == 0 ||
			(got == 1 && (l.items[i].ver < ver || l.items[i].ver >= ver + count)))
			return true;
		if (got == 1 && run_stream_pos(r, &c, l.items[i].ver - ver, &pos, &l.s.err) == 0 &&
			pos != i)
			return true;
		if (run_locate(r, i, &at, &l.s.err) == 0 &&
			(at.offset != l.items[i].offset || at.length != l.items[i].length))
			return true;
		if (run_time(r, l.items[i].rec_ms, &pos, &l.s.err) == 0 && pos > i)
			return true;
	}
	return false;
}

TEST(damaged)
{
	const char *name = "index/00000000000000000000-00000000000000000599.run";
	size_t n, lied = 0, opened = 0;
	struct run r;
	char *p;

	fill(600);
	lines_run(&l, 0, 600);
	p = scratch_read(&l.s, name, &n);
	for (size_t i = 0; i < n; i += 37) {
		p[i] = (char)(p[i] ^ 1 << i % 8);
		scratch_write(&l.s, name, p, n);
		p[i] = (char)(p[i] ^ 1 << i % 8);
		if (!open_run(&r, "index", 0, 600))
			continue;
		opened++;
		lied += lies(&r);
		runfile_close(&r);
	}
	ok(opened > n / 37 - 200, "the footer holds in most");
	is_int(lied, 0, "no flipped bit makes a lie of %zu", n / 37);
	for (size_t i = 0; i < n; i += 512) {
		scratch_write(&l.s, name, p, i);
		ok(!open_run(&r, "index", 0, 600), "cut short at %zu", i);
	}
	alloc_free(p);
	runcache_release(&cache);
	lines_release(&l);
}

int
main(void)
{
	RUN(one_run);
	RUN(in_the_middle);
	RUN(merged);
	RUN(damaged);
	runcache_release(&cache);
	return tap_done();
}
