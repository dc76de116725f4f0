/*
 * scan: the lines of the log in order, each held to the one before it.
 *
 * Every line is checked as it comes: its sum continues the chain, its position is the next one, its batch is
 * continued as it began. The scan ends where the log ended when its last segment was opened (torn.h); that
 * segment is then synced, so nothing is shown that a power cut could take back. For this a read-only
 * descriptor is enough.
 *
 * A line lives until the next call. Damage is ERR_DAMAGE and names segment, line and byte:
 * "seg/00000000000000000000.ndjson: line 12, byte 5210: sum is wrong"; for a scan that did not begin at the
 * start of the segment there is only the byte.
 */
#ifndef STORE_SCAN_H
#define STORE_SCAN_H

#include "store/segment.h"
#include "store/torn.h"
#include "store/trailer.h"

/* A place between two lines. */
struct scan_place {
	size_t segment;  /* index in the list */
	int64_t offset;  /* in the segment */
	int64_t pos;     /* of the next line */
	int64_t line_no; /* of the next line in the segment, from 1; 0: not known */
	uint64_t sum;    /* of the line before */
};

struct scan_line {
	struct span line; /* as stored, without its newline */
	struct trailer t;
	int64_t address; /* right when the bases of the list are known */
};

struct scan {
	struct root *root;
	struct segment_list *list; /* borrowed; bases are filled in on the way */
	struct segment_lines lines;
	struct scan_place at;
	struct torn torn; /* of the last segment, once it is open */
	struct segfile file;
	int64_t batch_at, batch_count; /* of the line before */
	bool no_sync;                  /* the caller syncs */
};

/* From the very beginning of the log, or from a place. The list must have a segment. */
void scan_init(struct scan *s, struct root *r, struct segment_list *list);
void scan_init_at(struct scan *s, struct root *r, struct segment_list *list, struct scan_place at);
/* From a line at or a little before pos; lines before that are not read. */
int scan_init_pos(
	struct scan *s, struct root *r, struct segment_list *list, int64_t pos, struct err *err);
void scan_release(struct scan *s);
/* After the end: looks for what was appended since. Reads the list anew. */
int scan_again(struct scan *s, struct err *err);
/* 1, 0 at the end, -1. */
int scan_next(struct scan *s, struct scan_line *out, struct err *err);
/* Fills err for a line of this segment. Returns -1. */
int scan_damage(const struct scan *s, int64_t offset, const char *what, struct err *err);

#endif
