/*
 * consumer: how far somebody who reads a store has come, kept in the store under a name.
 *
 *	consumers/NAME                   {"pos":1042,"sum":"0123456789abcdef"}
 *
 * pos is the position to read next, sum that of the line before it. The sum stands for every line before pos, so a store
 * that was rewound, restored from an older copy or changed for another one is found out: consumer_check compares it with
 * what the log has there. A position is replaced whole or not at all: a file beside it, synced, renamed, its directory
 * synced.
 *
 * A name is 1 to 100 bytes of UTF-8 without controls and without '/', and does not begin with '.'. One process at a time
 * reads for a consumer: it holds a lock on consumers/.NAME.lock.
 */
#ifndef STORE_CONSUMER_H
#define STORE_CONSUMER_H

#include "base/span.h"
#include "store/segfile.h"

#define CONSUMER_NAME_MAX 100
#define CONSUMER_TEXT_MAX 96

struct consumer_mark {
	int64_t pos;
	uint64_t sum;
};

/* ERR_USAGE for what is no name. */
int consumer_name(const char *name, struct err *err);
/* 1 and the mark, 0 there is none, -1; a damaged one is ERR_DAMAGE. */
int consumer_get(struct root *r, const char *name, struct consumer_mark *out, struct err *err);
int consumer_put(
	struct root *r, const char *name, const struct consumer_mark *mark, struct err *err);
/* The bytes of the file, in out. */
struct span consumer_text(const struct consumer_mark *mark, char out[CONSUMER_TEXT_MAX]);
/* 1 removed, 0 there was none, -1. */
int consumer_remove(struct root *r, const char *name, struct err *err);
/* Does the log, which at this place has the mark's position next, hold what was read? who: "consumer 'NAME'". */
int consumer_check(
	const char *who, const struct consumer_mark *mark, const struct place *at, struct err *err);
/* Says that he has not read what is before the front: -1, code "gone". who NULL: one who keeps no position. */
int consumer_gone(const char *who, const char *store, int64_t pos, int64_t front, struct err *err);
/* The lock; closed by the disk's close. -1 with code "lock" when another process has it. */
int consumer_lock(struct root *r, const char *name, int *fd, struct err *err);
/* Each name, sorted; what fn returns other than 0 ends it and is returned. */
typedef int consumer_fn(void *ctx, const char *name, struct err *err);
int consumer_each(struct root *r, consumer_fn *fn, void *ctx, struct err *err);

#endif
