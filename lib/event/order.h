/*
 * order: jq's total order over JSON values, and its contains.
 *
 * null < false < true < numbers < strings < arrays < objects. Numbers compare exactly by their digits (jq 1.6
 * compares doubles), strings by the bytes they mean, arrays item by item, objects first by their sorted names
 * and then by the values in that order. Of duplicated names the last counts.
 *
 * A value is named by (index, token), so two values of different texts can be compared.
 */
#ifndef EVENT_ORDER_H
#define EVENT_ORDER_H

#include "base/arena.h"
#include "json/doc.h"

struct order_member {
	struct span name; /* decoded */
	uint32_t value;
	uint32_t place; /* among the members as written */
};

/* The members sorted by name, each name once; in scratch. *written: how many there are with duplicates. */
struct order_member *order_members(const struct doc *d, uint32_t object, struct arena *scratch,
	size_t *count, size_t *written);
/* Is every name there once? Quick for small objects without escapes. */
bool order_is_unique(const struct doc *d, uint32_t object, struct arena *scratch);
/* -1, 0, 1 */
int order_compare(
	const struct doc *a, uint32_t va, const struct doc *b, uint32_t vb, struct arena *scratch);
/* Two scalars given by their type and text. */
int order_scalars(enum doc_type a, struct span ja, enum doc_type b, struct span jb);
/* jq's contains for two values of the same type. */
bool order_contains(
	const struct doc *a, uint32_t va, const struct doc *b, uint32_t vb, struct arena *scratch);

#endif
