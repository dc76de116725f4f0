/* number: grammar, order, one text for equal numbers, doubles. */
#include "json/number.h"

#include <float.h>

#include "tap.h"

TEST(length)
{
	static const struct {
		const char *text;
		int64_t n;
	} rows[] = {{"0", 1}, {"-0", 2}, {"12", 2}, {"01", 1}, {"1.5", 3}, {"1.", 1}, {".5", 0},
		{"+1", 0}, {"-", 0}, {"", 0}, {"1e5", 3}, {"1E+5", 4}, {"1e-05", 5}, {"1e", 1},
		{"1e+", 1}, {"-1.50e10,", 8}, {"1.e5", 1}, {"NaN", 0}, {"--1", 0}, {"1-2", 1}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		is_int((int64_t)number_length(span_str(rows[i].text)), rows[i].n, "length of '%s'",
			rows[i].text);
}

/* In rising order; numbers on one row are equal. */
static const char *const ladder[][6] = {
	{"-1e9999999999999999999999999999999999999999999999",
		"-1e99999999999999999999999999999999999999"},
	{"-1e400"},
	{"-123456789012345678901234567890123456789012345678901"},
	{"-123456789012345678901234567890123456789012345678900"},
	{"-12345678901234567890"},
	{"-1.5", "-15e-1", "-0.15E1"},
	{"-1e-400"},
	{"0", "-0", "0.000", "0e99", "-0.0e-9"},
	{"2.5e-9999999999999999999999999999999999999999999999",
		"25e-99999999999999999999999999999999999999"},
	{"1e-99999999999999999999999999"},
	{"1e-400"},
	{"0.1", "1e-1", "0.10", "100e-3"},
	{"0.10000000000000000000000000000000000000000000000000000001"},
	{"1", "1.0", "10e-1", "0.001e3", "1e0", "1E+00"},
	{"1.0000000000000000000000000000000000000000000000000000000001"},
	{"9.99"},
	{"10", "1e1", "1.0e1"},
	{"9007199254740992"},
	{"9007199254740993", "9007199254740993.0"},
	{"999999999999999999"},
	{"1000000000000000000", "1e18"},
	{"12345678901234567890"},
	{"12345678901234567891", "1234567890123456789.1e1"},
	{"1e400", "10e399", "0.1e401"},
	{"1.1e400"},
	{"1e99999999999999999999999999"},
};

TEST(order)
{
	int wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(ladder); i++) {
		for (size_t j = 0; j < ARRAY_LEN(ladder); j++) {
			for (size_t k = 0; k < 6 && ladder[i][k]; k++) {
				for (size_t l = 0; l < 6 && ladder[j][l]; l++) {
					const char *a = ladder[i][k], *b = ladder[j][l];
					int want = (i > j) - (i < j);
					int got = number_compare(span_str(a), span_str(b));

					if (got != want)
						printf("# %s against %s: %d\n", a, b, got);
					wrong += got != want;
				}
			}
		}
	}
	is_int(wrong, 0, "pairs out of order");
}

static void
canonical(struct buf *b, const char *text)
{
	buf_clear(b);
	number_put_canonical(b, span_str(text));
}

TEST(one_text_for_equals)
{
	struct buf a, b;
	int wrong = 0;

	buf_init(&a, 1000);
	buf_init(&b, 1000);
	for (size_t i = 0; i < ARRAY_LEN(ladder); i++) {
		canonical(&a, ladder[i][0]);
		for (size_t k = 0; k < 6 && ladder[i][k]; k++) {
			canonical(&b, ladder[i][k]);
			wrong += !span_equal(buf_view(&a), buf_view(&b));
			wrong += number_compare(span_str(ladder[i][k]), buf_view(&b)) != 0;
			wrong += number_length(buf_view(&b)) != b.n;
		}
	}
	is_int(wrong, 0, "equal numbers with unequal texts");
	buf_release(&a);
	buf_release(&b);
}

TEST(canonical_texts)
{
	static const char *const rows[][2] = {{"1200", "1200"}, {"12e2", "1200"}, {"-0", "0"},
		{"0.0500", "0.05"}, {"5e-2", "0.05"}, {"1.50", "1.5"}, {"-10.0", "-10"},
		{"12.5e1", "125"}, {"1e40", "1e40"}, {"123e-30", "123e-30"},
		{"1e38", "1"
			 "00000000000000000000000000000000000000"},
		{"12345678901234567890.10", "12345678901234567890.1"}};
	struct buf b;

	buf_init(&b, 1000);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		canonical(&b, rows[i][0]);
		is_mem(b.p, b.n, rows[i][1], "%s", rows[i][0]);
	}
	buf_release(&b);
}

TEST(doubles)
{
	static const char *const rows[] = {"0", "1", "-1", "0.1", "1.5", "123456789012345", "1e22",
		"1e23", "1e-22", "87.9", "2.2250738585072014e-308", "4.9e-324", "1e-400",
		"9007199254740993", "0.30000000000000004", "123456789.123456789", "5e-5", "1e308"};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ok(number_to_double(span_str(rows[i])) == strtod(rows[i], NULL), "%s as strtod",
			rows[i]);
	ok(number_to_double(SPAN("1e400")) == DBL_MAX, "too large: the largest");
	ok(number_to_double(SPAN("-1e400")) == -DBL_MAX, "too small: the smallest");
	ok(number_to_double(span_of("12345", 3)) == 123, "the span is the number");
}

int
main(void)
{
	RUN(length);
	RUN(order);
	RUN(one_text_for_equals);
	RUN(canonical_texts);
	RUN(doubles);
	return tap_done();
}
