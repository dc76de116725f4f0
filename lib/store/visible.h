/*
 * visible: how far the log may be shown.
 *
 * What is shown is durable: it ends at the mark of `head`. Lines after the mark belong to writers that are at work, or they
 * were left behind by one that died, or a power cut has left an old mark behind. So whoever reads looks once, under `lock`,
 * whether there are any, and makes them durable first, as a writer does. Without the permission to write it waits until
 * nobody writes, which shared locks can do, syncs its own descriptor, which the kernel allows, and shows them then; but not
 * where a sync of this boot was left unfinished, as only writing the bytes again can make them sure. If there was no mark
 * before that sync, it is told that nobody knows the end (the error "doubt").
 *
 * A mark before the front of the log is none: a backup that was broken off has one.
 */
#ifndef STORE_VISIBLE_H
#define STORE_VISIBLE_H

#include "store/segfile.h"

struct visible {
	struct root *root; /* borrowed */
	int head_fd;       /* -1: there is none */
	bool has_looked;
	bool is_doubtful;   /* lines that were not synced may look as if they were */
	int64_t front;      /* where the log begins, when it was first asked; -1: not yet */
	struct place found; /* without permission to write: the end that was found and synced */
};

/* Nothing is opened before the first read. */
void visible_init(struct visible *v, struct root *r);
void visible_release(struct visible *v);
/* The bound now; it never goes back. */
int visible_bound(struct visible *v, struct place *bound, struct err *err);
/* All three for one look. */
int visible_read(struct root *r, struct place *bound, struct err *err);
/* The mark, also one in doubt, or where the log seems to end where there is none. Changes and syncs nothing. */
int visible_peek(struct root *r, struct place *bound, struct err *err);

#endif
