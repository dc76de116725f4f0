/*
 * upkeep: backups of a store that is written to, sealed and shortened meanwhile, on simulated disks that end at any
 * operation. What a backup holds is an exact prefix of the log; one that was broken off leaves the one before it, or a prefix
 * between the two, and is finished by running it again. It can be restored from, and but for a moment it can be verified
 * and written to as any store. Argument: the number of cases (default 40); EV_SEED: where to start.
 */

#include "base/alloc.h"
#include "sim/cases.h"
#include "sim/site.h"
#include "store/backup.h"
#include "store/consumer.h"
#include "store/retain.h"
#include "store/verify.h"
#include "store/visible.h"

static int backups, broken; /* of all cases */

/* One run of a backup; false when it failed. */
static bool
back_up(struct site *s, int64_t *pos)
{
	struct world *w = s->w;
	int here = sim_process(w->sim, SIM_OWNER), there = sim_process(s->other, SIM_OWNER), r = -1;
	struct backup_conf conf = {
		.lock_ms = 1000, .is_copy = true, .is_checked = sim_pick(&w->rng, 3) == 0};
	struct backup_result result;
	struct replica replica;
	struct root root;
	struct err err = {0};

	if (root_open_on(&root, sim_disk(w->sim, here), "sim", &err) == 0) {
		if (replica_open_on(&replica, sim_disk(s->other, there), "backup", 0700, &err) ==
			0) {
			r = backup_to(&result, &root, &replica, &conf, &err);
			replica_close(&replica);
		}
		root_close(&root);
	}
	if (sim_is_dead(w->sim, here) || sim_is_dead(s->other, there))
		r = -1;
	else if (r)
		world_excuse(w, "backup", &err);
	sim_exit(w->sim, here);
	sim_exit(s->other, there);
	if (w->sim->is_broken || s->other->is_broken)
		world_wrong(w, "the disk was used as no disk is");
	if (r == 0)
		*pos = result.pos;
	return r == 0;
}

static void
backup_task(void *arg)
{
	struct site *s = arg;
	int64_t before = s->w->top, pos;

	if (!back_up(s, &pos))
		return;
	if (pos < before)
		world_wrong(s->w, "a backup of %lld events, %lld were promised", (long long)pos,
			(long long)before);
	s->pos = pos;
	s->is_empty = true; /* not known */
	s->backups++;
}

/* A whole backup, and whether it has anything to show. */
static bool
back_up_whole(struct site *s)
{
	int64_t shown = s->w->shown;
	struct world *v;

	if (!back_up(s, &s->pos) || !s->pos)
		return !*s->w->why;
	v = site_view(s->w, s->other, s->pos);
	s->is_empty = world_look(v, SIM_READER) && v->shown == shown;
	s->w->readings = v->readings;
	alloc_free(v);
	s->backups++;
	if (!site_holds(s, s->pos, s->pos))
		return false;
	s->other->end = SIM_POWER; /* it is durable, whatever one that was broken off has left */
	sim_restart(s->other);
	return site_holds(s, s->pos, s->pos);
}

/* Writers and a backup, until one of the disks ends. */
static void
run_round(struct site *s)
{
	static const enum sim_end ends[] = {SIM_NEVER, SIM_KILL_ALL, SIM_POWER};
	struct world *w = s->w;
	struct sim_rng *r = &w->rng;
	struct world_user users[2] = {{w, 12}, {w, 12}};

	w->sim->faults = (struct sim_faults){.turn = 200};
	w->sim->end = ends[sim_pick(r, 3)];
	w->sim->end_at = w->sim->ops + 1 + sim_pick(r, 800);
	s->other->end = ends[sim_pick(r, 3)];
	s->other->end_at = s->other->ops + 1 + sim_pick(r, 200);
	sim_spawn(w->sim, world_write, &users[0]);
	sim_spawn(w->sim, world_write, &users[1]);
	sim_spawn(w->sim, backup_task, s);
	sim_run(w->sim);
	w->sim->faults = (struct sim_faults){0};
	world_restart(w);
	sim_restart(s->other);
}

static bool
is_store(struct sim *s)
{
	int64_t size;

	return sim_bytes(s, "FORMAT", &size) != NULL;
}

static int
use_verify(struct root *root, struct err *err)
{
	struct verify_result result;
	int r = verify(&result, root, &(struct verify_conf){0}, err);

	table_release(&result.streams);
	return r;
}

static int
use_write(struct root *root, struct err *err)
{
	struct log log;
	int r = log_open(&log, root, &(struct log_conf){.lock_ms = 1000}, err);

	if (r == 0)
		log_close(&log);
	return r;
}

