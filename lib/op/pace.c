/* pace: deadlines from event times and turns. */
#include "op/pace.h"

#define MISSED_NS 1e9
#define FAR_NS 4e18

void
pace_init(struct pace *p, double speed, double rate, int64_t max_gap_ms)
{
	*p = (struct pace){.speed = speed,
		.interval_ns = rate > 0 ? 1e9 / rate : 0,
		.max_gap_ns = max_gap_ms > INT64_MAX / 1000000 ? INT64_MAX : max_gap_ms * 1000000};
}

/* Nanoseconds on the clock between two event times; clamped, so that a wild time cannot overflow. */
static int64_t
scaled(const struct pace *p, int64_t from_ms, int64_t to_ms)
{
	double ns = ((double)to_ms - (double)from_ms) * 1e6 / p->speed;

	return (int64_t)(ns > FAR_NS ? FAR_NS : ns < -FAR_NS ? -FAR_NS : ns);
}

static int64_t
due_by_time(struct pace *p, int64_t event_ms)
{
	int64_t since = scaled(p, p->first_ms, event_ms) - p->skipped_ns;

	if (event_ms > p->latest_ms) {
		int64_t gap = since - (scaled(p, p->first_ms, p->latest_ms) - p->skipped_ns);

		if (gap > p->max_gap_ns) {
			p->skipped_ns += gap - p->max_gap_ns;
			since -= gap - p->max_gap_ns;
		}
		p->latest_ms = event_ms;
	}
	return p->start_ns + since;
}

static int64_t
due_by_turn(struct pace *p, int64_t now_ns)
{
	double now = (double)(now_ns - p->start_ns), due;

	if (p->turn_ns < now - MISSED_NS)
		p->turn_ns = now - MISSED_NS;
	due = p->turn_ns;
	p->turn_ns += p->interval_ns;
	return p->start_ns + (int64_t)MIN(due, FAR_NS);
}

int64_t
pace_due(struct pace *p, int64_t event_ms, int64_t now_ns)
{
	int64_t due = INT64_MIN, turn;

	if (!p->has_start) {
		p->has_start = true;
		p->start_ns = now_ns;
		p->first_ms = p->latest_ms = event_ms;
	}
	if (p->speed > 0)
		due = due_by_time(p, event_ms);
	if (p->interval_ns <= 0)
		return due;
	turn = due_by_turn(p, now_ns);
	return MAX(due, turn);
}
