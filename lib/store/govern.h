/*
 * govern: reading and changing the settings of a stream (settings.h) under the writer's lock.
 *
 * A soft delete hides the versions so far; what is appended later goes on with the next version. A tombstone is for
 * ever. Both may expect a version of the stream, as an append does, and to say once more what holds already is a success
 * that stores nothing.
 */
#ifndef STORE_GOVERN_H
#define STORE_GOVERN_H

#include "store/log.h"
#include "store/settings.h"

enum govern_act { GOVERN_LIMITS, GOVERN_DELETE, GOVERN_TOMBSTONE };

struct govern {
	enum govern_act act;
	struct decide_expect expect;
	int64_t max_age_ms, max_count; /* of GOVERN_LIMITS: 0 no limit, -1 as it is */
};

/* Between log_begin and log_commit: 1 and the settings, 0 there are none (then *out is zero), -1. */
int govern_read(struct log *l, struct span stream, struct settings *out, struct err *err);
/* Puts settings into the pending group. */
int govern_put(struct log *l, struct span stream, const struct settings *s, struct err *err);
/* All of it, durable when it returns. */
int govern(struct log *l, struct span stream, const struct govern *g, struct err *err);

#endif
