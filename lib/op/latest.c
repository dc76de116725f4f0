/* latest: open addressing with backward shift. */
#include "op/latest.h"

#include "base/alloc.h"

#define FIRST_SLOTS 1024

static size_t
home(const struct latest *m, uint32_t key, uint32_t value)
{
	uint64_t h = ((uint64_t)key << 32 | value) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h >> 32) & m->mask;
}

static struct latest_slot *
probe(const struct latest *m, uint32_t key, uint32_t value)
{
	size_t i = home(m, key, value);

	while (m->slots[i].key && (m->slots[i].key != key || m->slots[i].value != value))
		i = (i + 1) & m->mask;
	return &m->slots[i];
}

static void
grow(struct latest *m)
{
	struct latest old = *m;

	m->mask = old.slots ? old.mask * 2 + 1 : FIRST_SLOTS - 1;
	m->slots = alloc_array(m->mask + 1, sizeof(*m->slots));
	for (size_t i = 0; old.slots && i <= old.mask; i++)
		if (old.slots[i].key)
			*probe(m, old.slots[i].key, old.slots[i].value) = old.slots[i];
	alloc_free(old.slots);
}

/* The value is in this pane; true when it was in no folded pane of the key. */
bool
latest_put(struct latest *m, uint32_t key, uint32_t value, int64_t pane)
{
	struct latest_slot *s;

	if (!m->slots || m->count * 2 > m->mask)
		grow(m);
	s = probe(m, key, value);
	if (s->key) {
		s->pane = MAX(s->pane, pane);
		return false;
	}
	*s = (struct latest_slot){key, value, pane};
	m->count++;
	return true;
}

/* The pane leaves; true when it was the last one to have the value. */
bool
latest_remove(struct latest *m, uint32_t key, uint32_t value, int64_t pane)
{
	size_t hole = (size_t)(probe(m, key, value) - m->slots);

	if (!m->slots[hole].key || m->slots[hole].pane != pane)
		return false;
	for (size_t i = (hole + 1) & m->mask; m->slots[i].key; i = (i + 1) & m->mask) {
		size_t h = home(m, m->slots[i].key, m->slots[i].value);

		if (((i - h) & m->mask) < ((i - hole) & m->mask))
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->slots[hole] = (struct latest_slot){0};
	m->count--;
	return true;
}

void
latest_release(struct latest *m)
{
	alloc_free(m->slots);
	*m = (struct latest){0};
}
