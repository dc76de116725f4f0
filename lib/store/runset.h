/*
 * runset: the runs of a store that count, in order.
 *
 * Each covers [first, end) of the positions; none covers what another does, but there may be gaps: a reader scans these
 * ranges of the log. A run counts when its end has the right sum in the log, or is the start of the next run that counts:
 * as the sums are a chain only the last run before a gap need be held to the log.
 *
 * Readers need no lock and never write. Files that a writer replaces meanwhile stay readable here.
 *
 *	runset_open(&set, root, &bound, err);
 *	for (int64_t pos = 0; pos < bound.pos; pos = end) {
 *		struct run *run = runset_at(&set, pos);     NULL: a gap, up to runset_next(&set, pos)
 *		...
 *	}
 *	runset_close(&set);
 */
#ifndef STORE_RUNSET_H
#define STORE_RUNSET_H

#include "store/run.h"

struct runset {
	struct root *root;
	struct runcache cache;
	struct run **runs; /* by position */
	size_t count, cap;
};

/*
 * All runs that count; bound is where what may be shown ends, NULL: anywhere (then a run may end after it, as all that is
 * indexed is durable). A directory that cannot be read is an empty set. Always 0.
 */
int runset_open(struct runset *set, struct root *root, const struct place *bound, struct err *err);
void runset_close(struct runset *set);
/* Looks into the directory again; pointers to runs become stale. */
int runset_refresh(struct runset *set, struct err *err);
/* The run that covers pos and is not known to be bad; NULL. */
struct run *runset_at(const struct runset *set, int64_t pos);
/* Where the next run that is not bad begins, at pos or after it; INT64_MAX. */
int64_t runset_next(const struct runset *set, int64_t pos);

#endif
