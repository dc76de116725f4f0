/*
 * watermark: how far event time has come, judged from the events themselves.
 *
 * The stream is trusted to be out of order by at most ooo_ms: after an event at t none earlier than
 * t - ooo_ms is expected, so the watermark is max(t) - ooo_ms - 1 and nothing at or before it is still to come
 * (Flink's BoundedOutOfOrdernessWatermarks). It never goes back, and moves with every event, not on a timer, so
 * the same input gives the same output at any speed.
 *
 * A single event stamped far ahead would make all that follows late; max_jump_ms and max_ahead_ms refuse it.
 */
#ifndef OP_WATERMARK_H
#define OP_WATERMARK_H

#include "base/base.h"

#define WATERMARK_NONE INT64_MIN /* before the first event */
#define WATERMARK_END INT64_MAX  /* after the last */

struct watermark {
	int64_t ooo_ms;
	int64_t max_jump_ms;  /* past the latest event; negative: no limit */
	int64_t max_ahead_ms; /* past the wall clock; negative: no limit */
	int64_t max_ms;       /* time of the latest event; with has_events */
	int64_t value_ms;
	bool has_events;
};

/* No limits until they are set. */
void watermark_init(struct watermark *w, int64_t ooo_ms);
/* An event at ms is too far in the future to be believed; now_ms is looked at only under max_ahead_ms. */
bool watermark_is_future(const struct watermark *w, int64_t ms, int64_t now_ms);
/* Takes an event's time into account; the watermark after it. */
int64_t watermark_event(struct watermark *w, int64_t ms);
/* No line has come for idle_ms: event time goes on at the speed of the clock from the last one. */
int64_t watermark_idle(struct watermark *w, int64_t idle_ms);

/* Sums that stay at the ends of the range instead of passing them. */
static inline int64_t
watermark_plus(int64_t a, int64_t b)
{
	int64_t sum;

	if (likely(!__builtin_add_overflow(a, b, &sum)))
		return sum;
	return b > 0 ? INT64_MAX : INT64_MIN;
}

static inline int64_t
watermark_minus(int64_t a, int64_t b)
{
	int64_t rest;

	if (likely(!__builtin_sub_overflow(a, b, &rest)))
		return rest;
	return b < 0 ? INT64_MAX : INT64_MIN;
}

#endif
