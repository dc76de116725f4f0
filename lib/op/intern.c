/* intern: a hash table from strings to ids; bags sorted lazily. */
#include "op/intern.h"

#include "base/hash.h"

#define FIRST_SLOTS 1024
#define FIRST_FULL 65536
#define BAG_LOOK 8 /* ids of a small bag that are compared one by one */

void
intern_init(struct intern *in)
{
	*in = (struct intern){.mask = FIRST_SLOTS - 1, .full_at = FIRST_FULL};
	in->slots = alloc_array(FIRST_SLOTS, sizeof(*in->slots));
	buf_init(&in->text, SIZE_MAX / 2);
}

void
intern_release(struct intern *in)
{
	alloc_free(in->slots);
	alloc_free(in->entries);
	alloc_free(in->free);
	buf_release(&in->text);
	*in = (struct intern){0};
}

struct span
intern_get(const struct intern *in, uint32_t id)
{
	const struct intern_entry *e = &in->entries[id];

	return span_of(e->n <= INTERN_SHORT ? e->u.inside : in->text.p + e->u.at, e->n);
}

/* The slot of a string, or the free one where it would go. */
static struct intern_slot *
probe(const struct intern *in, struct span s, uint64_t hash)
{
	for (size_t i = hash & in->mask;; i = (i + 1) & in->mask) {
		struct intern_slot *slot = &in->slots[i];

		if (!slot->id)
			return slot;
		if (slot->tag == (uint32_t)(hash >> 32) &&
			span_equal(intern_get(in, slot->id - 1), s))
			return slot;
	}
}

/* New slots for the entries that are in use. */
static void
rehash(struct intern *in, size_t slots)
{
	alloc_free(in->slots);
	in->slots = alloc_array(slots, sizeof(*in->slots));
	in->mask = slots - 1;
	for (size_t id = 0; id < in->entry_count; id++) {
		uint64_t hash = in->entries[id].hash;
		size_t i = hash & in->mask;

		if (!in->entries[id].used)
			continue;
		while (in->slots[i].id)
			i = (i + 1) & in->mask;
		in->slots[i] = (struct intern_slot){(uint32_t)(hash >> 32), (uint32_t)id + 1};
	}
}

static uint32_t
fresh_id(struct intern *in)
{
	if (in->free_count)
		return in->free[--in->free_count];
	if (in->entry_count == in->entry_cap) {
		in->entry_cap = MAX(in->entry_cap * 2, (size_t)256);
		in->entries = alloc_resize(in->entries, in->entry_cap * sizeof(*in->entries));
	}
	return (uint32_t)in->entry_count++;
}

uint32_t
intern_put(struct intern *in, struct span s)
{
	uint64_t hash = hash_bytes(s);
	struct intern_slot *slot = probe(in, s, hash);
	uint32_t id;

	if (likely(slot->id))
		return slot->id - 1;
	if ((in->live + 1) * 2 > in->mask + 1) {
		rehash(in, (in->mask + 1) * 2);
		slot = probe(in, s, hash);
	}
	id = fresh_id(in);
	in->entries[id] = (struct intern_entry){.hash = hash, .n = (uint32_t)s.n, .used = true};
	if (s.n <= INTERN_SHORT) {
		memcpy(in->entries[id].u.inside, s.p, s.n);
	} else {
		in->entries[id].u.at = in->text.n;
		buf_span(&in->text, s);
	}
	*slot = (struct intern_slot){(uint32_t)(hash >> 32), id + 1};
	in->live++;
	return id;
}

bool
intern_is_full(const struct intern *in)
{
	return in->live >= in->full_at;
}

void
intern_mark(struct intern *in, uint32_t id)
{
	in->entries[id].marked = true;
}

void
intern_sweep(struct intern *in)
{
	struct buf text;

	alloc_free(in->free);
	in->free = alloc_array(in->entry_count, sizeof(*in->free));
	in->free_count = in->live = 0;
	buf_init(&text, SIZE_MAX / 2);
	for (size_t id = in->entry_count; id-- > 0;) {
		struct intern_entry *e = &in->entries[id];

		if (e->marked) {
			size_t at = text.n;

			if (e->n > INTERN_SHORT) {
				buf_span(&text, intern_get(in, (uint32_t)id));
				e->u.at = at;
			}
			in->live++;
		} else {
			in->free[in->free_count++] = (uint32_t)id;
		}
		e->used = e->marked;
		e->marked = false;
	}
	buf_release(&in->text);
	in->text = text;
	in->full_at = MAX(in->live * 2, (size_t)FIRST_FULL);
	rehash(in, in->mask + 1);
}

static uint32_t *
bag_ids(struct intern_bag *b)
{
	return b->cap ? b->u.ids : b->u.inside;
}

static void
bag_resize(struct intern_bag *b, uint32_t cap)
{
	uint32_t *ids;

	if (b->cap) {
		b->u.ids = alloc_resize(b->u.ids, cap * sizeof(*ids));
	} else {
		ids = alloc_get(cap * sizeof(*ids));
		memcpy(ids, b->u.inside, b->n * sizeof(*ids));
		b->u.ids = ids;
	}
	b->cap = cap;
}

static int
compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Merges two runs in order, each id once, into out; returns the count. */
static uint32_t
merge_runs(uint32_t *out, const uint32_t *a, uint32_t an, const uint32_t *b, uint32_t bn)
{
	uint32_t n = 0, i = 0, j = 0;

	while (i < an || j < bn) {
		uint32_t id = j == bn || (i < an && a[i] <= b[j]) ? a[i++] : b[j++];

		if (n == 0 || out[n - 1] != id)
			out[n++] = id;
	}
	return n;
}

void
intern_bag_settle(struct intern_bag *b)
{
	uint32_t *ids = bag_ids(b), *merged;

	if (b->sorted == b->n)
		return;
	qsort(ids + b->sorted, b->n - b->sorted, sizeof(*ids), compare_ids);
	merged = alloc_get(b->n * sizeof(*ids));
	b->n = merge_runs(merged, ids, b->sorted, ids + b->sorted, b->n - b->sorted);
	memcpy(ids, merged, b->n * sizeof(*ids));
	alloc_free(merged);
	b->sorted = b->n;
}

/* Room for one more: first by throwing out repetitions, then by more memory. */
static void
bag_room(struct intern_bag *b)
{
	uint32_t cap = b->cap ? b->cap : INTERN_INSIDE;

	if (b->n < cap)
		return;
	if (b->n > BAG_LOOK)
		intern_bag_settle(b);
	if (b->n > cap / 2)
		bag_resize(b, cap * 2);
}

void
intern_bag_add(struct intern_bag *b, uint32_t id)
{
	const uint32_t *ids = bag_ids(b);
	uint32_t look = MIN(b->n, (uint32_t)BAG_LOOK);

	for (uint32_t i = b->n - look; i < b->n; i++)
		if (ids[i] == id)
			return;
	bag_room(b);
	bag_ids(b)[b->n++] = id;
}

void
intern_bag_merge(struct intern_bag *into, const struct intern_bag *from)
{
	const uint32_t *ids = intern_bag_ids(from);

	for (uint32_t i = 0; i < from->n; i++)
		intern_bag_add(into, ids[i]);
}

void
intern_bag_release(struct intern_bag *b)
{
	if (b->cap)
		alloc_free(b->u.ids);
	*b = (struct intern_bag){0};
}

void
intern_mark_bag(struct intern *in, const struct intern_bag *b)
{
	const uint32_t *ids = intern_bag_ids(b);

	for (uint32_t i = 0; i < b->n; i++)
		intern_mark(in, ids[i]);
}
