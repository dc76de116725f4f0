/*
 * trove: a directory of a store that holds small files of their own, and is copied as a whole.
 *
 * Names that begin with '.' or end in ".tmp" or REPLICA_STAGED are nobody's: locks, and what was left unfinished.
 */
#ifndef STORE_TROVE_H
#define STORE_TROVE_H

#include "base/buf.h"
#include "store/replica.h"

/* Sorted by bytes. */
struct trove_names {
	char **items;
	size_t count, cap;
};

/* A directory that is not there is empty. */
int trove_list(struct trove_names *names, struct disk *d, const char *dir);
void trove_names_release(struct trove_names *names);
/* A whole file, at most the buffer's maximum. 0, or -1 and errno. */
int trove_read(struct disk *d, const char *name, struct buf *out);
/* What is copied of a directory, in which order. */
struct trove_set {
	const char *dir;
	/* Files named FIRST-LAST… with a LAST of so much or more are not wanted; those that end in ".run". */
	int64_t most, most_run;
	/* Of several accounts (past.h) the one that goes on where the replica's end then makes all of them count at once. */
	bool is_last_first;
};

/*
 * Brings new and changed files of a directory of the store into the replica's, those that end in ".ndjson" after the
 * others. A file over TROVE_COMPARED is held for the same by its size.
 */
#define TROVE_COMPARED ((size_t)64 << 10)
int trove_copy(struct root *from, struct replica *to, const struct trove_set *set, struct err *err);
/* The same; then what is not wanted, or not there, goes. */
int trove_mirror(
	struct root *from, struct replica *to, const struct trove_set *set, struct err *err);
/* Removes the files of a directory that have none of these names, which may be NULL. */
int trove_drop(
	struct replica *to, const char *dir, const struct trove_names *keep, struct err *err);
/* Removes all of them. */
int trove_clear(struct replica *to, const char *dir, struct err *err);

#endif
