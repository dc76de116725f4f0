/*
 * site: a world, and another disk that must hold what the world's store held: its backup, or what became of it.
 */
#ifndef TESTS_SIM_SITE_H
#define TESTS_SIM_SITE_H

#include "sim/world.h"
#include "store/root.h"

struct site {
	struct world *w;
	struct sim *other;
	int64_t pos; /* what the last whole backup held */
	int backups;
	bool is_empty; /* the last whole backup had nothing to show */
};

/* The world as a store on another disk must show it: everything before pos, nothing else is promised. For alloc_free. */
struct world *site_view(const struct world *w, struct sim *other, int64_t pos);
/* Reads the other disk: it has every event before least, and none from most on. */
bool site_holds(struct site *s, int64_t least, int64_t most);
/* Events are written, and old segments may go, with no faults. */
void site_grow(struct world *w);

/* What somebody does with a store: 0 or -1, as site_use answers; -1 too when the process has died. */
typedef int site_use_fn(struct root *root, struct err *err);
int site_use(struct sim *s, site_use_fn *use, struct err *err);

#endif
