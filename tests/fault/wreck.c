/*
 * wreck: salvage of damaged stores, on simulated disks: it keeps all that the damage has not touched. Argument: the number of
 * cases (default 150); EV_SEED: where to start.
 */

#include "sim/cases.h"
#include "sim/filled.h"
#include "store/salvage.h"
#include "store/trailer.h"

static bool
near(const struct filled *f, int batch, int64_t pos)
{
	return f->w->events[f->w->at[pos]].batch == batch;
}

/* May the line at next be lost to a damage at pos? A frame of a packed segment has many lines. */
static bool
may_be_lost(const struct filled *f, int64_t next, int64_t pos, bool is_packed)
{
	int batch = f->w->events[f->w->at[next]].batch;
	bool is_near = near(f, batch, pos) || (pos && near(f, batch, pos - 1)) ||
		       (pos + 1 < f->count && near(f, batch, pos + 1));

	for (int64_t i = 0; is_packed && !is_near && i < f->count; i++)
		is_near = f->lines[i].segment == f->lines[pos].segment &&
			  (near(f, batch, i) || (i + 1 < f->count && near(f, batch, i + 1)));
	if (!is_near)
		printf("# position %lld was left out\n", (long long)next);
	return is_near;
}

/* The lines of a store, in order, as events of the world; all not found belong to a batch near pos. */
static bool
kept(const struct filled *f, struct sim *to, int64_t pos, bool is_packed)
{
	int process = sim_process(to, SIM_OWNER), r = -1;
	struct disk disk = sim_disk(to, process);
	struct query_conf conf = filled_all(&disk);
	struct source_line line;
	struct source *src;
	struct err err = {0};
	int64_t next = 0;
	bool fine = true;

	for (src = query_open(&conf, &err); src && fine && (r = src->next(src, &line, &err)) == 1;
		next++)
		for (; next < f->count && !filled_is(f, next, line.line, false); next++)
			fine = fine && may_be_lost(f, next, pos, is_packed);
	for (int64_t i = next; fine && r == 0 && i < f->count; i++)
		fine = may_be_lost(f, i, pos, is_packed);
	if (src)
		src->close(src);
	sim_exit(to, process);
	if (!fine || r || next > f->count)
		printf("# salvaged: wrong at position %lld, damage at %lld: %s\n", (long long)next,
			(long long)pos, err.text);
	return fine && r == 0 && next <= f->count;
}

static void
told(void *ctx, const struct survey_item *item)
{
	(void)ctx;
	if (getenv("EV_SIM_TRACE"))
		printf("# segment %lld, line %lld, byte %lld, position %lld, %lld bytes: %s\n",
			(long long)item->segment, (long long)item->line_no, (long long)item->offset,
			(long long)item->pos, (long long)item->bytes,
			item->what ? item->what : "a line");
}

static bool
salvage_case(uint64_t seed)
{
	struct filled f;
	struct sim_rng rng;
	struct sim *from, *to = sim_new(seed);
	char names[FILLED_FILES][64];
	struct salvage_conf conf = {.damage = told};
	struct salvage_result result;
	struct replica replica;
	struct root root;
	struct err err = {0};
	bool fine, is_packed = false;
	int64_t size, at, pos, process;
	char *p;

	sim_seed(&rng, seed);
	fine = filled_make(&f, seed, 20 + (int)sim_pick(&rng, 60));
	from = sim_clone(f.w->sim, seed);
	pos = fine ? sim_pick(&rng, (unsigned)f.count) : 0;
	for (int i = filled_segments(from, names); fine && i-- > 0;)
		if (strtoll(names[i] + 4, NULL, 10) == f.lines[pos].segment) {
			is_packed = strstr(names[i], ".zst") != NULL;
			p = sim_bytes(from, names[i], &size);
			at = is_packed ? sim_pick(&rng, (unsigned)size)
				       : f.lines[pos].offset +
						 sim_pick(&rng, (unsigned)f.lines[pos].n + 1);
			p[at] = (char)(p[at] ^ 1 << sim_pick(&rng, 8));
		}
	sim_settle(from);
	process = sim_process(from, SIM_READER);
	if (fine && root_open_on(&root, sim_disk(from, (int)process), "sim", &err) == 0) {
		int there = sim_process(to, SIM_OWNER);

		fine = replica_open_on(&replica, sim_disk(to, there), "new", 0700, &err) == 0;
		if (fine) {
			fine = salvage_to(&result, &root, &replica, &conf, &err) == 0;
			replica_close(&replica);
		}
		root_close(&root);
		sim_exit(to, there);
	}
	sim_exit(from, (int)process);
	if (!fine)
		printf("# salvage: %s %s\n", err.text, f.w->why);
	fine = fine && kept(&f, to, pos, is_packed);
	sim_free(from);
	sim_free(to);
	filled_release(&f);
	return fine;
}

int
main(int argc, char **argv)
{
	struct cases c = cases_asked(argc, argv, 150);

	world_clock(1637572532123);
	if (cases_run(c, 1, salvage_case))
		ok(true, "%lld stores salvaged", c.count);
	return tap_done();
}
