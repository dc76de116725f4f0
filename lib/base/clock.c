/* clock: wall and monotonic time. */
#include "base/clock.h"

#include "base/num.h"
#include "base/when.h"

static int64_t
read_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t
clock_wall_ms(void)
{
	struct span fixed = span_str(getenv("EV_NOW"));
	int64_t ms;

	if (fixed.n && (when_parse(fixed, &ms) == 0 || num_i64(fixed, &ms) == 0))
		return ms;
	return read_ns(CLOCK_REALTIME) / 1000000;
}

int64_t
clock_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

int64_t
clock_deadline_ns(int64_t ms)
{
	int64_t ns;

	if (__builtin_mul_overflow(ms, (int64_t)1000000, &ns) ||
		__builtin_add_overflow(clock_mono_ns(), ns, &ns))
		return INT64_MAX;
	return ns;
}
