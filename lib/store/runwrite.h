/*
 * runwrite: a run of lines that are in memory.
 */
#ifndef STORE_RUNWRITE_H
#define STORE_RUNWRITE_H

#include "store/recent.h"
#include "store/segfile.h"

/* The place after the n-th line, n > 0. */
struct place runwrite_stop(const struct recent *r, size_t n);
/*
 * Writes index/….run of the first n lines; start is the place before them, name that of the temporary file, a string
 * that stays. -1: it could not be written, or (ERR_DAMAGE) the lines cannot stand in one log.
 */
int runwrite(struct root *root, const struct recent *r, size_t n, const struct place *start,
	const char *name, struct err *err);

#endif
