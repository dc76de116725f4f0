/*
 * verify: every line of a store checked, and what was seen on the way.
 *
 * Checked are sums, positions, batches (scan.h), the versions of each stream, the order of recording times,
 * and that what follows the last whole batch is nothing but one unfinished write. The first damage is
 * ERR_DAMAGE and names segment, line and byte. In memory is one entry a stream.
 */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include "base/table.h"
#include "store/root.h"

struct verify_stream {
	int64_t ver;
};

struct verify_result {
	int64_t events, bytes, segments;
	int64_t unfinished;   /* bytes after the end; the next append cuts them off */
	uint64_t sum;         /* of the last line; that of an empty store is its seed */
	struct table streams; /* name -> struct verify_stream */
};

/* max_streams 0: no limit; past it status 3. The table is the caller's to release, also on failure. */
int verify(struct verify_result *out, struct root *root, uint64_t max_streams, struct err *err);

#endif
