/*
 * frontier: where the log ends.
 *
 * The log ends after the last whole batch whose sums hold. What follows it in the last segment is no part of the log: a
 * write that was cut short (the beginning of a line, or of a batch), or, after a power cut, whatever the disk made of it.
 *
 *	if (frontier_find(&f, root, &from, note, ctx, err) == 0)
 *		f.size - f.end.offset bytes follow f.end; f.wrong says what is wrong with the first complete line of them
 */
#ifndef STORE_FRONTIER_H
#define STORE_FRONTIER_H

#include "store/scan.h"

/* Called with each line whose sum holds, also with those of a batch that turns out not to be whole. 0 or -1. */
typedef int frontier_fn(void *ctx, const struct scan_line *line, struct err *err);

struct frontier {
	struct root *root;  /* borrowed */
	struct place start; /* where its segment begins, or where the search began in it */
	struct place end;
	int64_t size;    /* bytes of the segment that end is in */
	int64_t line_no; /* of the line at wrong_at, from 1; 0: not known */
	int64_t wrong_at; /* offset of the first line that is no part of the log; size when there is none */
	const char *wrong; /* NULL: what follows is at most unfinished */
};

/* from: a place between two batches, known to be of the log. fn may be NULL. */
int frontier_find(struct frontier *f, struct root *r, const struct place *from, frontier_fn *fn,
	void *ctx, struct err *err);
/* Says that what follows the end is damage. Returns -1. */
int frontier_damage(const struct frontier *f, struct err *err);

#endif
