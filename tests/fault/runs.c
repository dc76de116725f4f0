/*
 * runs: index runs that are damaged, stale, foreign, mixed up or gone. Whoever asks never notices: every identity is
 * found at its position, unknown ones are not, versions and places are right, queries answer as a plain look at the log.
 * Argument: the number of damages (default 600), 20 for each store; EV_SEED: where to start.
 */

#include "base/alloc.h"
#include "sim/ask.h"
#include "sim/cases.h"
#include "store/index.h"
#include "store/reindex.h"

#define RUNS 64

static struct sim_rng rng;
static long long damages;

static bool
say(const char *what, const struct err *err)
{
	printf("# %s: %s\n", what, err->text);
	return false;
}

static int
run_names(struct sim *s, char names[RUNS][64])
{
	const char *name;
	int n = 0;

	for (size_t i = 0; (name = sim_name(s, i)); i++)
		if (strncmp(name, "index/", 6) == 0 && strstr(name, ".run") && n < RUNS)
			snprintf(names[n++], 64, "%s", name);
	return n;
}

/* Runs of random ranges of the log, some with gaps between them. */
static bool
make_runs(struct filled *f)
{
	int process = sim_process(f->w->sim, SIM_OWNER);
	int64_t pos = 0, end;
	struct root root;
	struct err err;
	bool fine = root_open_on(&root, sim_disk(f->w->sim, process), "sim", &err) == 0;

	for (; fine && pos < f->count; pos = end) {
		struct place from = {.sum = root.seed};

		if (pos)
			from = filled_place(f, pos);
		end = pos + 1 + sim_pick(&rng, (unsigned)f->count / 2 + 1);
		end = MIN(end, f->count);
		if (sim_pick(&rng, 8) && reindex_range(&root, from, end, &err))
			fine = say("reindex", &err);
	}
	if (fine)
		root_close(&root);
	sim_exit(f->w->sim, process);
	sim_settle(f->w->sim);
	return fine;
}

/* --- damage ------------------------------------------------------------------------------------ */

static void
copy_file(struct sim *to, const char *name, struct sim *from, const char *other)
{
	int64_t size, at;
	const char *p = sim_bytes(from, other, &size);
	char *copy = alloc_copy(p, (size_t)size);

	memcpy(sim_resize(to, name, size), copy, (size_t)size);
	sim_bytes(to, name, &at);
	alloc_free(copy);
}

/* A block of 4 KiB out of one file into another. */
static void
copy_block(struct sim *to, const char *name, struct sim *from, const char *other)
{
	int64_t size, other_size, at;
	char *p = sim_bytes(to, name, &size), block[SIM_PAGE];
	const char *q = sim_bytes(from, other, &other_size);
	int64_t blocks = MIN(size, other_size) / SIM_PAGE;

	at = sim_pick(&rng, 3) ? sim_pick(&rng, (unsigned)blocks)
			       : (unsigned)(other_size / SIM_PAGE) - 1;
	memcpy(block, q + at * SIM_PAGE, SIM_PAGE);
	if (sim_pick(&rng, 2))
		at = sim_pick(&rng, (unsigned)(size / SIM_PAGE));
	memcpy(p + MIN(at, size / SIM_PAGE - 1) * SIM_PAGE, block, SIM_PAGE);
}

static void
damage(struct sim *s, char names[RUNS][64], int n, struct sim *foreign)
{
	const char *name = names[sim_pick(&rng, (unsigned)n)],
		   *other = names[sim_pick(&rng, (unsigned)n)];
	char strange[RUNS][64];
	int strangers = run_names(foreign, strange);
	int64_t size, at;
	char *p = sim_bytes(s, name, &size);

	if (!p || size < SIM_PAGE || !sim_bytes(s, other, &at) || at < SIM_PAGE)
		return; /* gone by a damage before this one */
	damages++;
	at = sim_pick(&rng, (unsigned)size);
	switch (sim_pick(&rng, 11)) {
	case 0:
	case 1: p[at] = (char)(p[at] ^ 1 << sim_pick(&rng, 8)); break;
	case 2: memset(p + at / 512 * 512, 0, 512); break;
	case 3: memset(p + at / SIM_PAGE * SIM_PAGE, 0, SIM_PAGE); break;
	case 4: sim_resize(s, name, sim_pick(&rng, 2) ? at : at / SIM_PAGE * SIM_PAGE); break;
	case 5: memset(sim_resize(s, name, size + SIM_PAGE) + size, 0, SIM_PAGE); break;
	case 6: copy_block(s, name, s, other); break;
	case 7: copy_file(s, name, s, other); break;
	case 8: sim_remove(s, name); break;
	case 9:
		if (strangers)
			copy_file(s, strange[0], foreign,
				strange[sim_pick(&rng, (unsigned)strangers)]);
		break;
	default:
		if (strangers)
			copy_block(s, name, foreign, strange[sim_pick(&rng, (unsigned)strangers)]);
	}
}

/* --- questions --------------------------------------------------------------------------------- */

