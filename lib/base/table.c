/* table: open addressing, records on the heap. */
#include "base/table.h"

#include "base/alloc.h"
#include "base/hash.h"

/*
 * Stands between the key and the record, so that a look-up that compares the key has brought the start of the record
 * into the cache as well. The key is padded to 16 bytes, the alignment of the record.
 */
struct header {
	uint64_t hash;
	size_t key_n;
};

struct table_slot {
	uint64_t hash;
	struct header *item; /* NULL: free */
};

#define FIRST_SLOTS 16

static size_t
padded(size_t key_n)
{
	return (key_n + 15) & ~(size_t)15;
}

static char *
key_of(const struct header *item)
{
	return (char *)(uintptr_t)item - padded(item->key_n);
}

void
table_init(struct table *t, size_t record_size)
{
	*t = (struct table){.record_size = record_size};
}

void
table_clear(struct table *t)
{
	for (size_t i = 0; t->slots && i <= t->mask; i++)
		if (t->slots[i].item)
			alloc_free(key_of(t->slots[i].item));
	alloc_free(t->slots);
	table_init(t, t->record_size);
}

void
table_release(struct table *t)
{
	table_clear(t);
}

/* The slot that holds the key, or the free one where it would go. */
static struct table_slot *
probe(const struct table *t, struct span key, uint64_t hash)
{
	for (size_t i = hash & t->mask;; i = (i + 1) & t->mask) {
		struct table_slot *s = &t->slots[i];

		if (!s->item)
			return s;
		if (s->hash == hash && span_equal(span_of(key_of(s->item), s->item->key_n), key))
			return s;
	}
}

static void
grow(struct table *t)
{
	struct table_slot *old = t->slots;
	size_t n = old ? t->mask + 1 : 0, slots = old ? n * 2 : FIRST_SLOTS;

	t->slots = alloc_array(slots, sizeof(*t->slots));
	t->mask = slots - 1;
	for (size_t i = 0; i < n; i++) {
		size_t at = old[i].hash & t->mask;

		if (!old[i].item)
			continue;
		while (t->slots[at].item)
			at = (at + 1) & t->mask;
		t->slots[at] = old[i];
	}
	alloc_free(old);
}

static size_t
item_bytes(const struct table *t, size_t key_n)
{
	return padded(key_n) + sizeof(struct header) + t->record_size;
}

void *
table_get_hashed(const struct table *t, struct span key, uint64_t hash)
{
	struct table_slot *s = t->slots ? probe(t, key, hash) : NULL;

	return s && s->item ? s->item + 1 : NULL;
}

void *
table_put_hashed(struct table *t, struct span key, uint64_t hash, bool *is_new)
{
	struct table_slot *s;
	struct header *item;

	if (!t->slots || t->count * 4 >= (t->mask + 1) * 3)
		grow(t);
	s = probe(t, key, hash);
	*is_new = !s->item;
	if (s->item)
		return s->item + 1;
	item = (struct header *)(void *)((char *)alloc_zero(item_bytes(t, key.n)) + padded(key.n));
	*item = (struct header){.hash = hash, .key_n = key.n};
	if (key.n)
		memcpy(key_of(item), key.p, key.n);
	*s = (struct table_slot){hash, item};
	t->count++;
	t->bytes += item_bytes(t, key.n);
	return item + 1;
}

void *
table_get(const struct table *t, struct span key)
{
	return table_get_hashed(t, key, hash_bytes(key));
}

void *
table_put(struct table *t, struct span key, bool *is_new)
{
	return table_put_hashed(t, key, hash_bytes(key), is_new);
}

struct span
table_key(const void *record)
{
	const struct header *item = (const struct header *)record - 1;

	return span_of(key_of(item), item->key_n);
}

void
table_remove(struct table *t, void *record)
{
	struct header *item = (struct header *)record - 1;
	size_t hole = item->hash & t->mask;

	while (t->slots[hole].item != item)
		hole = (hole + 1) & t->mask;
	for (size_t i = (hole + 1) & t->mask; t->slots[i].item; i = (i + 1) & t->mask) {
		size_t home = t->slots[i].hash & t->mask;

		if (((i - home) & t->mask) < ((i - hole) & t->mask))
			continue;
		t->slots[hole] = t->slots[i];
		hole = i;
	}
	t->slots[hole] = (struct table_slot){0, NULL};
	t->count--;
	t->bytes -= item_bytes(t, item->key_n);
	alloc_free(key_of(item));
}

void *
table_next(const struct table *t, size_t *at)
{
	while (t->slots && *at <= t->mask) {
		struct header *item = t->slots[(*at)++].item;

		if (item)
			return item + 1;
	}
	return NULL;
}
