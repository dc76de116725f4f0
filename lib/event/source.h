/*
 * source: where lines come from: operands, a followed file, a store, a merge of other sources.
 *
 * The driver owns the loop; a source only answers next. A line lives until the next call of next.
 */
#ifndef EVENT_SOURCE_H
#define EVENT_SOURCE_H

#include "base/err.h"
#include "base/span.h"

struct pollfd;

enum source_result { SOURCE_ERROR = -1, SOURCE_END = 0, SOURCE_LINE = 1, SOURCE_WAIT = 2 };

struct source_line {
	struct span line;    /* without its newline; BUF_PAD readable bytes follow */
	const char *input;   /* name for messages; lives as long as the source */
	int64_t line_no;     /* from 1 */
	int64_t offset;      /* of the first byte in the (decompressed) input */
	int64_t full_length; /* > line.n: the line passed --max-line; line is its first 4 KiB */
	bool ends_in_newline;
};

struct source {
	/* SOURCE_WAIT: nothing now; wait for one of fds or until deadline_ns, then ask again. */
	int (*next)(struct source *s, struct source_line *out, struct err *err);
	/* Descriptors to wait for; fills at most max, returns how many. May be NULL. */
	size_t (*fds)(struct source *s, struct pollfd *fds, size_t max);
	/* Stop reading at the next line boundary; what next gives after it is what was read already. May be NULL. */
	void (*stop)(struct source *s);
	/* The only descriptor that fds has given is ready to be read. May be NULL. */
	void (*ready)(struct source *s);
	void (*close)(struct source *s);
	int64_t deadline_ns;             /* monotonic; INT64_MAX: none. Read after SOURCE_WAIT */
	int64_t bytes_done, bytes_total; /* for --progress; total -1 when not known */
	bool is_pipe;                    /* INT and TERM: read on to the end, at most --grace */
};

#endif
