/*
 * salvage: what is right of a damaged store, as a new store.
 *
 * Every line whose sum holds, of every batch that is whole, is stored anew: the producer's bytes, the stream, the recording time
 * and the batch are kept, and so is the order; positions, versions and sums follow from what is left. The damaged store is only
 * read. The new one has an id of its own, and is a store when everything is in it: whoever was killed on the way begins again.
 *
 * In memory are one entry a stream and one batch.
 */
#ifndef STORE_SALVAGE_H
#define STORE_SALVAGE_H

#include "store/replica.h"
#include "store/survey.h"

struct salvage_conf {
	uint64_t max_streams; /* 0: no limit; past it status 3 */
	/* Told of every damage, and of every line that is right, but whose batch is not whole. May be NULL. */
	void (*damage)(void *ctx, const struct survey_item *item);
	void *ctx;
};

struct salvage_result {
	int64_t events, streams, bytes; /* of the new store */
	int64_t lost;       /* positions of the old one that are not in it, as far as is known */
	int64_t unfinished; /* bytes of an unfinished write after the old one's end */
	int64_t damages;
};

/* dir: new, empty, or what an unfinished salvage has left; else ERR_USAGE. */
int salvage(struct salvage_result *out, struct root *from, const char *dir,
	const struct salvage_conf *conf, struct err *err);
int salvage_to(struct salvage_result *out, struct root *from, struct replica *to,
	const struct salvage_conf *conf, struct err *err);

#endif
