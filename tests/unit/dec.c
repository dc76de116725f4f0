/* dec: exact as far as 128 bits go, and no further in silence. */
#include "tap.h"

#include "base/dec.h"

#include <float.h>
#include <math.h>

#define MAX38 "99999999999999999999999999999999999999"

static struct dec
of(const char *z)
{
	struct dec d = {77, 77};

	if (!dec_parse(span_str(z), &d))
		printf("# '%s' does not fit\n", z);
	return d;
}

static void
puts_as(struct dec d, const char *want)
{
	struct buf b;

	buf_init(&b, 200);
	dec_put(&b, d);
	is_mem(b.p, b.n, want, "written %s", want);
	buf_release(&b);
}

/* 0.000…1e10000000 with a million digits behind the point is 1e9000000, and not what a clamped exponent makes of it. */
static bool
refuses_long_fraction(void)
{
	struct buf b;
	struct dec d;
	bool fits;

	buf_init(&b, SIZE_MAX);
	buf_puts(&b, "0.");
	for (int i = 1; i < 1000000; i++)
		buf_putc(&b, '0');
	buf_puts(&b, "1e10000000");
	fits = dec_parse(buf_view(&b), &d);
	buf_release(&b);
	return !fits;
}

TEST(text)
{
	struct dec d = {1, 2};

	puts_as(of("0"), "0");
	puts_as(of("-0"), "0");
	puts_as(of("0.000"), "0");
	puts_as(of("1200"), "1200");
	puts_as(of("1.50"), "1.5");
	puts_as(of("-0.05"), "-0.05");
	puts_as(of("12e2"), "1200");
	puts_as(of("1E-2"), "0.01");
	puts_as(of("1e+3"), "1000");
	puts_as(of("12345678901234567890"), "12345678901234567890");
	puts_as(of(MAX38), MAX38);
	puts_as(of("1e38"), "100000000000000000000000000000000000000");
	puts_as(of("12e40"), "12e40");
	puts_as(of("1.2e-30"), "12e-31");
	puts_as(of("100.000000000000000000000000000000000000000000000"), "100");
	puts_as(of("170141183460469231731687303715884105727"), /* 2^127 - 1 */
		"170141183460469231731687303715884105727");
	ok(!dec_parse(SPAN("170141183460469231731687303715884105728"), &d) && d.coefficient == 1,
		"one past 128 bits does not fit and touches nothing");
	ok(!dec_parse(SPAN("1e100001"), &d) && !dec_parse(SPAN("1e-99999999999999999999"), &d),
		"nor do absurd exponents");
	ok(refuses_long_fraction(), "however many zeros stand before the digits");
	ok(dec_parse(SPAN("0e999999999"), &d) && d.coefficient == 0 && d.exponent == 0,
		"but zero is zero");
}

TEST(sums)
{
	struct dec d = {1, 2};

	ok(dec_add(of("0.1"), of("0.2"), &d), "0.1 + 0.2");
	puts_as(d, "0.3");
	ok(dec_add(of("1e20"), of("1e-10"), &d), "far apart, exact");
	puts_as(d, "100000000000000000000.0000000001");
	ok(dec_add(of("9223372036854775807"), of("1"), &d), "past 64 bits");
	puts_as(d, "9223372036854775808");
	ok(dec_sub(of("5"), of("5.0"), &d) && d.coefficient == 0 && d.exponent == 0, "zero");
	ok(dec_add(of("0"), of("1e-90000"), &d) && d.exponent == -90000, "zero adds nothing");
	d = DEC_ZERO;
	ok(!dec_add(of("1e50"), of("1"), &d) && d.coefficient == 0, "51 digits do not fit");
	ok(!dec_add(of("170141183460469231731687303715884105727"), of("1"), &d), "nor 2^127");
}

TEST(products)
{
	struct dec d = {1, 2};

	ok(dec_mul(of("1.1"), of("1.1"), &d), "1.1 * 1.1");
	puts_as(d, "1.21");
	ok(dec_mul(of("-4"), of("0.25"), &d), "-4 * 0.25");
	puts_as(d, "-1");
	ok(dec_mul(of("0"), of("1e99"), &d) && d.exponent == 0, "times zero");
	ok(!dec_mul(of("1e60000"), of("1e60000"), &d), "exponents have an end");
	ok(!dec_mul(of(MAX38), of("3"), &d), "coefficients too");
}

TEST(order)
{
	static const char *const sorted[] = {"-1e90000", "-170141183460469231731687303715884105727",
		"-1e38", "-2", "-1.5", "-1e-9", "0", "1e-90000", "0.1", "0.10000000000000000001",
		"1", "9007199254740992", "9007199254740993", "1e38",
		"170141183460469231731687303715884105727", "2e38", "1e90000"};

	for (size_t i = 0; i < ARRAY_LEN(sorted); i++)
		for (size_t j = 0; j < ARRAY_LEN(sorted); j++)
			ok(dec_compare(of(sorted[i]), of(sorted[j])) == (i > j) - (i < j),
				"%s with %s", sorted[i], sorted[j]);
	is_int(dec_compare(of("1.0"), of("10e-1")), 0, "one value, one form");
}

TEST(conversions)
{
	int64_t v = 42;

	ok(dec_to_i64(of("-9223372036854775808"), &v) && v == INT64_MIN, "the smallest");
	ok(dec_to_i64(of("9e18"), &v) && v == 9000000000000000000, "9e18");
	v = 42;
	ok(!dec_to_i64(of("9223372036854775808"), &v) && !dec_to_i64(of("1.5"), &v) &&
			!dec_to_i64(of("1e30"), &v) && v == 42,
		"what is no int64_t");
	ok(dec_to_double(of("0.1")) == 0.1 && dec_to_double(of("-1e22")) == -1e22, "nearest");
	ok(dec_to_double(of("9007199254740993")) == 9007199254740992.0, "to even");
	ok(dec_to_double(of("12345678901234567890")) == 12345678901234567890.0, "large");
	is_int(dec_compare(dec_i64(INT64_MIN), of("-9223372036854775808")), 0, "from int64_t");
	is_int(dec_i64(1000).exponent, 3, "reduced");
}

static void
double_as(double v, const char *want)
{
	struct buf b;

	buf_init(&b, 100);
	dec_put_double(&b, v);
	is_mem(b.p, b.n, want, "double %s", want);
	buf_release(&b);
}

TEST(doubles)
{
	double_as(0, "0");
	double_as(-0.0, "-0");
	double_as(0.1, "0.1");
	double_as(0.1 + 0.2, "0.30000000000000004");
	double_as(87.9, "87.9");
	double_as(1.0 / 3, "0.3333333333333333");
	double_as(100, "100");
	double_as(99999999999999984.0, "99999999999999984");
	double_as(1e17, "1e+17");
	double_as(1e300, "1e+300");
	double_as(DBL_MAX, "1.7976931348623157e+308");
	double_as(5e-324, "5e-324");
	double_as(2.2250738585072014e-308, "2.2250738585072014e-308");
	double_as((double)INFINITY, "null");
	double_as((double)NAN, "null");
}

int
main(void)
{
	RUN(text);
	RUN(sums);
	RUN(products);
	RUN(order);
	RUN(conversions);
	RUN(doubles);
	return tap_done();
}
