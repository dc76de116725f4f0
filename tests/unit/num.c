/* num: what is a number and what is not. */
#include "tap.h"

#include "base/base.h"
#include "base/num.h"

#define UNTOUCHED 4242

static void
i64_is(const char *z, bool valid, int64_t want)
{
	int64_t v = UNTOUCHED;
	int r = num_i64(span_str(z), &v);

	ok(r == (valid ? 0 : -1) && v == (valid ? want : UNTOUCHED), "integer '%s'", z);
}

TEST(integers)
{
	uint64_t u = UNTOUCHED;

	i64_is("0", true, 0);
	i64_is("-0", true, 0);
	i64_is("007", true, 7);
	i64_is("9223372036854775807", true, INT64_MAX);
	i64_is("9223372036854775808", false, 0);
	i64_is("-9223372036854775808", true, INT64_MIN);
	i64_is("-9223372036854775809", false, 0);
	for (size_t i = 0; i < 9; i++)
		i64_is(((const char *[]){"", "-", "+1", " 1", "1 ", "1.0", "0x1", "1e3", "--1"})[i],
			false, 0);
	ok(num_u64(SPAN("18446744073709551615"), &u) == 0 && u == UINT64_MAX, "the largest");
	ok(num_u64(SPAN("18446744073709551616"), &u) == -1 && u == UINT64_MAX, "one past it");
	ok(num_u64(SPAN("-1"), &u) == -1, "no sign");
}

static void
double_is(const char *z, bool valid, double want)
{
	double v = UNTOUCHED;
	int r = num_double(span_str(z), &v);

	ok(r == (valid ? 0 : -1) && v == (valid ? want : UNTOUCHED), "double '%s'", z);
}

TEST(doubles)
{
	static const char *const bad[] = {"", "-", "+1", ".5", "5.", "01", "1e", "1e+", "0x1p3",
		"inf", "nan", "-inf", "1 ", " 1", "1.5x", "-.5", "1e999", "1,5",
		"1111111111111111111111111111111111111111111111111111111111111111"};

	double_is("0", true, 0);
	double_is("-1.5", true, -1.5);
	double_is("1e3", true, 1000);
	double_is("1E-3", true, 0.001);
	double_is("0.1", true, 0.1);
	double_is("1e-999", true, 0);
	double_is("5e-324", true, 5e-324);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		double_is(bad[i], false, 0);
}

static void
duration_is(const char *z, int64_t want)
{
	int64_t v = UNTOUCHED;
	int r = num_duration(span_str(z), &v);

	ok(r == (want < 0 ? -1 : 0) && v == (want < 0 ? UNTOUCHED : want), "duration '%s'", z);
}

TEST(durations)
{
	static const char *const bad[] = {"", "5", "1.5s", "-1s", "s", "1x", "1h30", "1 s", "1H",
		"9223372036854775808ms", "15250284453w", "00"};

	duration_is("0", 0);
	duration_is("250ms", 250);
	duration_is("30s", 30000);
	duration_is("1h30m", 5400000);
	duration_is("1w2d3h4m5s6ms", 604800000 + 2 * 86400000 + 3 * 3600000 + 4 * 60000 + 5006);
	duration_is("1m1m", 120000);
	duration_is("9223372036854775807ms", INT64_MAX);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		duration_is(bad[i], -1);
}

TEST(written_durations)
{
	static const int64_t values[] = {
		0, 1, 999, 1000, 60000, 5400000, 604800000, 90061001, INT64_MAX};
	char text[32];

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		size_t n = num_put_duration(text, values[i]);
		int64_t back = -1;

		ok(n == strlen(text) && num_duration(span_of(text, n), &back) == 0 &&
				back == values[i],
			"'%s' reads back", text);
	}
	num_put_duration(text, 5400000);
	is_str(text, "1h30m", "the shortest form");
}

TEST(sizes)
{
	static const char *const bad[] = {"", "k", "1K", "1kB", "1.5k", "-1", "1 k", "1T",
		"18446744073709551616", "17179869184G"};
	uint64_t v = UNTOUCHED;

	ok(num_size(SPAN("0"), &v) == 0 && v == 0, "0");
	ok(num_size(SPAN("4096"), &v) == 0 && v == 4096, "4096");
	ok(num_size(SPAN("4k"), &v) == 0 && v == 4096, "4k");
	ok(num_size(SPAN("2M"), &v) == 0 && v == 2 << 20, "2M");
	ok(num_size(SPAN("3G"), &v) == 0 && v == 3ull << 30, "3G");
	ok(num_size(SPAN("17179869183G"), &v) == 0 && v == 17179869183ull << 30, "the largest G");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		v = UNTOUCHED;
		ok(num_size(span_str(bad[i]), &v) == -1 && v == UNTOUCHED, "size '%s'", bad[i]);
	}
}

int
main(void)
{
	RUN(integers);
	RUN(doubles);
	RUN(durations);
	RUN(written_durations);
	RUN(sizes);
	return tap_done();
}
