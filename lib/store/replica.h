/*
 * replica: a directory that becomes a store, a file at a time.
 *
 * Each file comes as a whole: it is written as copy.tmp, synced, renamed to its name, and the directory is synced, before
 * the next one is begun. FORMAT comes last, so a directory is a store when it has everything; whoever was killed on the
 * way finds what is there already and goes on. Nothing but a new directory, an empty one, or one of ours is taken, and
 * while it is open nobody else writes there: it holds the lock that writers of the store take.
 *
 * Files that may be seen only when others are there as well are staged: their names have REPLICA_STAGED at the end, by
 * which no reader knows them, until all are made to have their own.
 *
 *	replica_open(&r, path, mode, err);
 *	replica_dir(&r, "seg", err);
 *	replica_copy(&r, root, "seg/…", bytes, err);
 *	replica_put(&r, "FORMAT", text, err);
 *	replica_close(&r);
 */
#ifndef STORE_REPLICA_H
#define STORE_REPLICA_H

#include "base/span.h"
#include "store/root.h"

#define REPLICA_STAGED ".next"

struct replica {
	struct disk disk;
	char *path;
	unsigned file_mode, dir_mode;
	bool is_store; /* FORMAT is there */
	bool stages;   /* what comes now is staged */
	int fd;        /* copy.tmp while it is written; -1 */
	int lock_fd;
};

/* Makes the directory where it is missing. dir_mode of directories, files have it without x. */
int replica_open(struct replica *r, const char *path, unsigned dir_mode, struct err *err);
/* The same on a disk that is open already, which passes to the replica. */
int replica_open_on(
	struct replica *r, struct disk disk, const char *path, unsigned dir_mode, struct err *err);
void replica_close(struct replica *r);
int replica_dir(struct replica *r, const char *name, struct err *err);
/* A file with these bytes, in the place of one that is there. */
int replica_put(struct replica *r, const char *name, struct span bytes, struct err *err);
/* The first bytes of a file of root, under the same name; fewer are ERR_SYSTEM. */
int replica_copy(
	struct replica *r, struct root *root, const char *name, int64_t bytes, struct err *err);
/*
 * The same file of root, not a copy: only for what is never written to again. Copies it where that cannot be; *is_copy
 * says so.
 */
int replica_link(struct replica *r, struct root *root, const char *name, int64_t bytes,
	bool *is_copy, struct err *err);
/* Is the replica the very directory of root? -1 and err when that cannot be found out. */
int replica_is(struct replica *r, struct root *root, struct err *err);
int replica_remove(struct replica *r, const char *name, struct err *err);
/* Bytes of a file; -1 when there is none. */
int64_t replica_size(struct replica *r, const char *name);

/* The same of one that is staged; then it gets its name, if it is there, durable with replica_sync. */
int64_t replica_staged(struct replica *r, const char *name);
int replica_unstage(struct replica *r, const char *name, struct err *err);
int replica_sync(struct replica *r, const char *dir, struct err *err);

/* A file in parts. After replica_end it is there; replica_drop forgets it. */
int replica_begin(struct replica *r, struct err *err);
int replica_add(struct replica *r, struct span bytes, int64_t at, struct err *err);
int replica_end(struct replica *r, const char *name, struct err *err);
void replica_drop(struct replica *r);

#endif
