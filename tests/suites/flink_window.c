/*
 * Apache Flink's tests of its window operator and window assigners (Apache-2.0), all that speak of windows which are
 * ours: event time, tumbling, sliding and session, with lateness and purging; count windows without times. Every
 * result is compared: key, window, count, sum, elements, and the input after which it comes. What is not run is
 * counted by reason, and the counts are part of the test. Restarts are stepped over: the operator has nothing
 * to restore here, so the results must be those of a run without one.
 */
#include "flink_window.h"
#include "op/session.h"
#include "op/window.h"

/* Why a case is not run; the number of such cases in the suite, operator and arithmetic. */
static struct reason {
	const char *text;
	int want[2], got[2];
} reasons[] = {
	{"processing time: there is none here", {3, 47}, {0, 0}},
	{"a gap that each event brings with it", {2, 14}, {0, 0}},
	{"a trigger of the user's", {6, 0}, {0, 0}},
	{"an evictor", {7, 0}, {0, 0}},
	{"windows of the user's", {1, 0}, {0, 0}},
	{"one global window", {0, 3}, {0, 0}},
	{"starts staggered by the arrival of the first event", {0, 3}, {0, 0}},
};

enum { PROCESSING, DYNAMIC, TRIGGER, EVICTOR, CUSTOM, GLOBAL, STAGGER, RUNS };

/* --- which cases ----------------------------------------------------------------------------- */

/* 0: not by count; else the number of events that fire. */
static int64_t
count_trigger(uint32_t c)
{
	uint32_t t = get(c, "trigger"), inner = get(t, "inner");

	if (is(t, "type", "count"))
		return number_of(t, "maxCount");
	return is(t, "type", "purging") && is(inner, "type", "count") ? number_of(inner, "maxCount")
								      : 0;
}

static bool
is_count_window(uint32_t c)
{
	uint32_t evictor = get(c, "evictor");

	if (!is(get(c, "assigner"), "type", "global") || !count_trigger(c))
		return false;
	if (doc_type(&d, evictor) != DOC_OBJECT)
		return is(get(c, "trigger"), "type", "purging");
	return is(evictor, "type", "count") &&
	       doc_type(&d, get(evictor, "doEvictAfter")) == DOC_FALSE;
}

static bool
is_plain_trigger(uint32_t c)
{
	uint32_t t = get(c, "trigger");

	return is(t, "type", "event_time") ||
	       (is(t, "type", "purging") && is(get(t, "inner"), "type", "event_time"));
}

static int
why_not_operator(uint32_t c)
{
	uint32_t a = get(c, "assigner");

	if (is_count_window(c))
		return RUNS;
	if (is(a, "type", "session_dynamic"))
		return DYNAMIC;
	if (doc_type(&d, get(c, "evictor")) == DOC_OBJECT)
		return EVICTOR;
	if (is(a, "flink_class", "PointSessionWindows"))
		return CUSTOM;
	if (is(a, "time", "processing") && !is(a, "type", "global"))
		return PROCESSING;
	return is_plain_trigger(c) ? RUNS : TRIGGER;
}

static int
why_not_arithmetic(uint32_t c)
{
	uint32_t a = get(c, "assigner");
	struct span class = text(c, "assigner_class");

	if (is(a, "type", "session_dynamic"))
		return DYNAMIC;
	if (is(a, "type", "global"))
		return GLOBAL;
	if (is(a, "time", "processing") || span_find(class, SPAN("ProcessingTime")) >= 0)
		return PROCESSING;
	return span_find(text(c, "name"), SPAN("Stagger")) >= 0 ? STAGGER : RUNS;
}

/* --- operator cases -------------------------------------------------------------------------- */

struct run {
	struct agg_list aggs;
	struct window *w;
	struct lines lines;
	bool has_windows;
	int64_t input;
};

static int
emit(void *ctx, const struct window_result *r)
{
	struct run *run = ctx;
	struct buf b, list;

	buf_init(&b, 1 << 16);
	buf_init(&list, 1 << 16);
	buf_print(&b, "%" PRId64 " %.*s", run->input, (int)r->key.n, r->key.p);
	if (run->has_windows)
		buf_print(&b, " [%" PRId64 ",%" PRId64 ")", r->start_ms, r->end_ms);
	for (size_t i = 0; i < 2; i++) {
		buf_putc(&b, ' ');
		agg_put(&run->aggs, i, r->state, &b);
	}
	agg_put(&run->aggs, 2, r->state, &list);
	put_elements(&b, buf_view(&list));
	add_line(&run->lines, &b);
	buf_release(&b);
	buf_release(&list);
	return 0;
}

