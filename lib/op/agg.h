/*
 * agg: aggregate functions, as small states that take values, merge, and become JSON.
 *
 *	count()        events                   count(EXPR)    outputs neither false nor null
 *	sum(EXPR)      exact                    avg(EXPR)      of the exact sum; null of nothing
 *	min max        in jq's order            distinct       exact number of different values (jq's ==)
 *	first last     by event time            collect        the values, in order of event time
 *
 * A list of aggregates lays its states out in one blob; a window's state is such a blob, zeroed when new and
 * given back with agg_release. null is never taken (but by nothing). sum is a struct dec and stays exact in it;
 * only when 128 bits of digits are not enough does it go on in double. avg is the decimal quotient where that
 * ends within 17 places, else the nearest double. collect keeps the collect_max earliest values in (time,
 * arrival) order; agg_list.cut counts those left out.
 *
 * Times order first, last and collect; of equal times what came before counts as earlier, in merges the one
 * merged into.
 */
#ifndef OP_AGG_H
#define OP_AGG_H

#include "event/value.h"
#include "op/intern.h"

enum agg_kind {
	AGG_COUNT,
	AGG_SUM,
	AGG_AVG,
	AGG_MIN,
	AGG_MAX,
	AGG_DISTINCT,
	AGG_FIRST,
	AGG_LAST,
	AGG_COLLECT,
};

struct agg {
	enum agg_kind kind;
	bool has_argument;
	size_t offset; /* of its state in the blob */
};

struct agg_list {
	struct agg *items;
	size_t count;
	size_t state_size;    /* a multiple of 16 */
	bool has_distinct;    /* some state holds interned values */
	bool owns_memory;     /* some state needs agg_release */
	size_t collect_max;   /* default AGG_COLLECT_MAX */
	uint64_t cut;         /* values that collect left out, merges not counted */
	struct intern values; /* of distinct */
	struct arena scratch;
};

#define AGG_COLLECT_MAX 1000
#define AGG_MAX_COUNT 256 /* aggregates in a list */

void agg_list_init(struct agg_list *l);
void agg_list_release(struct agg_list *l);
/*
 * "FN(EXPR)" or "FN()": adds the aggregate and gives the text of EXPR, SPAN_NONE when there is none. -1: no such
 * function, or an argument missing or too many (ERR_USAGE).
 */
int agg_list_add(struct agg_list *l, struct span text, struct span *argument, struct err *err);

/* May aggregate i take v? 1, 0 (left out: null, or for count what is not true), -1 (sum of a string). */
int agg_accepts(const struct agg_list *l, size_t i, struct value v, struct err *err);
/* v has been accepted; for count() it is not looked at. */
void agg_take(struct agg_list *l, size_t i, void *state, struct value v, int64_t time_ms);
/* All of them; for a whole blob. into holds what came before from. */
void agg_merge(struct agg_list *l, void *into, const void *from);
void agg_merge_one(struct agg_list *l, size_t i, void *into, const void *from);
void agg_release(struct agg_list *l, void *state); /* state is zeroed: empty again */
void agg_release_one(struct agg_list *l, size_t i, void *state);
/* The result as a JSON value. */
void agg_put(struct agg_list *l, size_t i, void *state, struct buf *out);

/* count, and sum and avg while exact, can be taken back. */
bool agg_is_invertible(const struct agg_list *l, size_t i);
/* False: some sum is rough, so that it cannot be taken back from what it went into. */
bool agg_is_exact(const struct agg_list *l, const void *state);
void agg_subtract_one(struct agg_list *l, size_t i, void *from, const void *part);

/* The id of a value of distinct in l->values. */
uint32_t agg_value_id(struct agg_list *l, struct value v);
/* The values that a state holds, for the sweep of l->values. */
void agg_mark(struct agg_list *l, const void *state);

#endif
