#include "op/window.h"

#include "tap.h"

/*
 * A run is one line of steps: KEY@TIME or KEY@TIME=VALUE is an event, wmN moves the watermark, eof ends the input.
 * Each result is written KEY[START,END)count=sum, with the pane (!late, !eof) and, where it is not 0, the count of
 * firings; each refused event as what became of it. '|' parts the results of one step from the next one's.
 */
struct run {
	struct agg_list aggs;
	struct window *w;
	struct buf out;
	struct arena texts;
};

static int
emit(void *ctx, const struct window_result *r)
{
	static const char *panes[] = {"", "!late", "!eof"};
	struct run *run = ctx;

	buf_print(&run->out, "%.*s[%" PRId64 ",%" PRId64 ")", (int)r->key.n,
		r->key.p ? r->key.p : "", r->start_ms, r->end_ms);
	agg_put(&run->aggs, 0, r->state, &run->out);
	buf_putc(&run->out, '=');
	agg_put(&run->aggs, 1, r->state, &run->out);
	buf_puts(&run->out, panes[r->pane]);
	if (r->n)
		buf_print(&run->out, "#%u", r->n);
	buf_putc(&run->out, ' ');
	return 0;
}

static void
add(struct run *run, struct span step)
{
	struct span key, rest, time, value;
	struct err err;
	int64_t ms = 0;

	span_cut(step, '@', &key, &rest);
	if (!span_cut(rest, '=', &time, &value))
		value = SPAN("1");
	ms = strtoll(arena_string(&run->texts, time), NULL, 10);
	window_clear(run->w);
	window_value(run->w, 1, (struct value){DOC_NUMBER, arena_copy(&run->texts, value)}, &err);
	switch (window_add(run->w, &(struct window_event){.time_ms = ms, .key = key})) {
	case WINDOW_TOO_LATE: buf_puts(&run->out, "LATE "); break;
	case WINDOW_OUTSIDE: buf_puts(&run->out, "OUTSIDE "); break;
	case WINDOW_LIMIT: buf_puts(&run->out, "LIMIT "); break;
	case WINDOW_TAKEN: break;
	}
}

static void
step(struct run *run, struct span s)
{
	if (span_starts(s, SPAN("wm")))
		window_advance(run->w, strtoll(arena_string(&run->texts, s) + 2, NULL, 10));
	else if (span_is(s, "eof"))
		window_finish(run->w, true);
	else
		add(run, s);
}

static void
check(const char *name, const struct window_conf *conf, const char *steps, const char *want)
{
	struct span rest = span_str(steps), one, unused;
	struct err err;
	struct run run;
	size_t before;

	agg_list_init(&run.aggs);
	agg_list_add(&run.aggs, SPAN("count()"), &unused, &err);
	agg_list_add(&run.aggs, SPAN("sum(v)"), &unused, &err);
	buf_init(&run.out, 1 << 20);
	arena_init(&run.texts);
	if (window_new(&run.w, conf, &run.aggs, emit, &run, &err)) {
		ok(false, "%s: %s", name, err.text);
		return;
	}
	for (bool more = true; more;) {
		more = span_cut(rest, ' ', &one, &rest);
		before = run.out.n;
		step(&run, one);
		if (run.out.n > before)
			buf_puts(&run.out, "| ");
	}
	is_mem(run.out.p, run.out.n ? run.out.n - 3 : 0, want, "%s", name);
	window_free(run.w);
	agg_list_release(&run.aggs);
	buf_release(&run.out);
	arena_release(&run.texts);
}

static struct window_conf
tumbling(int64_t size, int64_t lateness)
{
	return (struct window_conf){.size_ms = size, .slide_ms = size, .lateness_ms = lateness};
}

static struct window_conf
sliding(int64_t size, int64_t slide, int64_t lateness)
{
	return (struct window_conf){.size_ms = size, .slide_ms = slide, .lateness_ms = lateness};
}

static struct window_conf
session(int64_t gap, int64_t lateness)
{
	return (struct window_conf){.kind = WINDOW_SESSION, .gap_ms = gap, .lateness_ms = lateness};
}

