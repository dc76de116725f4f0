/*
 * reads: stores of random events, segments and index runs, asked random questions: ranges of positions, versions and
 * times, one stream or all, backwards, the last so many. The answers are those of a plain look at every line.
 * Argument: the number of stores (default 200), 60 questions each; EV_SEED: where to start.
 */
#include "tap.h"

#include "sim/ask.h"

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
	long long count = argc > 1 ? strtoll(argv[1], NULL, 10) : 200;
	const char *from = getenv("EV_SEED");
	uint64_t seed = from ? strtoull(from, NULL, 10) : 1;
	bool fine = true;

	for (long long i = 0; i < count && fine; i++, seed++) {
		fine = run_case(seed);
		if (!fine)
			ok(false, "EV_SEED=%llu", (unsigned long long)seed);
	}
	if (fine)
		ok(true, "%lld stores, 60 questions each", count);
	return tap_done();
}
