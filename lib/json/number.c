/* number: the grammar, and order by digits. */
#include "json/number.h"

#include <float.h>

static size_t
digits_from(struct span s, size_t i)
{
	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i;
}

size_t
number_length(struct span s)
{
	size_t i = s.n > 0 && s.p[0] == '-', k = digits_from(s, i);

	if (k == i)
		return 0;
	k = s.p[i] == '0' ? i + 1 : k;
	if (k < s.n && s.p[k] == '.') {
		i = k + 1;
		if ((k = digits_from(s, i)) == i)
			return i - 1;
	}
	if (k < s.n && (s.p[k] == 'e' || s.p[k] == 'E')) {
		size_t start = k;

		i = k + 1;
		i += i < s.n && (s.p[i] == '+' || s.p[i] == '-');
		if ((k = digits_from(s, i)) == i)
			return start;
	}
	return k;
}

/*
 * A number taken apart: value = digits * 10^exponent, the digits without zeros at either end. They stand
 * in [first, last) of the text, perhaps with the point between them.
 */
struct parts {
	bool negative;
	const char *first, *last; /* first == last: zero */
	int128 exponent;
	size_t digits;
};

#define EXPONENT_LIMIT ((int128)1000000000000000000 * 1000000000000000000)

static int128
read_exponent(const char *p, const char *end)
{
	bool negative = p < end && *p == '-';
	int128 e = 0;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (; p < end && e < EXPONENT_LIMIT; p++)
		e = e * 10 + (*p - '0');
	e = MIN(e, EXPONENT_LIMIT);
	return negative ? -e : e;
}

static struct parts
take_apart(struct span s)
{
	const char *p = s.p, *end = p + s.n, *point = NULL, *e;
	struct parts n = {.negative = s.n && *p == '-'};

	p += n.negative;
	for (e = p; e < end && *e != 'e' && *e != 'E'; e++) {
		if (*e == '.')
			point = e;
	}
	n.first = p;
	n.last = e;
	while (n.first < n.last && (*n.first == '0' || *n.first == '.'))
		n.first++;
	while (n.last > n.first && (n.last[-1] == '0' || n.last[-1] == '.'))
		n.last--;
	if (n.first == n.last)
		return (struct parts){.first = p, .last = p};
	n.digits = (size_t)(n.last - n.first) - (point && n.first < point && point < n.last);
	if (!point)
		n.exponent = e - n.last;
	else
		n.exponent = n.last > point ? point + 1 - n.last : point - n.last;
	if (e < end)
		n.exponent += read_exponent(e + 1, end);
	n.exponent = MAX(MIN(n.exponent, EXPONENT_LIMIT), -EXPONENT_LIMIT);
	return n;
}

static int
compare_digits(const struct parts *a, const struct parts *b)
{
	const char *p = a->first, *q = b->first;

	for (;; p++, q++) {
		if (p < a->last && *p == '.')
			p++;
		if (q < b->last && *q == '.')
			q++;
		if (p == a->last || q == b->last)
			return (p < a->last) - (q < b->last);
		if (*p != *q)
			return *p < *q ? -1 : 1;
	}
}

static int
compare_parts(struct span a, struct span b)
{
	struct parts x = take_apart(a), y = take_apart(b);
	int sx = x.first == x.last ? 0 : x.negative ? -1 : 1;
	int sy = y.first == y.last ? 0 : y.negative ? -1 : 1;
	int128 mx = x.exponent + (int128)x.digits, my = y.exponent + (int128)y.digits;

	if (sx != sy || sx == 0)
		return (sx > sy) - (sx < sy);
	if (mx != my)
		return mx > my ? sx : -sx;
	return sx * compare_digits(&x, &y);
}

/* An integer of up to 18 digits, the common case. */
static bool
small_integer(struct span s, int64_t *out)
{
	bool negative = s.n > 0 && s.p[0] == '-';
	int64_t v = 0;

	if (s.n > 18)
		return false;
	for (size_t i = negative; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	*out = negative ? -v : v;
	return true;
}

int
number_compare(struct span a, struct span b)
{
	int64_t x, y;

	if (small_integer(a, &x) && small_integer(b, &y))
		return (x > y) - (x < y);
	return compare_parts(a, b);
}

static void
put_zeros(struct buf *b, int64_t n)
{
	for (; n > 0; n--)
		buf_putc(b, '0');
}

/* The digits from the given one on, at most n, without the point. */
static const char *
put_digits(struct buf *b, const char *p, const char *end, int64_t n)
{
	for (; p < end && n > 0; p++) {
		if (*p == '.')
			continue;
		buf_putc(b, *p);
		n--;
	}
	return p;
}

static void
put_exponent(struct buf *b, int128 e)
{
	char text[48];
	size_t at = sizeof(text);
	uint128 u = e < 0 ? (uint128)-e : (uint128)e;

	for (; u || at == sizeof(text); u /= 10)
		text[--at] = (char)('0' + (int)(u % 10));
	if (e < 0)
		text[--at] = '-';
	buf_putc(b, 'e');
	buf_put(b, text + at, sizeof(text) - at);
}

void
number_put_canonical(struct buf *b, struct span raw)
{
	struct parts n = take_apart(raw);
	int128 point = n.exponent + (int128)n.digits; /* digits before the point */
	const char *rest;

	if (n.negative)
		buf_putc(b, '-');
	if (n.first == n.last) {
		buf_putc(b, '0');
	} else if (point > 39 || point < -20) {
		put_digits(b, n.first, n.last, INT64_MAX);
		put_exponent(b, n.exponent);
	} else if (n.exponent >= 0) {
		put_digits(b, n.first, n.last, INT64_MAX);
		put_zeros(b, (int64_t)n.exponent);
	} else if (point <= 0) {
		buf_puts(b, "0.");
		put_zeros(b, (int64_t)-point);
		put_digits(b, n.first, n.last, INT64_MAX);
	} else {
		rest = put_digits(b, n.first, n.last, (int64_t)point);
		buf_putc(b, '.');
		put_digits(b, rest, n.last, INT64_MAX);
	}
}

/*
 * Up to 15 digits and a power of ten up to 22 are both exact doubles, so one multiplication or division
 * rounds once, correctly: Clinger, "How to Read Floating Point Numbers Accurately" (1990).
 */
static bool
exact_double(struct span raw, double *out)
{
	static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	struct parts n = take_apart(raw);
	int64_t v = 0;

	if (n.digits == 0 || n.digits > 15 || n.exponent > 22 || n.exponent < -22)
		return false;
	for (const char *p = n.first; p < n.last; p++) {
		if (*p != '.')
			v = v * 10 + (*p - '0');
	}
	*out = (double)(n.negative ? -v : v);
	if (n.exponent < 0)
		*out /= tens[-n.exponent];
	else
		*out *= tens[n.exponent];
	return true;
}

double
number_to_double(struct span raw)
{
	char *copy;
	double v;

	if (exact_double(raw, &v))
		return v;
	copy = alloc_terminated(raw.p, raw.n);
	v = strtod(copy, NULL);
	alloc_free(copy);
	return v > DBL_MAX ? DBL_MAX : v < -DBL_MAX ? -DBL_MAX : v;
}
