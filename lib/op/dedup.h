/*
 * dedup: was this key seen before?
 *
 * Keys are kept as 128-bit hashes (XXH3) in a ring in the order of their first sight, found through a table of
 * ring positions. A key costs 24 bytes of ring and 6 to 12 of table; both grow up to max_keys and no further.
 * At max_keys the key seen first is forgotten, and counted: from then on a repetition of it passes.
 *
 * With a window, an event is a repetition when its time differs by less than within_ms from that of the last
 * event of its key that passed; repetitions do not prolong it. Keys whose time lies within_ms or more before the
 * highest time seen are forgotten as they reach the old end of the ring, which is not counted.
 *
 * Two different keys are taken for one with a probability of 2^-128 for each pair that is compared: with
 * 1,000,000 keys kept and 10^12 events, 3 in 10^21. Whoever chooses keys in order to collide can do so: XXH3 is
 * no cryptographic hash.
 */
#ifndef OP_DEDUP_H
#define OP_DEDUP_H

#include "base/hash.h"

#define DEDUP_MAX_KEYS (UINT64_C(1) << 31)

struct dedup_key {
	struct hash128 hash;
	int64_t time_ms; /* INT64_MIN: seen again since, at a newer place */
};

/* Owned by the program for the run. */
struct dedup {
	uint64_t max_keys;
	int64_t within_ms; /* INT64_MAX: no window */
	int64_t max_time_ms;
	struct dedup_key *ring;
	uint32_t cap, first, used; /* of the ring; used places begin at first */
	uint32_t *slots;           /* place + 1; 0: free */
	uint32_t mask;
	uint64_t count;     /* keys held */
	uint64_t forgotten; /* keys dropped at max_keys */
};

/* max_keys: 1 to DEDUP_MAX_KEYS. */
void dedup_init(struct dedup *d, uint64_t max_keys, int64_t within_ms);
void dedup_release(struct dedup *d);
/* True: no repetition; the key is kept from now on. time_ms counts only with a window. */
bool dedup_is_new(struct dedup *d, struct span key, int64_t time_ms);

#endif
