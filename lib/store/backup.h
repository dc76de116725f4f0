/*
 * backup: another directory that has the same log, and brings it up to date.
 *
 * A backup is a store: an exact prefix of the log, which ends where the log was durable when the backup was made, and all
 * that belongs to it (retired/, consumers/). It can be verified, read and opened as any other. Made anew in the same
 * directory it copies only what it has not: a segment is known by its name, its form and its size. Sealed segments, which
 * nobody ever writes to, become hard links where the disk has them; everything else is copied, so that a backup that
 * is written to never changes the store. What is brought is checked before (assay.h), so damage is never taken for what the backup
 * has. What retention took from the store goes from the backup as well, last.
 *
 * At every moment the directory holds the earlier backup, the new one, or a prefix between the two, with positions of
 * consumers that are none ahead of it; a first backup is no store before it is whole. Where all that lies between the two has
 * been retired since, what comes is staged under other names, and the directory changes from the one to the other at once: only
 * between the first of these renames and the last may verify name segments that are there ahead of what is before them, while
 * readers show the earlier backup. Whoever was killed on the way runs it again. Meanwhile nothing is sealed or retired; events
 * are stored as ever.
 *
 * A restored store is a backup of a backup, of nothing but copies, that was verified before it is a store.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/replica.h"
#include "store/verify.h"

struct backup_conf {
	int64_t lock_ms; /* waits for sealing and retention so long */
	bool is_copy;    /* no links */
	bool is_checked; /* verify what was made before it becomes a store */
	struct verify_conf verify;
};

struct backup_result {
	int64_t pos; /* it holds every event before this position */
	int64_t segments, linked, copied, kept;
	int64_t bytes; /* copied */
};

/*
 * dir: an earlier backup of the same store, or new or empty. ERR_USAGE for any other, and for one that has other lines than the
 * store: where the store has retired its own, they are held to what it remembers of them (past.h).
 */
int backup(struct backup_result *out, struct root *from, const char *dir,
	const struct backup_conf *conf, struct err *err);
int backup_to(struct backup_result *out, struct root *from, struct replica *to,
	const struct backup_conf *conf, struct err *err);

#endif
