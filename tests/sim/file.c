/* file: bytes in the cache, bytes on the disk, and all that is between them. */
#include "sim/inner.h"

#include "base/alloc.h"

static void
reserve(struct sim_file *f, int64_t size)
{
	int64_t cap = f->cap ? f->cap : SIM_PAGE;

	while (cap < size + SIM_SECTOR)
		cap *= 2;
	if (cap == f->cap)
		return;
	f->live = alloc_resize(f->live, (size_t)cap);
	f->durable = alloc_resize(f->durable, (size_t)cap);
	memset(f->live + f->cap, 0, (size_t)(cap - f->cap));
	memset(f->durable + f->cap, 0, (size_t)(cap - f->cap));
	f->cap = cap;
}

static struct sim_change *
add(struct sim_file *f)
{
	if (f->count == f->room) {
		f->room = f->room ? f->room * 2 : 16;
		f->changes = alloc_resize(f->changes, f->room * sizeof(*f->changes));
	}
	f->changes[f->count] = (struct sim_change){.sector = -1};
	return &f->changes[f->count++];
}

static void
forget_lost(struct sim_file *f, int64_t sector)
{
	for (size_t i = 0; i < f->lost_count; i++)
		if (f->lost[i] == sector)
			f->lost[i--] = f->lost[--f->lost_count];
}

/* Sectors from byte at to byte end have changed. */
static void
touch(struct sim_file *f, int64_t at, int64_t end)
{
	for (int64_t sector = at / SIM_SECTOR; sector * SIM_SECTOR < end; sector++) {
		struct sim_change *c = add(f);

		c->sector = sector;
		c->bytes = alloc_copy(f->live + sector * SIM_SECTOR, SIM_SECTOR);
		forget_lost(f, sector);
	}
}

static void
resize(struct sim_file *f, int64_t size)
{
	f->size = size;
	add(f)->size = size;
}

void
file_write(struct sim_file *f, const void *p, size_t n, int64_t at)
{
	int64_t end = at + (int64_t)n;

	if (!n)
		return;
	reserve(f, end);
	memcpy(f->live + at, p, n);
	touch(f, at, end);
	if (end > f->size)
		resize(f, end);
}

void
file_cut(struct sim_file *f, int64_t size)
{
	int64_t old = f->size;

	reserve(f, size);
	if (size < old) {
		memset(f->live + size, 0, (size_t)(old - size));
		touch(f, size, old);
	}
	if (size != old)
		resize(f, size);
}

static void
apply(struct sim_file *f, const struct sim_change *c)
{
	if (c->sector >= 0) {
		memcpy(f->durable + c->sector * SIM_SECTOR, c->bytes, SIM_SECTOR);
		return;
	}
	f->durable_size = c->size;
}

/* Nothing stands on the disk after the end. */
static void
trim(struct sim_file *f)
{
	memset(f->durable + f->durable_size, 0, (size_t)(f->cap - f->durable_size));
}

static void
clear(struct sim_file *f)
{
	for (size_t i = 0; i < f->count; i++)
		alloc_free(f->changes[i].bytes);
	f->count = 0;
}

void
file_sync(struct sim_file *f)
{
	for (size_t i = 0; i < f->count; i++)
		apply(f, &f->changes[i]);
	if (f->count)
		trim(f);
	clear(f);
}

static bool
is_lost(int64_t sector, uint64_t salt)
{
	struct sim_rng page;

	sim_seed(&page, salt + (uint64_t)(sector / (SIM_PAGE / SIM_SECTOR)));
	return sim_chance(&page, 600);
}

void
file_lose(struct sim_file *f, struct sim_rng *r)
{
	uint64_t salt = (uint64_t)sim_pick(r, 1 << 30) << 20;
	size_t kept = 0;

	for (size_t i = 0; i < f->count; i++) {
		struct sim_change *c = &f->changes[i];

		if (c->sector < 0) {
			f->changes[kept++] = *c;
			continue;
		}
		if (is_lost(c->sector, salt)) {
			forget_lost(f, c->sector);
			f->lost = alloc_resize(f->lost, (f->lost_count + 1) * sizeof(*f->lost));
			f->lost[f->lost_count++] = c->sector;
		} else {
			apply(f, c);
		}
		alloc_free(c->bytes);
	}
	f->count = kept;
	f->error++;
	f->is_seen = false;
}

void
file_evict(struct sim_file *f)
{
	for (size_t i = 0; i < f->lost_count; i++) {
		int64_t at = f->lost[i] * SIM_SECTOR, n = MIN((int64_t)SIM_SECTOR, f->size - at);

		if (n <= 0)
			continue;
		memcpy(f->live + at, f->durable + at, (size_t)n);
		/* What stands on the disk after its end there is not seen. */
		if (at + n > f->durable_size) {
			int64_t from = MAX(at, f->durable_size);

			memset(f->live + from, 0, (size_t)(at + n - from));
		}
	}
	f->lost_count = 0;
}

void
file_crash(struct sim_file *f, struct sim_rng *r, unsigned keep)
{
	size_t sizes = 0, last;

	for (size_t i = 0; i < f->count; i++)
		sizes += f->changes[i].sector < 0;
	last = keep == 0 ? 0 : keep >= 1000 ? sizes : sim_pick(r, (unsigned)sizes + 1);
	for (size_t i = 0; i < f->count; i++) {
		struct sim_change *c = &f->changes[i];

		if (c->sector < 0 ? last > 0 : sim_chance(r, keep))
			apply(f, c);
		last -= c->sector < 0 && last > 0;
	}
	clear(f);
	if (f->cap)
		trim(f);
	f->size = f->durable_size;
	if (f->cap)
		memcpy(f->live, f->durable, (size_t)f->cap);
	f->lost_count = 0;
	f->error = 0;
	f->is_seen = true;
}

void
file_free(struct sim_file *f)
{
	clear(f);
	alloc_free(f->changes);
	alloc_free(f->lost);
	alloc_free(f->live);
	alloc_free(f->durable);
	alloc_free(f);
}
