/* agg: one small struct of functions for each aggregate. */
#include "op/agg.h"

#include "op/total.h"
#include "json/number.h"

struct number_cache {
	int64_t small;
	bool is_small;
};

/* State of min, max, first and last: an owned copy of one value. */
struct held {
	char *p;
	size_t n, cap;
	int64_t time_ms;
	enum doc_type type; /* DOC_ABSENT: none yet */
	struct number_cache number;
};

struct item {
	char *p;
	size_t n;
	int64_t time_ms;
};

/* State of collect: in order of time. */
struct items {
	struct item *v;
	size_t n, cap;
};

static const struct function {
	const char *name;
	enum agg_kind kind;
	size_t size;
	bool may_be_bare, owns;
} functions[] = {
	{"count", AGG_COUNT, sizeof(uint64_t), true, false},
	{"sum", AGG_SUM, sizeof(struct total), false, false},
	{"avg", AGG_AVG, sizeof(struct total), false, false},
	{"min", AGG_MIN, sizeof(struct held), false, true},
	{"max", AGG_MAX, sizeof(struct held), false, true},
	{"distinct", AGG_DISTINCT, sizeof(struct intern_bag), false, true},
	{"first", AGG_FIRST, sizeof(struct held), false, true},
	{"last", AGG_LAST, sizeof(struct held), false, true},
	{"collect", AGG_COLLECT, sizeof(struct items), false, true},
};

void
agg_list_init(struct agg_list *l)
{
	*l = (struct agg_list){.collect_max = AGG_COLLECT_MAX};
	intern_init(&l->values);
	arena_init(&l->scratch);
}

void
agg_list_release(struct agg_list *l)
{
	alloc_free(l->items);
	intern_release(&l->values);
	arena_release(&l->scratch);
	*l = (struct agg_list){0};
}

static const struct function *
function_named(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		if (span_is(name, functions[i].name))
			return &functions[i];
	return NULL;
}

static void
append(struct agg_list *l, const struct function *f, bool has_argument)
{
	size_t n = l->count++;

	l->items = alloc_resize(l->items, l->count * sizeof(*l->items));
	l->items[n] = (struct agg){f->kind, has_argument, l->state_size};
	l->state_size += (f->size + 15) & ~(size_t)15;
	l->has_distinct |= f->kind == AGG_DISTINCT;
	l->owns_memory |= f->owns;
}

int
agg_list_add(struct agg_list *l, struct span text, struct span *argument, struct err *err)
{
	const struct function *f;
	struct span name, inner, whole = span_trim(text);

	if (l->count == AGG_MAX_COUNT)
		return err_usage(err, "more than %d aggregates", AGG_MAX_COUNT);
	if (!span_cut(whole, '(', &name, &inner) || inner.n == 0 || inner.p[inner.n - 1] != ')')
		return err_usage(err, "expected FUNCTION(EXPR), not '%.*s'", (int)whole.n, whole.p);
	inner = span_trim(span_of(inner.p, inner.n - 1));
	name = span_trim(name);
	f = function_named(name);
	if (!f)
		return err_usage(err,
			"no aggregate '%.*s': count, sum, avg, min, max, distinct, first, last, "
			"collect",
			(int)name.n, name.p);
	if (inner.n == 0 && !f->may_be_bare)
		return err_usage(err, "%s() needs an expression", f->name);
	*argument = inner.n ? inner : SPAN_NONE;
	append(l, f, inner.n != 0);
	return 0;
}

static void *
at(const struct agg_list *l, size_t i, const void *state)
{
	return (char *)(uintptr_t)state + l->items[i].offset;
}

int
agg_accepts(const struct agg_list *l, size_t i, struct value v, struct err *err)
{
	enum agg_kind kind = l->items[i].kind;

	if (v.type == DOC_ABSENT || v.type == DOC_NULL)
		return 0;
	if (kind == AGG_COUNT)
		return value_is_true(v);
	if ((kind == AGG_SUM || kind == AGG_AVG) && v.type != DOC_NUMBER)
		return err_data(err, "type", -1, "%s of what is no number: %.*s",
			kind == AGG_SUM ? "sum" : "average", (int)MIN(v.json.n, (size_t)40),
			v.json.p);
	return 1;
}

