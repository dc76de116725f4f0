/*
 * clocks: the machine's clock jumps, back and forth, by milliseconds and by years, or stands still. Recording times
 * never go back, and what is asked for by time is found. Argument: the number of sequences (default 3000);
 * EV_SEED: where to start.
 */

#include "sim/ask.h"
#include "sim/cases.h"
#include "store/log.h"

#define FIRST_MS (-62167219200000) /* year 0000 */
#define LAST_MS 253402300799999    /* the end of year 9999 */
#define YEAR_MS 31557600000

static int64_t
jump(int64_t now, struct sim_rng *r)
{
	int64_t by = 0;

	switch (sim_pick(r, 6)) {
	case 0: by = 1 + sim_pick(r, 3); break;
	case 1: by = sim_pick(r, 100000000); break;
	case 2: by = YEAR_MS * (1 + sim_pick(r, 12)); break;
	case 3: by = sim_pick(r, 30) ? 1000 : YEAR_MS * 9000; break;
	default: break;
	}
	now += sim_pick(r, 2) ? by : -by;
	return MAX(FIRST_MS, MIN(LAST_MS, now));
}

/* So many events, the clock jumping between them. */
static void
fill(struct world *w, struct sim_rng *r, int events)
{
	int64_t now = 1637572532123;

	w->is_quiet = true;
	while (w->top < events && !*w->why) {
		struct world_user user = {w, 4};

		now = jump(now, r);
		world_clock(now);
		sim_spawn(w->sim, world_write, &user);
		sim_run(w->sim);
	}
}

static bool
run_case(uint64_t seed)
{
	struct filled f = {.w = world_new(seed)};
	struct sim_rng rng;
	bool fine;

	sim_seed(&rng, seed);
	fill(f.w, &rng, 3 + (int)sim_pick(&rng, 15));
	fine = world_settle(f.w) && filled_read(&f);
	for (int64_t i = 1; fine && i < f.count; i++)
		fine = f.lines[i].rec_ms >= f.lines[i - 1].rec_ms;
	for (int i = 0; fine && i < 6; i++)
		fine = ask_query(f.w->sim, &f, &rng);
	if (*f.w->why)
		printf("# %s\n", f.w->why);
	filled_release(&f);
	return fine;
}

int
main(int argc, char **argv)
{
	struct cases c = cases_asked(argc, argv, 3000);

	if (cases_run(c, 1, run_case))
		ok(true, "%lld sequences", c.count);
	return tap_done();
}
