/* every: count windows (window.h). A run of gcd(every, step) events of one key is a cell. */
#ifndef OP_EVERY_H
#define OP_EVERY_H

#include "op/window.h"

void every_start(struct window *w);
enum window_verdict every_add(struct window *w, const struct window_event *ev);
/* Gives out the keys that have events since their last window, in order of key bytes. */
void every_finish(struct window *w);

#endif
