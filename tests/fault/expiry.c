/*
 * expiry: retention on a simulated disk, killed at every one of its operations and run again, before the power fails.
 * Whatever the one that was killed has made, the one that goes on must not remove what only that accounts for.
 * Argument: the number of stores (default 150); EV_SEED: where to start.
 */

#include "sim/cases.h"
#include "sim/site.h"
#include "store/retain.h"

static int killed; /* of all cases */

static int
retire(struct root *root, struct err *err)
{
	struct retain_conf conf = {
		.before_ms = INT64_MIN, .keep_segments = 1, .max_bytes = -1, .lock_ms = 1000};
	struct retain_result result;

	return retain(&result, root, &conf, err);
}

/* Killed at this operation: 1 it was, 0 it came to its end before, -1. */
static int
retire_twice(struct site *s, int64_t at, uint64_t seed)
{
	struct err err;
	int r;

	s->other = sim_clone(s->w->sim, seed);
	s->other->end = SIM_KILL_ALL;
	s->other->end_at = s->other->ops + 1 + at;
	r = site_use(s->other, retire, &err) ? 1 : 0;
	sim_restart(s->other);
	if (site_use(s->other, retire, &err)) {
		world_wrong(s->w, "after one that was killed: %s", err.text);
	} else {
		s->other->end = SIM_POWER;
		sim_restart(s->other);
		site_holds(s, s->pos, INT64_MAX);
	}
	sim_free(s->other);
	return *s->w->why ? -1 : r;
}

static bool
run_case(uint64_t seed)
{
	struct site s = {.w = world_new(seed), .is_empty = true};
	struct world *w = s.w;
	int r = 1;

	w->may_govern = sim_pick(&w->rng, 3) == 0;
	site_grow(w);
	site_grow(w);
	s.pos = w->top;
	w->gone = INT64_MAX;
	for (int64_t at = 0; r == 1 && !*w->why; at++) {
		r = retire_twice(&s, at, seed + (uint64_t)at);
		killed += r == 1;
	}
	if (*w->why)
		printf("# %s\n", w->why);
	world_free(w);
	return r == 0;
}

int
main(int argc, char **argv)
{
	struct cases c = cases_asked(argc, argv, 150);

	world_clock(1637572532123);
	if (cases_run(c, 1, run_case))
		ok(killed > 0, "%d retentions of %lld stores, killed and run again", killed,
			c.count);
	return tap_done();
}
