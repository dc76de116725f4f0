/*
 * compact: one run out of several that follow each other.
 *
 * All sections of the inputs are in order, so they are merged in one pass with 64 KiB of memory for each input and
 * section. The inputs' files stay; that is the caller's to change.
 */
#ifndef STORE_COMPACT_H
#define STORE_COMPACT_H

#include "store/run.h"

struct compact {
	struct run **runs; /* each begins where the one before it ends */
	size_t count;
	/*
	 * Only lines in [begin, end), each where a segment begins, the one in the first run, the other in the last;
	 * 0 and INT64_MAX: all.
	 */
	int64_t begin, end;
	const char *name; /* of the temporary file */
	const char *dir;  /* where the run goes */
	bool is_durable;
};

/*
 * 0; -1: code "index" when an input cannot be relied on (its is_bad is set) or inputs contradict each other (none is
 * bad); else the system's failure.
 */
int compact(struct root *root, const struct compact *c, struct err *err);

#endif
