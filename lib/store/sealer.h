/*
 * sealer: closed segments turned into packed ones.
 *
 * How one is sealed stands in sealing.h: at any moment one whole form of it is there. One that is there in both
 * forms, because a sealer died before the last step, loses the plain one when the packed one holds the same text; if
 * not, it is packed anew. The last segment is the writers' and never sealed.
 *
 * One sealer works at a time: it holds lock.seal, which retain and backup take as well.
 *
 *	while ((r = sealer_step(root, err)) == 1)
 *		;
 */
#ifndef STORE_SEALER_H
#define STORE_SEALER_H

#include "store/root.h"

/*
 * Seals the first closed segment that is not. 1: done; 0: nothing to do, or another sealer is at work; -1: nothing
 * has changed. ERR_DAMAGE: the segment's text is damaged; it stays as it is.
 */
int sealer_step(struct root *root, struct err *err);

struct sealing;

struct sealer_result {
	int64_t first;       /* the segment */
	int64_t text, bytes; /* of it, plain and packed */
};

struct sealer {
	struct root *root;
	int lock_fd; /* -1: not locked */
	struct sealing *job;
	int64_t first; /* the segment of the job, or of the last one; -1: none */
};

#define SEALER_CLOSED ((struct sealer){.lock_fd = -1})

/* Takes lock.seal, waiting at most lock_ms. 1; 0: another one has it; -1. */
int sealer_open(struct sealer *s, struct root *root, int64_t lock_ms, struct err *err);
/* A closed one may be closed again. What is under way is given up. */
void sealer_close(struct sealer *s);
/*
 * Seals the first closed plain segment with a position of at least from. 1, 0: there is none; -1, with the segment in
 * out->first: the caller may go on after it; out->first is -1 when it is no segment that is wrong.
 */
int sealer_next(struct sealer *s, int64_t from, struct sealer_result *out, struct err *err);
/*
 * For a writer with nothing else to do: a few milliseconds of work, from SEALER_CLOSED on. 1: there is more; 0: nothing
 * to do, or another sealer is at work, and the lock is not held; -1: as 0, and what there is cannot be sealed.
 */
int sealer_slice(struct sealer *s, struct root *root, struct err *err);

#endif