/* A consumer that has read everything, whenever that was. */
static int
use_consumer(struct root *root, struct err *err)
{
	struct consumer_mark mark;
	struct place end;
	int r = consumer_get(root, "c", &mark, err);

	if (r <= 0 || visible_read(root, &end, err))
		return r;
	return mark.pos > end.pos ? consumer_check("consumer 'c'", &mark, &end, err) : 0;
}

static int
use_restore(struct root *root, struct err *err)
{
	struct backup_conf conf = {.lock_ms = 1000, .is_copy = true, .is_checked = true};
	struct backup_result result;
	struct replica replica;
	struct sim *to = sim_new(1);
	int r = replica_open_on(
		&replica, sim_disk(to, sim_process(to, SIM_OWNER)), "again", 0700, err);

	if (r == 0) {
		r = backup_to(&result, root, &replica, &conf, err);
		replica_close(&replica);
	}
	sim_free(to);
	return r;
}

/* With a backup as it is, on a copy of its disk. */
static bool
serves(struct site *s, site_use_fn *use, const char *what)
{
	struct sim *copy = sim_clone(s->other, 1);
	struct err err;
	int r = site_use(copy, use, &err);

	sim_free(copy);
	return r == 0 || world_wrong(s->w, "%s: %s", what, err.text);
}

/* Is there a gap between the earlier backup and the new one, and has a segment its name that comes after it? */
static bool
is_changing(struct site *s)
{
	const char *name;

	if (s->w->front <= s->pos)
		return false;
	for (size_t i = 0; (name = sim_name(s->other, i)); i++)
		if (strncmp(name, "seg/", 4) == 0 && !strstr(name, REPLICA_STAGED) &&
			strtoll(name + 4, NULL, 10) > s->pos)
			return true;
	return false;
}

/* What was broken off is a store, whether it is the earlier backup or the new one. */
static bool
is_store_still(struct site *s)
{
	if (!serves(s, use_restore, "restore") || !serves(s, use_consumer, "consumer"))
		return false;
	return is_changing(s) || (serves(s, use_verify, "verify") && serves(s, use_write, "write"));
}

/* Breaks off the backup that is due at this operation: 1 it was, 0 it came to its end before, -1. */
static int
break_off(struct site *s, enum sim_end end, int64_t at, uint64_t seed)
{
	struct site t = *s;
	int64_t pos;
	int r;

	t.other = sim_clone(s->other, seed);
	t.other->end = end;
	t.other->end_at = t.other->ops + 1 + at;
	r = !back_up(&t, &pos) || t.other->ops > t.other->end_at; /* that one cannot be its end */
	sim_restart(t.other);
	if (r && sim_pick(&s->w->rng, 4) == 0) { /* and once more, of what is not durable yet */
		t.other->end = sim_pick(&s->w->rng, 3) ? SIM_POWER : end;
		t.other->end_at = t.other->ops + 1 + sim_pick(&s->w->rng, 300);
		back_up(&t, &pos);
		sim_restart(t.other);
	}
	if (r && !*s->w->why && !site_holds(&t, t.pos, s->w->top))
		r = -1;
	if (r == 1 && t.pos && sim_pick(&s->w->rng, 8) == 0 && !is_store_still(&t))
		r = -1;
	if (r == 1 && sim_pick(&s->w->rng, 8) == 0 && !(back_up_whole(&t) && !*s->w->why))
		r = -1;
	sim_free(t.other);
	return *s->w->why ? -1 : r;
}

/* Is the last segment as large as a segment gets? Then a backup that is made now ends where the next one will begin. */
static bool
is_full(struct world *w)
{
	int process = sim_process(w->sim, SIM_OWNER);
	struct segment_list list = {0};
	char name[SEGFILE_NAME_MAX];
	struct root root;
	struct err err;
	bool is = false;

	if (root_open_on(&root, sim_disk(w->sim, process), "sim", &err) == 0) {
		if (segment_list_read(&list, &root, &err) == 0 && list.count) {
			snprintf(name, sizeof(name), SEGFILE_PLAIN,
				(long long)list.items[list.count - 1].first);
			is = disk_size(&root.disk, name) >= root.roll_bytes;
		}
		segment_list_release(&list);
		root_close(&root);
	}
	sim_exit(w->sim, process);
	return is;
}

