/*
 * murmur: Kafka's partition of a key.
 *
 * MurmurHash2 (Austin Appleby, public domain) with the seed that Kafka's Java client uses, so that a key
 * falls into the same partition here as in a topic of a Kafka cluster with as many partitions. Kafka's
 * "toPositive" clears the sign bit before the remainder is taken.
 */
#ifndef OP_MURMUR_H
#define OP_MURMUR_H

#include "base/span.h"

int32_t murmur_hash(struct span key);
/* The partition, from 0, of partitions (at least 1). */
uint32_t murmur_partition(struct span key, uint32_t partitions);

#endif
