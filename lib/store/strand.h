/*
 * strand: the lines of one stream, or of several merged by position, from end to end or back.
 *
 * The log is gone over in pieces (piece.h). One that can be asked tells the positions, and the lines are fetched; another
 * is read through. A run that turns out
 * bad, or tells of a line that is not there, is given up, and its piece read through, so the answer is always the log's.
 *
 *	strand_init(&s, &view);
 *	strand_clear(&s);
 *	strand_add(&s, name, (struct strand_limit){.ver_first = 1, .ver_last = INT64_MAX});
 *	strand_start(&s, view.front.pos, view.bound.pos, false);
 *	while ((r = strand_next(&s, &line, err)) == 1)
 *		...
 *	strand_release(&s);
 *
 * In memory: the longest line, up to 64 open segments, the gleaned piece.
 */
#ifndef STORE_STRAND_H
#define STORE_STRAND_H

#include "store/fetch.h"
#include "store/piece.h"
#include "store/retro.h"

#define STRAND_ITEMS 256 /* lines located ahead */

struct strand_limit {
	int64_t ver_first, ver_last; /* both included */
	int64_t pos_first;           /* nothing before it */
};

struct strand_stream {
	struct span name; /* borrowed */
	struct hash128 hash;
	struct strand_limit limit;
	/* in the piece at hand */
	struct run_cursor cursor;
	int64_t first_ver; /* of the cursor's first */
	int64_t at, end;   /* those of the cursor that are still to come */
	int64_t pos;       /* of the next of them */
};

struct strand_item {
	int64_t ver;
	struct strand_stream *stream;
};

struct strand {
	struct view *view; /* borrowed */
	struct fetch fetch;
	struct pieces pieces;
	struct strand_stream *streams;
	size_t count, cap;

	bool misses_nothing; /* what retention takes before it is read forwards is an error */
	const char *who;     /* and whose (consumer_gone); borrowed */
	bool backwards;
	int64_t low, high; /* positions still to be seen */
	struct piece piece;
	struct fetch_want wants[STRAND_ITEMS];
	struct strand_item items[STRAND_ITEMS];
	size_t item_at, item_count;
	struct scan scan;
	struct retro retro;
	bool has_scan, has_retro;
};

void strand_init(struct strand *s, struct view *view);
void strand_release(struct strand *s);
/* No streams. */
void strand_clear(struct strand *s);
/* The name lives as long as it is read; twice is once. */
void strand_add(struct strand *s, struct span name, struct strand_limit limit);
/* The lines at low up to high, which is not among them. */
void strand_start(struct strand *s, int64_t low, int64_t high, bool backwards);
/* Where the view's front is by now: -1, code "gone", when something is missed. */
int strand_check(const struct strand *s, struct err *err);
/* The view's bound has moved on; reading goes on to it. */
void strand_extend(struct strand *s);
/* 1, 0 no more, -1. A line lives until the next call. */
int strand_next(struct strand *s, struct scan_line *out, struct err *err);
/* Only the position. */
int strand_next_pos(struct strand *s, int64_t *pos, struct err *err);

#endif
