/*
 * segment: the files of the log, and lines out of one of them, forwards and backwards.
 *
 * A segment is named after the position of its first line, in 20 digits. The last one is written to; the ones
 * before it never change again. A batch never spans two segments.
 *
 * lines walks one file through a window of 256 KiB, grown to the longest line. A line lives until the next
 * call; BUF_PAD readable bytes follow it.
 */
#ifndef STORE_SEGMENT_H
#define STORE_SEGMENT_H

#include "base/buf.h"
#include "store/segfile.h"

#define SEGMENT_LINE_MAX ((size_t)256 << 20) /* a longer line is damage */

struct segment {
	int64_t first;            /* position */
	bool is_plain, is_sealed; /* the forms it is there in */
};

struct segment_list {
	struct place
		front; /* where the log begins; what retention has left before it is not listed */
	struct segment *items; /* by position */
	size_t count, cap;
};

/*
 * Reads the directory anew. While a file is renamed a listing may show
 * neither name, so it is repeated until two show the same segments.
 */
int segment_list_read(struct segment_list *list, struct root *r, struct err *err);
void segment_list_release(struct segment_list *list);
/* Index of the last segment with first <= pos; 0 when there is none. */
size_t segment_of_pos(const struct segment_list *list, int64_t pos);
/*
 * The sum that a segment's first line is chained to: that of the last line before it, of the first segment what the
 * front says.
 */
int segment_seed(struct root *r, const struct segment_list *list, size_t index, uint64_t *seed,
	struct err *err);

/*
 * Says that the line of segment first that begins at offset is damage: ERR_DAMAGE, -1. line_no is its number from 1; 0: not
 * known, it is counted.
 */
int segment_damage(struct root *r, int64_t first, int64_t line_no, int64_t offset, const char *what,
	struct err *err);

struct segment_lines {
	struct segfile *file; /* borrowed */
	int64_t at;           /* offset of the window's first byte */
	size_t next;          /* forwards: start of the next line; backwards: end of it */
	int64_t limit;        /* nothing at or past this offset is read */
	struct buf window;
};

void segment_lines_init(struct segment_lines *l);
void segment_lines_release(struct segment_lines *l);
/* Forwards from offset at, which starts a line, to limit. The file stays the caller's. */
void segment_lines_start(struct segment_lines *l, struct segfile *file, int64_t at, int64_t limit);
/*
 * 1, 0 at the limit, -1. *offset is the line's in the file. What stands after the last newline is given as a
 * line with *has_newline false.
 */
int segment_lines_next(struct segment_lines *l, struct span *line, int64_t *offset,
	bool *has_newline, struct err *err);
/* Backwards from offset end, right after a newline, to offset start, where a line begins. */
void segment_lines_start_back(
	struct segment_lines *l, struct segfile *file, int64_t start, int64_t end);
/*
 * The line is followed by the byte that should be its newline. Also gives the sum that stands at the end of the line
 * before; has_seed false when there is none to read.
 */
int segment_lines_prev(struct segment_lines *l, struct span *line, int64_t *offset, uint64_t *seed,
	bool *has_seed, struct err *err);
/* When the last line of a segment was recorded, and where the segment ends. Damage where that line is none. */
int segment_end(struct root *r, int64_t first, int64_t *ms, struct place *end, struct err *err);

#endif
