/*
 * scan: the lines of the log in order, each held to the one before it.
 *
 * Every line is checked as it comes: its sum continues the chain, its position is the next one, its batch is continued as
 * it began. The scan ends at its bound, which is usually where what is durable ends (visible.h). No list of segments is
 * needed on the way: the one after a segment is named after the position that follows.
 *
 * A line lives until the next call. Damage is ERR_DAMAGE and names segment, line and byte:
 * "seg/00000000000000000000.ndjson: line 12, byte 5210: sum is wrong"; for a scan that did not begin at the start of the
 * segment there is only the byte. A segment that is not there is ERR_SYSTEM, code "gone".
 */
#ifndef STORE_SCAN_H
#define STORE_SCAN_H

#include "store/segment.h"
#include "store/trailer.h"

struct scan_line {
	struct span line; /* as stored, without its newline */
	struct trailer t;
	int64_t segment, offset; /* where it stands */
};

struct scan {
	struct root *root;
	struct segment_lines lines;
	struct segfile file;
	struct place at, bound;
	int64_t line_no;               /* of the next line in its segment, from 1; 0: not known */
	int64_t batch_at, batch_count; /* of the line before */
};

/* From a place between two lines to bound. */
void scan_init(struct scan *s, struct root *r, const struct place *from, const struct place *bound);
void scan_release(struct scan *s);
/* 1, 0 at the bound, -1. */
int scan_next(struct scan *s, struct scan_line *out, struct err *err);
/* The bound has moved on; what is there since can be read. */
void scan_extend(struct scan *s, const struct place *bound);
/* Fills err for a line of the segment at hand. Returns -1. */
int scan_damage(const struct scan *s, int64_t offset, const char *what, struct err *err);
/* A place at or a little before pos. The list must have a segment. */
int scan_seek(struct root *r, const struct segment_list *list, int64_t pos, struct place *out,
	struct err *err);
/* The checks of one line that follows at; what is wrong, or NULL. batch_*: of the line before. */
const char *scan_check(struct span line, bool has_newline, const struct place *at, int64_t batch_at,
	int64_t batch_count, struct trailer *t);

#endif