static struct window_conf
conf_of(uint32_t c)
{
	uint32_t a = get(c, "assigner"), evictor = get(c, "evictor");
	struct window_conf conf = {
		.lateness_ms = number_of(c, "allowed_lateness_ms"),
		.discard = is(get(c, "trigger"), "type", "purging"),
		.offset_ms = number_of(a, "offset_ms"),
	};

	if (is_count_window(c)) {
		conf = (struct window_conf){.kind = WINDOW_EVERY,
			.step = (uint64_t)count_trigger(c),
			.every = (uint64_t)count_trigger(c)};
		if (doc_type(&d, evictor) == DOC_OBJECT)
			conf.every = (uint64_t)number_of(evictor, "maxCount");
	} else if (is(a, "type", "session")) {
		conf.kind = WINDOW_SESSION;
		conf.gap_ms = number_of(a, "gap_ms");
	} else {
		conf.size_ms = conf.slide_ms = number_of(a, "size_ms");
		if (is(a, "type", "sliding"))
			conf.slide_ms = number_of(a, "slide_ms");
	}
	return conf;
}

static void
add_event(struct run *run, uint32_t in)
{
	struct value value = {DOC_NUMBER, doc_span(&d, get(in, "value"))};
	struct value seq = {DOC_NUMBER, doc_span(&d, get(in, "seq"))};
	struct window_event ev = {.time_ms = number_of(in, "timestamp"), .key = text(in, "key")};
	struct err err;
	struct buf b;

	window_clear(run->w);
	window_value(run->w, 1, value, &err);
	window_value(run->w, 2, seq, &err);
	if (window_add(run->w, &ev) == WINDOW_TOO_LATE) {
		buf_init(&b, 100);
		buf_print(&b, "%" PRId64 " late %" PRId64, run->input, number(get(in, "seq")));
		add_line(&run->lines, &b);
		buf_release(&b);
	}
}

static void
add_inputs(struct run *run, uint32_t inputs)
{
	struct find_iter it;

	for (find_start(&it, &d, inputs); find_next(&it); run->input++) {
		if (get(it.value, "seq") != DOC_NONE)
			add_event(run, it.value);
		else if (get(it.value, "watermark") != DOC_NONE)
			window_advance(run->w, number_of(it.value, "watermark"));
	}
}

static void
expected(uint32_t list, bool has_windows, struct lines *l)
{
	struct find_iter it;
	struct buf b;

	buf_init(&b, 1 << 16);
	for (find_start(&it, &d, list); find_next(&it);) {
		uint32_t e = it.value, window = get(e, "window");

		if (get(e, "watermark") != DOC_NONE)
			continue;
		buf_print(&b, "%" PRId64, number_of(e, "after_input"));
		if (get(e, "late") != DOC_NONE) {
			buf_print(&b, " late %" PRId64, number_of(e, "late"));
			add_line(l, &b);
			continue;
		}
		buf_print(&b, " %.*s", (int)text(e, "key").n, text(e, "key").p);
		if (has_windows)
			buf_print(&b, " [%" PRId64 ",%" PRId64 ")",
				number(find_item(&d, window, 0)), number(find_item(&d, window, 1)));
		buf_print(&b, " %" PRId64 " %" PRId64, number_of(e, "count"), number_of(e, "sum"));
		put_elements(&b, doc_span(&d, get(e, "elements")));
		add_line(l, &b);
	}
	buf_release(&b);
}

static bool
start_run(struct run *run, const struct window_conf *conf, struct err *err)
{
	struct span unused;

	*run = (struct run){.has_windows = conf->kind != WINDOW_EVERY};
	agg_list_init(&run->aggs);
	agg_list_add(&run->aggs, SPAN("count()"), &unused, err);
	agg_list_add(&run->aggs, SPAN("sum(v)"), &unused, err);
	agg_list_add(&run->aggs, SPAN("collect(v)"), &unused, err);
	if (window_new(&run->w, conf, &run->aggs, emit, run, err) == 0)
		return true;
	agg_list_release(&run->aggs);
	return false;
}

static void
end_run(struct run *run)
{
	window_free(run->w);
	agg_list_release(&run->aggs);
}

static bool
operator_case(uint32_t c)
{
	struct window_conf conf = conf_of(c);
	struct lines want = {.n = 0};
	struct err err;
	struct run run;
	bool same;

	if (!start_run(&run, &conf, &err))
		return false;
	add_inputs(&run, get(c, "inputs"));
	expected(get(c, "expected"), run.has_windows, &want);
	same = same_lines(&run.lines, &want);
	end_run(&run);
	return same && want.n > 0;
}

/* --- arithmetic ------------------------------------------------------------------------------ */

