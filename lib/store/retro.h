/*
 * retro: the lines of the log from its end towards its beginning.
 *
 * As scan, every line is checked against the sum of the line before it and must have the position before the
 * last one given; what is not read is not checked. The end is where scan would end, and is synced as there.
 */
#ifndef STORE_RETRO_H
#define STORE_RETRO_H

#include "store/scan.h"

struct retro {
	struct root *root;
	const struct segment_list *list; /* borrowed */
	struct segment_lines lines;
	size_t segment; /* index of the open one */
	uint64_t seed;  /* of its first line */
	int64_t pos;    /* of the line given last; -1: none yet */
	struct segfile file;
	bool is_first; /* nothing was opened yet */
};

void retro_init(struct retro *r, struct root *root, const struct segment_list *list);
void retro_release(struct retro *r);
/* 1, 0 at the beginning, -1. A line lives until the next call. out->address is not set. */
int retro_next(struct retro *r, struct scan_line *out, struct err *err);

#endif
