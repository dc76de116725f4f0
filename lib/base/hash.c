/* hash: XXH3 by xxHash, compiled in. */
#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t
hash_bytes(struct span s)
{
	return XXH3_64bits(s.p, s.n);
}

uint64_t
hash_seeded(struct span s, uint64_t seed)
{
	return XXH3_64bits_withSeed(s.p, s.n, seed);
}

struct hash128
hash_wide(struct span s)
{
	XXH128_hash_t h = XXH3_128bits(s.p, s.n);

	return (struct hash128){h.low64, h.high64};
}

struct hash128
hash_wide_seeded(struct span s, uint64_t seed)
{
	XXH128_hash_t h = XXH3_128bits_withSeed(s.p, s.n, seed);

	return (struct hash128){h.low64, h.high64};
}
