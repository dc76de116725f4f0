/*
 * value: what an expression yields, and what operators take.
 *
 * A value is a JSON text; its type is known. The span is borrowed: from the event's line, from the event's
 * scratch arena, or from the expression's own constants, so it lives as long as the event at most. BUF_PAD readable
 * bytes follow, so it can be parsed.
 */
#ifndef EVENT_VALUE_H
#define EVENT_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/dec.h"
#include "json/doc.h"

struct value {
	enum doc_type type; /* DOC_ABSENT: no output at all */
	struct span json;
};

#define VALUE_ABSENT ((struct value){DOC_ABSENT, {NULL, 0}})

/* Neither false, nor null, nor absent: what jq takes as true. */
static inline bool
value_is_true(struct value v)
{
	return v.type > DOC_FALSE;
}

/* The bytes a string means; other types: their JSON text. */
struct span value_text(struct value v, struct arena *a);
/* False when it is no number, or has more digits than a dec. */
bool value_dec(struct value v, struct dec *out);
double value_double(struct value v); /* of a number */
/*
 * Identity: equal values (jq's ==) give equal bytes. Valid JSON: strings with the fewest escapes, numbers
 * by number_put_canonical, objects with sorted names. Borrowed from v where v is already in this form.
 */
struct span value_identity(struct value v, struct arena *a);
/* jq's order: null < false < true < numbers < strings < arrays < objects. */
int value_compare(struct value a, struct value b, struct arena *scratch);

#endif
