/*
 * ev-route: what its files share.
 *
 * ev-route-rules.c reads the rules, ev-route.c asks them, ev-route-send.c takes an event where they say.
 */
#ifndef CMD_EV_ROUTE_H
#define CMD_EV_ROUTE_H

#include "cli/cmd.h"
#include "cli/sink.h"
#include "event/cloud.h"
#include "op/route.h"

struct router {
	const char *file, *dir;
	struct opt_list rules;
	struct expr *key;
	int64_t partitions, max_open; /* partitions 0: none */
	int on_unknown, on_sink_fail;
	bool to_cloudevents;

	struct cmd_run *run;
	struct route route;
	struct expr **exprs; /* one for each of route.exprs */
	struct sink **
		sinks; /* one for each destination and partition; NULL where there is none, or not yet */
	struct span *names; /* topics of the destinations hit */
	struct sink_set *set;
	struct buf name;
	struct cloud cloud;
	struct event *ev; /* at hand */
	struct span line; /* what is written of it */
	bool needs_key, is_ending, is_broken;
};

/* Partitions of a topic, at least one. */
static inline size_t
ev_route_width(const struct router *r)
{
	return r->partitions ? (size_t)r->partitions : 1;
}

/* Takes the rules as they are now; on failure the old ones stay. */
int ev_route_rules_load(struct router *r, struct err *err);
void ev_route_rules_unload(struct router *r);
/*
 * Takes the event at hand to the destinations in route.hits. Either all are named before anything is written, or
 * the event is bad and nothing was.
 */
enum cmd_verdict ev_route_send(struct router *r, int hits, struct err *err);
/* Takes the event at hand to standard output. */
enum cmd_verdict ev_route_pass(struct router *r, struct err *err);

#endif
