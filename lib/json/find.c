/* find: walks over the tokens of one object or array, hopping over nested ones by their links. */
#include "json/find.h"

#include "json/text.h"

static char
byte_at(const struct doc *d, uint32_t token)
{
	return d->text.p[d->at[token]];
}

/* The slow comparison: the name in the text may be written with escapes. */
static bool
name_means(const struct doc *d, uint32_t token, struct span name)
{
	const char *p = d->text.p + d->at[token];

	return text_equals(span_of(p, d->at[token + 1] + 1 - d->at[token]), name);
}

uint32_t
find_member(const struct doc *d, uint32_t value, struct span name)
{
	uint32_t found = DOC_NONE, t = value + 1;
	const uint32_t *at = d->at;
	const char *s = d->text.p;

	if (value == DOC_NONE || byte_at(d, value) != '{' || s[at[t]] == '}')
		return DOC_NONE;
	for (;; t++) {
		if (unlikely(d->has_escapes)) {
			if (name_means(d, t, name))
				found = t + 3;
		} else if (at[t + 1] - at[t] == name.n + 1 &&
			   memcmp(s + at[t] + 1, name.p, name.n) == 0) {
			found = t + 3;
		}
		t = doc_after(d, t + 3);
		if (s[at[t]] == '}')
			return found;
	}
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
