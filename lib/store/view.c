/* view: opening a store to read it, and finding places. */
#include "store/view.h"

#include "base/when.h"
#include "store/front.h"

/* Retention went past the bound meanwhile, or a backup was broken off: nothing is shown then. */
static void
meet(struct view *v)
{
	if (v->bound.pos < v->front.pos)
		v->bound = v->front;
}

int
view_advance(struct view *v, struct err *err)
{
	struct place bound;

	if (visible_bound(&v->visible, &bound, err))
		return -1;
	v->bound = bound;
	meet(v);
	return 0;
}

int
view_renew(struct view *v, struct err *err)
{
	if (view_advance(v, err) || segment_list_read(&v->list, &v->root, err) ||
		front_of(&v->root, &v->list, &v->front, err))
		return -1;
	meet(v);
	v->listed = v->bound.pos;
	return 0;
}

int
view_reindex(struct view *v, struct err *err)
{
	return runset_refresh(&v->runs, v->bound.pos, err);
}

int
view_open(struct view *v, const char *store, const struct disk *disk, struct err *err)
{
	*v = (struct view){0};
	if (disk ? root_open_on(&v->root, *disk, store, err) : root_open(&v->root, store, err))
		return -1;
	visible_init(&v->visible, &v->root);
	if (view_renew(v, err) == 0 && runset_open(&v->runs, &v->root, &v->bound, err) == 0)
		return 0;
	segment_list_release(&v->list);
	visible_release(&v->visible);
	root_close(&v->root);
	return -1;
}

void
view_close(struct view *v)
{
	runset_close(&v->runs);
	segment_list_release(&v->list);
	visible_release(&v->visible);
	root_close(&v->root);
}

/* The run that covers pos or ends there. */
static struct run *
run_near(struct view *v, int64_t pos)
{
	struct run *run = runset_at(&v->runs, pos);

	if (!run && pos > v->front.pos)
		run = runset_at(&v->runs, pos - 1);
	return run;
}

/* From a place at or before pos, line by line. */
static int
walk(struct view *v, struct place *at, int64_t pos, struct err *err)
{
	struct scan_line line;
	struct scan s;
	int r = 1;

	scan_init(&s, &v->root, at, &v->bound);
	while (s.at.pos < pos && r == 1)
		r = scan_next(&s, &line, err);
	*at = s.at;
	scan_release(&s);
	return r < 0 ? -1 : 0;
}

int
view_place(struct view *v, int64_t pos, struct place *out, struct err *err)
{
	struct place at;
	struct run *run;
	struct err ignored;

	assert(pos >= v->front.pos && pos <= v->bound.pos);
	if (pos == v->front.pos || pos == v->bound.pos) {
		*out = pos == v->front.pos ? v->front : v->bound;
		return 0;
	}
	run = run_near(v, pos);
	if (run && !run->is_retired && run_place(run, pos, out, &ignored) == 0)
		return 0;
	if (pos > v->listed && view_renew(v, err))
		return -1;
	if (scan_seek(&v->root, &v->list, pos, &at, err) || walk(v, &at, pos, err))
		return -1;
	*out = at;
	return 0;
}

/* When the line at pos was recorded. */
static int
recorded(struct view *v, int64_t pos, int64_t *ms, struct err *err)
{
	struct scan_line line;
	struct place at;
	struct scan s;
	int r;

	if (view_place(v, pos, &at, err))
		return -1;
	scan_init(&s, &v->root, &at, &v->bound);
	r = scan_next(&s, &line, err);
	if (r == 1 && when_parse(line.t.rec, ms))
		r = scan_damage(&s, line.offset, "recording time is none", err);
	scan_release(&s);
	return r == 1 ? 0 : -1;
}

/* The runs know a position that everything before is older, near the first that is not. */
static void
narrow(struct view *v, int64_t ms, int64_t *low, int64_t *high)
{
	struct err ignored;
	int64_t pos;

	for (size_t i = v->runs.count; i-- > 0;) {
		struct run *run = v->runs.runs[i];

		if (run->is_bad || run->is_retired || run_time(run, ms, &pos, &ignored))
			continue;
		if (pos < run->form.end)
			*high = MIN(*high, pos + RUNFORM_STRIDE);
		if (pos > run->form.first) {
			*low = MAX(*low, pos);
			return;
		}
	}
}

int
view_time(struct view *v, int64_t ms, int64_t *low, int64_t *high, struct err *err)
{
	struct err why;
	int64_t rec;

	*low = v->front.pos;
	*high = v->bound.pos;
	narrow(v, ms, low, high);
	*high = MAX(*low, *high);
	while (*low < *high) {
		int64_t middle = *low + (*high - *low) / 2;

		if (recorded(v, middle, &rec, &why)) {
			if (why.kind != ERR_DAMAGE) {
				*err = why;
				return -1;
			}
			return 0;
		}
		if (rec < ms)
			*low = middle + 1;
		else
			*high = middle;
	}
	return 0;
}
