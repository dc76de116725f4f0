/*
 * runset: the runs of a store that count, in order.
 *
 * Each covers [run_first, run_end) of the positions; none covers what another does, but there may be gaps: a reader scans
 * these ranges of the log. A run counts when its end has the right sum in the log, or is the start of the next run that
 * counts: the sums are a chain, so only the last run before a gap is held to the log. Of runs that overlap the one that
 * ends last counts, and of these the longest.
 *
 * Readers need no lock and never write. Files that a writer replaces meanwhile stay readable here.
 *
 *	runset_open(&set, root, &bound, err);
 *	run = runset_at(&set, pos);                 NULL: a gap
 *	...
 *	runset_close(&set);
 */
#ifndef STORE_RUNSET_H
#define STORE_RUNSET_H

#include "store/run.h"

/* A file in index/ that does not count. */
struct runset_name {
	int64_t first, end;
};

struct runset {
	struct root *root;
	struct runcache cache;
	struct run **runs; /* by position */
	size_t count;
	bool is_unlisted;          /* a directory could not be read: runs may be missing */
	struct runset_name *stale; /* what runset_refresh saw and did not take */
	size_t n_stale;
};

/*
 * All runs that count and end at bound or before; bound NULL: all. A directory that is missing or cannot be read is an
 * empty set. Always 0.
 */
int runset_open(struct runset *set, struct root *root, const struct place *bound, struct err *err);
void runset_close(struct runset *set);
/*
 * Looks into the directories again, for runs that end at end or before. Pointers to runs become stale. Always 0.
 */
int runset_refresh(struct runset *set, int64_t end, struct err *err);
/* Removes the run's file; the set keeps what is open until it is refreshed. */
void runset_remove(struct runset *set, struct run *run);
/* Removes the files in index/ of these positions that did not count. */
void runset_remove_stale(struct runset *set, int64_t first, int64_t end);
/* The run that covers pos and is not known to be bad; NULL. */
struct run *runset_at(const struct runset *set, int64_t pos);

#endif
