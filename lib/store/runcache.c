/* runcache: one array of slots. */
#include "store/runcache.h"

#include "base/alloc.h"

void
runcache_release(struct runcache *c)
{
	for (size_t i = 0; c->slots && i < RUNCACHE_SLOTS; i++)
		alloc_free(c->slots[i].block);
	alloc_free(c->slots);
	c->slots = NULL;
}

struct runcache_slot *
runcache_slot(struct runcache *c, uint32_t serial, uint32_t block)
{
	/* Neighbours have neighbouring slots, so a walk through a section does not evict itself. */
	struct runcache_slot *s;

	if (!c->slots)
		c->slots = alloc_array(RUNCACHE_SLOTS, sizeof(*c->slots));
	s = &c->slots[(serial * 2654435761U + block) % RUNCACHE_SLOTS];
	if (!s->block)
		s->block = alloc_get(RUNCACHE_BLOCK);
	return s;
}
