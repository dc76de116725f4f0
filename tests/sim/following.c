/* following: a reader that stays, as ev-store read -F does. */
#include "sim/reading.h"

#include "store/front.h"
#include "store/scan.h"
#include "store/visible.h"

struct follower {
	struct reading reading;
	struct root root;
	struct visible visible;
	struct scan scan;
};

static bool
failed(struct follower *f, const char *what, const struct err *err)
{
	if (!sim_is_dead(f->reading.w->sim, f->reading.process))
		world_excuse(f->reading.w, what, err);
	return false;
}

/* All that has become visible since the last time. */
static bool
look(struct follower *f)
{
	struct reading *r = &f->reading;
	int64_t promised = r->w->top;
	struct scan_line line;
	struct place bound;
	struct err err;
	int got;

	if (visible_bound(&f->visible, &bound, &err))
		return failed(f, "follow", &err);
	scan_extend(&f->scan, &bound);
	while ((got = scan_next(&f->scan, &line, &err)) == 1)
		if (!reading_line(r, line.line))
			return false;
	if (sim_is_dead(r->w->sim, r->process))
		return false;
	return got ? failed(f, "follow", &err) : reading_end(r, promised);
}

static void
follow(struct follower *f, int steps)
{
	struct world *w = f->reading.w;
	struct place start;
	struct err err;

	if (front_read(&f->root, &start, &err)) {
		failed(f, "open to follow", &err);
		return;
	}
	visible_init(&f->visible, &f->root);
	scan_init(&f->scan, &f->root, &start, &start);
	while (steps-- > 0 && look(f) && !*w->why)
		for (unsigned n = sim_pick(&w->rng, 20); n; n--)
			sim_yield(w->sim);
	scan_release(&f->scan);
	visible_release(&f->visible);
}

void
world_follow(void *user)
{
	struct world_user *u = user;
	struct world *w = u->w;
	enum sim_rights rights = sim_pick(&w->rng, 2) ? SIM_READER : SIM_OWNER;
	struct follower f = {.reading = reading_begin(w, rights)};
	struct err err;

	if (root_open_on(&f.root, sim_disk(w->sim, f.reading.process), "sim", &err) == 0) {
		follow(&f, u->steps);
		root_close(&f.root);
	} else {
		failed(&f, "open to follow", &err);
	}
	sim_exit(w->sim, f.reading.process);
}
