/*
 * view: a store as its readers see it: what may be shown, and the ways to a place in it.
 *
 * Shown are the lines from front to bound; all of them are durable (visible.h). Nothing is locked and nothing need be
 * writable. The runs of the index lead to places where they can; what they cannot tell is found in the log itself, so an
 * index that is missing or damaged costs time and changes no answer.
 *
 *	view_open(&v, "store", NULL, err);
 *	view_place(&v, 1000, &at, err);             where the line at position 1000 begins
 *	view_advance(&v, err);                      bound is now where the log ends now
 *	view_close(&v);
 */
#ifndef STORE_VIEW_H
#define STORE_VIEW_H

#include "store/runset.h"
#include "store/scan.h"
#include "store/visible.h"

struct view {
	struct root root;
	struct visible visible;
	struct segment_list list;
	struct runset runs;
	struct place front, bound;
	int64_t listed; /* bound's position when the list was read */
};

/* disk: the store is on it, and store is its name in messages; NULL: the real one. */
int view_open(struct view *v, const char *store, const struct disk *disk, struct err *err);
void view_close(struct view *v);
/* The new bound. */
int view_advance(struct view *v, struct err *err);
/* That and, as segments may have gone, the new list and front. Runs stay as they are. */
int view_renew(struct view *v, struct err *err);
/* The runs as they are now; pointers to runs become stale. */
int view_reindex(struct view *v, struct err *err);
/* The place of the line at pos, front.pos to bound.pos. */
int view_place(struct view *v, int64_t pos, struct place *out, struct err *err);
/*
 * Where what was recorded at ms or later begins: everything before *low is older, nothing from *high on is. They are the
 * same unless lines between them are damaged.
 */
int view_time(struct view *v, int64_t ms, int64_t *low, int64_t *high, struct err *err);

#endif
