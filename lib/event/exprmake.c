/* exprmake: the texts of constructed values. */
#include "event/exprmake.h"

struct collect {
	struct buf b;
};

static int
collect_item(void *ctx, const struct exprval *v)
{
	struct collect *c = ctx;

	if (c->b.n > 1)
		buf_putc(&c->b, ',');
	buf_span(&c->b, exprval_json(v));
	return 0;
}

int
exprmake_array(
	struct expreval *x, const struct exprnode *n, const struct exprval *in, struct exprval *out)
{
	struct collect c;
	int r;

	buf_init(&c.b, SIZE_MAX);
	buf_putc(&c.b, '[');
	r = n->a ? expreval_each(x, n->a, in, collect_item, &c) : 0;
	buf_putc(&c.b, ']');
	if (r == 0)
		*out = (struct exprval){
			DOC_ARRAY, DOC_NONE, NULL, arena_copy(x->scratch, buf_view(&c.b))};
	buf_release(&c.b);
	return r;
}

/* The object under construction; at most one of its values has several outputs. */
struct object {
	struct expreval *x;
	const struct exprnode *n;
	const struct exprval *in;
	struct exprval *values;
	size_t at; /* the pair whose outputs come in */
	expreval_fn *fn;
	void *ctx;
};

static struct exprval
object_text(const struct object *o)
{
	struct exprval v = {DOC_OBJECT, DOC_NONE, NULL, SPAN_NONE};
	struct buf b;

	buf_init(&b, SIZE_MAX);
	buf_putc(&b, '{');
	for (size_t i = 0; i < o->n->count; i++) {
		if (i)
			buf_putc(&b, ',');
		buf_span(&b, o->n->pairs[i].name);
		buf_putc(&b, ':');
		buf_span(&b, exprval_json(&o->values[i]));
	}
	buf_putc(&b, '}');
	v.json = arena_copy(o->x->scratch, buf_view(&b));
	buf_release(&b);
	return v;
}

static int object_rest(struct object *o);

static int
object_value(void *ctx, const struct exprval *v)
{
	struct object *o = ctx;
	size_t at = o->at;
	int r;

	o->values[o->at++] = *v;
	r = object_rest(o);
	o->at = at;
	return r;
}

static int
object_rest(struct object *o)
{
	struct exprval v;

	if (o->at < o->n->count)
		return expreval_each(o->x, o->n->pairs[o->at].value, o->in, object_value, o);
	v = object_text(o);
	return o->fn(o->ctx, &v);
}

int
exprmake_object(struct expreval *x, const struct exprnode *n, const struct exprval *in,
	expreval_fn *fn, void *ctx)
{
	struct object o = {
		x, n, in, arena_get(x->scratch, n->count * sizeof(struct exprval)), 0, fn, ctx};

	return object_rest(&o);
}
