/*
 * intern: byte strings as small integers, and sets of such integers.
 *
 * Equal strings get equal ids, so that a set of values is an array of 4-byte ids. Ids are never counted; when
 * the number of strings has doubled since the last time, intern_is_full tells the owner to mark the ids that it
 * still holds and to sweep the rest, which keeps memory in proportion to what is alive (mark and sweep,
 * McCarthy 1960). An id stays valid, and keeps its meaning, as long as each sweep finds it marked.
 *
 *	if (intern_is_full(&in)) {
 *		for (each bag b that is alive)
 *			intern_mark_bag(&in, b);
 *		intern_sweep(&in);
 *	}
 *	intern_bag_add(&bag, intern_put(&in, text));
 */
#ifndef OP_INTERN_H
#define OP_INTERN_H

#include "base/buf.h"

struct intern_slot {
	uint32_t tag, id; /* id + 1; 0: free */
};

#define INTERN_SHORT 16 /* bytes that an entry holds itself */

struct intern_entry {
	uint64_t hash;
	uint32_t n;
	bool used, marked;
	union {
		char inside[INTERN_SHORT];
		size_t at; /* in text */
	} u;
};

struct intern {
	struct intern_slot *slots;
	struct intern_entry *entries;
	uint32_t *free; /* ids to be used again */
	size_t mask, entry_count, entry_cap, free_count, live, full_at;
	struct buf text;
};

void intern_init(struct intern *in);
void intern_release(struct intern *in);
uint32_t intern_put(struct intern *in, struct span s);
/* Valid until the next intern_put or intern_sweep. */
struct span intern_get(const struct intern *in, uint32_t id);
bool intern_is_full(const struct intern *in);
void intern_mark(struct intern *in, uint32_t id);
void intern_sweep(struct intern *in);

#define INTERN_INSIDE 2 /* ids that a bag holds without memory of its own */

/*
 * A set of ids: an array, of which the first `sorted` are in order and each there once; what is behind them may
 * repeat and is sorted in when the array is full. A zeroed bag is the empty set.
 */
struct intern_bag {
	union {
		uint32_t inside[INTERN_INSIDE];
		uint32_t *ids;
	} u;
	uint32_t n, sorted, cap; /* cap 0: inside */
};

void intern_bag_add(struct intern_bag *b, uint32_t id);
void intern_bag_merge(struct intern_bag *into, const struct intern_bag *from);
/* Each id once; then n is the size of the set. */
void intern_bag_settle(struct intern_bag *b);
void intern_bag_release(struct intern_bag *b);
void intern_mark_bag(struct intern *in, const struct intern_bag *b);

static inline const uint32_t *
intern_bag_ids(const struct intern_bag *b)
{
	return b->cap ? b->u.ids : b->u.inside;
}

#endif
