/*
 * slide: sliding windows without lateness, from one running result for each key.
 *
 * When a window is due its panes that are not yet in are folded into the running results, and after it the panes
 * that leave are unfolded. count and the exact sums are added and subtracted. distinct counts the entries of one
 * map (key, value) -> the latest folded pane that has the value: a pane that leaves takes with it the values
 * for which it was the latest. min, max, first, last, collect, and sums that have become rough, are merged anew from
 * the key's cells. Keys stay in a list sorted by their bytes; those that enter are sorted and merged in, those that
 * left are taken out on the way, so a slide costs O(live keys + cells that enter or leave).
 *
 * Events of panes not yet folded wait in their cells; one that comes to a folded pane goes into both.
 */
#ifndef OP_SLIDE_H
#define OP_SLIDE_H

#include "op/pane.h"

void slide_start(struct window *w);
void slide_stop(struct window *w);
/* A cell has been made: if its pane is folded already, it is in from now on. */
void slide_enter(struct window *w, struct cell *c);
/* The waiting values have gone into c; if c is folded they go into the running result too. */
void slide_take(struct window *w, struct cell *c, const struct window_event *ev);
void slide_give(struct window *w, int64_t k, enum window_pane label);
void slide_unfold(struct window *w, struct pane_item *item);

#endif
