/*
 * fetch: single lines of the log, read where the index says they are.
 *
 * A line is read with the sum before it, by one read of exactly these bytes, and held to it; lines that are wanted next and
 * lie close by are read along. Open segments are kept, at most FETCH_FILES of them.
 *
 * A line lives until the next call. What does not hold is -1 with code "index": whoever asked looks into the log itself,
 * which knows what is damaged there. A segment that is gone is code "gone".
 */
#ifndef STORE_FETCH_H
#define STORE_FETCH_H

#include "store/view.h"

#define FETCH_FILES 64

struct fetch_file {
	struct segfile file; /* closed: free */
	uint64_t used;       /* when last, by count */
};

struct fetch {
	struct view *view; /* borrowed */
	struct fetch_file files[FETCH_FILES];
	uint64_t uses;
	struct buf window;
	int64_t segment, at; /* of its first byte; segment -1: empty */
};

/* A line that is wanted. */
struct fetch_want {
	int64_t pos;
	struct locus at;
};

void fetch_init(struct fetch *f, struct view *view);
void fetch_release(struct fetch *f);
/* The line of wants[0]; the other n - 1 are what will be asked for next, in order of position or against it. */
int fetch_line(struct fetch *f, const struct fetch_want *wants, size_t n, struct scan_line *out,
	struct err *err);

#endif
