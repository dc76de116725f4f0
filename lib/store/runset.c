/* runset: what is in index/ and retired/, and which of it counts. */
#include "store/runset.h"

#include "base/alloc.h"
#include "base/num.h"

#include <errno.h>

#define DIGITS 20
#define RETRIES 16 /* a listed file may have been replaced before it was opened */

struct candidate {
	int64_t first, end;
	bool is_retired;
	struct run *run; /* NULL: not open */
};

struct candidates {
	struct candidate *items;
	size_t count, cap;
	int64_t end;     /* later ones are left alone */
	bool is_retired; /* of what is being listed */
};

static void
add(struct candidates *c, struct candidate item)
{
	if (c->count == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 64;
		c->items = alloc_resize(c->items, c->cap * sizeof(*c->items));
	}
	c->items[c->count++] = item;
}

/* 20 digits, '-', 20 digits, ".run" */
static int
add_name(void *ctx, const char *name)
{
	struct candidates *c = ctx;
	int64_t first, last;

	if (strlen(name) != 2 * DIGITS + 5 || name[DIGITS] != '-' ||
		strcmp(name + 2 * DIGITS + 1, ".run") != 0 ||
		num_i64(span_of(name, DIGITS), &first) ||
		num_i64(span_of(name + DIGITS + 1, DIGITS), &last) || first < 0 || last < first ||
		last == INT64_MAX)
		return 0;
	if (last + 1 <= c->end)
		add(c, (struct candidate){first, last + 1, c->is_retired, NULL});
	return 0;
}

/* The last end first, of these the longest, of these what is retired. */
static int
by_end(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->end != y->end)
		return x->end < y->end ? 1 : -1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return y->is_retired - x->is_retired;
}

static void
drop(struct run *r)
{
	if (!r)
		return;
	runfile_close(r);
	alloc_free(r);
}

static struct run *
open_run(struct runset *set, const struct candidate *c, struct err *err)
{
	struct run *r = alloc_get(sizeof(*r));

	if (runfile_open(r, set->root, &set->cache, c->is_retired ? "retired" : "index", c->first,
		    c->end, err) == 0)
		return r;
	alloc_free(r);
	return NULL;
}

/* Does it count, when after is the first of those that do? */
static bool
counts(struct run *r, const struct run *after)
{
	if (after && after->form.first == r->form.end)
		return after->form.start.sum == r->form.stop.sum;
	return r->is_retired || runfile_matches(r);
}

static void
put_first(struct runset *set, struct run *r)
{
	set->runs = alloc_resize(set->runs, (set->count + 1) * sizeof(*set->runs));
	memmove(set->runs + 1, set->runs, set->count * sizeof(*set->runs));
	set->runs[0] = r;
	set->count++;
}

static void
note_stale(struct runset *set, const struct candidate *c)
{
	if (c->is_retired)
		return;
	set->stale = alloc_resize(set->stale, (set->n_stale + 1) * sizeof(*set->stale));
	set->stale[set->n_stale++] = (struct runset_name){c->first, c->end};
}

/* Where the runs in retired/ end: they are durable, so what others say of their lines is older. */
static int64_t
past_end_of(const struct candidates *c)
{
	int64_t end = 0;

	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].is_retired)
			end = MAX(end, c->items[i].end);
	return end;
}

/* Takes the candidates that count, the last first. -1: one is gone, list again. */
static int
choose(struct runset *set, struct candidates *c)
{
	int64_t past = past_end_of(c);

	for (size_t i = 0; i < c->count; i++) {
		struct candidate *item = &c->items[i];
		struct run *after = set->count ? set->runs[0] : NULL;
		struct err err;

		if ((after && item->end > after->form.first) ||
			(!item->is_retired && item->first < past)) {
			note_stale(set, item);
			continue;
		}
		if (!item->run)
			item->run = open_run(set, item, &err);
		if (!item->run && strcmp(err.code, "gone") == 0)
			return -1;
		if (!item->run && strcmp(err.code, "short") == 0) {
			set->is_unlisted = set->is_unlisted || item->is_retired;
			continue;
		}
		if (item->run && counts(item->run, after)) {
			put_first(set, item->run);
			item->run = NULL;
		} else {
			note_stale(set, item);
		}
	}
	return 0;
}

