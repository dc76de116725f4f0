#include "op/trend.h"

#include <math.h>

#include "tap.h"

static const struct trend_conf conf = {0.3, 0.3, 0.2, 0.2, 100, 500, 4, 3600};
static const struct trend_session_conf session = {0.3, 0.3, 0.4, 3, 100};

static double
trending(int64_t users, int64_t watches, int64_t devices, int64_t duration_s)
{
	struct trend_score out;

	trend_score(&conf, &(struct trend_counts){users, watches, devices, duration_s}, &out);
	return out.score;
}

static double
engagement(int64_t count, int64_t interactions, int64_t diversity)
{
	struct trend_session_score out;

	trend_session_score(
		&session, &(struct trend_session){count, interactions, diversity}, &out);
	return out.score;
}

TEST(trending_vectors)
{
	ok(trending(100, 500, 4, 500 * 1800) == 0.9,
		"100 users, 500 watches, 4 devices, 1800 s: 0.9");
	ok(trending(50, 250, 2, 250 * 1800) == 0.5, "50, 250, 2, 1800: 0.5");
	ok(trending(0, 0, 0, 0) == 0, "nothing watched: 0");
}

TEST(trending_caps)
{
	struct trend_score out;

	ok(trending(100000, 500, 4, 500 * 1800) == 0.9, "users are capped");
	ok(trending(100, 500000, 4, (int64_t)500000 * 1800) == 0.9, "watches are capped");
	ok(trending(100, 500, 4, (int64_t)500 * 36000) == 1.0, "completion is capped");
	trend_score(&conf, &(struct trend_counts){0, 0, 5, 0}, &out);
	ok(out.device_diversity == 1.25, "devices are not capped");
	ok(fabs(out.score - 0.25) < 1e-15, "and weigh 0.2");
}

TEST(trending_average)
{
	struct trend_score out;

	trend_score(&conf, &(struct trend_counts){1, 3, 1, 5399}, &out);
	is_int(out.average_s, 1799, "the average is an integer division");
	ok(out.completion == 1799 / 3600.0, "which completion is made of");
	trend_score(&conf, &(struct trend_counts){1, 0, 1, 5399}, &out);
	is_int(out.average_s, 0, "no watches: the average is 0");
}

TEST(trending_constants)
{
	struct trend_conf other = {1, 0, 0, 0, 10, 1, 1, 1};
	struct trend_score out;

	trend_score(&other, &(struct trend_counts){5, 9, 9, 9}, &out);
	ok(out.score == 0.5, "weights and maxima are the caller's");
}

TEST(engagement_vectors)
{
	ok(fabs(engagement(3, 2, 1) - 440.0 / 9) < 1e-12,
		"3 watches, 2 interactions, 1 type: 48.88…");
	ok(engagement(0, 7, 0) == 0, "no content: the rate is 0");
	ok(fabs(engagement(0, 7, 2) - 20) < 1e-12, "and diversity still counts");
	ok(engagement(1000, 0, 3) == 100, "capped at 100");
	ok(engagement(1, 1000, 1) == 100, "by interactions as well");
}

int
main(void)
{
	RUN(trending_vectors);
	RUN(trending_caps);
	RUN(trending_average);
	RUN(trending_constants);
	RUN(engagement_vectors);
	return tap_done();
}
