/* pane: aligned windows (window.h), tumbling and sliding, over panes of gcd(size, slide). */
#ifndef OP_PANE_H
#define OP_PANE_H

#include "op/cell.h"

struct pane_item {
	int64_t number;      /* from offset + number * width */
	struct cell **cells; /* in no order */
	size_t count, cap;
};

/* Panes that hold cells, in order: items[head .. head + n). */
struct pane {
	struct pane_item *items;
	size_t head, n, cap;
	int64_t width_ms;
	int64_t size, slide; /* in panes */
	int64_t next;        /* the first window not yet due */
	int64_t pass;        /* counts gatherings */
	int64_t given_from;  /* the first window given out; with started */
	bool started;
};

void pane_start(struct window *w);
void pane_stop(struct window *w);
enum window_verdict pane_add(struct window *w, const struct window_event *ev);
void pane_advance(struct window *w, enum window_pane label);

/* The first pane with a number >= number, or NULL. */
struct pane_item *pane_from(struct pane *p, int64_t number);
/* The number of the first pane of window k. */
int64_t pane_first(const struct pane *p, int64_t k);
/* Start and end of window number k. */
int64_t pane_window_start(const struct window *w, int64_t k);
int64_t pane_window_end(const struct window *w, int64_t k);

#endif
