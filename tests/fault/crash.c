/*
 * crash: writers and readers of one store on a simulated disk that ends at any operation: killed processes, power
 * cuts, syncs that lie, full disks, short writes. Each case is some rounds; each round ends in one crash state, which
 * is then read, recovered and held against all that was promised. Arguments: the number of cases (default 300);
 * EV_SEED: where to start.
 */
#include "sim/cases.h"
#include "sim/world.h"

#include <signal.h>
#include <unistd.h>

static unsigned long long seed;

static void
died(int sig)
{
	char text[80];
	int n = snprintf(text, sizeof(text), "not ok 1 - signal %d at EV_SEED=%llu\n", sig, seed);

	if (write(1, text, (size_t)n) != n)
		_exit(2);
	_exit(1);
}

/* What goes wrong in a round: in most nothing but its end. */
static struct sim_faults
some_faults(struct sim_rng *r)
{
	struct sim_faults f = {.turn = sim_pick(r, 4) ? 300 : 20};

	switch (sim_pick(r, 8)) {
	case 0:
		f.sync = 150;
		f.evict = 20;
		break;
	case 1:
		f.read = 10;
		f.change = 10;
		f.full = 10;
		f.part = 50;
		f.wait = 50;
		break;
	case 2:
		f.full = 60;
		f.part = 100;
		break;
	case 3:
		f.sync = 50;
		f.evict = 50;
		f.change = 5;
		f.wait = 20;
		break;
	default: break;
	}
	return f;
}

static void
run_round(struct world *w)
{
	static const enum sim_end ends[] = {
		SIM_KILL, SIM_KILL, SIM_KILL_ALL, SIM_POWER, SIM_POWER, SIM_POWER};
	struct sim_rng *r = &w->rng;
	struct world_user users[6];
	unsigned writers = 1 + sim_pick(r, 4), readers = sim_pick(r, 3);

	w->sim->faults = some_faults(r);
	w->sim->end = ends[sim_pick(r, 6)];
	w->sim->end_at = w->sim->ops + 1 + sim_pick(r, sim_pick(r, 3) ? 400 : 60);
	for (unsigned i = 0; i < writers + readers; i++) {
		users[i] = (struct world_user){w, i < writers ? 4 + (int)sim_pick(r, 12) : 3};
		sim_spawn(w->sim,
			i < writers      ? world_write
			: sim_pick(r, 2) ? world_read
					 : world_follow,
			&users[i]);
	}
	sim_run(w->sim);
	w->sim->faults = (struct sim_faults){0};
	world_restart(w);
}

/* The state after a crash: seen by a reader first, or by a writer, or by the next round only. */
static void
look(struct world *w)
{
	struct sim_rng *r = &w->rng;

	w->is_quiet = true;
	if (sim_pick(r, 2))
		world_look(w, SIM_READER);
	if (sim_pick(r, 4) == 0) {
		w->sim->end = SIM_POWER;
		world_restart(w);
		world_look(w, sim_pick(r, 2) ? SIM_READER : SIM_OWNER);
	}
	w->is_quiet = false;
	if (sim_pick(r, 4) == 0)
		world_settle(w);
}

struct total {
	int64_t states, ops, acked, refused, lost, shown, governed;
};

static bool
run_case(struct total *t, bool lies)
{
	struct world *w = world_new(seed);
	unsigned rounds = 3 + sim_pick(&w->rng, 12);
	bool fine;

	w->may_retire = sim_pick(&w->rng, 3) == 0;
	w->may_govern = sim_pick(&w->rng, 3) == 0;
	w->sim->no_sync = lies;
	for (unsigned i = 0; i < rounds && !*w->why; i++) {
		run_round(w);
		if (!*w->why)
			look(w);
		t->states++;
	}
	fine = !*w->why && world_settle(w);
	if (!fine)
		printf("# %s\n", *w->why ? w->why : "something failed");
	t->ops += w->sim->ops;
	t->acked += w->acked;
	t->refused += w->refused;
	t->lost += w->lost;
	t->shown += w->shown;
	t->governed += w->governed;
	world_free(w);
	return fine;
}

/* The campaign itself: a disk whose syncs do nothing is found out. */
static bool
sees_lies(void)
{
	struct total t = {0};

	for (seed = 1; seed <= 20; seed++)
		if (!run_case(&t, true))
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	struct cases c = cases_asked(argc, argv, 300);
	const char *failures = getenv("EV_FAILURES"); /* how many to show */
	long left = failures ? strtoll(failures, NULL, 10) : 1;
	struct total t = {0};

	world_clock(1637572532123);
	if (!getenv("EV_SIM_TRACE"))
		signal(SIGSEGV, died);
	signal(SIGABRT, died);
	signal(SIGBUS, died);
	ok(sees_lies(), "a disk that does not sync is found out");
	seed = c.seed;
	for (long long i = 0; i < c.count && left > 0; i++, seed++)
		if (!run_case(&t, false)) {
			ok(false, "EV_SEED=%llu", seed);
			left--;
		}
	ok(tap_failed == 0, "%lld crash states of %lld cases", (long long)t.states, c.count);
	printf("# %lld operations, %lld acknowledged, %lld refused, %lld deletes, %lld lines "
	       "shown, "
	       "%lld bytes kept in lost/\n",
		(long long)t.ops, (long long)t.acked, (long long)t.refused, (long long)t.governed,
		(long long)t.shown, (long long)t.lost);
	return tap_done();
}
