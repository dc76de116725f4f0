/*
 * commit: makes what was written durable, one sync for everybody who waits.
 *
 * commit_upto returns when the log is durable up to a place that the caller has written or seen: the mark has reached it;
 * or another is syncing, then sleeps until that one has ended, or the one after it (turn.h), and looks;
 * or takes `lock.sync` alone and syncs: sets HEAD_SYNCING, reads `end`, syncs, publishes the mark at that `end`.
 *
 * A mark that says SYNCING although nobody holds the lock was left by a process that died: its sync may have failed,
 * and the kernel reports that once. So the bytes from the mark to the end are read, checked, written again and only then
 * synced. The same where there is no mark: from what is known durable.
 *
 * A mark bounds what is shown. Where none does (head.h), the one that is set before the sync has HEAD_DOUBT and bounds
 * nothing either; so does the one after it, unless all that is written was synced.
 *
 * A sync that fails takes back what it was for: under both locks the segment is cut to the mark, the epoch grows, and
 * whoever waits for lines of the old epoch learns that they are gone. What this process has seen durable is never cut.
 * A mark that cannot be published is a failure as well: others would cut what only this process knows to be durable.
 */
#ifndef STORE_COMMIT_H
#define STORE_COMMIT_H

#include "store/head.h"
#include "store/turn.h"

enum commit_way {
	COMMIT_FREE,   /* `lock` is not held */
	COMMIT_LOCKED, /* it is, and the segment is to be closed: what was cut off is to stay off, so it is always synced */
	COMMIT_FOUND   /* it is, and the lines were found, not written: they are never taken back */
};

struct commit {
	struct root *root;
	int lock_fd, sync_fd, head_fd;
	int64_t lock_ms;
	struct turn turn;
	/* A position: the lines from there to what is committed next are this process's. */
	int64_t own;
	struct place durable; /* the furthest that this process knows to be durable */
	bool is_settled;      /* with `lock`: that is the end of the log, and the mark says so */
	bool leads;           /* commit_publish has taken lock.sync */
};

/* Opens lock, lock.sync and head for writing. */
int commit_open(struct commit *c, struct root *r, int64_t lock_ms, struct err *err);
void commit_close(struct commit *c);
/* Takes `lock`. */
int commit_lock(struct commit *c, struct err *err);
void commit_unlock(struct commit *c);
/*
 * With `lock`, after the lines before end were written: says so in `head`. Where nothing else is to be synced and nobody is
 * at it, the sync that follows begins with the same write: then `lock.sync` is held until commit_upto.
 */
int commit_publish(struct commit *c, const struct place *end, uint64_t epoch, struct err *err);
/*
 * Returns when the log is durable up to a place that was written in epoch. file: the segment of that place, open for
 * writing. c->durable must be set; it lies in that segment or at its beginning.
 */
int commit_upto(struct commit *c, struct segfile *file, const struct place *upto, uint64_t epoch,
	enum commit_way way, struct err *err);
/*
 * With `lock`: complete lines were lost before they were durable, and the log ends before them now. Those who wait for
 * them learn it by a new epoch, which is noted in *epoch.
 */
int commit_renew(struct commit *c, const struct place *end, uint64_t *epoch, struct err *err);
/* The kernel has dropped lines that were not durable, as a sync has failed: -1 and the error. */
int commit_lost(struct err *err);
/* Notes a place as durable, if it is further than what is known. */
void commit_saw(struct commit *c, const struct place *at);

#endif
