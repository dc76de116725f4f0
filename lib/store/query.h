/*
 * query: reading a store: a selection of its lines as a source.
 *
 * Lines are the producer's bytes, or with meta the lines as stored. No JSON is parsed: everything selected by
 * stands in the trailer. Every line read is checked (scan.h, retro.h). The source owns its root.
 *
 * Following, the end is SOURCE_WAIT: the source's descriptor is readable when the store has grown.
 */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "base/span.h"
#include "event/source.h"
#include "store/root.h"

/* From the first to the last, both included. */
struct query_range {
	int64_t first, last;
};

#define QUERY_ALL ((struct query_range){0, INT64_MAX})

struct query_conf {
	const char *store; /* NULL: EV_STORE */
	const struct disk *
		disk; /* the store is on it, and store is its name in messages; NULL: the real one */
	struct span stream; /* p == NULL: all; borrowed */
	struct query_range pos, ver;
	int64_t from_ms, to_ms; /* recorded in [from, to); INT64_MIN, INT64_MAX: no bound */
	int64_t last;           /* only the last so many; 0: all */
	bool backwards, meta;
	bool follow; /* at the end wait for more; not with backwards */
};

/* "A..B", "A..", "..B" or "A". */
int query_parse_range(struct span text, struct query_range *out, struct err *err);
/* NULL and err. */
struct source *query_open(const struct query_conf *conf, struct err *err);
/* The version of the stream, 0 when it has none. */
int query_version(const char *store, struct span stream, int64_t *ver, struct err *err);

#endif
