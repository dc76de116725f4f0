/*
 * replay: what ev-replay reads, as one source.
 *
 * An operand is a store (a directory with FORMAT), a directory of logs (io/roll.h), a log or any other file, or "-".
 * One input alone is given as it is; several are merged by event time (event/merge.h), inputs in the order of the
 * operands, those of a directory in the order of their paths. Following, logs that appear in a directory become
 * inputs.
 *
 *	struct replay *r = replay_open(&conf, err);
 *
 *	cmd_source(run, replay_source(r));         the driver closes it
 *	...
 *	replay_save(r, false, err);                all lines given so far are written
 *	replay_free(r);                            before the source is closed
 *
 * With a position file (store/position.h) each input begins where the file says. Only stores and regular files
 * can be taken up again; other operands are refused.
 *
 * Memory and descriptors: more than 64 inputs are read through smaller windows, and each is closed between its first
 * line and its turn (store/trail.h), so only inputs that overlap in time are open at once.
 */
#ifndef STORE_REPLAY_H
#define STORE_REPLAY_H

#include "event/ahead.h"
#include "event/timing.h"
#include "store/trail.h"

struct replay_conf {
	char *const *paths; /* borrowed, as all that follows */
	size_t count;
	const struct timing *timing;
	size_t max_line, max_buffer;
	const struct ahead_disk *disk;
	bool follows;
	int64_t from_ms, to_ms; /* INT64_MIN, INT64_MAX: no bound */
	const char *position;   /* NULL: none */
	leaf_say_fn *say;
	void *say_ctx;
};

struct replay;

struct replay *replay_open(const struct replay_conf *conf, struct err *err);
/* NULL and err. The caller closes it, after replay_free. */
struct source *replay_source(struct replay *r);
/* The source is a merge: it has validated each line, merge_time knows its time. */
bool replay_is_merge(const struct replay *r);
/* Writes the position file, if it changed. is_pending: the line given last is not written. */
int replay_save(struct replay *r, bool is_pending, struct err *err);
void replay_free(struct replay *r);

#endif
