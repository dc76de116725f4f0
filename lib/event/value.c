/* value: text, number, identity and order of what expressions yield. */
#include "event/value.h"

#include "event/order.h"
#include "json/find.h"
#include "json/number.h"
#include "json/text.h"

struct span
value_text(struct value v, struct arena *a)
{
	return v.type == DOC_STRING ? text_decode(v.json, a) : v.json;
}

bool
value_dec(struct value v, struct dec *out)
{
	return v.type == DOC_NUMBER && dec_parse(v.json, out);
}

double
value_double(struct value v)
{
	return number_to_double(v.json);
}

/* A plain integer without superfluous zeros: the canonical form already. */
static bool
is_plain_integer(struct span s)
{
	size_t i = s.n && s.p[0] == '-';

	if (s.n - i == 0 || s.n > 18 || (s.p[i] == '0' && s.n > 1))
		return false;
	for (; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

/* Written as text_put would write it: nothing escaped, and no DEL, which it escapes. */
static bool
is_plain_string(struct span s)
{
	return !memchr(s.p, '\\', s.n) && !memchr(s.p, 0x7f, s.n);
}

static void identity_put(struct buf *b, const struct doc *d, uint32_t value, struct arena *scratch);

static void
identity_container(struct buf *b, const struct doc *d, uint32_t value, struct arena *scratch)
{
	bool is_object = doc_type(d, value) == DOC_OBJECT;
	struct find_iter it;
	size_t count, written;
	struct order_member *m;

	buf_putc(b, is_object ? '{' : '[');
	if (is_object) {
		m = order_members(d, value, scratch, &count, &written);
		for (size_t i = 0; i < count; i++) {
			if (i)
				buf_putc(b, ',');
			text_put(b, m[i].name);
			buf_putc(b, ':');
			identity_put(b, d, m[i].value, scratch);
		}
	} else {
		find_start(&it, d, value);
		for (bool first = true; find_next(&it); first = false) {
			if (!first)
				buf_putc(b, ',');
			identity_put(b, d, it.value, scratch);
		}
	}
	buf_putc(b, is_object ? '}' : ']');
}

static void
identity_scalar(struct buf *b, enum doc_type type, struct span json, struct arena *scratch)
{
	if (type == DOC_STRING)
		text_put(b, text_decode(json, scratch));
	else if (type == DOC_NUMBER)
		number_put_canonical(b, json);
	else
		buf_span(b, json);
}

static void
identity_put(struct buf *b, const struct doc *d, uint32_t value, struct arena *scratch)
{
	enum doc_type type = doc_type(d, value);

	if (type == DOC_ARRAY || type == DOC_OBJECT)
		identity_container(b, d, value, scratch);
	else
		identity_scalar(b, type, doc_span(d, value), scratch);
}

struct span
value_identity(struct value v, struct arena *a)
{
	struct buf b;
	struct doc d;
	struct err err;
	struct span out;

	if (v.type <= DOC_TRUE || (v.type == DOC_NUMBER && is_plain_integer(v.json)) ||
		(v.type == DOC_STRING && is_plain_string(v.json)))
		return v.json;
	buf_init(&b, SIZE_MAX);
	if (v.type == DOC_ARRAY || v.type == DOC_OBJECT) {
		doc_init(&d, DOC_KERNEL_BEST);
		if (doc_parse(&d, v.json, &err) == 0)
			identity_container(&b, &d, 0, a);
		doc_release(&d);
	} else {
		identity_scalar(&b, v.type, v.json, a);
	}
	out = arena_copy(a, buf_view(&b));
	buf_release(&b);
	return out;
}

int
value_compare(struct value a, struct value b, struct arena *scratch)
{
	struct doc x, y;
	struct err err;
	int r = 0;

	if (a.type != b.type || a.type < DOC_ARRAY)
		return order_scalars(a.type, a.json, b.type, b.json);
	doc_init(&x, DOC_KERNEL_BEST);
	doc_init(&y, DOC_KERNEL_BEST);
	if (doc_parse(&x, a.json, &err) == 0 && doc_parse(&y, b.json, &err) == 0)
		r = order_compare(&x, 0, &y, 0, scratch);
	doc_release(&x);
	doc_release(&y);
	return r;
}
