/* recent: an array of lines, and two tables of indices into it. */
#include "store/recent.h"

#include "base/alloc.h"

#define FIRST_ENTRIES 1024

void
recent_release(struct recent *r)
{
	alloc_free(r->entries);
	alloc_free(r->ids.slots);
	alloc_free(r->streams.slots);
	*r = (struct recent){0};
}

/* Where an identity that is not there would go; found ones are stepped over. */
static void
put_id(struct recent *r, uint32_t index)
{
	size_t i = r->entries[index].item.id.low & r->ids.mask;

	while (r->ids.slots[i])
		i = (i + 1) & r->ids.mask;
	r->ids.slots[i] = index + 1;
}

static uint32_t *
stream_slot(const struct recent *r, struct hash128 stream)
{
	size_t i = stream.low & r->streams.mask;

	for (; r->streams.slots[i]; i = (i + 1) & r->streams.mask) {
		const struct hash128 *h = &r->entries[r->streams.slots[i] - 1].item.stream;

		if (h->low == stream.low && h->high == stream.high)
			break;
	}
	return &r->streams.slots[i];
}

static void
put_stream(struct recent *r, uint32_t index)
{
	uint32_t *slot = stream_slot(r, r->entries[index].item.stream);

	r->entries[index].before = *slot;
	r->n_streams += *slot == 0;
	*slot = index + 1;
}

/* Both tables anew, after their array was made larger or entries were taken away. */
static void
fill_tables(struct recent *r)
{
	memset(r->ids.slots, 0, (r->ids.mask + 1) * sizeof(uint32_t));
	memset(r->streams.slots, 0, (r->streams.mask + 1) * sizeof(uint32_t));
	r->n_streams = 0;
	r->bytes = 0;
	for (size_t i = 0; i < r->count; i++) {
		put_id(r, (uint32_t)i);
		put_stream(r, (uint32_t)i);
		r->bytes += r->entries[i].item.length;
	}
}

static void
grow(struct recent *r)
{
	r->cap = r->cap ? r->cap * 2 : FIRST_ENTRIES;
	assert(r->cap <= UINT32_MAX / 2);
	r->entries = alloc_resize(r->entries, r->cap * sizeof(*r->entries));
	r->ids.mask = r->streams.mask = r->cap * 2 - 1;
	r->ids.slots = alloc_resize(r->ids.slots, r->cap * 2 * sizeof(uint32_t));
	r->streams.slots = alloc_resize(r->streams.slots, r->cap * 2 * sizeof(uint32_t));
	fill_tables(r);
}

void
recent_add(struct recent *r, const struct index_item *item)
{
	assert(r->count == 0 || item->pos == r->entries[r->count - 1].item.pos + 1);
	if (r->count == r->cap)
		grow(r);
	r->entries[r->count].item = *item;
	put_id(r, (uint32_t)r->count);
	put_stream(r, (uint32_t)r->count);
	r->bytes += item->length;
	r->count++;
}

void
recent_cut(struct recent *r, int64_t pos)
{
	if (r->count == 0 || pos > r->entries[r->count - 1].item.pos)
		return;
	r->count = (size_t)MAX(pos - r->entries[0].item.pos, 0);
	fill_tables(r);
}

void
recent_drop(struct recent *r, int64_t pos)
{
	size_t n;

	if (r->count == 0 || pos <= r->entries[0].item.pos)
		return;
	n = (size_t)MIN(pos - r->entries[0].item.pos, (int64_t)r->count);
	r->count -= n;
	memmove(r->entries, r->entries + n, r->count * sizeof(*r->entries));
	fill_tables(r);
}

const struct index_item *
recent_at(const struct recent *r, int64_t pos)
{
	if (r->count == 0 || pos < r->entries[0].item.pos ||
		pos > r->entries[r->count - 1].item.pos)
		return NULL;
	return &r->entries[pos - r->entries[0].item.pos].item;
}

const struct index_item *
recent_find(const struct recent *r, struct hash128 id, size_t skip)
{
	if (r->count == 0)
		return NULL;
	for (size_t i = id.low & r->ids.mask; r->ids.slots[i]; i = (i + 1) & r->ids.mask) {
		const struct index_item *item = &r->entries[r->ids.slots[i] - 1].item;

		if (item->id.low == id.low && item->id.high == id.high && skip-- == 0)
			return item;
	}
	return NULL;
}

const struct index_item *
recent_stream(const struct recent *r, struct hash128 stream)
{
	uint32_t slot = r->count ? *stream_slot(r, stream) : 0;

	return slot ? &r->entries[slot - 1].item : NULL;
}
