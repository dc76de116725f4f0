#include "op/watermark.h"

#include "tap.h"

TEST(bounded_disorder)
{
	static const int64_t times[] = {12345, 12300, 12340, 12280};
	struct watermark w;

	watermark_init(&w, 10);
	is_int(w.value_ms, WATERMARK_NONE, "none before the first event");
	is_int(watermark_event(&w, 1337), 1326, "max - disorder - 1");
	for (size_t i = 0; i < 4; i++)
		is_int(watermark_event(&w, times[i]), 12334, "it never goes back");
}

TEST(before_1970)
{
	struct watermark w;

	watermark_init(&w, 0);
	is_int(watermark_event(&w, -5000), -5001, "a first event before 1970");
	is_int(watermark_event(&w, -6000), -5001, "an earlier one does not lower it");
	watermark_init(&w, 10);
	is_int(watermark_event(&w, INT64_MIN), INT64_MIN, "the sum stays in range");
	is_int(watermark_event(&w, INT64_MAX), INT64_MAX - 11, "at the other end too");
}

TEST(future)
{
	struct watermark w;

	watermark_init(&w, 0);
	ok(!watermark_is_future(&w, INT64_MAX, 0), "no limit by default");
	w.max_jump_ms = 100;
	ok(!watermark_is_future(&w, 5000, 0), "the first event cannot jump");
	watermark_event(&w, 5000);
	ok(!watermark_is_future(&w, 5100, 0), "at the limit");
	ok(watermark_is_future(&w, 5101, 0), "one past it");
	is_int(w.value_ms, 4999, "asking moves nothing");
	w.max_jump_ms = -1;
	w.max_ahead_ms = 10;
	ok(!watermark_is_future(&w, 1010, 1000), "ahead of the clock at the limit");
	ok(watermark_is_future(&w, 1011, 1000), "one past it");
	ok(!watermark_is_future(&w, INT64_MAX, INT64_MAX), "no overflow");
}

TEST(idle)
{
	struct watermark w;

	watermark_init(&w, 1000);
	is_int(watermark_idle(&w, 60000), WATERMARK_NONE, "nothing to go on from");
	watermark_event(&w, 10000);
	is_int(watermark_idle(&w, 500), 9499, "max - disorder - 1 + elapsed");
	is_int(watermark_idle(&w, 100), 9499, "it never goes back");
	is_int(watermark_event(&w, 10001), 9499, "an event below does not lower it");
	is_int(watermark_event(&w, 20000), 18999, "and goes on with events");
}

int
main(void)
{
	RUN(bounded_disorder);
	RUN(before_1970);
	RUN(future);
	RUN(idle);
	return tap_done();
}
