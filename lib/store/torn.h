/*
 * torn: where the log really ends.
 *
 * A writer that dies leaves at most one unfinished write at the end of the last segment: half a line, or an
 * atomic batch without its last lines. The log ends after the last complete batch whose last line is chained
 * to the line before it; torn_find walks back from the end of the file to it. What follows is not part of the
 * log: readers do not show it, the next writer cuts it off.
 *
 * A kill leaves no complete line that is wrong. If one is found after the end, a power cut has lost some of
 * the pages of a write that was never acknowledged, or the last lines have been damaged since; nobody can tell
 * which, so a writer keeps such bytes in lost/ before it cuts them, and verify calls them damage. A wrong line
 * with right ones after it is always damage, and never cut: then the end is after the last right one, and
 * whoever reads up to it meets the wrong one. A line is right as well when only the sum it rests on was damaged
 * in the line before.
 */
#ifndef STORE_TORN_H
#define STORE_TORN_H

#include "store/segment.h"

struct torn {
	int64_t end;   /* offset in the segment at which the log ends */
	int64_t size;  /* of the file; size - end bytes are not part of the log */
	bool is_wrong; /* a complete line among them is wrong */
};

/* seed: the sum before offset from, a place in the segment known to start a line of the log. */
int torn_find(struct torn *t, struct segment_lines *l, struct segfile *file, int64_t from,
	uint64_t seed, struct err *err);

#endif
