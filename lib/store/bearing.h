/*
 * bearing: the positions of consumers, brought into a backup.
 *
 * They come after the log, so that none is ever ahead of it: who reads a consumer's position in a store that ends before it
 * takes the store for another one (consumer.h). Consumers go on meanwhile: of one that has come further than the log of the
 * backup that log's end is noted, as it has read all of it.
 */
#ifndef STORE_BEARING_H
#define STORE_BEARING_H

#include "store/replica.h"
#include "store/segfile.h"

/* end: of the replica's log. What the store has not goes. */
int bearing_copy(struct root *from, struct replica *to, const struct place *end, struct err *err);

#endif
