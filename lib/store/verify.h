/*
 * verify: every line of a store checked, and what was seen on the way.
 *
 * Checked are sums, positions, batches and segments (survey.h), the versions of each stream, the order of recording times, and
 * that what follows the last whole batch is nothing but an unfinished write. All damage is told to conf.damage, in the
 * order of the log; the first is also the error, ERR_DAMAGE, and names segment, line and byte. In memory is one entry a stream.
 */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include "base/table.h"
#include "store/survey.h"

struct verify_conf {
	uint64_t max_streams; /* 0: no limit; past it status 3 */
	void (*damage)(void *ctx, const struct survey_item *item); /* may be NULL */
	bool with_index; /* holds every line against the index as well */
	/* The same for files that are no segments. */
	void (*damaged_file)(void *ctx, const char *name, int64_t byte, const char *what);
	void *ctx;
};

struct verify_stream {
	int64_t ver;
};

struct verify_result {
	int64_t events, bytes, segments;
	int64_t unfinished;   /* bytes after the end; the next append cuts them off */
	int64_t damages;      /* places */
	int64_t indexed;      /* lines that were held against the index */
	uint64_t sum;         /* of the last line; that of an empty store is its seed */
	struct table streams; /* name -> struct verify_stream */
};

/* The result is filled in also when there is damage. The table is the caller's to release, also on failure. */
int verify(struct verify_result *out, struct root *root, const struct verify_conf *conf,
	struct err *err);

#endif
