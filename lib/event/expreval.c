/*
 * expreval: single nodes answer directly, the others call back for each output.
 *
 * A binary operator takes the outputs of its right side in the outer loop, those of its left side in the inner
 * one, as jq does. A callback that has taken enough returns EXPREVAL_STOP, and everything returns.
 */
#include "event/expreval.h"

#include "event/exprarith.h"
#include "event/exprmake.h"
#include "event/exprpath.h"

static int
variable(struct expreval *x, unsigned which, struct exprval *out)
{
	struct event *ev = x->ev;
	struct event probe;
	struct err ignored;
	int64_t ms;

	switch (which) {
	case EXPRNODE_TYPE: *out = exprval_from(event_get(ev, EVENT_TYPE)); return 0;
	case EXPRNODE_ID: *out = exprval_from(event_get(ev, EVENT_ID)); return 0;
	case EXPRNODE_KEY: *out = exprval_from(ev->key); return 0;
	default: break;
	}
	probe = *ev; /* asking for $ts must not settle the event's time: --time may name another */
	*out = event_time(&probe, &ms, &ignored) ? EXPRVAL_NULL : exprval_i64(ms, x->scratch);
	return 0;
}

static bool
holds(struct expreval *x, unsigned order, const struct exprval *a, const struct exprval *b)
{
	int r = exprval_compare(a, b, x->pool, x->scratch);

	switch (order) {
	case EXPRNODE_EQ: return r == 0;
	case EXPRNODE_NE: return r != 0;
	case EXPRNODE_LT: return r < 0;
	case EXPRNODE_LE: return r <= 0;
	case EXPRNODE_GT: return r > 0;
	default: return r >= 0;
	}
}

/* Any binary operator on two values. */
static int
combine(struct expreval *x, const struct exprnode *n, const struct exprval *a,
	const struct exprval *b, struct exprval *out)
{
	if (n->kind == EXPRNODE_ARITH)
		return exprarith_apply(x, n->which, a, b, out);
	*out = exprval_bool(holds(x, n->which, a, b));
	return 0;
}

/* Equal or not to a constant string: what most events are asked, decided on their bytes. */
static int
equal_one(
	struct expreval *x, const struct exprnode *n, const struct exprval *in, struct exprval *out)
{
	bool equal;
	uint32_t token;

	if (likely(n->a->names && exprpath_token(n->a, in, &token))) {
		equal = token != DOC_NONE && exprval_token_equals(in->doc, token, n->b->text);
	} else {
		struct exprval a;
		int r = expreval_one(x, n->a, in, &a);

		if (r)
			return r;
		equal = exprval_equals(&a, n->b->text);
	}
	*out = exprval_bool(equal == (n->which == EXPRNODE_EQ));
	return 0;
}

static int
compare_one(
	struct expreval *x, const struct exprnode *n, const struct exprval *in, struct exprval *out)
{
	struct exprval a, b;
	int r;

	if (n->b->text.p && n->which <= EXPRNODE_NE)
		return equal_one(x, n, in, out);
	r = expreval_one(x, n->b, in, &b);
	if (r == 0)
		r = expreval_one(x, n->a, in, &a);
	if (r == 0)
		*out = exprval_bool(holds(x, n->which, &a, &b));
	return r;
}

static int
arith_one(
	struct expreval *x, const struct exprnode *n, const struct exprval *in, struct exprval *out)
{
	struct exprval a, b;
	int r = expreval_one(x, n->b, in, &b);

	if (r == 0)
		r = expreval_one(x, n->a, in, &a);
	return r ? r : exprarith_apply(x, n->which, &a, &b, out);
}

/* a and b, a or b: the left side decides alone where it can. */
static int
logic_one(
	struct expreval *x, const struct exprnode *n, const struct exprval *in, struct exprval *out)
{
	bool decisive = n->kind == EXPRNODE_OR;
	struct exprval v;
	int r = expreval_one(x, n->a, in, &v);