static void
clear(struct runset *set)
{
	alloc_free(set->runs);
	alloc_free(set->stale);
	set->runs = NULL;
	set->stale = NULL;
	set->count = set->n_stale = 0;
}

/* What is open already, and still there, is not opened again. */
static void
reuse(struct candidates *c, struct run *run)
{
	for (size_t i = 0; i < c->count && !run->is_bad; i++) {
		struct candidate *item = &c->items[i];

		if (item->first == run->form.first && item->end == run->form.end &&
			item->is_retired == run->is_retired && !item->run) {
			item->run = run;
			return;
		}
	}
	drop(run);
}

/* One attempt; -1: list again. What was open and counts no more is closed. */
static int
refresh_once(struct runset *set, int64_t end)
{
	struct disk *d = &set->root->disk;
	struct candidates c = {.end = end};
	int r;

	set->is_unlisted = d->calls->list(d, "index", add_name, &c) < 0 && errno != ENOENT;
	c.is_retired = true;
	if (!set->is_unlisted)
		set->is_unlisted =
			d->calls->list(d, "retired", add_name, &c) < 0 && errno != ENOENT;
	if (set->is_unlisted) {
		alloc_free(c.items);
		return 0; /* what is open serves */
	}
	for (size_t i = 0; i < set->count; i++)
		reuse(&c, set->runs[i]);
	clear(set);
	if (c.count)
		qsort(c.items, c.count, sizeof(*c.items), by_end);
	r = choose(set, &c);
	for (size_t i = 0; i < c.count; i++) {
		if (c.items[i].run && r)
			put_first(set, c.items[i].run); /* for the next attempt */
		else
			drop(c.items[i].run);
	}
	alloc_free(c.items);
	return r;
}

int
runset_refresh(struct runset *set, int64_t end, struct err *err)
{
	(void)err;
	for (int i = 0; i < RETRIES; i++)
		if (refresh_once(set, end) == 0)
			break;
	return 0;
}

int
runset_open(struct runset *set, struct root *root, const struct place *bound, struct err *err)
{
	*set = (struct runset){.root = root};
	return runset_refresh(set, bound ? bound->pos : INT64_MAX, err);
}

void
runset_close(struct runset *set)
{
	for (size_t i = 0; i < set->count; i++)
		drop(set->runs[i]);
	clear(set);
	runcache_release(&set->cache);
}

void
runset_remove(struct runset *set, struct run *run)
{
	char name[RUNFILE_NAME_MAX];

	run->is_bad = true; /* not to be kept open */
	runfile_name(name, run->is_retired ? "retired" : "index", run->form.first, run->form.end);
	set->root->disk.calls->unlink(&set->root->disk, name);
}

void
runset_remove_stale(struct runset *set, int64_t first, int64_t end)
{
	for (size_t i = 0; i < set->n_stale; i++) {
		const struct runset_name *s = &set->stale[i];
		char name[RUNFILE_NAME_MAX];

		if (s->first < first || s->end > end)
			continue;
		runfile_name(name, "index", s->first, s->end);
		set->root->disk.calls->unlink(&set->root->disk, name);
	}
}

struct run *
runset_at(const struct runset *set, int64_t pos)
{
	size_t low = 0, top = set->count;

	while (low < top) {
		size_t middle = low + (top - low) / 2;

		if (set->runs[middle]->form.end <= pos)
			low = middle + 1;
		else
			top = middle;
	}
	if (low == set->count || set->runs[low]->form.first > pos || set->runs[low]->is_bad)
		return NULL;
	return set->runs[low];
}
