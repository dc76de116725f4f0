/* order: comparing values over their indexes. */
#include "event/order.h"

#include "json/find.h"
#include "json/number.h"
#include "json/text.h"

static int
sign(int r)
{
	return (r > 0) - (r < 0);
}

static int
by_name(const void *a, const void *b)
{
	const struct order_member *x = a, *y = b;
	int r = span_compare(x->name, y->name);

	return r ? r : (x->place > y->place) - (x->place < y->place);
}

struct order_member *
order_members(
	const struct doc *d, uint32_t object, struct arena *scratch, size_t *count, size_t *written)
{
	size_t n = find_count(d, object), kept = 0;
	struct order_member *m = arena_get(scratch, n * sizeof(*m));
	struct find_iter it;

	n = 0;
	for (find_start(&it, d, object); find_next(&it); n++)
		m[n] = (struct order_member){
			text_decode(doc_span(d, it.name), scratch), it.value, (uint32_t)n};
	qsort(m, n, sizeof(*m), by_name);
	for (size_t i = 0; i < n; i++)
		if (i + 1 == n || !span_equal(m[i].name, m[i + 1].name))
			m[kept++] = m[i];
	*count = kept;
	*written = n;
	return m;
}

#define FEW 24

/* Names as they are written; the token behind a name's is its closing quote. */
static bool
are_different(const struct doc *d, const uint32_t *names, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const char *p = d->text.p + d->at[names[i]];
		uint32_t length = d->at[names[i] + 1] - d->at[names[i]];

		for (size_t j = 0; j < i; j++)
			if (d->at[names[j] + 1] - d->at[names[j]] == length &&
				memcmp(d->text.p + d->at[names[j]], p, length) == 0)
				return false;
	}
	return true;
}

bool
order_is_unique(const struct doc *d, uint32_t object, struct arena *scratch)
{
	uint32_t names[FEW];
	size_t n = 0, count, written;
	struct find_iter it;

	if (!d->has_escapes) {
		for (find_start(&it, d, object); find_next(&it) && n < FEW;)
			names[n++] = it.name;
		if (n < FEW)
			return are_different(d, names, n);
	}
	order_members(d, object, scratch, &count, &written);
	return count == written;
}

int
order_scalars(enum doc_type a, struct span ja, enum doc_type b, struct span jb)
{
	if (a != b)
		return a < b ? -1 : 1;
	if (a == DOC_NUMBER)
		return span_equal(ja, jb) ? 0 : number_compare(ja, jb);
	if (a == DOC_STRING)
		return sign(text_compare(ja, jb));
	return 0;
}

static int
compare_arrays(
	const struct doc *a, uint32_t va, const struct doc *b, uint32_t vb, struct arena *scratch)
{
	struct find_iter x, y;

	find_start(&x, a, va);
	find_start(&y, b, vb);
	for (;;) {
		bool has_x = find_next(&x), has_y = find_next(&y);
		int r;

		if (!has_x || !has_y)
			return (int)has_x - (int)has_y;
		r = order_compare(a, x.value, b, y.value, scratch);
		if (r)
			return r;
	}
}

static int
compare_objects(
	const struct doc *a, uint32_t va, const struct doc *b, uint32_t vb, struct arena *scratch)
{
	size_t na, nb, written;
	struct order_member *x = order_members(a, va, scratch, &na, &written);
	struct order_member *y = order_members(b, vb, scratch, &nb, &written);
	int r;

	for (size_t i = 0; i < na && i < nb; i++)
		if ((r = span_compare(x[i].name, y[i].name)))
			return sign(r);
	if (na != nb)
		return na < nb ? -1 : 1;
	for (size_t i = 0; i < na; i++)
		if ((r = order_compare(a, x[i].value, b, y[i].value, scratch)))
			return r;
	return 0;
}

int
order_compare(
	const struct doc *a, uint32_t va, const struct doc *b, uint32_t vb, struct arena *scratch)
{
	enum doc_type ta = doc_type(a, va), tb = doc_type(b, vb);

	if (ta != tb)
		return ta < tb ? -1 : 1;
	if (ta == DOC_ARRAY)
		return compare_arrays(a, va, b, vb, scratch);
	if (ta == DOC_OBJECT)
		return compare_objects(a, va, b, vb, scratch);
	return order_scalars(ta, doc_span(a, va), tb, doc_span(b, vb));
}

static bool
array_has(const struct doc *a, uint32_t va, const struct doc *b, uint32_t vb, struct arena *scratch)
{
	struct find_iter it;

	for (find_start(&it, a, va); find_next(&it);)
		if (order_contains(a, it.value, b, vb, scratch))
			return true;
	return false;
}

static bool
object_contains(
	const struct doc *a, uint32_t va, const struct doc *b, uint32_t vb, struct arena *scratch)
{
	size_t count, written;
	struct order_member *m = order_members(b, vb, scratch, &count, &written);

	for (size_t i = 0; i < count; i++) {
		uint32_t v = find_member(a, va, m[i].name);

		if (v == DOC_NONE || !order_contains(a, v, b, m[i].value, scratch))
			return false;
	}
	return true;
}

bool
order_contains(
	const struct doc *a, uint32_t va, const struct doc *b, uint32_t vb, struct arena *scratch)
{
	enum doc_type type = doc_type(a, va);
	struct find_iter it;

	if (type != doc_type(b, vb))
		return false;
	switch (type) {
	case DOC_OBJECT: return object_contains(a, va, b, vb, scratch);
	case DOC_STRING:
		return span_find(text_decode(doc_span(a, va), scratch),
			       text_decode(doc_span(b, vb), scratch)) >= 0;
	case DOC_ARRAY:
		for (find_start(&it, b, vb); find_next(&it);)
			if (!array_has(a, va, b, it.value, scratch))
				return false;
		return true;
	default: return order_compare(a, va, b, vb, scratch) == 0;
	}
}