/* Reads the log from where the runs end. */
static bool
add_rest(struct index *ix, struct root *root, const struct filled *f)
{
	struct reindex x;

	reindex_init(&x, root);
	for (int64_t pos = index_end(ix).pos; pos < f->count; pos++) {
		const struct filled_line *l = &f->lines[pos];
		struct scan_line line = {.line = span_of(l->p, l->n)};
		struct index_item item;

		if (!trailer_parse(line.line, &line.t))
			break;
		reindex_line(&x, &line, l->segment, l->offset, &item);
		index_add(ix, &item);
	}
	reindex_release(&x);
	return index_next(ix) == f->count;
}

static bool
find_event(struct index *ix, struct root *root, const struct filled *f, int64_t pos)
{
	char id[16];
	struct hash128 hash;
	struct locus at;
	struct err err = {0};
	size_t probe = 0;
	int64_t got = -1;
	int r;

	snprintf(id, sizeof(id), "e%d", pos < f->count ? f->w->at[pos] : 999999);
	hash = reindex_hash(root->seed, span_str(id));
	while ((r = index_find(ix, hash, &probe, &got, &err)) == 1 && got != pos)
		continue;
	if (pos >= f->count)
		return r == 0 ? true : say("an identity that nobody has", &err);
	if (r != 1)
		return say("an identity is not found", &err);
	if (index_locate(ix, pos, &at, &err))
		return say("a position is not found", &err);
	if (at.segment != f->lines[pos].segment || at.offset != f->lines[pos].offset)
		printf("# position %lld: segment %lld, offset %lld, not %lld, %lld\n",
			(long long)pos, (long long)at.segment, (long long)at.offset,
			(long long)f->lines[pos].segment, (long long)f->lines[pos].offset);
	return (at.segment == f->lines[pos].segment && at.offset == f->lines[pos].offset &&
		       at.length == (int64_t)f->lines[pos].n + 1) ||
	       say("a position is found elsewhere", &err);
}

static bool
find_version(struct index *ix, struct root *root, const struct filled *f, int stream)
{
	struct hash128 hash = reindex_hash(root->seed, span_str(world_stream(stream)));
	int64_t ver = 0, pos = -1, want = 0, at = -1;
	struct err err = {0};
	int r = index_version(ix, hash, &ver, &pos, &err);

	for (int64_t i = 0; i < f->count; i++)
		if (f->lines[i].stream == stream) {
			want++;
			at = i;
		}
	if (r < 0 || ver != want || pos != at) {
		printf("# stream %d: answer %d, version %lld at %lld, not %lld at %lld\n", stream,
			r, (long long)ver, (long long)pos, (long long)want, (long long)at);
		return say("a stream's version", &err);
	}
	return true;
}

static bool
ask_index(struct sim *s, const struct filled *f)
{
	int process = sim_process(s, SIM_OWNER);
	struct root root;
	struct index ix;
	struct err err;
	bool fine;

	if (root_open_on(&root, sim_disk(s, process), "sim", &err))
		return say("open", &err);
	if (index_open(&ix, &root, &err))
		return say("index_open", &err);
	fine = add_rest(&ix, &root, f);
	for (int i = 0; fine && i < 40; i++) {
		fine = find_event(&ix, &root, f, sim_pick(&rng, (unsigned)f->count + 3));
		if (fine && sim_pick(&rng, 5) == 0)
			fine = find_version(&ix, &root, f, (int)sim_pick(&rng, WORLD_STREAMS));
		if (fine && sim_pick(&rng, 20) == 0 && index_merge(&ix, &err) < 0)
			fine = say("merge", &err);
	}
	index_close(&ix);
	root_close(&root);
	sim_exit(s, process);
	return fine && !s->is_broken;
}

static bool
all_right(struct sim *s, const struct filled *f)
{
	bool fine = true;

	if (sim_pick(&rng, 2)) /* a reader comes first */
		for (int i = 0; i < 4 && fine; i++)
			fine = ask_query(s, f, &rng);
	fine = fine && ask_index(s, f) && ask_index(s, f);
	for (int i = 0; i < 2 && fine; i++)
		fine = ask_query(s, f, &rng);
	return fine;
}

static bool
run_case(uint64_t seed)
{
	char names[RUNS][64];
	struct filled f, other;
	bool fine;
	int n;

	sim_seed(&rng, seed);
	fine = filled_make(&f, seed, 20 + (int)sim_pick(&rng, 200)) && make_runs(&f) &&
	       filled_make(&other, seed + 1000000, 40) && make_runs(&other);
	n = fine ? run_names(f.w->sim, names) : 0;
	for (int i = 0; i < 20 && fine; i++) {
		struct sim *s = sim_clone(f.w->sim, seed);

		for (unsigned k = sim_pick(&rng, 10) ? 1 : 5; k && n; k--)
			if (sim_bytes(s, names[0], &(int64_t){0}))
				damage(s, names, n, other.w->sim);
		sim_settle(s);
		fine = all_right(s, &f);
		if (!fine)
			printf("# damage %d\n", i);
		sim_free(s);
	}
	if (*f.w->why)
		printf("# %s\n", f.w->why);
	filled_release(&f);
	filled_release(&other);
	return fine;
}

int
main(int argc, char **argv)
{
	struct cases c = cases_asked(argc, argv, 600);

	if (cases_run(c, 20, run_case))
		ok(damages >= c.count / 2, "%lld damages of index runs, %lld were asked for",
			damages, c.count);
	return tap_done();
}
