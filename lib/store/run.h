/*
 * run: an immutable piece of the index: what there is to know of the lines first..last of the log.
 *
 * The file index/FIRST-LAST.run (both positions in 20 digits) is a row of 4 KiB blocks, each with its own hash; runform.h
 * has the form, runfile.h the file. A run is derived from the log and may be lost or damaged at any time: a block is
 * believed only after its hash was computed, and a run counts only when the log has the sum of the footer at the run's
 * end (runset.h sees to that).
 *
 * Everything here returns -1 with code "index" when the run cannot be relied on (damaged, cut short, unreadable):
 * nobody's error, the caller scans that range of the log, or makes the run anew. run.is_bad is then set. Positions from
 * a run need no second look but that the line is the one that was asked for.
 *
 *	if (run_stream(run, hash, &first_ver, &count, &cursor, err) == 1)
 *		for (int64_t i = 0; i < count; i++)
 *			run_stream_pos(run, &cursor, i, &pos, err);        version first_ver + i is the line at pos
 */
#ifndef STORE_RUN_H
#define STORE_RUN_H

#include "store/runfile.h"

/* Where a line is: [offset, offset + length) of the segment's text, its newline included. */
struct locus {
	int64_t segment, offset, length;
};

/* The lines of one stream in one run. */
struct run_cursor {
	uint32_t start, count;
};

/* The lines of the run: [run_first, run_end). */
static inline int64_t
run_first(const struct run *r)
{
	return r->form.first;
}

static inline int64_t
run_end(const struct run *r)
{
	return r->form.end;
}

/* The skip-th line with this identity: 1 and pos, 0, -1. */
int run_find(struct run *r, struct hash128 id, size_t skip, int64_t *pos, struct err *err);
/* The lines of a stream: 1, 0 none here, -1. Versions are contiguous. */
int run_stream(struct run *r, struct hash128 stream, int64_t *first_ver, int64_t *count,
	struct run_cursor *cursor, struct err *err);
/* The i-th of them, from 0. 0, -1. */
int run_stream_pos(
	struct run *r, const struct run_cursor *cursor, int64_t i, int64_t *pos, struct err *err);
/* The i-th stream of the run, 0 to form.streams - 1, in no promised order. 0, -1. */
int run_stream_at(struct run *r, int64_t i, struct hash128 *stream, int64_t *first_ver,
	int64_t *count, struct run_cursor *cursor, struct err *err);
/* The line at pos, which the run must cover. Of a retired run it is where the line was: its segment is "gone". */
int run_locate(struct run *r, int64_t pos, struct locus *out, struct err *err);
/*
 * Where to begin to read what was recorded at ms or later: everything before pos is older, and pos is at most
 * RUNFORM_STRIDE lines before the first that is not. The run's end when all is older.
 */
int run_time(struct run *r, int64_t ms, int64_t *pos, struct err *err);
/*
 * The place before the line at pos; pos may be the run's end. Reads the sum from the log, so -1 may also be
 * segfile's, with code "gone" for one.
 */
int run_place(struct run *r, int64_t pos, struct place *out, struct err *err);

#endif
