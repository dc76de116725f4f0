/* dec: arithmetic on a 128-bit coefficient. */
#include "base/dec.h"

#include <float.h>
#include <math.h>

#define EXPONENT_MAX 100000
#define EXPONENT_LIMIT ((int64_t)1 << 52) /* more than a text has digits */

static struct dec
reduced(int128 c, int64_t e)
{
	if (c == 0)
		return DEC_ZERO;
	while (c % 10 == 0) {
		c /= 10;
		e++;
	}
	return (struct dec){c, (int32_t)e};
}

struct dec
dec_i64(int64_t v)
{
	return reduced(v, 0);
}

/* The exponent after 'e'; clamped far past what digits before or behind the point can make up for. */
static int64_t
parse_exponent(const char *p, const char *end)
{
	bool negative = p < end && *p == '-';
	int64_t e = 0;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (; p < end; p++)
		if (e < EXPONENT_LIMIT)
			e = e * 10 + (*p - '0');
	return negative ? -e : e;
}

bool
dec_parse(struct span text, struct dec *out)
{
	const char *p = text.p, *end = p + text.n;
	bool negative = p < end && *p == '-', fraction = false;
	int64_t e = 0, zeros = 0;
	int128 c = 0;

	for (p += negative; p < end && *p != 'e' && *p != 'E'; p++) {
		if (*p == '.') {
			fraction = true;
			continue;
		}
		e -= fraction;
		if (*p == '0' && c != 0) { /* only counted: trailing ones cost nothing */
			zeros++;
			continue;
		}
		for (; zeros && *p != '0'; zeros--)
			if (__builtin_mul_overflow(c, (int128)10, &c))
				return false;
		if (__builtin_mul_overflow(c, (int128)10, &c) ||
			__builtin_add_overflow(c, (int128)(*p - '0'), &c))
			return false;
	}
	if (p < end)
		e += parse_exponent(p + 1, end);
	e += zeros;
	if (c != 0 && (e > EXPONENT_MAX || e < -EXPONENT_MAX))
		return false;
	*out = reduced(negative ? -c : c, e);
	return true;
}

/* c * 10^n, false on overflow. */
static bool
scale(int128 *c, int64_t n)
{
	if (*c == 0)
		return true;
	if (n > 39)
		return false;
	for (; n > 0; n--)
		if (__builtin_mul_overflow(*c, (int128)10, c))
			return false;
	return true;
}

bool
dec_add(struct dec a, struct dec b, struct dec *out)
{
	int32_t e = a.coefficient == 0   ? b.exponent
		    : b.coefficient == 0 ? a.exponent
					 : MIN(a.exponent, b.exponent);
	int128 x = a.coefficient, y = b.coefficient, sum;

	if (likely(a.exponent == 0 && b.exponent == 0 && x < INT64_MAX && x > INT64_MIN &&
		    y < INT64_MAX && y > INT64_MIN)) {
		*out = reduced(x + y, 0);
		return true;
	}
	if (!scale(&x, (int64_t)a.exponent - e) || !scale(&y, (int64_t)b.exponent - e) ||
		__builtin_add_overflow(x, y, &sum))
		return false;
	*out = reduced(sum, e);
	return true;
}

bool
dec_sub(struct dec a, struct dec b, struct dec *out)
{
	if (__builtin_sub_overflow((int128)0, b.coefficient, &b.coefficient))
		return false;
	return dec_add(a, b, out);
}

bool
dec_mul(struct dec a, struct dec b, struct dec *out)
{
	int64_t e = (int64_t)a.exponent + b.exponent;
	int128 c;

	if (__builtin_mul_overflow(a.coefficient, b.coefficient, &c) || e > EXPONENT_MAX ||
		e < -EXPONENT_MAX)
		return false;
	*out = reduced(c, e);
	return true;
}

static int
digits_of(int128 c)
{
	int n = 0;

	for (; c != 0; c /= 10)
		n++;
	return n;
}

int
dec_compare(struct dec a, struct dec b)
{
	int sa = (a.coefficient > 0) - (a.coefficient < 0);
	int sb = (b.coefficient > 0) - (b.coefficient < 0);
	int64_t ma, mb;
	int128 x = a.coefficient, y = b.coefficient;

	if (sa != sb || sa == 0)
		return (sa > sb) - (sa < sb);
	if (a.exponent == b.exponent)
		return (x > y) - (x < y);
	ma = (int64_t)digits_of(x) + a.exponent;
	mb = (int64_t)digits_of(y) + b.exponent;
	if (ma != mb)
		return (ma > mb) == (sa > 0) ? 1 : -1;
	/* The same magnitude: the larger exponent has the fewer digits, so scaling it fits or exceeds. */
	if (a.exponent > b.exponent)
		return scale(&x, (int64_t)a.exponent - b.exponent) ? (x > y) - (x < y) : sa;
	return scale(&y, (int64_t)b.exponent - a.exponent) ? (x > y) - (x < y) : -sa;
}

bool
dec_to_i64(struct dec d, int64_t *out)
{
	int128 c = d.coefficient;

	if (d.exponent < 0 || !scale(&c, d.exponent) || c > INT64_MAX || c < INT64_MIN)
		return false;
	*out = (int64_t)c;
	return true;
}

/* Decimal digits of a coefficient, sign apart; returns their start in text. */
static char *
digits_put(int128 c, char text[48])
{
	uint128 u = c < 0 ? 0 - (uint128)c : (uint128)c;
	char *p = text + 47;

	*p = '\0';
	do {
		*--p = (char)('0' + (int)(u % 10));
		u /= 10;
	} while (u);
	return p;
}

double
dec_to_double(struct dec d)
{
	char digits[48], text[72];
	char *p;

	if (d.exponent == 0 && d.coefficient < ((int128)1 << 53) &&
		d.coefficient > -((int128)1 << 53))
		return (double)(int64_t)d.coefficient;
	p = digits_put(d.coefficient, digits);
	snprintf(text, sizeof(text), "%s%se%d", d.coefficient < 0 ? "-" : "", p, (int)d.exponent);
	return strtod(text, NULL);
}

void
dec_put(struct buf *b, struct dec d)
{
	char digits[48];
	char *p = digits_put(d.coefficient, digits);
	int n = (int)strlen(p), point = n + d.exponent; /* digits before the point */

	if (d.coefficient < 0)
		buf_putc(b, '-');
	if (point > 39 || point < -20) {
		buf_puts(b, p);
		buf_print(b, "e%d", (int)d.exponent);
		return;
	}
	if (d.exponent >= 0) {
		buf_puts(b, p);
		for (int i = 0; i < d.exponent; i++)
			buf_putc(b, '0');
		return;
	}
	if (point <= 0) {
		buf_puts(b, "0.");
		for (int i = point; i < 0; i++)
			buf_putc(b, '0');
		buf_puts(b, p);
		return;
	}
	buf_put(b, p, (size_t)point);
	buf_putc(b, '.');
	buf_puts(b, p + point);
}

void
dec_put_double(struct buf *b, double v)
{
	char text[40];

	if (!isfinite(v)) {
		buf_puts(b, "null");
		return;
	}
	if (v == floor(v) && fabs(v) < 1e17) {
		if (v == 0 && signbit(v))
			buf_putc(b, '-');
		buf_i64(b, (int64_t)v);
		return;
	}
	/* Fifteen digits, zeros trimmed, are never too many; but a subnormal number has fewer. */
	for (int digits = fabs(v) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	buf_puts(b, text);
}
