/*
 * reads: stores of random events, segments and index runs, asked random questions: ranges of positions, versions and
 * times, one stream or all, backwards, the last so many. The answers are those of a plain look at every line.
 * Argument: the number of stores (default 200), 60 questions each; EV_SEED: where to start.
 */

#include "sim/ask.h"
#include "sim/cases.h"

static bool
run_case(uint64_t seed)
{
	struct sim_rng rng;
	struct filled f;
	bool fine;

	sim_seed(&rng, seed);
	fine = filled_make(&f, seed, 1 + (int)sim_pick(&rng, 300));
	for (int i = 0; fine && i < 60; i++)
		fine = ask_query(f.w->sim, &f, &rng);
	fine = fine && ask_versions(f.w->sim, &f);
	if (*f.w->why)
		printf("# %s\n", f.w->why);
	filled_release(&f);
	return fine;
}

int
main(int argc, char **argv)
{
	struct cases c = cases_asked(argc, argv, 200);

	if (cases_run(c, 1, run_case))
		ok(true, "%lld stores, 60 questions each", c.count);
	return tap_done();
}
