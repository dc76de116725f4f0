/*
 * trail: one log as a source: its files one after another, rotated ones too, and on as it grows.
 *
 * The path is a log's (io/roll.h), "-", or any file that is not regular. What is read, by how it is opened:
 *
 *	as it is       the file of this name to its end
 *	is_whole       all files of the log, the oldest first
 *	mark           from the marked place on, in whatever file it is by now, and all newer files; when it is found
 *	               nowhere, all files, and say tells so
 *	follows        after that on and on: a file that is renamed away is read to its end, then the one that came
 *	               after it; one that is not there is waited for. One that is cut short is read on from a copy
 *	               of it, where that is a file of the log, then from its start; say tells when there is no copy.
 *	               That it was cut is seen by its size, or, when it has grown past the place again, by the bytes
 *	               before the place
 *
 * Following, next answers SOURCE_WAIT when it comes to where the newest file ended at the start, even when there is
 * more by then, and after that whenever there is no more.
 *
 * Places: of the line that next gave last, before it and after it. They are marks (io/mark.h): they are found again
 * when the file has been renamed or compressed. What is no regular file has none.
 *
 * Memory: a reader. A trail that dozes keeps, after its first line, only this until the second is asked for, so that
 * thousands of logs that do not overlap in time can be merged with few descriptors.
 */
#ifndef STORE_TRAIL_H
#define STORE_TRAIL_H

#include "io/tail.h"
#include "store/leaf.h"

struct trail_conf {
	struct leaf_conf leaf; /* of each file; grows is the trail's business */
	bool is_whole, follows, dozes;
	bool is_new;             /* the log was not there at the start: nothing to come to first */
	bool drains;             /* follows: the tail is this trail's alone */
	struct tail *tail;       /* follows: borrowed */
	const struct mark *mark; /* NULL: from the start */
	const char *
		only; /* borrowed: the file of the log, when it has just this one; saves a listing */
};

struct trail;

/* path is copied. A file that cannot be opened is told by next. */
struct trail *trail_new(const char *path, const struct trail_conf *conf, struct err *err);
struct source *trail_source(struct trail *t);
/* False: it has none. */
bool trail_place(struct trail *t, bool before, struct mark *m);

#endif
