/*
 * session: windows that end when nothing has come for a while (window.h).
 *
 * Each session has at least one timer in a heap. A session that grew is not looked for there: its timer comes up too
 * early and is put back with the new time, so that an event costs no heap operation. Only where a timer would come
 * too late (a session given out that grows again while its removal waits) another one is added.
 */
#ifndef OP_SESSION_H
#define OP_SESSION_H

#include "op/window.h"

void session_start(struct window *w);
void session_stop(struct window *w);
enum window_verdict session_add(struct window *w, const struct window_event *ev);
void session_advance(struct window *w, enum window_pane label);

/* Do [a_start, a_end) and [b_start, b_end) share a moment, or an end and a start? */
bool session_touches(int64_t a_start, int64_t a_end, int64_t b_start, int64_t b_end);

#endif
