/*
 * shelf: a store as an input of a replay: its events in order of position, as their producers wrote them.
 *
 * query does the reading; shelf knows the marks around the line that was given last, so that a replay can go on.
 * Of a range of event time it reads sealed segments by their index (archive.h): what it gives is more than the range,
 * never less.
 */
#ifndef STORE_SHELF_H
#define STORE_SHELF_H

#include "event/source.h"
#include "event/timing.h"
#include "store/consumer.h"

struct shelf_conf {
	const struct consumer_mark
		*from;   /* begin there; the store is held to it (query.h). NULL: at the front */
	bool has_no_sum; /* no more of it is known than the position */
	bool keeps;      /* marks are asked for: nothing may be missed */
	int64_t from_ms, to_ms; /* event time in [from, to) is wanted; INT64_MIN, INT64_MAX: all */
	const struct timing *timing; /* what that is; borrowed */
	bool follows;                /* at the end wait for more */
};

struct shelf;

/* NULL and err. */
struct shelf *shelf_open(const char *store, const struct shelf_conf *conf, struct err *err);
struct source *shelf_source(struct shelf *s);
/* Before the line that next gave last, or after it. */
struct consumer_mark shelf_mark(const struct shelf *s, bool before);
/* Is there a store in this directory, be it one that has lost its FORMAT, which shelf_open says? */
bool shelf_is_store(const char *dir);

#endif