	if (r == 0 && exprval_is_true(&v) != decisive)
		r = expreval_one(x, n->b, in, &v);
	if (r == 0)
		*out = exprval_bool(exprval_is_true(&v));
	return r;
}

static int
alternative_one(
	struct expreval *x, const struct exprnode *n, const struct exprval *in, struct exprval *out)
{
	int r = expreval_one(x, n->a, in, out);

	return r || exprval_is_true(out) ? r : expreval_one(x, n->b, in, out);
}

static int
call_one(
	struct expreval *x, const struct exprnode *n, const struct exprval *in, struct exprval *out)
{
	struct exprval arg;
	int r;

	if (!n->a)
		return n->function(x, in, NULL, out);
	r = expreval_one(x, n->a, in, &arg);
	return r ? r : n->function(x, in, &arg, out);
}

/* The output of what has but one. */
static int
keep(void *ctx, const struct exprval *v)
{
	*(struct exprval *)ctx = *v;
	return 0;
}

/* --- several outputs ---------------------------------------------------------------------------- */

/* One generator inside another: what the inner callback needs. */
struct each {
	struct expreval *x;
	const struct exprnode *n;
	const struct exprval *in;
	expreval_fn *fn;
	void *ctx;
	struct exprval right;
	bool found;
};

static int
in_found(void *ctx, const struct exprval *v)
{
	struct each *e = ctx;

	e->found = exprval_compare(e->in, v, e->x->pool, e->x->scratch) == 0;
	return e->found ? EXPREVAL_STOP : 0;
}

static int
in_one(struct expreval *x, const struct exprnode *n, const struct exprval *in, struct exprval *out)
{
	struct each e = {.x = x, .in = in};
	int r = expreval_each(x, n->a, in, in_found, &e);

	*out = exprval_bool(e.found);
	return r == EXPREVAL_STOP ? 0 : r;
}

int
expreval_one(
	struct expreval *x, const struct exprnode *n, const struct exprval *in, struct exprval *out)
{
	struct exprval v;
	int r = 0;

	switch (n->kind) {
	case EXPRNODE_PATH:
		if (n->a && (r = expreval_one(x, n->a, in, &v)))
			return r;
		return exprpath_one(x, n, n->a ? &v : in, out);
	case EXPRNODE_CONST: *out = n->constant; return 0;
	case EXPRNODE_VAR: return variable(x, n->which, out);
	case EXPRNODE_COMPARE: return compare_one(x, n, in, out);
	case EXPRNODE_ARITH: return arith_one(x, n, in, out);
	case EXPRNODE_NEGATE:
		r = expreval_one(x, n->a, in, &v);
		return r ? r : exprarith_negate(x, &v, out);
	case EXPRNODE_AND:
	case EXPRNODE_OR: return logic_one(x, n, in, out);
	case EXPRNODE_ALT: return alternative_one(x, n, in, out);
	case EXPRNODE_PIPE:
		r = expreval_one(x, n->a, in, &v);
		return r ? r : expreval_one(x, n->b, &v, out);
	case EXPRNODE_CALL: return call_one(x, n, in, out);
	case EXPRNODE_IN: return in_one(x, n, in, out);
	case EXPRNODE_MEMBER:
		r = expreval_one(x, n->a, in, &v);
		return r ? r : n->function(x, &v, in, out);
	case EXPRNODE_ARRAY: return exprmake_array(x, n, in, out);
	case EXPRNODE_OBJECT: return exprmake_object(x, n, in, keep, out);
	case EXPRNODE_COMMA:
	case EXPRNODE_SELECT:
	case EXPRNODE_EMPTY: break; /* never single */
	}
	return EXPREVAL_PUNT;
}

static int
with_left(void *ctx, const struct exprval *left)
{
	struct each *e = ctx;
	struct exprval v;
	int r = combine(e->x, e->n, left, &e->right, &v);

	return r ? r : e->fn(e->ctx, &v);
}

