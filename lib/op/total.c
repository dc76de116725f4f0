/* total: sums in pieces: a machine integer, a decimal, a double. */
#include "op/total.h"

/* Integers of up to 18 digits without going through dec. */
bool
total_small(struct span s, int64_t *out)
{
	bool negative = s.n && s.p[0] == '-';
	int64_t v = 0;

	if (s.n - negative > 18)
		return false;
	for (size_t i = negative; i < s.n; i++) {
		unsigned digit = (unsigned)(unsigned char)s.p[i] - '0';

		if (digit > 9)
			return false;
		v = v * 10 + (int64_t)digit;
	}
	*out = negative ? -v : v;
	return true;
}

static bool
sum_of(const struct total *s, struct dec *total)
{
	if (s->rest.coefficient == 0) {
		*total = dec_i64(s->whole);
		return true;
	}
	return dec_add(s->rest, dec_i64(s->whole), total);
}

static double
as_double(const struct total *s)
{
	struct dec total;

	if (s->is_rough)
		return s->rough;
	if (sum_of(s, &total))
		return dec_to_double(total);
	return dec_to_double(s->rest) + (double)s->whole;
}

static void
add_rough(struct total *s, double v)
{
	s->rough = as_double(s) + v;
	s->is_rough = true;
}

static void
add_whole(struct total *s, int64_t v)
{
	struct dec rest;
	int64_t sum;

	if (likely(!__builtin_add_overflow(s->whole, v, &sum)))
		s->whole = sum;
	else if (dec_add(s->rest, dec_i64(v), &rest))
		s->rest = rest;
	else
		add_rough(s, (double)v);
}

static void
add_dec(struct total *s, struct dec d)
{
	struct dec rest, total;

	if (!dec_add(s->rest, d, &rest)) {
		add_rough(s, dec_to_double(d));
		return;
	}
	s->rest = rest;
	if (!sum_of(s, &total))
		add_rough(s, 0);
}

void
total_take(struct total *s, struct value v)
{
	struct dec d;
	int64_t small;

	s->n++;
	if (s->is_rough)
		s->rough += value_double(v);
	else if (likely(total_small(v.json, &small)))
		add_whole(s, small);
	else if (value_dec(v, &d))
		add_dec(s, d);
	else
		add_rough(s, value_double(v));
}

void
total_merge(struct total *into, const struct total *from)
{
	into->n += from->n;
	if (into->is_rough || from->is_rough) {
		add_rough(into, as_double(from));
		return;
	}
	add_whole(into, from->whole);
	if (from->rest.coefficient == 0)
		return;
	if (into->is_rough)
		into->rough += dec_to_double(from->rest);
	else
		add_dec(into, from->rest);
}

void
total_subtract(struct total *s, const struct total *part)
{
	struct dec rest = part->rest;
	int64_t whole = part->whole;

	s->n -= part->n;
	if (unlikely(whole == INT64_MIN)) {
		add_whole(s, 1);
		whole++;
	}
	add_whole(s, -whole);
	if (rest.coefficient) {
		rest.coefficient = -rest.coefficient;
		add_dec(s, rest);
	}
}

void
total_put(const struct total *s, struct buf *out)
{
	struct dec total;

	if (s->is_rough)
		dec_put_double(out, s->rough);
	else if (s->rest.coefficient == 0)
		buf_i64(out, s->whole);
	else if (sum_of(s, &total))
		dec_put(out, total);
	else
		dec_put_double(out, as_double(s));
}

/* c / n as a decimal when it ends within 17 places. */
static bool
quotient(struct dec total, uint64_t n, struct dec *out)
{
	int128 c = total.coefficient;

	for (int places = 0; places <= 17; places++) {
		if (c % (int128)n == 0) {
			*out = (struct dec){c / (int128)n, total.exponent - places};
			return dec_add(*out, DEC_ZERO, out);
		}
		if (__builtin_mul_overflow(c, (int128)10, &c))
			return false;
	}
	return false;
}

/* Only powers of 2 and 5 below the line make a decimal that ends; 3 there is the usual reason why not. */
static bool
may_end(struct dec total, uint64_t n)
{
	while (n % 2 == 0)
		n /= 2;
	while (n % 5 == 0)
		n /= 5;
	return n == 1 || total.coefficient % (int128)n == 0;
}

void
total_put_average(const struct total *s, struct buf *out)
{
	struct dec total, exact;

	if (s->n == 0)
		buf_puts(out, "null");
	else if (!s->is_rough && sum_of(s, &total) && may_end(total, s->n) &&
		 quotient(total, s->n, &exact))
		dec_put(out, exact);
	else
		dec_put_double(out, as_double(s) / (double)s->n);
}
