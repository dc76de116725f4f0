/*
 * merge: a source made of sources, its lines in order of (event time, input).
 *
 * Each input is taken to be in order of time; where one is not, its lines still keep their order among themselves.
 * Equal times: the earlier input first. Every line is validated and its time is read; a line that cannot be read
 * (bad JSON, no time, too long) is given as soon as its input comes to it, and merge_time says why.
 *
 *	struct source *inputs[] = {cmd_open(run, "a", false, err), cmd_open(run, "b", false, err)};
 *	struct source *s = merge_new(inputs, 2, &(struct merge_conf){.timing = &run->timing,
 *		.max_buffer = 256 << 20, .disk = &disk});
 *
 *	cmd_source(run, s);
 *
 * An input that has nothing yet (a pipe) holds back the others, whose lines might be later. Meanwhile pipes among
 * those are read on, so that two branches of one tee cannot stop each other: what is ahead is held in memory, up
 * to max_buffer for all inputs together, then on disk (event/ahead.h); without a disk, inputs that are too far
 * ahead are left alone.
 *
 * follows: the inputs are followed files. One that has come to its end holds nothing back any more; from then on
 * its lines are taken as they arrive.
 *
 * Memory: what the inputs hold, one index, max_buffer, and 256 KiB for each input that has something on disk.
 */
#ifndef EVENT_MERGE_H
#define EVENT_MERGE_H

#include "event/ahead.h"
#include "event/source.h"
#include "event/timing.h"

struct merge_conf {
	const struct timing *timing; /* borrowed */
	size_t max_buffer;
	const struct ahead_disk *disk; /* borrowed; NULL: none */
	bool follows;
};

/* Takes over the inputs (the array itself is copied); count is at least 1. */
struct source *merge_new(struct source *const *inputs, size_t count, const struct merge_conf *conf);
/* Of the line that next gave last: 0 and its time, or -1 and why it has none. */
int merge_time(const struct source *s, int64_t *ms, struct err *err);

#endif
