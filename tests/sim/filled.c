/* filled: writing, and reading once. */
#include "sim/filled.h"

#include "base/alloc.h"
#include "base/when.h"
#include "store/sealer.h"
#include "store/trailer.h"

struct query_conf
filled_all(const struct disk *disk)
{
	return (struct query_conf){.store = "sim",
		.disk = disk,
		.pos = QUERY_ALL,
		.ver = QUERY_ALL,
		.from_ms = INT64_MIN,
		.to_ms = INT64_MAX};
}

bool
filled_make(struct filled *f, uint64_t seed, int events)
{
	int64_t now = 1637572532123;

	*f = (struct filled){.w = world_new(seed)};
	f->w->is_quiet = true;
	while (f->w->top < events && !*f->w->why) {
		struct world_user users[2] = {{f->w, 8}, {f->w, 8}};

		now += sim_pick(&f->w->rng, 4) ? 0 : 1 + sim_pick(&f->w->rng, 100000);
		world_clock(now);
		f->w->sim->faults = (struct sim_faults){.turn = 100};
		sim_spawn(f->w->sim, world_write, &users[0]);
		sim_spawn(f->w->sim, world_write, &users[1]);
		sim_run(f->w->sim);
	}
	f->w->sim->faults = (struct sim_faults){0};
	return !*f->w->why && world_settle(f->w) && filled_read(f);
}

static void
clear(struct filled *f)
{
	for (int64_t i = 0; i < f->count; i++)
		alloc_free(f->lines[i].p);
	alloc_free(f->lines);
	f->lines = NULL;
	f->count = 0;
}

static bool
add(struct filled *f, struct span line)
{
	struct filled_line *l;
	struct trailer t;

	f->lines = alloc_resize(f->lines, (size_t)(f->count + 1) * sizeof(*f->lines));
	l = &f->lines[f->count++];
	*l = (struct filled_line){.p = alloc_copy(line.p, line.n), .n = line.n};
	if (!trailer_parse(span_of(l->p, l->n), &t) || when_parse(t.rec, &l->rec_ms))
		return false;
	l->body = t.at;
	l->ver = t.ver;
	l->stream = f->w->events[f->w->at[t.pos]].stream;
	return true;
}

int
filled_segments(struct sim *s, char names[FILLED_FILES][64])
{
	const char *name;
	int n = 0;

	for (size_t i = 0; (name = sim_name(s, i)); i++)
		if (strncmp(name, "seg/", 4) == 0 && strstr(name, ".ndjson") && n < FILLED_FILES) {
			int at = n++;

			for (; at && strcmp(names[at - 1], name) > 0; at--)
				memcpy(names[at], names[at - 1], 64);
			snprintf(names[at], 64, "%s", name);
		}
	return n;
}

/* Fills in where each line stands. */
static void
locate(struct filled *f)
{
	char names[FILLED_FILES][64];
	int n = filled_segments(f->w->sim, names);

	for (int i = 0; i < n; i++) {
		int64_t first = strtoll(names[i] + 4, NULL, 10), offset = 0;
		int64_t last = i + 1 < n ? strtoll(names[i + 1] + 4, NULL, 10) : f->count;

		for (int64_t pos = first; pos < last; pos++) {
			struct filled_line *l = &f->lines[pos];

			l->segment = first;
			l->line_no = pos - first + 1;
			l->offset = offset;
			offset += (int64_t)l->n + 1;
		}
	}
}

bool
filled_read(struct filled *f)
{
	int process = sim_process(f->w->sim, SIM_READER), r = -1;
	struct disk disk = sim_disk(f->w->sim, process);
	struct query_conf conf = filled_all(&disk);
	struct source_line line;
	struct source *src;
	struct err err = {0};

	clear(f);
	conf.meta = true;
	src = query_open(&conf, &err);
	while (src && (r = src->next(src, &line, &err)) == SOURCE_LINE)
		if (!add(f, line.line))
			break;
	if (src)
		src->close(src);
	sim_exit(f->w->sim, process);
	locate(f);
	return r == SOURCE_END ? true : world_wrong(f->w, "cannot be read: %s", err.text);
}

bool
filled_seal(struct filled *f, int count)
{
	int process = sim_process(f->w->sim, SIM_OWNER), r = 1;
	struct root root;
	struct err err;

	if (root_open_on(&root, sim_disk(f->w->sim, process), "sim", &err))
		return world_wrong(f->w, "cannot be opened: %s", err.text);
	while (r == 1 && count-- > 0)
		r = sealer_step(&root, &err);
	root_close(&root);
	sim_exit(f->w->sim, process);
	sim_settle(f->w->sim);
	return r >= 0 ? true : world_wrong(f->w, "cannot be sealed: %s", err.text);
}

struct place
filled_place(const struct filled *f, int64_t pos)
{
	struct place at = {.pos = pos};
	const struct filled_line *before = pos ? &f->lines[pos - 1] : NULL;

	if (!before || !trailer_sum(span_of(before->p, before->n), &at.sum)) {
		assert(false); /* the first line's seed is the store's */
		return at;
	}
	at.segment = before->segment;
	at.offset = before->offset + (int64_t)before->n + 1;
	return at;
}

void
filled_release(struct filled *f)
{
	clear(f);
	world_free(f->w);
}

bool
filled_is(const struct filled *f, int64_t pos, struct span line, bool meta)
{
	const struct filled_line *l;

	if (pos < 0 || pos >= f->count)
		return false;
	l = &f->lines[pos];
	if (meta)
		return line.n == l->n && memcmp(line.p, l->p, l->n) == 0;
	return line.n == l->body + 1 && memcmp(line.p, l->p, l->body) == 0 &&
	       line.p[l->body] == '}';
}
