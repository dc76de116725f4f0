/*
 * bisect: the way to a position inside a segment without reading what is before it.
 *
 * Positions grow from line to line, so a segment is a sorted file: some fifteen reads of 64 KiB lead to within
 * 128 KiB before the line. Only a line whose sum holds is taken for a step, so a damaged one leads nowhere; what
 * is skipped is not checked.
 */
#ifndef STORE_BISECT_H
#define STORE_BISECT_H

#include "store/scan.h"

/* at: a segment's start; moved to a line of it with a position of at most pos. */
int bisect(struct segfile *file, int64_t pos, struct place *at, struct err *err);

#endif