static int
with_right(void *ctx, const struct exprval *right)
{
	struct each *e = ctx;

	e->right = *right;
	return expreval_each(e->x, e->n->a, e->in, with_left, e);
}

static int
truth(void *ctx, const struct exprval *v)
{
	struct each *e = ctx;
	struct exprval b = exprval_bool(exprval_is_true(v));

	return e->fn(e->ctx, &b);
}

static int
with_decision(void *ctx, const struct exprval *left)
{
	struct each *e = ctx;

	if (exprval_is_true(left) == (e->n->kind == EXPRNODE_OR))
		return truth(e, left);
	return expreval_each(e->x, e->n->b, e->in, truth, e);
}

static int
with_alternative(void *ctx, const struct exprval *v)
{
	struct each *e = ctx;

	if (!exprval_is_true(v))
		return 0;
	e->found = true;
	return e->fn(e->ctx, v);
}

static int
with_pipe(void *ctx, const struct exprval *v)
{
	struct each *e = ctx;

	return expreval_each(e->x, e->n->b, v, e->fn, e->ctx);
}

static int
with_choice(void *ctx, const struct exprval *v)
{
	struct each *e = ctx;

	return exprval_is_true(v) ? e->fn(e->ctx, e->in) : 0;
}

static int
with_path(void *ctx, const struct exprval *v)
{
	struct each *e = ctx;

	return exprpath_each(e->x, e->n, v, e->fn, e->ctx);
}

/* The outputs of a as arguments, or as the operand of a function with one input. */
static int
with_argument(void *ctx, const struct exprval *arg)
{
	struct each *e = ctx;
	struct exprval v;
	int r;

	if (e->n->kind == EXPRNODE_NEGATE)
		r = exprarith_negate(e->x, arg, &v);
	else if (e->n->kind == EXPRNODE_MEMBER)
		r = e->n->function(e->x, arg, e->in, &v);
	else
		r = e->n->function(e->x, e->in, arg, &v);
	return r ? r : e->fn(e->ctx, &v);
}

static int
several(struct each *e)
{
	const struct exprnode *n = e->n;
	int r;

	switch (n->kind) {
	case EXPRNODE_PATH:
		return n->a ? expreval_each(e->x, n->a, e->in, with_path, e) : with_path(e, e->in);
	case EXPRNODE_COMPARE:
	case EXPRNODE_ARITH: return expreval_each(e->x, n->b, e->in, with_right, e);
	case EXPRNODE_AND:
	case EXPRNODE_OR: return expreval_each(e->x, n->a, e->in, with_decision, e);
	case EXPRNODE_ALT:
		r = expreval_each(e->x, n->a, e->in, with_alternative, e);
		return r || e->found ? r : expreval_each(e->x, n->b, e->in, e->fn, e->ctx);
	case EXPRNODE_COMMA:
		r = expreval_each(e->x, n->a, e->in, e->fn, e->ctx);
		return r ? r : expreval_each(e->x, n->b, e->in, e->fn, e->ctx);
	case EXPRNODE_PIPE: return expreval_each(e->x, n->a, e->in, with_pipe, e);
	case EXPRNODE_SELECT: return expreval_each(e->x, n->a, e->in, with_choice, e);
	case EXPRNODE_EMPTY: return 0;
	case EXPRNODE_NEGATE:
	case EXPRNODE_MEMBER:
	case EXPRNODE_CALL: return expreval_each(e->x, n->a, e->in, with_argument, e);
	case EXPRNODE_OBJECT: return exprmake_object(e->x, n, e->in, e->fn, e->ctx);
	default: return EXPREVAL_PUNT;
	}
}

int
expreval_each(struct expreval *x, const struct exprnode *n, const struct exprval *in,
	expreval_fn *fn, void *ctx)
{
	struct each e = {.x = x, .n = n, .in = in, .fn = fn, .ctx = ctx};
	struct exprval v;
	int r;

	if (!n->single)
		return several(&e);
	r = expreval_one(x, n, in, &v);
	return r ? r : fn(ctx, &v);
}
