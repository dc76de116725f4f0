/*
 * census: how much a store has, told by its files without reading the log.
 */
#ifndef STORE_CENSUS_H
#define STORE_CENSUS_H

#include "store/segment.h"

#define CENSUS_REC_MAX 40

struct census {
	int64_t first, end; /* positions: the log's first; after the last durable one */
	char recorded[2]
		     [CENSUS_REC_MAX]; /* of the first and the last event; empty: there are none */
	int64_t plain, sealed;         /* segments */
	int64_t plain_bytes, sealed_bytes; /* of their files */
	int64_t text_bytes;                /* of their text, sealed or not */
	int64_t unfinished;                /* bytes after the durable end */
	int64_t runs, indexed;             /* of the index; events that they cover */
	int64_t index_bytes;
	int64_t retired; /* events */
	int64_t retired_bytes;
};

/* Changes and syncs nothing. */
int census_take(struct census *out, struct root *root, struct err *err);

#endif
