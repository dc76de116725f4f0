/* find: walks over the tokens of one object or array, hopping over nested ones by their links. */
#include "json/find.h"

#include "json/text.h"

static char
byte_at(const struct doc *d, uint32_t token)
{
	return d->text.p[d->at[token]];
}

/* A name in the text may be written with escapes: the slow comparison then. */
static bool
name_means(const struct doc *d, uint32_t token, struct span name)
{
	const char *p = d->text.p + d->at[token];

	return text_equals(span_of(p, d->at[token + 1] + 1 - d->at[token]), name);
}

/* Without escapes most names are told apart by length, nearly all others by their last byte. */
static inline bool
name_is(const struct doc *d, uint32_t token, struct span name, char last)
{
	const uint32_t *at = d->at + token;
	const char *quote = d->text.p + at[0];

	return at[1] - at[0] == name.n + 1 && quote[name.n] == last &&
	       memcmp(quote + 1, name.p, name.n) == 0;
}

uint32_t
find_member(const struct doc *d, uint32_t value, struct span name)
{
	const uint32_t *at = d->at;
	const char *text = d->text.p;
	char last = '"';
	uint32_t found = DOC_NONE, end;

	if (value == DOC_NONE || text[at[value]] != '{')
		return DOC_NONE;
	if (name.n == 0)
		name = SPAN("");
	else
		last = name.p[name.n - 1];
	end = d->link[value];
	for (uint32_t t = value + 1; t < end;) {
		char c = text[at[t + 3]];

		if (unlikely(d->has_escapes) ? name_means(d, t, name) : name_is(d, t, name, last))
			found = t + 3;
		t += 3;
		t = c == '"' ? t + 3 : c == '{' || c == '[' ? d->link[t] + 2 : t + 2;
	}
	return found;
}

void
find_start(struct find_iter *it, const struct doc *d, uint32_t value)
{
	char c = value == DOC_NONE ? '0' : byte_at(d, value);

	*it = (struct find_iter){.doc = d, .name = DOC_NONE, .value = DOC_NONE};
	if (c != '{' && c != '[')
		return;
	it->is_object = c == '{';
	it->at = value + 1;
	it->end = d->link[value];
}

bool
find_next(struct find_iter *it)
{
	if (it->at >= it->end)
		return false;
	if (it->is_object) {
		it->name = it->at;
		it->value = it->at + 3;
	} else {
		it->value = it->at;
	}
	it->at = doc_after(it->doc, it->value) + 1; /* over the comma, or past the end */
	return true;
}

uint32_t
find_count(const struct doc *d, uint32_t value)
{
	struct find_iter it;
	uint32_t n = 0;

	for (find_start(&it, d, value); find_next(&it);)
		n++;
	return n;
}

uint32_t
find_item(const struct doc *d, uint32_t value, int64_t index)
{
	struct find_iter it;

	if (doc_type(d, value) != DOC_ARRAY)
		return DOC_NONE;
	if (index < 0)
		index += find_count(d, value);
	if (index < 0)
		return DOC_NONE;
	for (find_start(&it, d, value); find_next(&it); index--) {
		if (index == 0)
			return it.value;
	}
	return DOC_NONE;
}
