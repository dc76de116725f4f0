/*
 * timing: which member is the event's time, and in which unit.
 *
 * --time EXPR (default: the envelope's timestamp) yields an RFC 3339 string or a number in --time-unit
 * (s, ms, us, ns; default ms). Fractions below a millisecond are floored. --max-ahead is the driver's.
 */
#ifndef EVENT_TIMING_H
#define EVENT_TIMING_H

#include "event/expr.h"

enum timing_unit { TIMING_MS, TIMING_S, TIMING_US, TIMING_NS };

struct timing {
	struct expr *expr; /* NULL: the envelope's */
	enum timing_unit unit;
};

/* 0 and ev->time_ms set; -1, code "time". Remembered in ev, so asking again is free. */
int timing_ms(const struct timing *t, struct event *ev, int64_t *ms, struct err *err);

#endif
