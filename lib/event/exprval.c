/* exprval: bytes, indexes and order of values in the engine. */
#include "event/exprval.h"

#include "event/order.h"
#include "json/number.h"
#include "json/text.h"

const char exprval_null[4 + BUF_PAD] = "null";
const char exprval_true[4 + BUF_PAD] = "true";
const char exprval_false[5 + BUF_PAD] = "false";

struct exprval_pool {
	struct doc **docs; /* each apart: values point at them */
	size_t used, count;
};

struct exprval_pool *
exprval_pool_new(void)
{
	return alloc_zero(sizeof(struct exprval_pool));
}

void
exprval_pool_free(struct exprval_pool *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->count; i++) {
		doc_release(p->docs[i]);
		alloc_free(p->docs[i]);
	}
	alloc_free(p->docs);
	alloc_free(p);
}

void
exprval_pool_clear(struct exprval_pool *p)
{
	p->used = 0;
}

static struct doc *
pool_take(struct exprval_pool *p)
{
	if (p->used == p->count) {
		p->docs = alloc_resize(p->docs, (p->count + 1) * sizeof(struct doc *));
		p->docs[p->count] = alloc_get(sizeof(struct doc));
		doc_init(p->docs[p->count++], DOC_KERNEL_BEST);
	}
	return p->docs[p->used++];
}

struct exprval
exprval_at(const struct doc *d, uint32_t token)
{
	return (struct exprval){.type = doc_type(d, token), .token = token, .doc = d};
}

struct exprval
exprval_bool(bool is_true)
{
	return is_true ? EXPRVAL_TRUE : EXPRVAL_FALSE;
}

struct exprval
exprval_i64(int64_t v, struct arena *a)
{
	char *end = (char *)arena_get(a, 24) + 24, *p = end;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (v < 0)
		*--p = '-';
	return (struct exprval){DOC_NUMBER, DOC_NONE, NULL, span_of(p, (size_t)(end - p))};
}

struct exprval
exprval_string(struct span decoded, struct arena *a)
{
	struct buf b;
	struct exprval v = {DOC_STRING, DOC_NONE, NULL, SPAN_NONE};

	buf_init(&b, SIZE_MAX);
	text_put(&b, decoded);
	v.json = arena_copy(a, buf_view(&b));
	buf_release(&b);
	return v;
}

struct exprval
exprval_from(struct value v)
{
	return v.type == DOC_ABSENT ? EXPRVAL_NULL
				    : (struct exprval){v.type, DOC_NONE, NULL, v.json};
}

struct value
exprval_value(const struct exprval *v)
{
	return (struct value){v->type, exprval_json(v)};
}

struct span
exprval_json(const struct exprval *v)
{
	return v->json.p ? v->json : doc_span(v->doc, v->token);
}

struct span
exprval_text(const struct exprval *v, struct arena *a)
{
	return text_decode(exprval_json(v), a);
}

bool
exprval_token_equals(const struct doc *d, uint32_t token, struct span decoded)
{
	const char *p = d->text.p + d->at[token];
	size_t n;

	if (*p != '"')
		return false;
	n = d->at[token + 1] - d->at[token] - 1;
	if (unlikely(d->has_escapes))
		return text_equals(span_of(p, n + 2), decoded);
	return n == decoded.n && memcmp(p + 1, decoded.p, n) == 0;
}

bool
exprval_equals(const struct exprval *v, struct span decoded)
{
	if (v->type != DOC_STRING)
		return false;
	return v->doc && !v->json.p ? exprval_token_equals(v->doc, v->token, decoded)
				    : text_equals(exprval_json(v), decoded);
}

struct exprval
exprval_indexed(const struct exprval *v, struct exprval_pool *p)
{
	struct doc *d;
	struct err err;

	if (v->doc)
		return *v;
	d = pool_take(p);
	if (doc_parse(d, v->json, &err))
		return EXPRVAL_NULL; /* texts made here are valid */
	return exprval_at(d, 0);
}

int
exprval_compare(const struct exprval *a, const struct exprval *b, struct exprval_pool *p,
	struct arena *scratch)
{
	struct exprval x, y;

	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->type < DOC_NUMBER)
		return 0;
	if (a->type < DOC_ARRAY)
		return order_scalars(a->type, exprval_json(a), b->type, exprval_json(b));
	x = exprval_indexed(a, p);
	y = exprval_indexed(b, p);
	return order_compare(x.doc, x.token, y.doc, y.token, scratch);
}

bool
exprval_small(const struct exprval *v, int64_t *out)
{
	struct span s = exprval_json(v);
	bool negative = s.p[0] == '-';
	size_t i = negative;
	int64_t n = 0;

	if (s.n - i > 15 || (negative && s.p[i] == '0'))
		return false;
	for (; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		n = n * 10 + (s.p[i] - '0');
	}
	*out = negative ? -n : n;
	return true;
}

bool
exprval_is_short(struct span number)
{
	struct dec d;

	return dec_parse(number, &d) && d.coefficient < 1000000000000000 &&
	       d.coefficient > -1000000000000000 && d.exponent > -300 && d.exponent < 290;
}

const char *
exprval_type(const struct exprval *v)
{
	static const char *const type_names[] = {
		"absent", "null", "boolean", "boolean", "number", "string", "array", "object"};

	return type_names[v->type];
}

#define SHOWN_MAX 11 /* bytes of a longer text, before "..." */

struct exprval_shown
exprval_show(const struct exprval *v)
{
	struct exprval_shown out;
	struct span s = exprval_json(v);
	size_t n = s.n > SHOWN_MAX + 3 ? SHOWN_MAX : s.n;

	while (n < s.n && n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	snprintf(out.text, sizeof(out.text), "%s (%.*s%s)", exprval_type(v), (int)n, s.p,
		n < s.n ? "..." : "");
	return out;
}
