/* clock: frozen by EV_NOW, monotonic otherwise. */
#include "tap.h"

#include "base/clock.h"

TEST(frozen)
{
	setenv("EV_NOW", "2021-11-22T09:15:32.123Z", 1);
	is_int(clock_wall_ms(), 1637572532123, "by a time");
	setenv("EV_NOW", "77", 1);
	is_int(clock_wall_ms(), 77, "by milliseconds");
	setenv("EV_NOW", "not a time", 1);
	ok(clock_wall_ms() > 1600000000000, "nonsense does not freeze it");
	unsetenv("EV_NOW");
	ok(clock_wall_ms() > 1600000000000, "it runs");
}

TEST(monotonic)
{
	int64_t a = clock_mono_ns(), b = clock_mono_ns();

	ok(a > 0 && b >= a, "never back");
}

TEST(deadlines)
{
	int64_t now = clock_mono_ns(), soon = clock_deadline_ns(5);

	ok(soon >= now + 5000000 && soon <= clock_mono_ns() + 5000000, "in 5 ms");
	is_int(clock_deadline_ns(INT64_MAX), INT64_MAX, "never");
	is_int(clock_deadline_ns(INT64_MAX / 1000000), INT64_MAX, "nor after 292 years");
}

int
main(void)
{
	RUN(frozen);
	RUN(monotonic);
	RUN(deadlines);
	return tap_done();
}
