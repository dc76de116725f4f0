/*
 * number: for random numbers and the same values written otherwise, order agrees with exact decimals and
 * with doubles where those tell the two apart; equal numbers and only they have one canonical text.
 * Arguments: the number of rounds, the seed.
 */
#include "json/number.h"

#include "base/dec.h"
#include "json_gen.h"
#include "tap.h"

static long wrong;

static void
law(bool holds, const char *what, struct span a, struct span b)
{
	if (!holds && wrong++ < 5)
		printf("# broken: %s: %.*s and %.*s\n", what, (int)a.n, a.p, (int)b.n, b.p);
}

/* The same value, its digits shifted against the exponent: -12.5e3 as -125e2 or -0.0125e6 and so on. */
static void
rewrite(struct gen *g, struct span s, struct buf *b)
{
	size_t e = 0;
	int64_t exponent = 0, shift = gen_below(g, 30);
	bool point = false;

	buf_clear(b);
	while (e < s.n && s.p[e] != 'e' && s.p[e] != 'E')
		e++;
	if (e < s.n)
		exponent = strtoll(s.p + e + 1, NULL, 10);
	if (s.p[0] == '-')
		buf_putc(b, '-');
	buf_puts(b, "0.");
	for (int64_t i = 0; i < shift; i++)
		buf_putc(b, '0');
	for (size_t i = s.p[0] == '-'; i < e; i++) {
		point |= s.p[i] == '.';
		if (s.p[i] == '.')
			continue;
		buf_putc(b, s.p[i]);
		exponent += !point;
	}
	for (uint32_t n = gen_below(g, 3); n > 0; n--)
		buf_putc(b, '0');
	buf_print(b, "e%+lld", (long long)(exponent + shift));
}

static bool
is_huge(struct span s)
{
	for (size_t e = 0; e < s.n; e++) {
		if (s.p[e] == 'e' || s.p[e] == 'E')
			return s.n - e > 16;
	}
	return false;
}

static void
check(struct span a, struct span b)
{
	int order = number_compare(a, b);
	double x = number_to_double(a), y = number_to_double(b);
	struct dec da, db;
	struct buf ca, cb;

	buf_init(&ca, 1 << 16);
	buf_init(&cb, 1 << 16);
	number_put_canonical(&ca, a);
	number_put_canonical(&cb, b);
	law(order == -number_compare(b, a), "order turned round", a, b);
	law(x == y || (x > y) == (order > 0), "order of doubles", a, b);
	if (dec_parse(a, &da) && dec_parse(b, &db))
		law(dec_compare(da, db) == order, "order of decimals", a, b);
	law(span_equal(buf_view(&ca), buf_view(&cb)) == (order == 0), "canonical text", a, b);
	law(number_compare(a, buf_view(&ca)) == 0, "canonical value", a, buf_view(&ca));
	buf_release(&ca);
	buf_release(&cb);
}

static void
check_double(struct span s)
{
	char *z = alloc_terminated(s.p, s.n);
	double want = strtod(z, NULL), got = number_to_double(s);

	law(got == want || (want > 1 && want > got && got > 1e308) ||
			(want < -1 && want < got && got < -1e308),
		"double as strtod", s, SPAN(""));
	alloc_free(z);
}

int
main(int argc, char **argv)
{
	long count = argc > 1 ? strtoll(argv[1], NULL, 10) : 200000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 20211122;
	struct gen g = {.state = seed};
	struct buf a, b, again;

	printf("# %ld rounds, seed %" PRIu64 "\n", count, seed);
	buf_init(&a, 1 << 16);
	buf_init(&b, 1 << 16);
	buf_init(&again, 1 << 16);
	gen_number(&g, &b);
	for (long i = 0; i < count; i++) {
		struct buf *now = i % 2 ? &a : &b;

		buf_clear(now);
		gen_number(&g, now);
		memset(now->p + now->n, 0, BUF_PAD);
		if (a.n > 0)
			check(buf_view(&a), buf_view(&b));
		check_double(buf_view(now));
		if (is_huge(buf_view(now)))
			continue;
		rewrite(&g, buf_view(now), &again);
		law(number_compare(buf_view(now), buf_view(&again)) == 0, "rewritten",
			buf_view(now), buf_view(&again));
		check(buf_view(now), buf_view(&again));
	}
	is_int(wrong, 0, "laws broken in %ld rounds", count);
	buf_release(&a);
	buf_release(&b);
	buf_release(&again);
	return tap_done();
}
