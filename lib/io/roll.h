/*
 * roll: the files of one log, as rotation leaves them.
 *
 * A log has a path, DIR/NAME. In the same directory these are its files, the oldest first:
 *
 *	NAME-20211122, NAME-2021112309 …   a dash and eight digits or more: the smaller the older
 *	NAME.12, NAME.2, NAME.1            numbers of 1 to 999 without a zero in front: the larger the older
 *	NAME                               the newest
 *
 * each of them plain, or with .zst or .gz at the end. Where one is there in both forms, the archive is the older
 * part when it begins otherwise; when it begins alike, or cannot be read yet, it is a copy and left out.
 */
#ifndef IO_ROLL_H
#define IO_ROLL_H

#include "base/err.h"

enum { ROLL_STORE = 1, ROLL_DIRECTORY = 2 }; /* ranks of what roll_logs gives beside logs */

struct roll_item {
	char *path;
	int64_t rank; /* the older the smaller; the newest has 0 */
	bool is_archive;
	char *only; /* roll_logs: the one file of the log; NULL: it has several */
};

struct roll {
	struct roll_item *items;
	size_t count, cap;
};

void roll_release(struct roll *r);
/* The files of the log. A directory that cannot be read is an error; no file at all is none. */
int roll_list(struct roll *r, const char *log, struct err *err);
/*
 * The logs of a directory, sorted by path, one item each, rank 0; below it one level: the logs of its
 * subdirectories, and the subdirectories themselves: ROLL_STORE those with a file FORMAT, which are not gone into,
 * ROLL_DIRECTORY the others. Left out: names that begin with '.', or end in '~', ".tmp" or ".prom", and what is no regular file.
 */
int roll_logs(struct roll *r, const char *dir, struct err *err);
bool roll_is_archive(const char *name);
/* How much of a file's name is its log's. */
size_t roll_log_bytes(const char *name);

#endif
