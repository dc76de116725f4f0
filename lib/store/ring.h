/*
 * ring: what the index has to know of the newest lines, for other writers.
 *
 * Every writer that takes `lock` must know the lines that others have written since: their identities, streams and
 * versions. It can read and parse the lines. Where many write at once each line would be parsed by all of them, so whoever
 * has company leaves what he knows of his lines here as well, before he says in `head` that they are there. The file
 * `ring` has 1,024 places of 128 bytes; the line of position p has place p modulo 1,024. Each is sixteen words, in the
 * order of bytes of the machine: the struct ring_item of ring.c.
 *
 * It is a hint, never synced, and of use only to processes that have read the log by themselves up to here. Items are
 * taken only if all of them are there and follow one another, each by the sum of the line before it, from what the reader
 * knows to what `head` says, whose sums decide; else the lines are read.
 */
#ifndef STORE_RING_H
#define STORE_RING_H

#include "store/recent.h"
#include "store/segfile.h"

#define RING_TAKE 256 /* lines at once */

struct ring {
	struct root *root; /* borrowed */
	int fd;            /* -1: not open; opened, or made, when it is first of use */
	bool is_refused;   /* it cannot be had, and is not missed */
	struct ring_item *raw;
	struct index_item items[RING_TAKE]; /* what was taken */
};

void ring_init(struct ring *g, struct root *r);
void ring_close(struct ring *g);
/* With `lock`: leaves the lines from a place to position end, which are in recent. */
void ring_put(struct ring *g, const struct recent *lines, const struct place *from, int64_t end);
/* With `lock`: the lines from a place to another in g->items. false: read the log. */
bool ring_take(struct ring *g, const struct place *from, const struct place *to);

#endif
