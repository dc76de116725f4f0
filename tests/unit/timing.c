/* timing and moment: what counts as the time of an event. */
#include "event/timing.h"
#include "event/moment.h"
#include "tap.h"
#include "world.h"

static struct world w;

TEST(moments)
{
	static const struct {
		const char *json;
		int shift;
		int64_t ms;
	} good[] = {
		{"1637572532123", 0, 1637572532123},
		{"1637572532.1239", 3, 1637572532123},
		{"1637572532", 3, 1637572532000},
		{"1637572532123999", -3, 1637572532123},
		{"1637572532123999999", -6, 1637572532123},
		{"-1", -3, -1}, /* floored, not cut */
		{"-0.5", 0, -1},
		{"1e-100", 0, 0},
		{"-1e-100", 0, -1},
		{"0", -6, 0},
		{"1.5e3", 0, 1500},
		{"\"1970-01-01T00:00:00.0019Z\"", 0, 1},
		{"\"1970-01-01T01:00:00+01:00\"", 3, 0},
		{"\"\\u0031970-01-01T00:00:01Z\"", 0, 1000},
	};
	static const char *const bad[] = {
		"\"\"", "\"1637572532123\"", "null", "true", "[1]", "1e40"};
	int64_t ms = 7;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct span s = span_str(good[i].json);
		struct value v = {s.p[0] == '"' ? DOC_STRING : DOC_NUMBER, s};

		is_int(moment_read(v, good[i].shift, &w.scratch, &ms), 0, "%s", good[i].json);
		is_int(ms, good[i].ms, "is %lld", (long long)good[i].ms);
	}
	ms = 7;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		world_line(&w, bad[i]);
		is_int(moment_read(
			       (struct value){doc_type(&w.doc, 0), w.ev.body}, 0, &w.scratch, &ms),
			-1, "%s is no time", bad[i]);
	}
	is_int(ms, 7, "the output is untouched");
}

static int
time_of(const char *expr, enum timing_unit unit, const char *line, int64_t *ms)
{
	struct timing t = {NULL, unit};
	int r;

	if (expr && expr_new(&t.expr, span_str(expr), NULL, &w.err))
		return -2;
	world_line(&w, line);
	r = timing_ms(&t, &w.ev, ms, &w.err);
	expr_free(t.expr);
	return r;
}

TEST(timings)
{
	int64_t ms = 0;

	is_int(time_of(NULL, TIMING_MS, "{\"timestamp\":5}", &ms), 0, "the envelope's");
	is_int(ms, 5, "in milliseconds");
	is_int(time_of(NULL, TIMING_S, "{\"timestamp\":5}", &ms), 0, "the envelope's");
	is_int(ms, 5000, "in seconds");
	is_int(time_of(".at.t", TIMING_US, "{\"at\":{\"t\":5999}}", &ms), 0, "an expression's");
	is_int(ms, 5, "in microseconds");
	ok(w.ev.has_time && w.ev.time_ms == 5, "remembered");
	is_int(time_of(".t", TIMING_NS, "{\"t\":\"1970-01-01T00:00:01Z\"}", &ms), 0,
		"texts have no unit");
	is_int(ms, 1000, "of their own");
}

TEST(failures)
{
	int64_t ms = 7;

	is_int(time_of(".t", TIMING_MS, "{}", &ms), -1, "null");
	is_str(w.err.text, "no time: .t is missing", "is no time");
	is_int(time_of("empty", TIMING_MS, "{}", &ms), -1, "nothing");
	is_str(w.err.text, "no time: empty is missing", "is no time");
	is_int(time_of(".t", TIMING_MS, "{\"t\":[]}", &ms), -1, "an array");
	is_str(w.err.text, "unreadable time []", "is no time");
	is_int(time_of(".t.u", TIMING_MS, "{\"t\":1}", &ms), -1, "an error");
	is_str(w.err.text, "--time: cannot index number with \"u\"", "says where");
	is_str(w.err.code, "time", "and has the code");
	is_int(ms, 7, "the output is untouched");
}

TEST(time_itself)
{
	int64_t ms = 0;

	is_int(time_of("$ts + 1", TIMING_MS, "{\"timestamp\":5}", &ms), 0, "--time may use $ts");
	is_int(ms, 6, "which is then the envelope's");
}

int
main(void)
{
	world_init(&w);
	RUN(moments);
	RUN(timings);
	RUN(failures);
	RUN(time_itself);
	world_release(&w);
	return tap_done();
}
