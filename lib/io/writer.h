/*
 * writer: bytes to one descriptor, in whole lines, as few write(2) calls as possible.
 *
 * Lines are built in w->b; writer_end is called after each complete line and writes once 256 KiB are
 * waiting. writer_flush writes all. A short write goes on; EINTR is repeated; EAGAIN (a descriptor that somebody
 * else made non-blocking) waits in poll. A failed write is remembered: later calls fail with the same error at
 * once, and the waiting bytes are dropped. EPIPE gives err->code "epipe".
 * Pipes found at writer_init are enlarged to 1 MiB; a refusal is ignored.
 */
#ifndef IO_WRITER_H
#define IO_WRITER_H

#include "base/buf.h"
#include "base/err.h"

#define WRITER_FULL ((size_t)256 << 10)

struct writer {
	struct buf b;
	const char *name; /* for messages */
	int fd;
	int failed; /* errno of the write that failed, 0 when none */
	bool is_pipe;
	int64_t written;
};

void writer_init(struct writer *w, int fd, const char *name);
/* Writes what waits and frees; does not close. */
int writer_release(struct writer *w, struct err *err);
int writer_flush(struct writer *w, struct err *err);

static inline int
writer_end(struct writer *w, struct err *err)
{
	return likely(w->b.n < WRITER_FULL) ? 0 : writer_flush(w, err);
}

/* Enlarges a pipe to 1 MiB when it is one; for both ends. False: it is none. */
bool writer_enlarge_pipe(int fd);

#endif
