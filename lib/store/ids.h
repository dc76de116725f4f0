/*
 * ids: from the hash of an identity to the addresses where it may be stored.
 *
 * 16 bytes a slot, at most three quarters full, so 21 to 43 bytes an event. Hashes may collide: whoever asks
 * looks at the line and, when it is another identity, asks on.
 *
 * What is put waits in a short queue while its slot is fetched from memory: reading a log puts millions, and
 * each would wait for its own cache line. A look-up empties the queue first.
 *
 *	size_t probe = 0;
 *
 *	while ((address = ids_next(&t, hash, &probe)) >= 0)
 *		if (the line at address has this identity)
 *			...
 */
#ifndef STORE_IDS_H
#define STORE_IDS_H

#include "base/base.h"

struct ids_slot {
	uint64_t hash;
	int64_t address; /* + 1; 0: free */
};

#define IDS_QUEUE 16

struct ids {
	struct ids_slot *slots; /* NULL while empty */
	size_t count, mask;
	struct ids_slot queue[IDS_QUEUE];
	size_t queued;
};

void ids_release(struct ids *t);
/* The next address under hash, or -1. probe starts at 0. */
int64_t ids_next(struct ids *t, uint64_t hash, size_t *probe);
void ids_put(struct ids *t, uint64_t hash, int64_t address);
size_t ids_bytes(const struct ids *t);

#endif
