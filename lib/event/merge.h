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
 * follows: the inputs are followed. SOURCE_WAIT says that one has come to where it ended at the start. Once all have,
 * the lines are taken as they arrive, from one input after the other; times order nothing any more. Whenever nothing
 * has arrived, more is called: it may add inputs, which are then taken from as they are.
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
	/* follows: called before the inputs are asked for what has arrived. May be NULL. */
	int (*more)(void *ctx, struct source *merge, struct err *err);
	size_t (*more_fds)(void *ctx, struct pollfd *fds, size_t max);
	void *ctx;
	bool is_open; /* follows: more may add inputs, so it does not end when all have ended */
};

/* Takes over the inputs (the array itself is copied). */
struct source *merge_new(struct source *const *inputs, size_t count, const struct merge_conf *conf);
/* follows: one more input, the last in order. Takes it over. */
void merge_add(struct source *merge, struct source *input);
/* Is what the input gave last still waiting here for its turn? */
bool merge_holds(const struct source *merge, size_t input);
/* The input of the line that next gave last; SIZE_MAX: none. */
size_t merge_given(const struct source *merge);
/* Of the line that next gave last: 0 and its time, or -1 and why it has none. */
int merge_time(const struct source *s, int64_t *ms, struct err *err);

#endif