/* The windows of one event are those that the end of input gives out. */
static bool
assign_case(uint32_t c)
{
	struct window_conf conf = conf_of(c);
	struct lines want = {.n = 0};
	struct find_iter it;
	struct err err;
	struct run run;
	struct buf b;
	bool same;

	if (!start_run(&run, &conf, &err))
		return false;
	window_add(run.w,
		&(struct window_event){.time_ms = number_of(c, "timestamp"), .key = SPAN("k")});
	window_finish(run.w, false);
	buf_init(&b, 1000);
	for (find_start(&it, &d, get(c, "windows")); find_next(&it);) {
		buf_print(&b, "0 k [%" PRId64 ",%" PRId64 ") 1 0",
			number(find_item(&d, it.value, 0)), number(find_item(&d, it.value, 1)));
		add_line(&want, &b);
	}
	same = same_lines(&run.lines, &want);
	buf_release(&b);
	end_run(&run);
	return same;
}

static bool
touch(uint32_t a, uint32_t b)
{
	return session_touches(number(find_item(&d, a, 0)), number(find_item(&d, a, 1)),
		number(find_item(&d, b, 0)), number(find_item(&d, b, 1)));
}

/* Are two windows in one group of what is to be merged? */
static bool
merged_together(uint32_t merges, uint32_t a, uint32_t b)
{
	struct find_iter m, w;

	for (find_start(&m, &d, merges); find_next(&m);) {
		int found = 0;

		for (find_start(&w, &d, get(m.value, "merged")); find_next(&w);)
			found += span_equal(doc_span(&d, w.value), doc_span(&d, a)) +
				 span_equal(doc_span(&d, w.value), doc_span(&d, b));
		if (found == 2)
			return true;
	}
	return false;
}

/* Windows that touch are merged together, and of different groups none touch. */
static bool
merge_case(uint32_t c)
{
	uint32_t windows = get(c, "windows"), merges = get(c, "merges");
	uint32_t n = find_count(&d, windows);
	bool good = true;

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = i + 1; j < n; j++) {
			uint32_t a = find_item(&d, windows, i), b = find_item(&d, windows, j);

			if (touch(a, b))
				good &= merged_together(merges, a, b);
		}
	return good && find_count(&d, merges) == (n > 1 ? 2 : 0);
}

static bool
invalid_case(uint32_t c)
{
	uint32_t args = get(c, "args_ms");
	struct span class = text(c, "assigner_class");
	int64_t a = number(find_item(&d, args, 0)), b = number(find_item(&d, args, 1));
	struct window_conf conf = {.size_ms = a, .slide_ms = a, .offset_ms = b};
	struct err err;
	struct run run;

	if (span_starts(class, SPAN("Sliding")))
		conf = (struct window_conf){
			.size_ms = a, .slide_ms = b, .offset_ms = number(find_item(&d, args, 2))};
	else if (span_starts(class, SPAN("EventTimeSession")))
		conf = (struct window_conf){.kind = WINDOW_SESSION, .gap_ms = a};
	if (!start_run(&run, &conf, &err))
		return err.kind == ERR_USAGE;
	end_run(&run);
	return false;
}

static bool
arithmetic_case(uint32_t c)
{
	if (is(c, "op", "window_start"))
		return window_start(number_of(c, "timestamp"), number_of(c, "offset_ms"),
			       number_of(c, "size_ms")) == number_of(c, "expected");
	if (is(c, "op", "intersects"))
		return touch(get(c, "a"), get(c, "b")) ==
		       (doc_type(&d, get(c, "expected")) == DOC_TRUE);
	if (is(c, "op", "assign"))
		return assign_case(c);
	return is(c, "op", "merge") ? merge_case(c) : is(c, "op", "invalid") && invalid_case(c);
}

/* --- all of them ----------------------------------------------------------------------------- */

int
main(void)
{
	struct find_iter it;
	struct buf b;
	int ran[2] = {0, 0};

	arena_init(&texts);
	if (!load(&b)) {
		tap_skip("Flink's window tests", "../shared/suites/flink-window");
		return tap_done();
	}
	for (find_start(&it, &d, 0); find_next(&it);) {
		bool arithmetic = is(it.value, "kind", "arithmetic");
		int why = arithmetic ? why_not_arithmetic(it.value) : why_not_operator(it.value);
		struct span name = text(it.value, "name");

		if (why != RUNS) {
			reasons[why].got[arithmetic]++;
			continue;
		}
		ran[arithmetic]++;
		ok(arithmetic ? arithmetic_case(it.value) : operator_case(it.value), "%.*s",
			(int)name.n, name.p);
	}
	is_int(ran[0], 25, "operator cases that are run");
	is_int(ran[1], 85, "arithmetic cases that are run");
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		is_int(reasons[i].got[0], reasons[i].want[0], "operator cases not run: %s",
			reasons[i].text);
		is_int(reasons[i].got[1], reasons[i].want[1], "arithmetic cases not run: %s",
			reasons[i].text);
		printf("# not run: %d + %d, %s\n", reasons[i].got[0], reasons[i].got[1],
			reasons[i].text);
	}
	arena_release(&texts);
	buf_release(&b);
	doc_release(&d);
	return tap_done();
}
