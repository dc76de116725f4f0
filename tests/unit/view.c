/* Places and times of a store, and lines fetched by their place. */
#include "tap.h"

#include "scratch_store.h"
#include "store/fetch.h"
#include "store/strand.h"

#define ANY ((struct decide_expect){DECIDE_ANY, 0})
#define LINES 400

/* LINES events, ten a second, in streams "a" and "b" by turns, over several segments. */
static void
fill(struct scratch *s)
{
	s->roll_bytes = 20000;
	setenv("EV_NOW", "0", 1);
	scratch_make(s);
	scratch_open(s);
	for (int i = 0; i < LINES; i++) {
		char now[32];

		snprintf(now, sizeof(now), "%d", 1000000 + 100 * i);
		setenv("EV_NOW", now, 1);
		scratch_append(s, ANY, i, "\"some text\"", i % 2 ? "b" : "a", NULL);
		log_commit(&s->log, &s->err);
	}
}

static void
done(struct scratch *s, struct view *v)
{
	view_close(v);
	scratch_shut(s);
	scratch_remove(s);
}

TEST(places)
{
	struct scratch s = {0};
	struct view v;
	int wrong = 0;

	fill(&s);
	is_int(view_open(&v, s.dir, NULL, &s.err), 0, "a store is opened");
	is_int(v.front.pos, 0, "it begins at 0");
	is_int(v.bound.pos, LINES, "and ends after the last line");
	ok(v.list.count > 3, "it has %zu segments", v.list.count);
	for (int64_t pos = 0; pos < LINES; pos++) {
		struct scan_line line;
		struct place at;
		struct scan scan;

		wrong += view_place(&v, pos, &at, &s.err) != 0 || at.pos != pos;
		scan_init(&scan, &v.root, &at, &v.bound);
		wrong += scan_next(&scan, &line, &s.err) != 1 || line.t.pos != pos;
		scan_release(&scan);
	}
	is_int(wrong, 0, "each place is that of its line");
	done(&s, &v);
}

TEST(times)
{
	struct scratch s = {0};
	struct view v;
	int64_t low, high;
	int wrong = 0;

	fill(&s);
	view_open(&v, s.dir, NULL, &s.err);
	for (int i = 0; i < LINES; i += 7) {
		wrong += view_time(&v, 1000000 + 100 * i, &low, &high, &s.err) != 0 || low != i ||
			 high != i;
		wrong += view_time(&v, 1000001 + 100 * i, &low, &high, &s.err) != 0 ||
			 low != i + 1 || high != i + 1;
	}
	is_int(wrong, 0, "what was recorded at a time is found");
	view_time(&v, INT64_MIN, &low, &high, &s.err);
	is_int(high, 0, "nothing is before all times");
	view_time(&v, INT64_MAX, &low, &high, &s.err);
	is_int(low, LINES, "everything is before the end of time");
	done(&s, &v);
}

/* The places of lines [from, from + n) as they are. */
static void
locate(struct view *v, int64_t from, int n, struct fetch_want *out)
{
	struct scan_line line;
	struct place at;
	struct scan scan;
	struct err err;

	view_place(v, from, &at, &err);
	scan_init(&scan, &v->root, &at, &v->bound);
	for (int i = 0; i < n && scan_next(&scan, &line, &err) == 1; i++)
		out[i] = (struct fetch_want){
			from + i, {line.segment, line.offset, (int64_t)line.line.n + 1}};
	scan_release(&scan);
}

TEST(fetches)
{
	struct fetch_want wants[LINES], wrong_one;
	struct scratch s = {0};
	struct scan_line line;
	struct fetch f;
	struct view v;
	int wrong = 0;

	fill(&s);
	view_open(&v, s.dir, NULL, &s.err);
	locate(&v, 0, LINES, wants);
	fetch_init(&f, &v);
	for (size_t i = 0; i < LINES; i++)
		wrong += fetch_line(&f, wants + i, LINES - i, &line, &s.err) != 0 ||
			 line.t.pos != (int64_t)i;
	for (size_t i = LINES; i-- > 0;)
		wrong += fetch_line(&f, wants + i, 1, &line, &s.err) != 0 ||
			 line.t.pos != (int64_t)i;
	is_int(wrong, 0, "lines are fetched, together and one by one");
	for (int i = 0; i < 5; i++) {
		wrong_one = wants[100];
		wrong_one.pos += i == 0;
		wrong_one.at.offset += i == 1 ? 1 : i == 2 ? -1 : 0;
		wrong_one.at.length += i == 3 ? wants[101].at.length : i == 4 ? -1 : 0;
		is_int(fetch_line(&f, &wrong_one, 1, &line, &s.err), -1, "wrong place %d", i);
		is_str(s.err.code, "index", "is the index's fault");
	}
	wrong_one = wants[100];
	wrong_one.at.segment = 77;
	is_int(fetch_line(&f, &wrong_one, 1, &line, &s.err), -1, "a segment that is not there");
	is_str(s.err.code, "gone", "is gone");
	fetch_release(&f);
	done(&s, &v);
}

/* All of stream "b" comes, whatever the gleaned lines say. */
static bool
all_come(struct strand *s, struct err *err)
{
	struct scan_line line;
	int64_t ver = 0;
	int r;

	strand_clear(s);
	strand_add(s, SPAN("b"), (struct strand_limit){0, INT64_MAX, 0});
	strand_start(s, 0, LINES, false);
	while ((r = strand_next(s, &line, err)) == 1)
		if (line.t.ver != ++ver || line.t.pos != 2 * ver - 1)
			return false;
	return r == 0 && ver == LINES / 2;
}

TEST(lies)
{
	struct scratch s = {0};
	struct strand strand;
	struct glean *g;
	struct view v;
	char index[80];

	fill(&s);
	snprintf(index, sizeof(index), "%s/index", s.dir);
	nftw(index, scratch_rm, 16, FTW_DEPTH | FTW_PHYS);
	view_open(&v, s.dir, NULL, &s.err);
	strand_init(&strand, &v);
	g = &strand.pieces.glean;
	ok(all_come(&strand, &s.err), "a stream is read");
	ok(strand.pieces.has_glean, "out of what was gleaned");
	g->lines[51].at = g->lines[53].at;
	ok(all_come(&strand, &s.err), "a wrong place changes nothing");
	ok(!strand.pieces.has_glean, "the log was read");
	ok(all_come(&strand, &s.err), "as before");
	g->lines[201].ver++;
	g->lines[203].at.length = 1;
	ok(all_come(&strand, &s.err), "nor a wrong length");
	ok(all_come(&strand, &s.err), "as before");
	g->lines[301].at = g->lines[300].at;
	ok(all_come(&strand, &s.err), "nor the line of another stream");
	strand_release(&strand);
	done(&s, &v);
}

int
main(void)
{
	RUN(places);
	RUN(times);
	RUN(fetches);
	RUN(lies);
	return tap_done();
}
