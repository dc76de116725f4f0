/*
 * cell: what window.c and its kinds (pane, slide, session, every) share; for lib/op alone.
 *
 * A cell gathers the events of one key in one piece of time: a pane, a session, or a run of events. The cells of
 * a key are a list in order of `at`. A key lives in the table while it has a cell, or while slide.c lists it.
 */
#ifndef OP_CELL_H
#define OP_CELL_H

#include "base/table.h"
#include "op/window.h"

/* Ids of the last event, and the correlation while all agree: owned texts. */
struct cell_cause {
	char *id, *correlation;
	size_t id_n, correlation_n, id_cap, correlation_cap;
	bool mixed;
};

/* What timers, slides and look-ups read comes first, in one cache line. */
struct cell {
	int64_t at; /* pane number, start of the session, number of the run */
	int64_t first_ms, last_ms;
	int64_t end_ms;   /* of a session */
	int64_t timer_ms; /* the earliest timer of a session, or something earlier */
	struct cell_key *key;
	uint32_t refs;              /* timers of session.c that point here */
	uint32_t n;                 /* times given out */
	bool done;                  /* a session given out as it is, */
	bool waiting;               /* or about to be */
	bool dead;                  /* a session merged away, kept for its timers */
	struct cell *older, *newer; /* of the same key */
	uint64_t events;
	struct cell_cause *cause; /* NULL unless asked for */
	_Alignas(16) char state[];
};

struct cell_fire {
	int64_t window;
	uint32_t n;
};

/* slide.c: a key's result over its folded cells. */
struct cell_running {
	struct window_memo memo;
	struct cell_key *key;
	uint32_t id;
	uint32_t folded; /* cells in it */
	bool is_rough;   /* a sum that cannot be subtracted from */
	_Alignas(16) char state[];
};

/* Sessions keep many keys and need little of each: their records end before the union. */
struct cell_key {
	struct cell *oldest, *newest;
	union {
		struct cell_running *running;    /* slide.c: NULL while no cell is folded */
		struct {                         /* pane.c */
			struct cell_fire *fires; /* windows given out that may be given out again */
			uint32_t fire_count, fire_cap;
			int64_t stamp; /* the gathering that it was last in */
		};
		struct {                 /* every.c */
			uint64_t seen;   /* events taken */
			uint64_t serial; /* windows given out */
		};
	};
};

#define CELL_KEY_SMALL offsetof(struct cell_key, seen) /* the record of a session's key */

struct cell_value {
	size_t i;
	struct value v;
};

struct pane;
struct slide;
struct session;

struct window {
	struct window_conf conf;
	struct agg_list *aggs;
	window_emit_fn *emit;
	void *ctx;
	struct table keys;
	struct cell_key *only; /* the key of an unkeyed stream */
	int64_t watermark_ms;
	bool failed; /* emit said so */

	struct cell_value *values;
	size_t value_count, value_cap;

	struct cell_key **gather; /* keys or cells to be sorted */
	struct cell **gather_cells;
	size_t gather_cap, gather_cells_cap;
	struct cell *sum;   /* scratch for merged results */
	struct cell *spare; /* freed cells, linked by older */

	struct pane *panes; /* pane.c */
	struct slide *slide;
	struct session *sessions;
};

struct cell *cell_new(struct window *w, struct cell_key *key, int64_t at);
/* Takes it out of its key's list and frees it. The key stays. */
void cell_free(struct window *w, struct cell *c);
void cell_release_spares(struct window *w);
/* Out of the list only. */
void cell_unlink(struct cell *c);
/* The waiting values and the event's times and ids. */
void cell_take(struct window *w, struct cell *c, const struct window_event *ev);
void cell_merge(struct window *w, struct cell *into, const struct cell *from);
/* times and ids, without the states */
void cell_merge_header(struct window *w, struct cell *into, const struct cell *from);
/* As new: no events, no states. */
void cell_clear(struct window *w, struct cell *c);
void cell_emit(struct window *w, struct cell *c, int64_t start_ms, int64_t end_ms,
	enum window_pane pane, uint32_t n);
void cell_send(struct window *w, const struct window_result *r);
/* NULL: over the limit. */
struct cell_key *cell_key(struct window *w, struct span key, bool *is_new);
/* What the kind of window keeps at the key. */
void cell_key_release(struct window *w, struct cell_key *k);
/* When nothing holds it any more. */
void cell_key_drop(struct window *w, struct cell_key *k);
int cell_key_compare(const struct cell_key *a, const struct cell_key *b);

/* Floored division; b > 0. */
static inline int64_t
cell_floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

#endif
