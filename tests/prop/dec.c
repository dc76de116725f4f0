/*
 * dec against a model that is slow and simple: decimal digits in arrays.
 *
 * A model number is a sign and 400 digits with the point in the middle; text is read digit by digit, sums are
 * carried by hand. Whatever dec says is exact must equal the model; whatever it declines must need more than
 * 38 digits (a product: before its trailing zeros are dropped).
 */
#include "tap.h"

#include "base/dec.h"

#define DIGITS 400
#define POINT 200 /* index of the first digit after the point */

struct model {
	bool negative;
	signed char digit[DIGITS]; /* most significant first */
};

static uint64_t state;

static unsigned
below(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static struct model
model_read(const char *z)
{
	struct model m = {.negative = *z == '-'};
	const char *e = strpbrk(z, "eE"), *point = strchr(z, '.'), *p = z + m.negative;
	const char *end = e ? e : z + strlen(z), *units = point ? point : end;
	int shift = e ? (int)strtoll(e + 1, NULL, 10) : 0;
	int at = POINT - (int)(units - p) - shift;

	for (; p < end; p++)
		if (*p != '.')
			m.digit[at++] = (signed char)(*p - '0');
	return m;
}

/* Order of the absolute values. */
static int
model_compare_size(const struct model *a, const struct model *b)
{
	for (int i = 0; i < DIGITS; i++)
		if (a->digit[i] != b->digit[i])
			return a->digit[i] < b->digit[i] ? -1 : 1;
	return 0;
}

static bool
model_is_zero(const struct model *m)
{
	static const struct model zero;

	return model_compare_size(m, &zero) == 0;
}

static int
model_compare(const struct model *a, const struct model *b)
{
	int c = model_compare_size(a, b);

	if (model_is_zero(a) && model_is_zero(b))
		return 0;
	if (model_is_zero(a) ? b->negative : model_is_zero(b) ? a->negative : false)
		return model_is_zero(a) ? 1 : -1;
	if (model_is_zero(a) || model_is_zero(b))
		return model_is_zero(a) ? -1 : 1;
	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	return a->negative ? -c : c;
}

static struct model
model_add(struct model a, struct model b)
{
	int sign = a.negative == b.negative ? 1 : -1, carry = 0;
	struct model m;

	if (model_compare_size(&a, &b) < 0) {
		m = a;
		a = b;
		b = m;
	}
	m = a;
	for (int i = DIGITS - 1; i >= 0; i--) {
		int d = a.digit[i] + sign * b.digit[i] + carry;

		carry = d > 9 ? 1 : d < 0 ? -1 : 0;
		m.digit[i] = (signed char)(d - 10 * carry);
	}
	return m;
}

static struct model
model_multiply(const struct model *a, const struct model *b)
{
	struct model m = {.negative = a->negative != b->negative};
	int wide[2 * DIGITS] = {0};

	for (int i = 0; i < DIGITS; i++)
		for (int j = 0; a->digit[i] && j < DIGITS; j++)
			wide[i + j + 1] += a->digit[i] * b->digit[j];
	for (int i = 2 * DIGITS - 1; i > 0; i--) {
		wide[i - 1] += wide[i] / 10;
		wide[i] %= 10;
	}
	/* The product's point lies at 2 * POINT. */
	for (int i = 0; i < DIGITS; i++)
		m.digit[i] = (signed char)wide[i + POINT];
	return m;
}

/* How many digits from the first to the last that is not zero. */
static int
model_digits(const struct model *m)
{
	int first = 0, last = DIGITS - 1;

	while (first < DIGITS && !m->digit[first])
		first++;
	while (last > first && !m->digit[last])
		last--;
	return first == DIGITS ? 0 : last - first + 1;
}

static bool
same(struct dec d, const struct model *want)
{
	struct model m;
	struct buf b;

	buf_init(&b, 600);
	dec_put(&b, d);
	buf_putc(&b, '\0');
	m = model_read(b.p);
	buf_release(&b);
	return model_compare(&m, want) == 0;
}

/* A number in JSON's grammar, often at the edges of 38 digits. */
static void
random_text(char *out)
{
	unsigned whole = below(4) ? 1 + below(6) : 1 + below(24),
		 part = below(3) ? below(5) : below(20);
	char *p = out;

	if (below(2))
		*p++ = '-';
	if (whole > 1)
		*p++ = (char)('1' + below(9));
	while (--whole > 0)
		*p++ = (char)(below(3) ? '0' + below(10) : '0');
	if (p == out || p[-1] == '-')
		*p++ = (char)('0' + below(10));
	if (part)
		*p++ = '.';
	while (part-- > 0)
		*p++ = (char)(below(3) ? '0' + below(10) : '9');
	if (!below(4))
		p += snprintf(
			p, 8, "%c%s%u", below(2) ? 'e' : 'E', below(2) ? "-" : "+", below(30));
	*p = '\0';
}

static bool
agrees(const char *za, const char *zb)
{
	struct model a = model_read(za), b = model_read(zb), sum = model_add(a, b), negated = b,
		     product = model_multiply(&a, &b), difference;
	struct dec x, y, z;

	negated.negative = !b.negative;
	difference = model_add(a, negated);
	if (!dec_parse(span_str(za), &x))
		return model_digits(&a) > 38;
	if (!dec_parse(span_str(zb), &y))
		return model_digits(&b) > 38;
	return same(x, &a) && dec_compare(x, y) == model_compare(&a, &b) &&
	       (dec_add(x, y, &z) ? same(z, &sum) : model_digits(&sum) > 38) &&
	       (dec_sub(x, y, &z) ? same(z, &difference) : model_digits(&difference) > 38) &&
	       (dec_mul(x, y, &z) ? same(z, &product) : model_digits(&a) + model_digits(&b) > 38);
}

int
main(int argc, char **argv)
{
	unsigned long long count = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
	int failed = 0;

	for (uint64_t i = 0; i < count; i++) {
		char a[80], b[80];

		state = i;
		below(2);
		random_text(a);
		random_text(b);
		if (agrees(a, b) || failed++ > 10)
			continue;
		ok(false, "case %" PRIu64 ": '%s' and '%s'", i, a, b);
	}
	is_int(failed, 0, "%llu pairs: text, order, sum, difference, product", count);
	return tap_done();
}