TEST(starts)
{
	static const int64_t vectors[][3] = {
		{0, -8, -14},
		{0, -7, -7},
		{0, -6, -7},
		{0, -1, -7},
		{0, 1, 0},
		{0, 6, 0},
		{0, 7, 7},
		{0, 8, 7},
		{3, -10, -11},
		{3, -9, -11},
		{3, -3, -4},
		{3, -1, -4},
		{3, 2, -4},
		{3, 3, 3},
		{3, 9, 3},
		{3, 10, 10},
		{-2, -12, -16},
		{-2, -7, -9},
		{-2, -4, -9},
		{-2, -3, -9},
		{-2, -2, -2},
		{-2, 4, -2},
		{-2, 7, 5},
		{-2, 12, 12},
	};

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++)
		is_int(window_start(vectors[i][1], vectors[i][0], 7), vectors[i][2],
			"size 7, offset %d, %d", (int)vectors[i][0], (int)vectors[i][1]);
	is_int(window_start(1470902048450, -28800000, 86400000), 1470844800000, "a day at GMT+8");
	is_int(window_start(INT64_MIN, 3, 7), INT64_MIN, "no overflow");
}

TEST(tumbling_windows)
{
	struct window_conf c = tumbling(5000, 0);

	check("half open", &c, "a@4999 a@5000 eof", "a[0,5000)1=1!eof a[5000,10000)1=1!eof");
	check("fires when end - 1 <= watermark", &c, "a@1 wm4998 wm4999 wm9999", "a[0,5000)1=1");
	check("by end, then key bytes", &c, "b@1 a@1 a@6000 ab@2 wm9999",
		"a[0,5000)1=1 ab[0,5000)1=1 b[0,5000)1=1 a[5000,10000)1=1");
	c.offset_ms = -100;
	check("offset", &c, "a@0 a@4899 a@4900 eof", "a[-100,4900)2=2!eof a[4900,9900)1=1!eof");
	c = tumbling(2, 0);
	check("the end alone decides", &c, "a@0 a@1 a@2 wm1", "a[0,2)2=2");
}

TEST(sliding_windows)
{
	struct window_conf c = sliding(5000, 1000, 0);
	static const char *all = "a[-4000,1000)1=1!eof a[-3000,2000)1=1!eof a[-2000,3000)1=1!eof "
				 "a[-1000,4000)1=1!eof a[0,5000)1=1!eof";

	check("starts before zero are kept", &c, "a@0 eof", all);
	c.lateness_ms = 1;
	check("the same with lateness", &c, "a@0 eof", all);
	c = sliding(5000, 1000, 0);
	c.offset_ms = -100;
	check("offset", &c, "a@0 eof",
		"a[-4100,900)1=1!eof a[-3100,1900)1=1!eof a[-2100,2900)1=1!eof "
		"a[-1100,3900)1=1!eof a[-100,4900)1=1!eof");
	c = sliding(1000, 5000, 0);
	check("gaps", &c, "a@999 a@1000 a@4999 a@5000 eof",
		"OUTSIDE | OUTSIDE | a[0,1000)1=1!eof a[5000,6000)1=1!eof");
	check("in a gap is not late", &c, "a@0 wm9000 a@2000 a@1", "a[0,1000)1=1 | OUTSIDE | LATE");
	c = sliding(3, 2, 0);
	check("no whole number of slides", &c, "a@2=10 a@3=1 a@4=100 eof",
		"a[0,3)1=10!eof a[2,5)3=111!eof a[4,7)1=100!eof");
}

TEST(order_of_keys)
{
	struct window_conf c = sliding(4, 2, 0);

	check("keys that begin alike", &c, "ab@0 abcdefghijkl@0 a@0 abcdefghijkm@0 abd@0 wm1",
		"a[-2,2)1=1 ab[-2,2)1=1 abcdefghijkl[-2,2)1=1 abcdefghijkm[-2,2)1=1 abd[-2,2)1=1");
	check("keys that come and go", &c, "abc@0 abe@0 wm1 abd@2 ab@2 wm3 b@4 wm5 eof",
		"abc[-2,2)1=1 abe[-2,2)1=1 | "
		"ab[0,4)1=1 abc[0,4)1=1 abd[0,4)1=1 abe[0,4)1=1 | "
		"ab[2,6)1=1 abd[2,6)1=1 b[2,6)1=1 | b[4,8)1=1!eof");
}

