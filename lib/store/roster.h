/*
 * roster: the names of all streams and their last versions.
 *
 * Streams of which retention has left no line are among them. What the settings of a stream hide altogether is marked, and
 * so are the streams that hold settings.
 *
 * Runs know streams by their hashes, and where the last line of each is; the name stands in that line. So what is read of
 * the log is one line a stream, in order of position, and what no run covers. Where a run turns out wrong the log is read
 * through.
 *
 *	roster_init(&r, max_streams);
 *	if (roster_read(&r, &view, err) == 0)
 *		for (size_t i = 0; i < r.count; i++)
 *			use(r.sorted[i]->name, r.sorted[i]->ver);
 *	roster_release(&r);
 *
 * In memory: about 130 bytes and the name for each stream.
 */
#ifndef STORE_ROSTER_H
#define STORE_ROSTER_H

#include "base/arena.h"
#include "base/table.h"
#include "store/view.h"

struct roster_stream {
	int64_t ver, pos; /* of its last line; pos -1: that is gone */
	struct span name; /* lives as long as the roster */
	bool is_hidden;
};

struct roster {
	uint64_t max;         /* 0: no limit; more streams are status 3 */
	struct table by_hash; /* struct hash128 -> struct roster_stream */
	struct arena names;
	struct roster_stream **sorted; /* by name */
	size_t count;
};

void roster_init(struct roster *r, uint64_t max);
void roster_release(struct roster *r);
int roster_read(struct roster *r, struct view *v, struct err *err);

#endif
