/* ids: open addressing, linear probing; nothing is ever removed. */
#include "store/ids.h"

#include "base/alloc.h"

#define FIRST_SLOTS 1024

void
ids_release(struct ids *t)
{
	alloc_free(t->slots);
	*t = (struct ids){0};
}

static void
insert(struct ids *t, struct ids_slot item)
{
	size_t i = item.hash & t->mask;

	while (t->slots[i].address)
		i = (i + 1) & t->mask;
	t->slots[i] = item;
}

static void
grow(struct ids *t)
{
	struct ids_slot *old = t->slots;
	size_t n = old ? t->mask + 1 : 0, slots = old ? n * 2 : FIRST_SLOTS;

	t->slots = alloc_array(slots, sizeof(*t->slots));
	t->mask = slots - 1;
	for (size_t i = 0; i < n; i++)
		if (old[i].address)
			insert(t, old[i]);
	alloc_free(old);
}

static void
flush(struct ids *t)
{
	for (size_t i = 0; i < t->queued; i++)
		insert(t, t->queue[i]);
	t->queued = 0;
}

void
ids_put(struct ids *t, uint64_t hash, int64_t address)
{
	if (t->queued == IDS_QUEUE)
		flush(t);
	if (!t->slots || t->count * 4 >= (t->mask + 1) * 3) {
		flush(t);
		grow(t);
	}
	__builtin_prefetch(&t->slots[hash & t->mask], 1);
	t->queue[t->queued++] = (struct ids_slot){hash, address + 1};
	t->count++;
}

int64_t
ids_next(struct ids *t, uint64_t hash, size_t *probe)
{
	flush(t);
	while (t->slots) {
		const struct ids_slot *s = &t->slots[(hash + *probe) & t->mask];

		++*probe;
		if (!s->address)
			return -1;
		if (s->hash == hash)
			return s->address - 1;
	}
	return -1;
}

size_t
ids_bytes(const struct ids *t)
{
	return t->slots ? (t->mask + 1) * sizeof(*t->slots) : 0;
}
