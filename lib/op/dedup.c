/* dedup: a ring of hashes and a table of places in it. */
#include "op/dedup.h"

#include "base/alloc.h"

#define FIRST_CAP 1024
#define GONE INT64_MIN

void
dedup_init(struct dedup *d, uint64_t max_keys, int64_t within_ms)
{
	assert(max_keys >= 1 && max_keys <= DEDUP_MAX_KEYS && within_ms > 0);
	*d = (struct dedup){.max_keys = max_keys, .within_ms = within_ms, .max_time_ms = GONE};
}

void
dedup_release(struct dedup *d)
{
	alloc_free(d->ring);
	alloc_free(d->slots);
	d->ring = NULL;
	d->slots = NULL;
}

static uint32_t
place(const struct dedup *d, uint32_t nth)
{
	uint64_t at = (uint64_t)d->first + nth;

	return (uint32_t)(at < d->cap ? at : at - d->cap);
}

static bool
same(struct hash128 a, struct hash128 b)
{
	return a.low == b.low && a.high == b.high;
}

/* The slot that holds the hash, or the free slot where it belongs. */
static uint32_t
find_slot(const struct dedup *d, struct hash128 hash)
{
	uint32_t at = (uint32_t)hash.low & d->mask;

	while (d->slots[at] && !same(d->ring[d->slots[at] - 1].hash, hash))
		at = (at + 1) & d->mask;
	return at;
}

/* Frees a slot and moves back what had been pushed past it, so that no probe ends early. */
static void
free_slot(struct dedup *d, uint32_t hole)
{
	for (uint32_t at = (hole + 1) & d->mask; d->slots[at]; at = (at + 1) & d->mask) {
		uint32_t home = (uint32_t)d->ring[d->slots[at] - 1].hash.low & d->mask;

		if (((at - home) & d->mask) >= ((at - hole) & d->mask)) {
			d->slots[hole] = d->slots[at];
			hole = at;
		}
	}
	d->slots[hole] = 0;
	d->count--;
}

static void
forget_first(struct dedup *d)
{
	struct dedup_key *k = &d->ring[d->first];

	if (k->time_ms != GONE)
		free_slot(d, find_slot(d, k->hash));
	d->first = place(d, 1);
	d->used--;
}

/* Twice the places, in order from 0, and a table at most two thirds full. */
static void
grow(struct dedup *d)
{
	uint32_t cap = (uint32_t)MIN(d->max_keys, d->cap ? (uint64_t)d->cap * 2 : FIRST_CAP);
	struct dedup_key *ring = alloc_array(cap, sizeof(*ring));
	uint64_t slots = 16;

	for (uint32_t i = 0; i < d->used; i++)
		ring[i] = d->ring[place(d, i)];
	alloc_free(d->ring);
	alloc_free(d->slots);
	while (slots < (uint64_t)cap * 3 / 2)
		slots *= 2;
	d->ring = ring;
	d->cap = cap;
	d->first = 0;
	d->mask = (uint32_t)(slots - 1);
	d->slots = alloc_array(slots, sizeof(*d->slots));
	for (uint32_t i = 0; i < d->used; i++)
		if (ring[i].time_ms != GONE)
			d->slots[find_slot(d, ring[i].hash)] = i + 1;
}

/* Whether two times are less than the window apart, without overflow. */
static bool
is_within(const struct dedup *d, int64_t a, int64_t b)
{
	uint64_t apart = a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;

	return d->within_ms == INT64_MAX || apart < (uint64_t)d->within_ms;
}

static void
forget_old(struct dedup *d, int64_t time_ms)
{
	d->max_time_ms = MAX(d->max_time_ms, time_ms);
	while (d->used && (d->ring[d->first].time_ms == GONE ||
				  !is_within(d, d->max_time_ms, d->ring[d->first].time_ms)))
		forget_first(d);
}

static void
make_room(struct dedup *d)
{
	if (d->used < d->cap)
		return;
	if (d->cap < d->max_keys) {
		grow(d);
		return;
	}
	d->forgotten += d->ring[d->first].time_ms != GONE;
	forget_first(d);
}

bool
dedup_is_new(struct dedup *d, struct span key, int64_t time_ms)
{
	struct hash128 hash = hash_wide(key);
	uint32_t slot, at;

	time_ms = d->within_ms == INT64_MAX ? 0 : MAX(time_ms, GONE + 1);
	forget_old(d, time_ms);
	if (d->cap) {
		slot = find_slot(d, hash);
		if (d->slots[slot]) {
			struct dedup_key *k = &d->ring[d->slots[slot] - 1];

			if (is_within(d, time_ms, k->time_ms))
				return false;
			free_slot(d, slot);
			k->time_ms = GONE;
		}
	}
	make_room(d);
	at = place(d, d->used++);
	d->ring[at] = (struct dedup_key){hash, time_ms};
	d->slots[find_slot(d, hash)] = at + 1;
	d->count++;
	return true;
}
