/*
 * sift: the lines of a view that a query selects, from end to end or back.
 *
 * All lines are read by scan or retro, those of streams by strand. Where to begin and to end is found by position and
 * time first, so nothing outside is read.
 *
 *	sift_init(&s, &view, &conf);
 *	sift_range(&s, err);
 *	sift_add(&s, name, err);                    each stream; none: all lines
 *	sift_start(&s, err);
 *	while ((r = sift_next(&s, &line, err)) == 1)
 *		...
 *	sift_release(&s);
 */
#ifndef STORE_SIFT_H
#define STORE_SIFT_H

#include "store/query.h"
#include "store/strand.h"

struct sift {
	const struct query_conf *conf; /* borrowed */
	struct view *view;             /* borrowed */
	struct strand strand;
	struct scan scan;
	struct retro retro;
	bool has_scan, has_retro; /* open; neither: the strand is read */
	int64_t low, high;        /* positions that can match, as far as is known */
	int64_t left;             /* backwards: lines of conf->last still to give; -1: no limit */
	bool is_past;             /* nothing after this can match, whatever comes */
};

void sift_init(struct sift *s, struct view *view, const struct query_conf *conf);
void sift_release(struct sift *s);
/* Finds low and high in the view as it is now; a caller may narrow them before sift_start. */
int sift_range(struct sift *s, struct err *err);
/* No stream; those that are added after it are read. */
void sift_clear(struct sift *s);
int sift_add(struct sift *s, struct span name, struct err *err);
int sift_start(struct sift *s, struct err *err);
/* The view's bound has moved on; the end was not the end. */
void sift_extend(struct sift *s);
/* The same when it has moved far: streams go on by the index, with the settings they have by now. */
int sift_renew(struct sift *s, struct err *err);
/* 1, 0 at the end, -1. A line lives until the next call, in memory that may be written to and put back. */
int sift_next(struct sift *s, struct scan_line *line, struct err *err);

#endif