/* --- min, max, first, last ------------------------------------------------------------------- */

static struct value
held_value(const struct held *h)
{
	return (struct value){h->type, span_of(h->p, h->n)};
}

static struct number_cache
number_of(struct value v)
{
	struct number_cache c = {0, false};

	if (v.type == DOC_NUMBER)
		c.is_small = total_small(v.json, &c.small);
	return c;
}

static void
held_set(struct held *h, struct value v, int64_t time_ms)
{
	if (v.json.n > h->cap) {
		alloc_free(h->p);
		h->cap = MAX(v.json.n, (size_t)24);
		h->p = alloc_get(h->cap);
	}
	memcpy(h->p, v.json.p, v.json.n);
	h->n = v.json.n;
	h->type = v.type;
	h->time_ms = time_ms;
	h->number = number_of(v);
}

static int
held_compare(struct agg_list *l, const struct held *h, struct value v)
{
	struct number_cache c = number_of(v);
	int order;

	if (h->number.is_small && c.is_small)
		return (h->number.small > c.small) - (h->number.small < c.small);
	if (h->type == DOC_NUMBER && v.type == DOC_NUMBER)
		return number_compare(held_value(h).json, v.json);
	order = value_compare(held_value(h), v, &l->scratch);
	arena_reset(&l->scratch);
	return order;
}

/* Does v push out what h holds? */
static bool
held_yields(
	struct agg_list *l, enum agg_kind kind, const struct held *h, struct value v, int64_t ms)
{
	if (h->type == DOC_ABSENT)
		return true;
	switch (kind) {
	case AGG_MIN: return held_compare(l, h, v) > 0;
	case AGG_MAX: return held_compare(l, h, v) < 0;
	case AGG_FIRST: return ms < h->time_ms;
	default: return ms >= h->time_ms;
	}
}

static void
held_take(struct agg_list *l, enum agg_kind kind, struct held *h, struct value v, int64_t ms)
{
	if (held_yields(l, kind, h, v, ms))
		held_set(h, v, ms);
}

/* --- collect --------------------------------------------------------------------------------- */

static void
items_take(struct agg_list *l, struct items *s, struct span json, int64_t ms)
{
	size_t i = s->n;

	while (i > 0 && s->v[i - 1].time_ms > ms)
		i--;
	if (i == l->collect_max) {
		l->cut++;
		return;
	}
	if (s->n == l->collect_max) {
		alloc_free(s->v[--s->n].p);
		l->cut++;
	}
	if (s->n == s->cap) {
		s->cap = MAX(s->cap * 2, (size_t)4);
		s->v = alloc_resize(s->v, s->cap * sizeof(*s->v));
	}
	memmove(s->v + i + 1, s->v + i, (s->n - i) * sizeof(*s->v));
	s->v[i] = (struct item){alloc_copy(json.p, json.n), json.n, ms};
	s->n++;
}

static void
items_merge(struct agg_list *l, struct items *into, const struct items *from)
{
	uint64_t cut = l->cut;

	for (size_t i = 0; i < from->n; i++)
		items_take(l, into, span_of(from->v[i].p, from->v[i].n), from->v[i].time_ms);
	l->cut = cut;
}

static void
items_put(const struct items *s, struct buf *out)
{
	buf_putc(out, '[');
	for (size_t i = 0; i < s->n; i++) {
		if (i)
			buf_putc(out, ',');
		buf_put(out, s->v[i].p, s->v[i].n);
	}
	buf_putc(out, ']');
}

static void
items_release(struct items *s)
{
	for (size_t i = 0; i < s->n; i++)
		alloc_free(s->v[i].p);
	alloc_free(s->v);
}

/* --- all of them ----------------------------------------------------------------------------- */

uint32_t
agg_value_id(struct agg_list *l, struct value v)
{
	uint32_t id = intern_put(&l->values, value_identity(v, &l->scratch));

	arena_reset(&l->scratch);
	return id;
}

