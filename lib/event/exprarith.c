/* exprarith: what is exact; the rest is libjq's. */
#include "event/exprarith.h"

#define EXACT_MAX ((int64_t)1 << 53)

static int
fails(struct expreval *x, const struct exprval *a, const struct exprval *b, const char *how)
{
	return err_data(x->err, "expr", -1, "%s and %s cannot be %s", exprval_show(a).text,
		exprval_show(b).text, how);
}

static int
integer(struct expreval *x, int64_t v, struct exprval *out)
{
	if (v > EXACT_MAX || v < -EXACT_MAX)
		return EXPREVAL_PUNT;
	*out = exprval_i64(v, x->scratch);
	return 0;
}

/* A zero that a negative number is part of may be -0 in jq. */
static int
product(struct expreval *x, int64_t a, int64_t b, struct exprval *out)
{
	int64_t v;

	if (__builtin_mul_overflow(a, b, &v) || (v == 0 && (a < 0 || b < 0)))
		return EXPREVAL_PUNT;
	return integer(x, v, out);
}

static int
quotient(struct expreval *x, int64_t a, int64_t b, struct exprval *out)
{
	if (a % b != 0 || (a == 0 && b < 0))
		return EXPREVAL_PUNT;
	return integer(x, a / b, out);
}

static int
remainder_of(struct expreval *x, int64_t a, int64_t b, struct exprval *out)
{
	if (a < 0 && a % b == 0)
		return EXPREVAL_PUNT;
	return integer(x, a % b, out);
}

static int
numbers(struct expreval *x, unsigned op, const struct exprval *a, const struct exprval *b,
	struct exprval *out)
{
	int64_t m, n;

	if (!exprval_small(a, &m) || !exprval_small(b, &n))
		return EXPREVAL_PUNT;
	switch (op) {
	case '+': return integer(x, m + n, out);
	case '-': return integer(x, m - n, out);
	case '*': return product(x, m, n, out);
	case '/':
		return n ? quotient(x, m, n, out)
			 : fails(x, a, b, "divided because the divisor is zero");
	default:
		return n ? remainder_of(x, m, n, out)
			 : fails(x, a, b, "divided (remainder) because the divisor is zero");
	}
}

/* The bytes between the quotes or brackets of both, within one pair of them. */
static struct exprval
joined(struct expreval *x, const struct exprval *a, const struct exprval *b, const char *between)
{
	struct span s = exprval_json(a), t = exprval_json(b);
	size_t gap = strlen(between);
	char *p = arena_get(x->scratch, s.n + t.n + gap);

	memcpy(p, s.p, s.n - 1);
	memcpy(p + s.n - 1, between, gap);
	memcpy(p + s.n - 1 + gap, t.p + 1, t.n - 1);
	return (struct exprval){a->type, DOC_NONE, NULL, span_of(p, s.n + t.n + gap - 2)};
}

static int
add_strings(
	struct expreval *x, const struct exprval *a, const struct exprval *b, struct exprval *out)
{
	struct span s = exprval_json(a), t = exprval_json(b);
	char *p;

	if (!memchr(s.p, '\\', s.n) || !memchr(t.p, '\\', t.n)) {
		*out = joined(x, a, b, "");
		return 0;
	}
	/* Two halves of a surrogate pair must not meet as escapes. */
	s = exprval_text(a, x->scratch);
	t = exprval_text(b, x->scratch);
	p = arena_get(x->scratch, s.n + t.n);
	if (s.n)
		memcpy(p, s.p, s.n);
	if (t.n)
		memcpy(p + s.n, t.p, t.n);
	*out = exprval_string(span_of(p, s.n + t.n), x->scratch);
	return 0;
}

static int
add_arrays(
	struct expreval *x, const struct exprval *a, const struct exprval *b, struct exprval *out)
{
	struct span s = exprval_json(a), t = exprval_json(b);
	bool s_empty = span_trim(span_of(s.p + 1, s.n - 2)).n == 0;
	bool t_empty = span_trim(span_of(t.p + 1, t.n - 2)).n == 0;

	*out = joined(x, a, b, s_empty || t_empty ? "" : ",");
	return 0;
}

static int
add_other(struct expreval *x, const struct exprval *a, const struct exprval *b, struct exprval *out)
{
	if (a->type == DOC_NULL || b->type == DOC_NULL) {
		*out = a->type == DOC_NULL ? *b : *a;
		return 0;
	}
	if (a->type != b->type || a->type < DOC_NUMBER)
		return fails(x, a, b, "added");
	switch (a->type) {
	case DOC_STRING: return add_strings(x, a, b, out);
	case DOC_ARRAY: return add_arrays(x, a, b, out);
	default: return EXPREVAL_PUNT;
	}
}

int
exprarith_apply(struct expreval *x, unsigned op, const struct exprval *a, const struct exprval *b,
	struct exprval *out)
{
	if (a->type == DOC_NUMBER && b->type == DOC_NUMBER)
		return numbers(x, op, a, b, out);
	if (op == '+')
		return add_other(x, a, b, out);
	/* Differences of arrays, products of objects, repeated and divided strings. */
	if (a->type >= DOC_NUMBER && b->type >= DOC_NUMBER)
		return EXPREVAL_PUNT;
	return fails(x, a, b, op == '-' ? "subtracted" : op == '*' ? "multiplied" : "divided");
}

int
exprarith_negate(struct expreval *x, const struct exprval *a, struct exprval *out)
{
	int64_t v;

	if (a->type != DOC_NUMBER)
		return err_data(x->err, "expr", -1, "%s cannot be negated", exprval_show(a).text);
	return exprval_small(a, &v) && v != 0 ? integer(x, -v, out) : EXPREVAL_PUNT;
}