TEST(lateness)
{
	struct window_conf c = tumbling(2000, 500);

	c.discard = true;
	check("purged panes", &c, "a@500 wm1500 a@1300 wm2300 a@1997 wm6000 a@1998",
		"a[0,2000)2=2 | a[0,2000)1=1!late#1 | LATE");
	c.discard = false;
	check("accumulated panes", &c,
		"a@500 wm1500 a@1300 wm2300 a@1997 a@1996 wm2498 a@0 wm2499 a@1",
		"a[0,2000)2=2 | a[0,2000)3=3!late#1 | a[0,2000)4=4!late#2 | a[0,2000)5=5!late#3 | "
		"LATE");
	check("a first event can be late", &c, "wm2000 a@1 wm3000 a@2", "a[0,2000)1=1!late | LATE");
	c = sliding(3000, 1000, 0);
	check("late in all windows only", &c,
		"k2@1000 wm1999 k2@2000 wm3000 k1@3001 k2@2400 k2@2400 k1@3001 k2@3900 wm6000 "
		"k1@3001",
		"k2[-1000,2000)1=1 | k2[0,3000)2=2 | k1[1000,4000)2=2 k2[1000,4000)5=5 "
		"k1[2000,5000)2=2 k2[2000,5000)4=4 k1[3000,6000)2=2 k2[3000,6000)1=1 | LATE");
	c = sliding(3000, 1000, 1500);
	check("sliding again", &c, "a@500 wm1999 a@600 wm2499 a@700 wm4498 a@900 wm4499 a@999 eof",
		"a[-2000,1000)1=1 a[-1000,2000)1=1 | a[-2000,1000)2=2!late#1 "
		"a[-1000,2000)2=2!late#1 | "
		"a[-1000,2000)3=3!late#2 | a[0,3000)3=3 | a[0,3000)4=4!late#1 | LATE");
	c = tumbling(1000, 2000);
	check("the sum of end and lateness may pass the range", &c,
		"a@9223372036854774000 wm9223372036854775807",
		"a[9223372036854774000,9223372036854775000)1=1");
}

TEST(sessions)
{
	struct window_conf c = session(5, 0);

	check("merged by a bridge", &c, "a@10=1 a@12=2 a@20=4 a@16=8 eof", "a[10,25)4=15!eof");
	check("apart", &c, "a@10 a@12 a@20 eof", "a[10,17)2=2!eof a[20,25)1=1!eof");
	c.gap_ms = 10;
	check("what touches merges", &c, "a@10 a@20 eof", "a[10,30)2=2!eof");
	check("a gap of one more does not", &c, "a@10 a@21 eof", "a[10,20)1=1!eof a[21,31)1=1!eof");
	c.strict = true;
	check("strict: what touches does not", &c, "a@10 a@20 eof",
		"a[10,20)1=1!eof a[20,30)1=1!eof");
	check("strict: what overlaps merges", &c, "a@10 a@19 eof", "a[10,29)2=2!eof");
	c = session(3000, 0);
	check("late events that still merge", &c,
		"a@1000 wm1999 a@2000 wm4998 a@4500 a@8500 wm7400 a@7000 wm11501 a@11600 wm14600 "
		"a@10000 "
		"a@14500 wm20000",
		"a[1000,11500)5=5 | a[11600,14600)1=1 | LATE | a[14500,17500)1=1");
	check("two keys, as Flink has them", &c,
		"k2@0=1 k2@1000=2 k2@2500=3 k2@5501=4 k2@6000=5 k2@6000=5 k2@6050=6 wm12000",
		"k2[0,5500)3=6 k2[5501,9050)4=20");
	check("by end, start, key", &c, "b@0 a@0 c@1 a@5000 wm9000",
		"a[0,3000)1=1 b[0,3000)1=1 c[1,3001)1=1 a[5000,8000)1=1");
}

TEST(late_sessions)
{
	struct window_conf c = session(100, 50);

	check("given out again", &c, "a@0 wm99 a@10 wm109 wm158 a@0 wm159 a@0",
		"a[0,100)1=1 | a[0,110)2=2#1 | a[0,110)3=3!late#2 | LATE");
	check("a bridge to one given out", &c, "a@0 a@200 wm120 a@100 wm299",
		"a[0,100)1=1 | a[0,300)3=3#1");
	c.discard = true;
	check("only what is new", &c, "a@0 wm99 a@10=7 wm109", "a[0,100)1=1 | a[0,110)1=7#1");
	c = session(100, 10000);
	check("a timer that would come too late", &c, "a@0 wm99 a@90 wm189 wm10189 a@90",
		"a[0,100)1=1 | a[0,190)2=2#1 | LATE");
}

