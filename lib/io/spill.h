/*
 * spill: bytes that do not fit into memory, first in, first out, in a file that has no name.
 *
 * The file is made in TMPDIR (default /tmp) at the first put that leaves memory and vanishes with the process. Its
 * place is used again once all that was put has been taken; until then it grows, and a full disk is an error.
 * 256 KiB at the end are kept in memory, so small puts cost no system call.
 */
#ifndef IO_SPILL_H
#define IO_SPILL_H

#include "base/buf.h"
#include "base/err.h"

struct spill {
	int fd;                 /* -1: none yet */
	int64_t written, taken; /* places in the file */
	struct buf tail;        /* put, not written yet */
	size_t tail_at;         /* taken from the tail */
};

void spill_init(struct spill *s);
void spill_release(struct spill *s);
int spill_put(struct spill *s, struct span bytes, struct err *err);
/* Takes at most cap bytes off the front; *n is 0 when nothing is left. */
int spill_get(struct spill *s, char *p, size_t cap, size_t *n, struct err *err);

#endif
