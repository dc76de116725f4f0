/*
 * factory: an event made from its data (MISSION S2).
 *
 * Each envelope member is taken from the first of these that has it: an expression over the data, a given text,
 * and then
 *
 *	eventId        a fresh UUID version 7 or 4, or version 5 of (source, type, the value of id_from)
 *	eventVersion   "1.0"
 *	timestamp      now_ms
 *	aggregateType  the last name but one of the type: NOUN of NOUN.verb
 *	aggregateId    data.NOUNId, else data.userId
 *	userId         data.userId
 *
 * The type and the source must be given. An expression that yields nothing or null is passed over.
 */
#ifndef EVENT_FACTORY_H
#define EVENT_FACTORY_H

#include "event/build.h"
#include "event/expr.h"

enum factory_ids { FACTORY_V7, FACTORY_V4 };

/* Starts zeroed; the members before stage are set by the owner, then factory_start is called. */
struct factory {
	struct span given[EVENT_MEMBERS]; /* p == NULL: not given; lives as long as the factory */
	struct expr *from[EVENT_MEMBERS]; /* owned; NULL: none */
	struct expr *id_from;             /* borrowed; NULL: none */
	enum factory_ids ids;
	bool has_time; /* given_ms is the time of all events */
	int64_t given_ms;

	struct build_stage stage;
	struct uuid_pool pool;
};

void factory_start(struct factory *f);
void factory_release(struct factory *f);
/* The member that a name of either dialect means; EVENT_MEMBERS: none. */
enum event_member factory_member(struct span name);
/*
 * Appends one event line. data is a view of the payload alone. -1: an expression failed, or a member cannot be
 * had (code "aggregate", "time", "member"); nothing is then appended.
 */
int factory_put(
	struct factory *f, struct event *data, int64_t now_ms, struct buf *out, struct err *err);

#endif
