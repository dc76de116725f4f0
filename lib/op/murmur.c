/* murmur: the 32-bit MurmurHash2, four bytes a step, read as little-endian on every machine. */
#include "op/murmur.h"

#define MULTIPLIER 0x5bd1e995u
#define SEED 0x9747b28cu /* org.apache.kafka.common.utils.Utils */

static uint32_t
load(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int32_t
murmur_hash(struct span key)
{
	const unsigned char *p = (const unsigned char *)key.p;
	size_t left = key.n;
	uint32_t h = SEED ^ (uint32_t)key.n, k;

	for (; left >= 4; p += 4, left -= 4) {
		k = load(p) * MULTIPLIER;
		k ^= k >> 24;
		h = h * MULTIPLIER ^ k * MULTIPLIER;
	}
	for (size_t i = left; i-- > 0;)
		h ^= (uint32_t)p[i] << 8 * i;
	if (left)
		h *= MULTIPLIER;
	h ^= h >> 13;
	h *= MULTIPLIER;
	return (int32_t)(h ^ h >> 15);
}

uint32_t
murmur_partition(struct span key, uint32_t partitions)
{
	assert(partitions > 0);
	return ((uint32_t)murmur_hash(key) & 0x7fffffffu) % partitions;
}