/* The log is to begin where the last whole backup ends, when a segment does. */
static void
retire_exactly(struct site *s)
{
	struct world *w = s->w;
	int process = sim_process(w->sim, SIM_OWNER);
	struct retain_conf conf = {
		.before_ms = INT64_MIN, .keep_segments = 0, .max_bytes = -1, .lock_ms = 1000};
	struct retain_result result;
	struct segment_list list = {0};
	struct root root;
	struct err err;
	int r = -1;

	if (root_open_on(&root, sim_disk(w->sim, process), "sim", &err) == 0) {
		r = segment_list_read(&list, &root, &err);
		for (size_t i = 0; i < list.count; i++)
			conf.keep_segments += list.items[i].first >= s->pos;
		segment_list_release(&list);
		if (r == 0 && conf.keep_segments)
			r = retain(&result, &root, &conf, &err);
		if (r == 0 && conf.keep_segments)
			w->front = w->gone = MAX(w->front, result.first);
		root_close(&root);
	}
	if (r)
		world_excuse(w, "retain", &err);
	sim_exit(w->sim, process);
	world_look(w, SIM_OWNER);
}

/* A consumer reads all that is there. */
static void
consume(struct world *w)
{
	int process = sim_process(w->sim, SIM_OWNER), r = -1;
	struct consumer_mark mark;
	struct place end;
	struct root root;
	struct err err;

	if (root_open_on(&root, sim_disk(w->sim, process), "sim", &err) == 0) {
		r = visible_read(&root, &end, &err);
		if (r == 0) {
			mark = (struct consumer_mark){end.pos, end.sum};
			r = consumer_put(&root, "c", &mark, &err);
		}
		root_close(&root);
	}
	if (r)
		world_excuse(w, "consume", &err);
	sim_exit(w->sim, process);
}

/* Events are written, and of what the last backup has all goes or some. */
static void
move_on(struct site *s, bool is_exact)
{
	struct world *w = s->w;

	for (unsigned i = 1 + sim_pick(&w->rng, 3); i && !*w->why; i--)
		site_grow(w);
	if (is_exact && !*w->why)
		retire_exactly(s);
	for (int i = 0; is_exact && i < 100 && !*w->why && !is_full(w); i++)
		site_grow(w);
	if (!*w->why)
		consume(w);
}

/*
 * A backup is broken off at every one of its operations, after retention has gone past the one before, or exactly as far as
 * that went.
 */
static bool
break_off_case(uint64_t seed)
{
	struct site s = {.w = world_new(seed), .other = sim_new(seed)};
	struct world *w = s.w;
	bool is_exact = sim_pick(&w->rng, 2);
	int r = 1;

	w->is_quiet = true;
	w->may_retire = !is_exact && sim_pick(&w->rng, 4);
	w->may_govern = sim_pick(&w->rng, 3) == 0;
	for (int round = 0; round < 3 && !*w->why && r >= 0; round++) {
		move_on(&s, is_exact);
		r = round ? 1 : 0;
		for (int64_t at = 0; r == 1 && !*w->why; at++) {
			r = break_off(
				&s, sim_pick(&w->rng, 2) ? SIM_POWER : SIM_KILL_ALL, at, seed + 1);
			broken += r == 1;
		}
		if (r == 0 && !back_up_whole(&s))
			r = -1;
	}
	if (r < 0 || *w->why)
		printf("# broken off: %s\n", *w->why ? w->why : "something failed");
	r = r < 0 || *w->why ? -1 : 0;
	sim_free(s.other);
	world_free(w);
	return r == 0;
}

static bool
back_up_case(uint64_t seed)
{
	struct site s = {.w = world_new(seed), .other = sim_new(seed)};
	struct world *w = s.w;
	unsigned rounds = 2 + sim_pick(&w->rng, 5);
	bool fine = true;

	w->may_retire = sim_pick(&w->rng, 2);
	w->may_govern = sim_pick(&w->rng, 3) == 0;
	for (unsigned i = 0; i < rounds && fine && !*w->why; i++) {
		run_round(&s);
		w->is_quiet = true;
		fine = !*w->why && world_look(w, SIM_OWNER);
		if (fine && is_store(s.other) && sim_pick(&w->rng, 2))
			fine = site_holds(&s, s.pos, w->top);
		if (fine && sim_pick(&w->rng, 2)) {
			fine = back_up_whole(&s);
		}
		w->is_quiet = false;
	}
	fine = fine && !*w->why;
	if (!fine)
		printf("# %s\n", *w->why ? w->why : "something failed");
	backups += s.backups;
	sim_free(s.other);
	world_free(w);
	return fine;
}

static bool
run_case(uint64_t seed)
{
	return back_up_case(seed) && (seed % 4 != 1 || break_off_case(seed));
}

int
main(int argc, char **argv)
{
	struct cases c = cases_asked(argc, argv, 40);

	world_clock(1637572532123);
	if (cases_run(c, 1, run_case))
		ok(c.count < 20 || (backups > 0 && broken > 0),
			"%d whole backups of %lld stores, %d broken off", backups, c.count, broken);
	return tap_done();
}
