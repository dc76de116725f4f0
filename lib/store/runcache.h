/*
 * runcache: blocks of runs that were read and checked, kept in memory; the runs of a set share one.
 *
 * Direct-mapped, at most RUNCACHE_SLOTS blocks (16 MiB), allocated as they are used. A block lives until the next call
 * of runcache_slot.
 */
#ifndef STORE_RUNCACHE_H
#define STORE_RUNCACHE_H

#include "base/base.h"

#define RUNCACHE_SLOTS 4096
#define RUNCACHE_BLOCK 4096

struct runcache_slot {
	uint64_t key; /* + 1; 0: free */
	char *block;
};

struct runcache {
	struct runcache_slot *slots; /* NULL until the first use */
	uint32_t serial;             /* given to the next run */
};

void runcache_release(struct runcache *c);
/* The slot where the block is or would go. */
struct runcache_slot *runcache_slot(struct runcache *c, uint32_t serial, uint32_t block);
/* Is it there? */
static inline bool
runcache_has(const struct runcache_slot *s, uint32_t serial, uint32_t block)
{
	return s->key == ((uint64_t)serial << 32 | block) + 1;
}

static inline void
runcache_set(struct runcache_slot *s, uint32_t serial, uint32_t block)
{
	s->key = ((uint64_t)serial << 32 | block) + 1;
}

#endif
