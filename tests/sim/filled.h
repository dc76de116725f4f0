/*
 * filled: a world with events in it, at rest, and its lines as they were stored.
 *
 * For campaigns that damage a store, or ask it questions: the lines are what every answer is held against.
 */
#ifndef TESTS_SIM_FILLED_H
#define TESTS_SIM_FILLED_H

#include "sim/world.h"
#include "store/query.h"

struct filled {
	struct world *w;
	int64_t count;
	struct filled_line {
		char *p; /* without newline */
		size_t n, body;
		int64_t rec_ms, ver;
		int stream;
		int64_t segment, line_no, offset; /* where it stood when the store was filled */
	} * lines;
};

/* At least so many events, by one user or several. False when that goes wrong: see w->why. */
#define FILLED_FILES 400

bool filled_make(struct filled *f, uint64_t seed, int events);
/* Reads the lines anew, and where they stand. */
bool filled_read(struct filled *f);
/* Seals at most so many closed segments. */
bool filled_seal(struct filled *f, int count);
void filled_release(struct filled *f);
/* The place before a line that is not the first. */
struct place filled_place(const struct filled *f, int64_t pos);
/* The names of the files of segments, in order; returns how many. */
int filled_segments(struct sim *s, char names[FILLED_FILES][64]);
/* Does a line that was read, with its trailer or without, stand at this position? */
bool filled_is(const struct filled *f, int64_t pos, struct span line, bool meta);
/* A selection of everything, on this disk. */
struct query_conf filled_all(const struct disk *disk);

#endif
