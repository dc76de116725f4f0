/*
 * cases: the command line of a campaign of seeded cases. The first argument says how many, EV_SEED where to start; a seed that
 * shows something is printed, so that it can be shown again.
 */
#ifndef TESTS_SIM_CASES_H
#define TESTS_SIM_CASES_H

#include "tap.h"

struct cases {
	long long count;
	uint64_t seed;
};

static inline struct cases
cases_asked(int argc, char **argv, long long usual)
{
	const char *seed = getenv("EV_SEED");

	return (struct cases){
		argc > 1 ? strtoll(argv[1], NULL, 10) : usual, seed ? strtoull(seed, NULL, 10) : 1};
}

/* Runs seed after seed, each of which is so many cases, up to the first that fails. */
static inline bool
cases_run(struct cases c, int each, bool (*run)(uint64_t seed))
{
	for (; c.count > 0; c.count -= each, c.seed++)
		if (!run(c.seed)) {
			ok(false, "EV_SEED=%llu", (unsigned long long)c.seed);
			return false;
		}
	return true;
}

#endif
