/*
 * find: the way from a value to the values inside it.
 *
 * Names are given decoded. Of duplicated names the last counts, as in jq. A member whose name is written
 * with escapes is found all the same.
 *
 *	struct find_iter it;
 *
 *	for (find_start(&it, d, object); find_next(&it);)
 *		use(it.name, it.value);
 */
#ifndef JSON_FIND_H
#define JSON_FIND_H

#include "json/doc.h"

struct find_iter {
	const struct doc *doc;
	uint32_t at, end; /* next token; the closing bracket's token */
	uint32_t name;    /* token of the name; DOC_NONE in an array */
	uint32_t value;
	bool is_object;
};

/* DOC_NONE when value is not an object, or has no such member. */
uint32_t find_member(const struct doc *d, uint32_t value, struct span name);
/* The item at index; negative counts from the end. DOC_NONE when there is none. */
uint32_t find_item(const struct doc *d, uint32_t value, int64_t index);
/* Members or items; 0 for scalars. */
uint32_t find_count(const struct doc *d, uint32_t value);
/* A scalar has nothing inside: find_next is false at once. */
void find_start(struct find_iter *it, const struct doc *d, uint32_t value);
bool find_next(struct find_iter *it);

#endif
