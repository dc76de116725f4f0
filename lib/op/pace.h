/*
 * pace: when each event of a replay is due, on the clock of the one who replays.
 *
 * Event i is due at t0 + (ts_i - ts_0) / speed: an absolute deadline, so lateness never adds up. A late event is due
 * at once and does not shift those after it; one that goes back in time is due at once. A gap longer than max_gap
 * on the clock is shortened to it. With a rate, no event is due before its turn: turns are 1/rate apart, and
 * turns that were missed by more than a second (a slow input) are not made up for.
 *
 *	struct pace p;
 *
 *	pace_init(&p, 10, 0, INT64_MAX);      ten times as fast as it happened
 *	due_ns = pace_due(&p, event_ms, now_ns);
 */
#ifndef OP_PACE_H
#define OP_PACE_H

#include "base/base.h"

struct pace {
	double speed;       /* 0: as fast as possible */
	double interval_ns; /* between two turns; 0: no rate */
	int64_t max_gap_ns;

	bool has_start;
	int64_t start_ns, first_ms,
		latest_ms;  /* clock and event time of the first; the latest event time */
	int64_t skipped_ns; /* by max_gap */
	double turn_ns;     /* since start_ns */
};

/* rate: events a second, 0 for none. max_gap_ms: INT64_MAX for none. */
void pace_init(struct pace *p, double speed, double rate, int64_t max_gap_ms);
/* Monotonic time at which the event may go; now_ns is when the first event counts from. */
int64_t pace_due(struct pace *p, int64_t event_ms, int64_t now_ns);

#endif
