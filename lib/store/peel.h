/*
 * peel: stored lines of one segment, one after the other, back to what their producers wrote.
 *
 * Each line is held to the chain of sums before its trailer is taken off. After a line that was not held whole (it is
 * longer than --max-line) the next one's sum is believed.
 *
 * A plain segment is known by its place: seg/ of a store, under the name of a segment. What is elsewhere is a log like
 * any other, and its lines are left as they are.
 */
#ifndef STORE_PEEL_H
#define STORE_PEEL_H

#include "base/err.h"
#include "event/source.h"
#include "store/trailer.h"

#define PEEL_MORE TRAILER_MAX

struct peel {
	size_t max_line; /* of what producers wrote; a longer line comes as source.h says */
	uint64_t sum;    /* of the line before */
	bool has_sum;
};

/* Is the file a plain segment, where it belongs? Then p is set for the line at the offset. */
bool peel_start(struct peel *p, const char *path, int64_t offset, size_t max_line);
/* A stored line, of up to PEEL_MORE bytes more than max_line. Its bytes are changed in place. -1: it is damaged. */
int peel_line(struct peel *p, struct source_line *line, struct err *err);

#endif