TEST(counts)
{
	struct window_conf c = {.kind = WINDOW_EVERY, .every = 3};

	check("every third, the rest at the end", &c,
		"a@1=1 a@2=2 a@3=3 a@4=4 a@5=5 a@6=6 a@7=7 eof",
		"a[1,4)3=6 | a[4,7)3=15 | a[7,8)1=7!eof");
	c = (struct window_conf){.kind = WINDOW_EVERY, .every = 4, .step = 2};
	check("size 4, slide 2", &c, "a@1=1 a@2=2 a@3=3 a@4=4 a@5=5 a@6=6",
		"a[1,3)2=3 | a[1,5)4=10 | a[3,7)4=18");
	c = (struct window_conf){.kind = WINDOW_EVERY, .every = 2, .step = 3};
	check("the last 2 of every 3", &c, "a@1=1 a@2=2 a@3=3 a@4=4 a@5=5 a@6=6",
		"a[2,4)2=5 | a[5,7)2=11");
	c = (struct window_conf){.kind = WINDOW_EVERY, .every = 3, .step = 7};
	check("the last 3 of every 7, and of the rest", &c,
		"a@1 a@2 a@3 a@4 a@5 a@6 a@7=7 a@8=8 eof", "a[5,8)3=9 | a[8,9)1=8!eof");
	c = (struct window_conf){.kind = WINDOW_EVERY, .every = 2};
	check("each key for itself, at the end by key", &c, "b@1 a@1 c@1 b@0 eof",
		"b[0,2)2=2 | a[1,2)1=1!eof c[1,2)1=1!eof");
}

TEST(empties)
{
	struct window_conf c = tumbling(10, 0);

	c.empty = true;
	check("between windows with events", &c, "@5 @35 wm39 @51 eof",
		"null[0,10)1=1 [10,20)0=0 [20,30)0=0 null[30,40)1=1 | [40,50)0=0!eof "
		"null[50,60)1=1!eof");
	check("not before the first", &c, "wm100 @205 wm209", "null[200,210)1=1");
	check("as the watermark goes", &c, "@5 wm9 wm19 wm20", "null[0,10)1=1 | [10,20)0=0");
	c.lateness_ms = 100;
	check("then not empty after all", &c, "@5 @25 wm29 @15 @16",
		"null[0,10)1=1 [10,20)0=0 null[20,30)1=1 | null[10,20)1=1!late#1 | "
		"null[10,20)2=2!late#2");
	c = sliding(20, 10, 0);
	c.empty = true;
	check("sliding", &c, "@5 @45 eof",
		"null[-10,10)1=1!eof null[0,20)1=1!eof [10,30)0=0!eof [20,40)0=0!eof "
		"null[30,50)1=1!eof "
		"null[40,60)1=1!eof");
}

TEST(limits)
{
	struct window_conf c = tumbling(10, 0);

	c.max_keys = 2;
	check("a third key waits for room", &c, "a@1 b@1 c@1 a@2 wm9 c@11 wm19",
		"LIMIT | a[0,10)2=2 b[0,10)1=1 | c[10,20)1=1");
	c = sliding(20, 10, 0);
	c.max_keys = 1;
	check("sliding", &c, "a@1 b@1 wm19 b@41 wm49", "LIMIT | a[-10,10)1=1 a[0,20)1=1 | LIMIT");
	c = session(10, 0);
	c.max_keys = 1;
	check("sessions", &c, "a@1 b@1 wm10 b@11 eof", "LIMIT | a[1,11)1=1 | b[11,21)1=1!eof");
}

static void
refuse(struct window_conf c, const char *text)
{
	struct agg_list aggs;
	struct window *w;
	struct err err;

	agg_list_init(&aggs);
	ok(window_new(&w, &c, &aggs, emit, NULL, &err) == -1 && err.kind == ERR_USAGE, "refused");
	is_str(err.text, text, "saying why");
	agg_list_release(&aggs);
}

TEST(usage)
{
	struct window_conf c = sliding(10, 5, 0);

	refuse(tumbling(0, 0), "a window needs a size and a slide over zero");
	refuse(session(0, 0), "a session needs a gap over zero");
	refuse(session(-1, 0), "a session needs a gap over zero");
	refuse((struct window_conf){.kind = WINDOW_EVERY},
		"a count window needs a count over zero");
	refuse(tumbling(10, -1), "the lateness must not be negative");
	c.offset_ms = 5;
	refuse(c, "the offset must be less than the slide");
	c.offset_ms = 0;
	c.discard = true;
	refuse(c, "sliding windows share their contents: nothing to discard");
}

