/*
 * retro: the lines of the log from a place towards its beginning.
 *
 * As scan, every line is checked against the sum of the line before it and must have the position before the last one
 * given; what is not read is not checked.
 */
#ifndef STORE_RETRO_H
#define STORE_RETRO_H

#include "store/scan.h"

struct retro {
	struct root *root;
	const struct segment_list *list; /* borrowed */
	struct segment_lines lines;
	struct segfile file;
	size_t segment;   /* index of the open one */
	uint64_t seed;    /* of its first line */
	struct place end; /* where to begin */
	int64_t pos;      /* of the line given last */
	bool is_first;    /* nothing was opened yet */
};

/* end: a place between two lines, usually where what is durable ends. */
void retro_init(struct retro *r, struct root *root, const struct segment_list *list,
	const struct place *end);
void retro_release(struct retro *r);
/* 1, 0 at the beginning, -1. A line lives until the next call. */
int retro_next(struct retro *r, struct scan_line *out, struct err *err);

#endif
