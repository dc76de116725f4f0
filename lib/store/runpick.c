/* runpick: a walk over the set for each level. */
#include "store/runpick.h"

#define FAN 8
#define LEVELS 16

static int
level(const struct run *r)
{
	int n = 0;

	for (int64_t v = r->form.bytes >> 23; v; v >>= 3)
		n++;
	return n;
}

/* The first FAN runs of a level; smaller ones among them are taken along. */
static bool
pick_level(const struct runset *set, int wanted, struct runpick *out)
{
	struct runpick g = {0};
	int members = 0;

	for (size_t i = 0; i < set->count; i++) {
		const struct run *r = set->runs[i];
		bool goes_on = members && r->form.first == set->runs[i - 1]->form.end;

		if (!goes_on || r->is_retired || r->is_bad || level(r) > wanted) {
			members = 0;
			g = (struct runpick){.from = i};
		}
		if (r->is_retired || r->is_bad || level(r) > wanted ||
			(!members && level(r) < wanted))
			continue;
		g.count++;
		g.bytes += r->form.bytes;
		g.lines += r->form.end - r->form.first;
		members += level(r) == wanted;
		if (members == FAN && g.lines <= RUNFORM_MAX_LINES) {
			*out = g;
			return true;
		}
	}
	return false;
}

bool
runpick(const struct runset *set, int64_t max_bytes, struct runpick *out)
{
	struct runpick g;

	for (int i = 0; i < LEVELS; i++)
		if (pick_level(set, i, &g) && g.bytes <= max_bytes) {
			*out = g;
			return true;
		}
	return false;
}