struct distinct_check {
	struct agg_list *aggs;
	int results, wrong;
};

static int
check_distinct(void *ctx, const struct window_result *r)
{
	struct distinct_check *c = ctx;
	struct buf b;

	buf_init(&b, 100);
	agg_put(c->aggs, 0, r->state, &b);
	c->results++;
	c->wrong += r->start_ms >= 0 && !span_is(buf_view(&b), "20000");
	buf_release(&b);
	return 0;
}

/* Ten new values each millisecond: many more than are alive at once. */
static void
check_turnover(const char *name, struct window_conf c)
{
	struct agg_list aggs;
	struct distinct_check check = {.aggs = &aggs};
	struct span unused;
	struct window *w;
	struct err err;
	char text[16];

	agg_list_init(&aggs);
	agg_list_add(&aggs, SPAN("distinct(v)"), &unused, &err);
	window_new(&w, &c, &aggs, check_distinct, &check, &err);
	for (int i = 0; i < 300000; i++) {
		int n = snprintf(text, sizeof(text), "%d", i);

		window_clear(w);
		window_value(w, 0, (struct value){DOC_NUMBER, span_of(text, (size_t)n)}, &err);
		window_add(w, &(struct window_event){.time_ms = i / 10});
		if (i >= 20000)
			window_advance(w, i / 10 - 1);
	}
	is_int(check.wrong, 0, "%s: each whole window has its 20000 values", name);
	ok(check.results > 10, "%s: windows", name);
	ok(aggs.values.live < 140000, "%s: values of closed windows are forgotten", name);
	window_free(w);
	agg_list_release(&aggs);
}

TEST(turnover)
{
	check_turnover("tumbling", tumbling(2000, 0));
	check_turnover("sliding", sliding(2000, 1000, 0));
	check_turnover("merged", sliding(2000, 1000, 1));
	check_turnover("counted", (struct window_conf){.kind = WINDOW_EVERY, .every = 20000});
}

static int
show_cause(void *ctx, const struct window_result *r)
{
	buf_print(ctx, "%.*s/%.*s ", (int)r->id.n, r->id.p, (int)r->correlation.n,
		r->correlation.p ? r->correlation.p : "");
	return 0;
}

/* Events id, correlation, time into windows of 10; what the results name as their causes. */
static void
check_causes(const char *name, struct window_conf c, bool two_keys, const char *want)
{
	static const struct {
		const char *id, *correlation;
		int64_t ms;
	} events[] = {{"e1", "c1", 5}, {"e2", "c1", 3}, {"e3", "c1", 5}, {"e4", "c1", 12},
		{"e5", "c2", 11}};
	struct agg_list aggs;
	struct window *w;
	struct buf out;
	struct err err;

	c.causes = true;
	agg_list_init(&aggs);
	buf_init(&out, 4096);
	window_new(&w, &c, &aggs, show_cause, &out, &err);
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		window_add(w, &(struct window_event){.time_ms = events[i].ms,
				      .key = two_keys && i < 2 ? SPAN("j") : SPAN("k"),
				      .id = span_str(events[i].id),
				      .correlation = span_str(events[i].correlation)});
	window_finish(w, false);
	is_mem(out.p, out.n, want, "%s", name);
	window_free(w);
	agg_list_release(&aggs);
	buf_release(&out);
}

TEST(causes)
{
	check_causes("the last by time, then arrival", tumbling(10, 0), false, "e3/c1 e4/ ");
	check_causes("sliding", sliding(20, 10, 0), false, "e3/c1 e4/ e4/ ");
	check_causes("merged", sliding(20, 10, 5), false, "e3/c1 e4/ e4/ ");
	check_causes("sessions", session(3, 0), false, "e3/c1 e4/ ");
	check_causes("each key its own", sliding(20, 10, 0), true, "e1/c1 e3/c1 e1/c1 e4/ e4/ ");
	check_causes("merged", sliding(20, 10, 5), true, "e1/c1 e3/c1 e1/c1 e4/ e4/ ");
}

int
main(void)
{
	RUN(starts);
	RUN(tumbling_windows);
	RUN(sliding_windows);
	RUN(order_of_keys);
	RUN(lateness);
	RUN(sessions);
	RUN(late_sessions);
	RUN(counts);
	RUN(empties);
	RUN(limits);
	RUN(usage);
	RUN(turnover);
	RUN(causes);
	return tap_done();
}
