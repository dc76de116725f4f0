/*
 * world: users of one store on a simulated disk, and all that they were promised.
 *
 * Users send *batches* (one log_append each); an event's bytes follow from its number. What was acknowledged, shown by
 * a reader or answered ("known", "wrong version") is written down at once, and everything that is read later is held
 * against it: world.why says what first was not as promised, and is empty for as long as all is well.
 *
 *	an acknowledged event is there once, at its position, with its version, byte for byte
 *	what a reader has shown stays
 *	positions and versions have no gaps, batches are whole, recording times never go back
 *	what was refused is not there
 *	an event sent again is stored once; a retry succeeds with no repair
 *	what was deleted is not shown to who reads the stream, all else of it is (governing.h)
 *	nobody ever speaks of damage
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "sim/sim.h"
#include "store/log.h"

#define WORLD_EVENTS 4000
#define WORLD_BATCHES 3000
#define WORLD_BATCH 6
#define WORLD_STREAMS 4
#define WORLD_BODY 6000

enum world_fate { WORLD_NEW, WORLD_UNKNOWN, WORLD_ACKED, WORLD_REFUSED };

struct world_batch {
	int first, n; /* numbers of its events */
	struct decide_expect expect;
	enum world_fate fate;
	bool is_busy; /* in somebody's hands */
};

struct world_event {
	int stream, batch;
	int64_t pos, ver; /* once promised; -1 */
	int seen;         /* number of the last reading that met it */
};

/* What is hidden of a stream: versions up to least are, no later ones than most may be. */
struct world_hidden {
	int64_t least, most;
	int at_work; /* deletes that are under way */
	bool is_closed, may_be_closed;
};

#define WORLD_SETTING (1 << 20) /* in at: no event, but settings of a stream */

struct world {
	struct sim *sim;
	struct sim_rng rng; /* of the users; the disk has its own */
	struct world_event events[WORLD_EVENTS];
	struct world_batch batches[WORLD_BATCHES];
	int event_count, batch_count;
	int at[WORLD_EVENTS];         /* event promised at a position; -1 */
	int64_t top;                  /* positions below it have been promised */
	int64_t front, gone;          /* the log begins at front at least, at gone at most */
	uint64_t sums[WORLD_EVENTS];  /* of settings */
	int64_t floor[WORLD_STREAMS]; /* versions that have been promised */
	struct world_hidden hidden[WORLD_STREAMS];
	bool is_quiet; /* no faults: nothing may fail */
	/*
	 * The power was gone, and nobody who may write has come since: `head` may say less than was promised, and who
	 * may not write cannot always tell what is durable.
	 */
	bool is_cold;
	bool may_retire; /* users take away old segments */
	bool may_govern; /* users delete streams and close them */
	int readings;
	int64_t acked, refused, lost, shown, governed; /* counted for the report */
	char why[600];
};

/* A new store, on a new disk. */
struct world *world_new(uint64_t seed);
void world_free(struct world *w);

/* What the clock of the machine says from now on; EV_NOW. */
void world_clock(int64_t ms);
/* The first mistake is kept. Returns false. */
bool world_wrong(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *world_stream(int stream);
/* The bytes of an event. */
struct span world_body(const struct world *w, int event, char out[WORLD_BODY]);
/* A batch that is new, or one whose fate is not known; NULL when there are enough. */
struct world_batch *world_choose(struct world *w);
/* Event is (to stay) at this position, with this version. */
bool world_promise(struct world *w, int event, int64_t pos, int64_t ver);
/* The answer to a failed call: is it one that may come now? */
bool world_excuse(struct world *w, const char *what, const struct err *err);

/* A user who writes, for so many steps, dies now and then, comes back. For sim_spawn. */
struct world_user {
	struct world *w;
	int steps;
};
void world_write(void *user);
/* One who reads, again and again; one who follows. */
void world_read(void *user);
void world_follow(void *user);

/* After tasks have run: see sim_restart. */
void world_restart(struct world *w);
/* One reading of everything by a new process; false when something is wrong or it failed. */
bool world_look(struct world *w, enum sim_rights rights);
/* With no faults: everything not known is sent again, and everything is as promised. */
bool world_settle(struct world *w);

#endif
