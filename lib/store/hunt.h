/*
 * hunt: which file of a log is the oldest, holds a marked place, or comes after another.
 *
 * The files are those of io/roll.h. They may be renamed, compressed and removed at any time; what was found may be
 * gone when it is opened, and is then hunted for again. The log's name may be a link to a file that roll does not list:
 * it is found where nothing else is, and follows itself when it leads elsewhere.
 */
#ifndef STORE_HUNT_H
#define STORE_HUNT_H

#include "io/mark.h"

#include <sys/stat.h>

struct hunt {
	char *path; /* the caller's: alloc_free */
	bool is_archive;
	bool is_other; /* the marked file is gone; this is the oldest of those that are left */
};

/* The file that was read last. */
struct hunt_last {
	struct stat st;
	struct mark mark; /* its end */
	/* The end of the file before it, by which it is found when nothing is known of itself. */
	struct mark before;
	bool has_log_name; /* it was opened under the log's own name */
	bool log_name_next; /* when it is gone altogether, the file that has that name now comes next */
};

/* All: 1 found, 0 there is none, -1. */
int hunt_oldest(const char *log, struct hunt *out, struct err *err);
/* guess: where it may still be; NULL: no idea. */
int hunt_marked(const char *log, const struct mark *m, const char *guess, struct hunt *out,
	struct err *err);
int hunt_newer(const char *log, const struct hunt_last *last, struct hunt *out, struct err *err);

#endif
