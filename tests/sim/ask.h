/* ask: a random question to a store at rest, and whether the answer is what a plain look at all lines says. */
#ifndef TESTS_SIM_ASK_H
#define TESTS_SIM_ASK_H

#include "sim/filled.h"

/* Asks on disk s, which holds what f does. False: the answer is wrong, and what was asked is printed as TAP comment. */
bool ask_query(struct sim *s, const struct filled *f, struct sim_rng *r);
/* The version of each stream. */
bool ask_versions(struct sim *s, const struct filled *f);

#endif
