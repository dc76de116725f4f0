#include "op/anomaly.h"

#include <math.h>

#include "tap.h"

#define HISTORY 9

static const struct anomaly_conf conf = {
	.history = HISTORY, .warm_up = 3, .share = 0, .floor = 1e-9, .max_keys = 2};
static struct anomaly a;
static struct anomaly_result r;
static int64_t now;

static bool
put(const char *key, double x)
{
	return anomaly_put(&a, span_str(key), now++, x, &r);
}

static bool
near(double got, double want)
{
	return fabs(got - want) <= 1e-9 * MAX(1, fabs(want));
}

TEST(warm_up)
{
	anomaly_init(&a, &conf);
	ok(!put("k", 1) && !put("k", 2) && !put("k", 3), "three numbers warm a key up");
	ok(put("k", 10), "the fourth is scored");
	ok(r.median == 2 && r.windows == 3, "against what was before it");
	ok(near(r.score, 0.6745 * 8), "0.6745 (x - median) / MAD");
	ok(put("k", -6) && near(r.score, 0.6745 * (-6 - 2.5) / 1), "a fall is negative");
	anomaly_release(&a);
}

TEST(scale)
{
	struct anomaly_conf other = conf;

	other.share = 0.1;
	other.floor = 5;
	anomaly_init(&a, &other);
	for (int i = 0; i < 5; i++)
		put("flat", 100);
	ok(put("flat", 130) && r.scale == 10 && r.score == 3,
		"a flat series: a share of the median");
	for (int i = 0; i < 5; i++)
		put("low", 1);
	ok(put("low", 21) && r.scale == 5 && r.score == 4, "a low one: the floor");
	anomaly_release(&a);
}

static int
ascending(const void *x, const void *y)
{
	double p = *(const double *)x, q = *(const double *)y;

	return (p > q) - (p < q);
}

static double
plain_median(const double *values, size_t n)
{
	double copy[HISTORY];

	memcpy(copy, values, n * sizeof(double));
	qsort(copy, n, sizeof(double), ascending);
	return n % 2 ? copy[n / 2] : copy[n / 2 - 1] / 2 + copy[n / 2] / 2;
}

/* The definition, word by word, over the last numbers of a series. */
static double
plain_score(const double *values, size_t n, double x)
{
	double off[HISTORY], middle = plain_median(values, n);

	for (size_t i = 0; i < n; i++)
		off[i] = fabs(values[i] - middle);
	return (x - middle) / MAX(plain_median(off, n) / 0.6745, conf.floor);
}

TEST(model)
{
	double series[2000];
	uint32_t seed = 7;
	size_t bad = 0, scored = 0;

	anomaly_init(&a, &conf);
	for (size_t i = 0; i < ARRAY_LEN(series); i++) {
		size_t n = MIN(i, HISTORY);

		seed = seed * 1664525 + 1013904223;
		series[i] = (double)(seed >> 16) / (i % 3 ? 1 : 4096) - 8;
		if (put("m", series[i])) {
			scored++;
			bad += !near(r.score, plain_score(series + i - n, n, series[i]));
		}
	}
	is_int((int64_t)scored, 1997, "every number after the warm-up is scored");
	is_int((int64_t)bad, 0, "as by the definition");
	anomaly_release(&a);
}

TEST(ties)
{
	double series[500];
	size_t bad = 0;

	anomaly_init(&a, &conf);
	for (size_t i = 0; i < ARRAY_LEN(series); i++) {
		size_t n = MIN(i, HISTORY);

		series[i] = (double)((i * i) % 4);
		if (put("t", series[i]))
			bad += !near(r.score, plain_score(series + i - n, n, series[i]));
	}
	is_int((int64_t)bad, 0, "equal numbers leave in the right number");
	anomaly_release(&a);
}

TEST(robust)
{
	anomaly_init(&a, &conf);
	for (int i = 0; i < 9; i++)
		put("k", 10 + i % 3);
	put("k", 1e6);
	put("k", 1e6);
	ok(put("k", 1e6) && r.score > 1e4, "a spike does not hide the next one");
	for (int i = 0; i < 3; i++)
		put("k", 1e6);
	ok(put("k", 1e6) && fabs(r.score) < 1, "a level that lasts becomes normal");
	anomaly_release(&a);
}

TEST(keys)
{
	anomaly_init(&a, &conf);
	for (int i = 0; i < 3; i++) {
		put("a", 1);
		put("b", 2);
	}
	put("a", 1);
	is_int((int64_t)a.evicted, 0, "two keys: at the limit");
	ok(!put("c", 3), "a third");
	is_int((int64_t)a.evicted, 1, "makes one leave");
	ok(put("a", 1), "not the one used last");
	ok(!put("b", 2), "but the one unseen for the longest");
	anomaly_release(&a);
}

TEST(old)
{
	anomaly_init(&a, &conf);
	anomaly_put(&a, SPAN("k"), 1000, 1, &r);
	ok(!anomaly_is_old(&a, SPAN("k"), 1000), "the same time is not old");
	ok(anomaly_is_old(&a, SPAN("k"), 999), "an earlier one is");
	ok(!anomaly_is_old(&a, SPAN("other"), 1), "nor is anything to an unknown key");
	anomaly_release(&a);
}

int
main(void)
{
	RUN(warm_up);
	RUN(scale);
	RUN(model);
	RUN(ties);
	RUN(robust);
	RUN(keys);
	RUN(old);
	return tap_done();
}