void
agg_take(struct agg_list *l, size_t i, void *state, struct value v, int64_t time_ms)
{
	void *s = at(l, i, state);

	switch (l->items[i].kind) {
	case AGG_COUNT: ++*(uint64_t *)s; break;
	case AGG_SUM:
	case AGG_AVG: total_take(s, v); break;
	case AGG_DISTINCT: intern_bag_add(s, agg_value_id(l, v)); break;
	case AGG_COLLECT: items_take(l, s, v.json, time_ms); break;
	default: held_take(l, l->items[i].kind, s, v, time_ms);
	}
}

void
agg_merge_one(struct agg_list *l, size_t i, void *into, const void *from)
{
	void *a = at(l, i, into);
	const void *b = at(l, i, from);
	const struct held *h = b;

	switch (l->items[i].kind) {
	case AGG_COUNT: *(uint64_t *)a += *(const uint64_t *)b; break;
	case AGG_SUM:
	case AGG_AVG: total_merge(a, b); break;
	case AGG_DISTINCT: intern_bag_merge(a, b); break;
	case AGG_COLLECT: items_merge(l, a, b); break;
	default:
		if (h->type != DOC_ABSENT)
			held_take(l, l->items[i].kind, a, held_value(h), h->time_ms);
	}
}

void
agg_merge(struct agg_list *l, void *into, const void *from)
{
	for (size_t i = 0; i < l->count; i++)
		agg_merge_one(l, i, into, from);
}

void
agg_release_one(struct agg_list *l, size_t i, void *state)
{
	void *s = at(l, i, state);

	switch (l->items[i].kind) {
	case AGG_COUNT: *(uint64_t *)s = 0; return;
	case AGG_SUM:
	case AGG_AVG: *(struct total *)s = (struct total){0}; return;
	case AGG_DISTINCT: intern_bag_release(s); return;
	case AGG_COLLECT:
		items_release(s);
		*(struct items *)s = (struct items){0};
		return;
	default: alloc_free(((struct held *)s)->p); *(struct held *)s = (struct held){0};
	}
}

void
agg_release(struct agg_list *l, void *state)
{
	for (size_t i = 0; l->owns_memory && i < l->count; i++)
		agg_release_one(l, i, state);
	memset(state, 0, l->state_size);
}

void
agg_put(struct agg_list *l, size_t i, void *state, struct buf *out)
{
	void *s = at(l, i, state);
	struct held *h = s;

	switch (l->items[i].kind) {
	case AGG_COUNT: buf_i64(out, (int64_t) * (uint64_t *)s); break;
	case AGG_SUM: total_put(s, out); break;
	case AGG_AVG: total_put_average(s, out); break;
	case AGG_DISTINCT:
		if (((struct intern_bag *)s)->sorted != ((struct intern_bag *)s)->n)
			intern_bag_settle(s);
		buf_i64(out, ((struct intern_bag *)s)->n);
		break;
	case AGG_COLLECT: items_put(s, out); break;
	default:
		if (h->type == DOC_ABSENT)
			buf_puts(out, "null");
		else
			buf_put(out, h->p, h->n);
	}
}

bool
agg_is_invertible(const struct agg_list *l, size_t i)
{
	return l->items[i].kind <= AGG_AVG;
}

bool
agg_is_exact(const struct agg_list *l, const void *state)
{
	for (size_t i = 0; i < l->count; i++) {
		enum agg_kind kind = l->items[i].kind;

		if ((kind == AGG_SUM || kind == AGG_AVG) &&
			((const struct total *)at(l, i, state))->is_rough)
			return false;
	}
	return true;
}

void
agg_subtract_one(struct agg_list *l, size_t i, void *from, const void *part)
{
	if (l->items[i].kind == AGG_COUNT)
		*(uint64_t *)at(l, i, from) -= *(const uint64_t *)at(l, i, part);
	else
		total_subtract(at(l, i, from), at(l, i, part));
}

void
agg_mark(struct agg_list *l, const void *state)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].kind == AGG_DISTINCT)
			intern_mark_bag(&l->values, at(l, i, state));
}
