/*
 * lookup: reference data, a map from texts to JSON values, read from one JSON text.
 *
 * The text is either NDJSON of pairs, {"key":…,"value":…} a line, or one object whose names are the keys. It is
 * pairs when its first line is an object with the members key and value. Keys that are numbers are the text they
 * are written as. Of equal keys the last counts.
 */
#ifndef EVENT_LOOKUP_H
#define EVENT_LOOKUP_H

#include "base/table.h"
#include "event/value.h"

struct lookup {
	struct table table;
};

/* text has BUF_PAD readable bytes after it and outlives the lookup. On failure nothing is left to release. */
int lookup_init(struct lookup *l, struct span text, struct err *err);
void lookup_release(struct lookup *l);
/* The value's JSON; SPAN_NONE when there is none. */
struct span lookup_get(const struct lookup *l, struct value key, struct arena *scratch);

#endif
