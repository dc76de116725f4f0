/* ring: places of 128 bytes, written and read with one call where they do not wrap. */
#include "store/ring.h"

#include "base/alloc.h"

#include <errno.h>

#define PLACES 1024

struct ring_item {
	int64_t pos, ver, rec_ms, segment, offset, length;
	struct hash128 id, stream;
	uint64_t sum, before; /* of the line, of the line before it */
	uint64_t spare[3];
	uint64_t
		check; /* XXH3-64 of the fifteen words before, seeded as the first line of the store */
};

_Static_assert(sizeof(struct ring_item) == 128, "sixteen words");

void
ring_init(struct ring *g, struct root *r)
{
	g->root = r;
	g->fd = -1;
	g->is_refused = false;
	g->raw = alloc_get(RING_TAKE * sizeof(*g->raw));
}

/* Opens it; makes it where that is asked for. false: there is none. */
static bool
is_open(struct ring *g, bool makes)
{
	struct disk *d = &g->root->disk;

	if (g->fd >= 0 || g->is_refused)
		return g->fd >= 0;
	g->fd = d->calls->open(d, "ring", DISK_WRITE, g->root->file_mode);
	if (g->fd >= 0 || (errno == ENOENT && !makes))
		return g->fd >= 0;
	if (errno == ENOENT) {
		g->fd = d->calls->open(d, "ring", DISK_WRITE | DISK_ENSURE, g->root->file_mode);
		if (g->fd >= 0)
			d->calls->chmod(d, g->fd, g->root->file_mode);
	}
	g->is_refused = g->fd < 0;
	return g->fd >= 0;
}

void
ring_close(struct ring *g)
{
	if (g->fd >= 0)
		g->root->disk.calls->close(&g->root->disk, g->fd);
	g->fd = -1;
	alloc_free(g->raw);
	g->raw = NULL;
}

static uint64_t
check_of(const struct ring *g, const struct ring_item *item)
{
	return hash_seeded(
		span_of((const char *)item, offsetof(struct ring_item, check)), g->root->seed);
}

/* As many of n places as come before the end of the file, from the place of a position. */
static size_t
until_wrap(int64_t pos, size_t n)
{
	return MIN(n, (size_t)(PLACES - pos % PLACES));
}

static int64_t
place_of(int64_t pos)
{
	return pos % PLACES * (int64_t)sizeof(struct ring_item);
}

void
ring_put(struct ring *g, const struct recent *lines, const struct place *from, int64_t end)
{
	struct ring_item *items = g->raw;
	size_t n = (size_t)(end - from->pos), first = until_wrap(from->pos, n);
	struct disk *d = &g->root->disk;
	uint64_t before = from->sum;

	if (n > RING_TAKE || !is_open(g, true))
		return;
	for (size_t i = 0; i < n; i++) {
		const struct index_item *line = recent_at(lines, from->pos + (int64_t)i);

		if (!line)
			return;
		items[i] = (struct ring_item){line->pos, line->ver, line->rec_ms, line->segment,
			line->offset, (int64_t)line->length, line->id, line->stream, line->sum,
			before, {0}, 0};
		items[i].check = check_of(g, &items[i]);
		before = line->sum;
	}
	disk_write(d, g->fd, items, first * sizeof(*items), place_of(from->pos));
	if (n > first)
		disk_write(d, g->fd, items + first, (n - first) * sizeof(*items), 0);
}

static bool
read_items(struct ring *g, struct ring_item *items, int64_t pos, size_t n)
{
	struct disk *d = &g->root->disk;
	size_t first = until_wrap(pos, n), bytes = first * sizeof(*items);

	if (disk_read(d, g->fd, items, bytes, place_of(pos)) != (ssize_t)bytes)
		return false;
	bytes = (n - first) * sizeof(*items);
	return n == first || disk_read(d, g->fd, items + first, bytes, 0) == (ssize_t)bytes;
}

bool
ring_take(struct ring *g, const struct place *from, const struct place *to)
{
	struct ring_item *items = g->raw;
	size_t n = (size_t)(to->pos - from->pos);
	struct place at = *from;

	if (n > RING_TAKE || !is_open(g, false) || !read_items(g, items, from->pos, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct ring_item *x = &items[i];

		if (x->pos != at.pos || x->segment != at.segment || x->offset != at.offset ||
			x->before != at.sum || x->length <= 0 || x->length > UINT32_MAX ||
			x->check != check_of(g, x))
			return false;
		g->items[i] = (struct index_item){x->pos, x->ver, x->rec_ms, x->segment, x->offset,
			(uint32_t)x->length, x->id, x->stream, x->sum};
		at.pos++;
		at.offset += x->length;
		at.sum = x->sum;
	}
	return at.offset == to->offset && at.sum == to->sum;
}
