/*
 * latest: for each value of each key, the latest of the panes that hold it.
 *
 * So the number of different values in a row of panes is kept with one entry for each, however many panes have it:
 * a value is new when latest_put says so, and gone when the pane that leaves was the latest one to have it. Panes
 * leave in order. A zeroed map is empty; it grows with its entries and keeps its size.
 */
#ifndef OP_LATEST_H
#define OP_LATEST_H

#include "base/base.h"

struct latest_slot {
	uint32_t key, value; /* key 0: free */
	int64_t pane;
};

struct latest {
	struct latest_slot *slots;
	size_t count, mask;
};

/* The pane has the value; true when none of the key's had it. key is over 0. */
bool latest_put(struct latest *m, uint32_t key, uint32_t value, int64_t pane);
/* The pane leaves; true when no other has the value. Asking again is harmless. */
bool latest_remove(struct latest *m, uint32_t key, uint32_t value, int64_t pane);
void latest_release(struct latest *m);

#endif
