/*
 * closed: a window.closed event seen through its members, and the event derived from it.
 *
 * What a window holds lies in data:
 *
 *	{"key":…,NAME:…,"windowStart":"…","windowEnd":"…","first":"…","last":"…","pane":"ontime","n":0,…}
 *
 * A program that reads window results names the members it needs in a table of closed_name; the caller may
 * rename them ("users=uniqueUsers"). A member that is missing, or of another type than asked for, is an error of
 * code "window" that names it. null counts as 0: the sum of nothing.
 *
 * The view and every span of it live as long as the event.
 */
#ifndef EVENT_CLOSED_H
#define EVENT_CLOSED_H

#include "event/build.h"

struct closed_name {
	const char *name;   /* what the program calls it */
	struct span member; /* what data calls it; starts as the same, see closed_use */
};

struct closed {
	struct event *ev;
	uint32_t data; /* token of the object */
	int64_t time_ms;
	int64_t pane; /* n: 0 the first result of a window, 1 … fired again; 0 when absent */
	bool is_cut;  /* pane "eof": the end of input closed it, more might have come */
};

/* "NAME=MEMBER"; text is borrowed for the run. ERR_USAGE for an unknown NAME, listing those there are. */
int closed_use(struct closed_name *names, size_t count, struct span text, struct err *err);

int closed_read(struct closed *c, struct event *ev, int64_t time_ms, struct err *err);
/* VALUE_ABSENT when there is none. */
struct value closed_value(const struct closed *c, struct span member);
/* The member, or else data.key; -1 when both are missing or null. */
int closed_key(
	const struct closed *c, const struct closed_name *name, struct value *out, struct err *err);
/* A number from 0 on; a fraction is floored. */
int closed_count(
	const struct closed *c, const struct closed_name *name, int64_t *out, struct err *err);
int closed_number(
	const struct closed *c, const struct closed_name *name, double *out, struct err *err);
/* An RFC 3339 string. */
int closed_time(
	const struct closed *c, const struct closed_name *name, int64_t *ms, struct err *err);

/*
 * What a result derived from this window has in common: time, causation (the window event), correlation, and an
 * identity made of type, key and the window's bounds and pane. aggregate id and type are the window event's own
 * until the caller sets them.
 */
void closed_derive(
	const struct closed *c, struct span type, struct value key, struct build_event *out);

#endif
