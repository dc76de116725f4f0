/* sim: the disk as a whole, and its files from outside. */
#include "sim/inner.h"

#include "base/alloc.h"

void
sim_seed(struct sim_rng *r, uint64_t seed)
{
	r->state = seed;
}

/* After Vigna, splitmix64. */
static uint64_t
next(struct sim_rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

unsigned
sim_pick(struct sim_rng *r, unsigned below)
{
	return (unsigned)((next(r) >> 32) * below >> 32);
}

bool
sim_chance(struct sim_rng *r, unsigned per_mille)
{
	return per_mille && sim_pick(r, 1000) < per_mille;
}

struct sim *
sim_new(uint64_t seed)
{
	struct sim *s = alloc_zero(sizeof(*s));

	s->in = alloc_zero(sizeof(*s->in));
	s->boots = 1;
	s->in->is_traced = getenv("EV_SIM_TRACE") != NULL;
	sim_seed(&s->rng, seed);
	process_add(s);
	return s;
}

void
sim_free(struct sim *s)
{
	struct sim_file *f = s->in->files;

	process_remove(s);
	while (f) {
		struct sim_file *following = f->next;

		file_free(f);
		f = following;
	}
	tree_free(&s->in->tree);
	task_release(s);
	alloc_free(s->in->descs);
	alloc_free(s->in->processes);
	alloc_free(s->in);
	alloc_free(s);
}

/* How much of what is not durable stays, in a thousand: all, nothing, or something between. */
static unsigned
some_keep(struct sim_rng *r)
{
	static const unsigned keeps[] = {0, 1000, 500, 500, 100, 900};

	return keeps[sim_pick(r, 6)];
}

void
sim_restart(struct sim *s)
{
	struct sim_inner *in = s->in;
	bool has_power = s->end != SIM_POWER;

	s->end = SIM_NEVER;
	s->has_ended = false;
	s->refused = 0;
	s->is_full = false;
	for (size_t i = 0; i < in->desc_count; i++)
		in->descs[i] = (struct sim_desc){0};
	in->desc_count = 0;
	for (size_t i = 0; i < in->process_count; i++)
		in->processes[i] = (struct sim_process){0};
	if (has_power)
		return;
	s->boots++;
	for (struct sim_file *f = in->files; f; f = f->next)
		file_crash(f, &s->rng, some_keep(&s->rng));
	tree_crash(&in->tree, &s->rng, some_keep(&s->rng));
	process_trace(s, -1, "power is back");
}

static struct sim_file *
file_of(struct sim *s, const char *name)
{
	struct sim_entry *e = tree_find(&s->in->tree.live, name);

	return e ? e->file : NULL;
}

char *
sim_bytes(struct sim *s, const char *name, int64_t *size)
{
	struct sim_file *f = file_of(s, name);

	if (!f)
		return NULL;
	file_cut(f, f->size); /* an empty one too has bytes */
	*size = f->size;
	return f->live;
}

char *
sim_resize(struct sim *s, const char *name, int64_t size)
{
	struct sim_file *f = file_of(s, name);

	if (!f) {
		f = alloc_zero(sizeof(*f));
		f->next = s->in->files;
		f->mode = 0600;
		s->in->files = f;
		tree_put(&s->in->tree, name, f);
		tree_sync_all(&s->in->tree);
	}
	file_cut(f, size);
	return f->live;
}

void
sim_settle(struct sim *s)
{
	for (struct sim_file *f = s->in->files; f; f = f->next) {
		file_sync(f);
		if (f->cap)
			memcpy(f->durable, f->live, (size_t)f->cap);
		f->lost_count = 0;
	}
	tree_sync_all(&s->in->tree);
}

void
sim_remove(struct sim *s, const char *name)
{
	if (!tree_find(&s->in->tree.live, name))
		return;
	tree_drop(&s->in->tree, name);
	tree_sync_all(&s->in->tree);
}

const char *
sim_name(struct sim *s, size_t i)
{
	struct sim_names *live = &s->in->tree.live;

	return i < live->count ? live->items[i].name : NULL;
}

struct sim *
sim_clone(struct sim *s, uint64_t seed)
{
	struct sim *copy = sim_new(seed);
	const char *name;

	for (size_t i = 0; (name = sim_name(s, i)); i++) {
		struct sim_file *f = file_of(s, name), *twin;

		if (!f) {
			tree_put(&copy->in->tree, name, NULL);
			continue;
		}
		twin = alloc_zero(sizeof(*twin));
		twin->next = copy->in->files;
		twin->mode = f->mode;
		copy->in->files = twin;
		file_write(twin, f->live, (size_t)f->size, 0);
		file_sync(twin);
		tree_put(&copy->in->tree, name, twin);
	}
	tree_sync_all(&copy->in->tree);
	return copy;
}
