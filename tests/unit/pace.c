/* pace: deadlines on an imagined clock. */
#include "tap.h"

#include "op/pace.h"

#define MS 1000000
#define SECOND ((int64_t)1000000000)

TEST(unpaced)
{
	struct pace p;

	pace_init(&p, 0, 0, INT64_MAX);
	ok(pace_due(&p, 5, 100) <= 100 && pace_due(&p, 99999999, 100) <= 100, "due at once");
}

TEST(speed)
{
	struct pace p;

	pace_init(&p, 10, 0, INT64_MAX);
	is_int(pace_due(&p, 1000, 7 * SECOND), 7 * SECOND, "the first is due now");
	is_int(pace_due(&p, 2000, 7 * SECOND), 7 * SECOND + 100 * MS, "a second later: 100 ms");
	is_int(pace_due(&p, 2000, 7 * SECOND), 7 * SECOND + 100 * MS, "the same time: the same");
	is_int(pace_due(&p, 3000, 99 * SECOND), 7 * SECOND + 200 * MS,
		"lateness does not move those after it");
	is_int(pace_due(&p, 500, 99 * SECOND), 7 * SECOND - 50 * MS, "back in time: at once");
	is_int(pace_due(&p, 4000, 99 * SECOND), 7 * SECOND + 300 * MS, "and nothing is shifted");
	pace_init(&p, 0.5, 0, INT64_MAX);
	pace_due(&p, 0, 0);
	is_int(pace_due(&p, 1000, 0), 2 * SECOND, "half speed");
}

TEST(gaps)
{
	struct pace p;

	pace_init(&p, 2, 0, 1000);
	pace_due(&p, 0, 0);
	is_int(pace_due(&p, 2000, 0), SECOND, "a gap at the limit is kept");
	is_int(pace_due(&p, 4002, 0), 2 * SECOND, "one past it is shortened to it");
	is_int(pace_due(&p, 3600000, 0), 3 * SECOND, "and an hour");
	is_int(pace_due(&p, 3600200, 0), 3 * SECOND + 100 * MS, "after it time goes on");
	is_int(pace_due(&p, 3600000, 0), 3 * SECOND, "back in time is no gap");
	is_int(pace_due(&p, 3602200, 0), 3 * SECOND + 1100 * MS, "a gap counts from the latest");
}

TEST(rate)
{
	struct pace p;

	pace_init(&p, 0, 4, INT64_MAX);
	is_int(pace_due(&p, 0, SECOND), SECOND, "the first is due now");
	is_int(pace_due(&p, 0, SECOND), SECOND + 250 * MS, "the next has its turn");
	is_int(pace_due(&p, 0, SECOND + 260 * MS), SECOND + 500 * MS, "a little late: no drift");
	is_int(pace_due(&p, 0, 100 * SECOND), 99 * SECOND,
		"turns missed by more than a second are gone");
	is_int(pace_due(&p, 0, 100 * SECOND), 99 * SECOND + 250 * MS, "the others are made up for");
}

TEST(both)
{
	struct pace p;

	pace_init(&p, 1, 2, INT64_MAX);
	pace_due(&p, 0, 0);
	is_int(pace_due(&p, 10, 0), 500 * MS, "the rate holds back");
	is_int(pace_due(&p, 5000, 0), 5 * SECOND, "or the time does");
}

TEST(extremes)
{
	struct pace p;

	pace_init(&p, 1e-9, 0, INT64_MAX);
	pace_due(&p, INT64_MIN, 1000);
	ok(pace_due(&p, INT64_MAX, 1000) > 1000 * SECOND, "wild times do not overflow");
	pace_init(&p, 1, 0, 0);
	pace_due(&p, 0, 9);
	is_int(pace_due(&p, INT64_MAX, 9), 9, "no gap at all");
	pace_init(&p, 0, 1e-300, INT64_MAX);
	is_int(pace_due(&p, 0, 9), 9, "the first of a rate near zero");
	ok(pace_due(&p, 0, 9) > 1000 * SECOND, "the second is not due for ages");
}

int
main(void)
{
	RUN(unpaced);
	RUN(speed);
	RUN(gaps);
	RUN(rate);
	RUN(both);
	RUN(extremes);
	return tap_done();
}
