/* exprpath: the walk. */
#include "event/exprpath.h"

#include "event/order.h"
#include "json/find.h"

static int
cannot_index(struct expreval *x, const struct exprval *v, const struct exprnode_step *s)
{
	if (s->kind == EXPRNODE_EACH)
		return err_data(x->err, "expr", -1, "cannot iterate over %s", exprval_show(v).text);
	if (s->kind == EXPRNODE_INDEX)
		return err_data(x->err, "expr", -1, "cannot index %s with number", exprval_type(v));
	return err_data(x->err, "expr", -1, "cannot index %s with \"%.*s\"", exprval_type(v),
		(int)MIN(s->name.n, 64), s->name.p);
}

/* One name or index on. False: it cannot be looked into that way. */
static inline bool
step(struct expreval *x, const struct exprval *v, const struct exprnode_step *s,
	struct exprval *out)
{
	enum doc_type needed = s->kind == EXPRNODE_NAME ? DOC_OBJECT : DOC_ARRAY;
	struct exprval c;
	uint32_t token;

	if (v->type == DOC_NULL) {
		*out = EXPRVAL_NULL;
		return true;
	}
	if (v->type != needed)
		return false;
	c = v->doc ? *v : exprval_indexed(v, x->pool);
	token = needed == DOC_OBJECT ? find_member(c.doc, c.token, s->name)
				     : find_item(c.doc, c.token, s->index);
	*out = token == DOC_NONE ? EXPRVAL_NULL : exprval_at(c.doc, token);
	return true;
}

bool
exprpath_token(const struct exprnode *n, const struct exprval *v, uint32_t *token)
{
	const struct doc *d = v->doc;
	uint32_t t = v->token;

	if (unlikely(!d))
		return false;
	for (size_t i = 0; i < n->count && t != DOC_NONE; i++) {
		if (unlikely(d->text.p[d->at[t]] != '{'))
			return false;
		t = find_member(d, t, n->steps[i].name);
	}
	*token = t;
	return true;
}

int
exprpath_one(
	struct expreval *x, const struct exprnode *n, const struct exprval *v, struct exprval *out)
{
	uint32_t token;

	if (likely(n->names && exprpath_token(n, v, &token))) {
		*out = token == DOC_NONE ? EXPRVAL_NULL : exprval_at(v->doc, token);
		return 0;
	}
	*out = *v;
	for (size_t i = 0; i < n->count; i++)
		if (unlikely(!step(x, out, &n->steps[i], out)))
			return cannot_index(x, out, &n->steps[i]);
	return 0;
}

struct walk {
	struct expreval *x;
	const struct exprnode *n;
	expreval_fn *fn;
	void *ctx;
};

static int walk(const struct walk *w, size_t i, struct exprval v);

static int
walk_items(const struct walk *w, size_t i, const struct exprval *v)
{
	struct exprval c = exprval_indexed(v, w->x->pool);
	struct find_iter it;
	int r = 0;

	if (v->type == DOC_OBJECT && !order_is_unique(c.doc, c.token, w->x->scratch))
		return EXPREVAL_PUNT;
	for (find_start(&it, c.doc, c.token); r == 0 && find_next(&it);)
		r = walk(w, i + 1, exprval_at(c.doc, it.value));
	return r;
}

static int
walk(const struct walk *w, size_t i, struct exprval v)
{
	for (; i < w->n->count; i++) {
		const struct exprnode_step *s = &w->n->steps[i];
		bool each = s->kind == EXPRNODE_EACH;

		if (each && v.type >= DOC_ARRAY)
			return walk_items(w, i, &v);
		if (each || !step(w->x, &v, s, &v))
			return s->optional ? 0 : cannot_index(w->x, &v, s);
	}
	return w->fn(w->ctx, &v);
}

int
exprpath_each(struct expreval *x, const struct exprnode *n, const struct exprval *v,
	expreval_fn *fn, void *ctx)
{
	struct walk w = {x, n, fn, ctx};

	return walk(&w, 0, *v);
}
