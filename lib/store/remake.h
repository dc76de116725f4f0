/*
 * remake: the whole index made anew from the log.
 *
 * Nobody needs it, as what is damaged is made again by whoever comes upon it; it is for those who want it done now. While
 * it runs no other process can append: it holds `lock`.
 */
#ifndef STORE_REMAKE_H
#define STORE_REMAKE_H

#include "store/root.h"

struct remake_result {
	int64_t events, runs, bytes; /* bytes: of the runs */
};

/* Waits at most lock_ms for other writers, then status 3. */
int remake(struct root *root, int64_t lock_ms, struct remake_result *out, struct err *err);

#endif
