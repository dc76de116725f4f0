/*
 * runpick: which runs become one.
 *
 * Runs have levels by the text of their lines: under 8 MiB, 64 MiB, 512 MiB and so on. Eight of a level that follow each
 * other are merged, and so make one of the next; smaller ones that stand among them are taken along. So each line is
 * written once for each level, and there are at most seven runs of each: some thirty for ten million events.
 */
#ifndef STORE_RUNPICK_H
#define STORE_RUNPICK_H

#include "store/runset.h"

struct runpick {
	size_t from, count; /* in the set */
	int64_t bytes, lines;
};

/* The smallest group to be merged, of at most max_bytes of text. False: none. */
bool runpick(const struct runset *set, int64_t max_bytes, struct runpick *out);

#endif
