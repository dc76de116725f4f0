/*
 * glean: what a run would say of a stretch of the log that has none, gathered by reading it once.
 *
 * Usually that is the end of the log, less than 1 MiB, which every look-up of a stream would else read again. 56 bytes a
 * line.
 */
#ifndef STORE_GLEAN_H
#define STORE_GLEAN_H

#include "store/view.h"

#define GLEAN_LINES 32768 /* a longer stretch is better read as it is needed */

struct glean_line {
	struct hash128 stream;
	int64_t pos, ver;
	struct locus at;
};

struct glean {
	struct glean_line *lines; /* by position */
	uint32_t *order;          /* indexes of lines, by stream and position */
	int64_t first, end;       /* positions */
};

/* Reads [first, end). -1: the log is damaged there, or cannot be read. */
int glean_read(struct glean *g, struct view *v, int64_t first, int64_t end, struct err *err);
void glean_release(struct glean *g);
/* As run_stream and run_stream_pos; they cannot fail. */
int glean_stream(const struct glean *g, struct hash128 stream, int64_t *first_ver, int64_t *count,
	struct run_cursor *cursor);
int64_t glean_stream_pos(const struct glean *g, const struct run_cursor *cursor, int64_t i);
struct locus glean_locate(const struct glean *g, int64_t pos);

#endif
