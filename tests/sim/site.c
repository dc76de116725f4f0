/* site: the world, seen on another disk. */
#include "sim/site.h"

#include "base/alloc.h"

struct world *
site_view(const struct world *w, struct sim *other, int64_t pos)
{
	struct world *v = alloc_copy(w, sizeof(*w));

	v->sim = other;
	v->top = pos;
	v->front = 0;
	v->is_quiet = true;
	v->is_cold = false;
	for (int64_t i = pos; i < WORLD_EVENTS; i++)
		v->at[i] = -1;
	for (int i = 0; i < v->event_count; i++)
		if (v->events[i].pos >= pos)
			v->events[i].pos = v->events[i].ver = -1;
	return v;
}

bool
site_holds(struct site *s, int64_t least, int64_t most)
{
	struct world *v = site_view(s->w, s->other, least);
	bool fine = world_look(v, SIM_OWNER);

	if (!fine)
		world_wrong(s->w, "other disk: %s", v->why);
	else if (least && v->shown == s->w->shown && !s->is_empty &&
		 s->w->gone < s->w->top) /* else the store itself may have nothing to show */
		fine = world_wrong(
			s->w, "the other disk shows nothing, %lld were in it", (long long)least);
	else if (v->top > most)
		fine = world_wrong(s->w, "the other disk has %lld events, more than %lld",
			(long long)v->top, (long long)most);
	s->w->readings = v->readings;
	alloc_free(v);
	return fine;
}

void
site_grow(struct world *w)
{
	struct world_user users[2] = {{w, 25}, {w, 25}};

	w->sim->faults = (struct sim_faults){.turn = 100};
	w->sim->end = SIM_NEVER;
	sim_spawn(w->sim, world_write, &users[0]);
	sim_spawn(w->sim, world_write, &users[1]);
	sim_run(w->sim);
	w->sim->faults = (struct sim_faults){0};
	world_restart(w);
	w->is_quiet = true;
	world_look(w, SIM_OWNER);
}

int
site_use(struct sim *s, site_use_fn *use, struct err *err)
{
	int process = sim_process(s, SIM_OWNER), r = -1;
	struct root root;

	if (root_open_on(&root, sim_disk(s, process), "store", err) == 0) {
		r = use(&root, err);
		root_close(&root);
	}
	if (sim_is_dead(s, process))
		r = -1;
	sim_exit(s, process);
	return r;
}
