/* hash: XXH3, the one hash of the tree (tables, checksums, identities). */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/span.h"

struct hash128 {
	uint64_t low, high;
};

uint64_t hash_bytes(struct span s);
uint64_t hash_seeded(struct span s, uint64_t seed);
struct hash128 hash_wide(struct span s);
struct hash128 hash_wide_seeded(struct span s, uint64_t seed);

#endif
