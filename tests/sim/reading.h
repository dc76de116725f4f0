/*
 * reading: one pass over the log, line by line, held against what was promised.
 *
 * Every line that a living process was given counts as shown: it is a promise from then on.
 */
#ifndef TESTS_SIM_READING_H
#define TESTS_SIM_READING_H

#include "sim/world.h"
#include "store/query.h"

struct reading {
	struct world *w;
	int process, number;
	enum sim_rights rights;
	int64_t front;        /* where the log began when this did */
	int64_t first, count; /* position of the first line, -1: none yet; of the next one */
	int64_t versions[WORLD_STREAMS], settings[WORLD_STREAMS], rec_ms;
	int64_t left; /* lines of the batch to come */
	int batch;
};

/* One that has not begun, in a process of its own. */
struct reading reading_begin(struct world *w, enum sim_rights rights);
/* A selection of everything. */
struct query_conf reading_all(struct disk *disk);
/* The event with this body, without its last brace; -1. */
int reading_event(const struct world *w, struct span body);
/* False when the line is not right, or nobody has seen it because the process is dead. */
bool reading_line(struct reading *r, struct span line);
/* After the last line that can be seen: are promised positions there? */
bool reading_end(struct reading *r, int64_t promised);

#endif
