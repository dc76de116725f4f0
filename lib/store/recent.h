/*
 * recent: the lines of the log that are in no run yet, in the writer's memory.
 *
 * Items come in order of position, without a gap. Found are a line by its position, the lines of an identity and
 * the last line of a stream. What is cut is forgotten at the end (rolled back), what is dropped at the front (it has
 * got its run). 96 bytes a line and its share of two tables of at most half full 4-byte slots.
 */
#ifndef STORE_RECENT_H
#define STORE_RECENT_H

#include "base/hash.h"

/* One stored line, as far as the index has to do with it. */
struct index_item {
	int64_t pos, ver, rec_ms;
	int64_t segment, offset; /* where its first byte is */
	uint32_t length;         /* of the line, its newline included */
	struct hash128 id; /* hash_wide_seeded(identity as event_identity gives it, root->seed) */
	struct hash128 stream; /* hash_wide_seeded(the stream's name decoded, root->seed) */
	uint64_t sum;          /* its own $sum */
};

struct recent_entry {
	struct index_item item;
	uint32_t before; /* index + 1 of the line of its stream before it; 0: none here */
};

/* Open addressing, linear probing; a slot is index + 1. */
struct recent_table {
	uint32_t *slots; /* NULL while empty */
	size_t mask;
};

struct recent {
	struct recent_entry *entries;
	size_t count, cap;
	struct recent_table ids, streams; /* of streams: its last line */
	size_t n_streams;
	int64_t bytes; /* lengths together */
};

void recent_release(struct recent *r);
/* The position must be the one after the last. */
void recent_add(struct recent *r, const struct index_item *item);
/* Forgets pos and what follows it. */
void recent_cut(struct recent *r, int64_t pos);
/* Forgets what is before pos. */
void recent_drop(struct recent *r, int64_t pos);
/* NULL when it is not here. Items live until the next change. */
const struct index_item *recent_at(const struct recent *r, int64_t pos);
/* The skip-th line of an identity, from 0; NULL: no more. */
const struct index_item *recent_find(const struct recent *r, struct hash128 id, size_t skip);
/* The last line of a stream. */
const struct index_item *recent_stream(const struct recent *r, struct hash128 stream);

#endif
