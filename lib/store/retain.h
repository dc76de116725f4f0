/*
 * retain: removes whole segments from the front of the log.
 *
 * What can go is the oldest segments, as long as each is older than before_ms, more than keep_segments are left, or
 * the segments take more than max_bytes on the disk; never the last one, which is the writers'. Positions and versions
 * are never used again, and identities are remembered for ever (past.h): a retry of a removed event is still a success, and
 * other bytes under its identity are still a conflict. Settings of streams that stand in what goes are stored again first.
 *
 * In this order: prints, account and run of what goes, under names that do not count; settings; the account's name, with
 * which it is gone; the files. Whoever was killed on the way has retired it or not; the next retain sweeps up. Damaged
 * segments are not removed: ERR_DAMAGE.
 */
#ifndef STORE_RETAIN_H
#define STORE_RETAIN_H

#include "store/root.h"

struct log_conf;

struct retain_conf {
	int64_t before_ms;     /* INT64_MIN: no matter how old */
	int64_t keep_segments; /* -1: no matter how many */
	int64_t max_bytes;     /* -1: no matter how large */
	uint64_t max_streams;  /* of what goes; 0: no limit */
	int64_t lock_ms;
	/* As log_conf's. May be NULL. */
	void (*lost)(void *ctx, const char *name, int64_t bytes);
	void *ctx;
};

struct retain_result {
	int64_t segments, events, bytes; /* that are gone; bytes of their files */
	int64_t first;                   /* position at which the log begins now */
};

int retain(struct retain_result *out, struct root *root, const struct retain_conf *conf,
	struct err *err);

#endif
