/*
 * route: rules that say where an event goes, and which of them hold for it.
 *
 *	# the first rule that matches wins; one with '+' goes on to the next
 *	+payment.*             -> audit
 *	user.*,profile.*       -> user-events, |notify --quiet
 *	? .data.rating > 4     -> liked-{.userId}
 *	debug.*                -> !
 *	*                      -> domain-events
 *
 * PATTERN is a list of globs on the event's type (glob.h), or "? EXPR" up to the first " -> ". DEST is a topic, '-'
 * (standard output), '!' (nowhere), or '|' and a shell command to the end of the line. A topic's name is made
 * of [A-Za-z0-9._-], does not start with '.', has at most ROUTE_NAME_MAX bytes, and may have templates {EXPR}; {key} is
 * the partition key.
 *
 * Expressions are not evaluated here: the rules number their texts (route.exprs) and ask through a
 * function. What a type leads to is remembered (at most ROUTE_PLANS types, then forgotten all at once), so that
 * an event of a type seen before costs one look-up; only the '?' rules among those that matter are asked again.
 * An event goes to one destination at most once, however many rules name it.
 */
#ifndef OP_ROUTE_H
#define OP_ROUTE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/table.h"

#define ROUTE_NAME_MAX 240 /* a file name has 255, less ".ndjson" */
#define ROUTE_RULES_MAX 10000
#define ROUTE_PLANS 1024
#define ROUTE_LITERAL SIZE_MAX /* a part that is text */
#define ROUTE_KEY (SIZE_MAX - 1)

enum route_kind { ROUTE_TOPIC, ROUTE_STDOUT, ROUTE_DROP, ROUTE_COMMAND };

/* A piece of a topic's name. */
struct route_part {
	struct span text;
	size_t expr; /* number of the expression, ROUTE_KEY, or ROUTE_LITERAL */
};

/* Equal destinations of several rules are one. */
struct route_dest {
	enum route_kind kind;
	struct span text; /* as in the rule; ends in NUL */
	struct span
		topic; /* of a command: the topic before it in its rule, else the rule's pattern; ends in NUL */
	struct route_part *parts; /* of a topic with templates; NULL otherwise */
	size_t part_count;
	uint64_t seen; /* the last event that got it */
};

struct route_rule {
	struct span pattern;
	size_t expr;  /* of a '?' rule; else ROUTE_LITERAL */
	bool goes_on; /* '+' */
	size_t *dests;
	size_t count;
};

/* Owns copies of all texts. */
struct route {
	struct route_rule *rules;
	struct route_dest *dests;
	struct span *exprs; /* each ends in NUL */
	size_t rule_count, dest_count, expr_count;
	size_t rule_cap, dest_cap, expr_cap;
	struct table plans;
	struct arena texts;
	size_t *hits;     /* destinations of the last event, indexes into dests */
	uint64_t matches; /* events asked for so far */
};

void route_init(struct route *r);
void route_release(struct route *r);
/* One rule; blank lines and comments add nothing. ERR_USAGE. */
int route_add(struct route *r, struct span line, struct err *err);
/* A file of rules; errors begin with "NAME: line N: ". */
int route_parse(struct route *r, struct span text, const char *name, struct err *err);
/* The rules of an event platform without any: types to topics, results to theirs, all else to domain-events. */
void route_builtin(struct route *r);

/* Is the '?' rule's expression true? 1, 0, or -1 with err filled. */
typedef int route_test_fn(void *ctx, size_t expr, struct err *err);
/*
 * Number of destinations, now in r->hits (valid until the next call), in the order of the rules; 0 with *matched
 * false: no rule matched. -1: what test gave.
 */
int route_match(struct route *r, struct span type, route_test_fn *test, void *ctx, bool *matched,
	struct err *err);

/*
 * Appends text as a part of a file name: every byte outside [A-Za-z0-9._-], and a '.' in front, as %XX.
 * Distinct texts give distinct names.
 */
void route_segment(struct buf *name, struct span text);

#endif
