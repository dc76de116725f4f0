/*
 * ahead: lines of one input that had to be read before their turn, first in, first out.
 *
 * Records {struct source_line, bytes} in one buffer; once the pool, which all inputs of a merge share, has used up
 * its memory, behind it in a file. The file is a table of functions, so that this room needs no descriptors.
 */
#ifndef EVENT_AHEAD_H
#define EVENT_AHEAD_H

#include "base/buf.h"
#include "event/source.h"

/* A file for bytes, first in, first out; see io/spill.h. */
struct ahead_disk {
	void *(*open)(void);
	int (*put)(void *file, struct span bytes, struct err *err);
	int (*get)(void *file, char *p, size_t cap, size_t *n, struct err *err);
	void (*close)(void *file);
};

struct ahead_pool {
	const struct ahead_disk *disk; /* borrowed; NULL: none */
	size_t held, max;              /* bytes of memory */
};

struct ahead {
	struct ahead_pool *pool; /* borrowed */
	struct buf queue;
	size_t at;       /* of the first record */
	void *file;      /* records behind those of the queue; NULL: never needed */
	int64_t on_disk; /* bytes in file */
};

void ahead_init(struct ahead *a, struct ahead_pool *pool);
void ahead_release(struct ahead *a);
/* False: the memory is used up and there is no disk. */
bool ahead_has_room(const struct ahead *a);
/* Takes a copy, whether or not there is room when force is set. */
int ahead_put(struct ahead *a, const struct source_line *l, bool force, struct err *err);
/* 1 the first record, its bytes valid until the next put or drop; 0 none; -1 the disk failed. */
int ahead_front(struct ahead *a, struct source_line *out, struct err *err);
/* Takes off the first record, which ahead_front has given. */
void ahead_drop(struct ahead *a);

#endif
