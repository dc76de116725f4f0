/* ev-trend-signal: trend.detected and trend.ended as events. */
#ifndef CMD_EV_TREND_SIGNAL_H
#define CMD_EV_TREND_SIGNAL_H

#include "ev-trend.h"
#include "op/edge.h"
#include "op/trend.h"

/* A window and the score it got. */
struct ev_trend_scored {
	struct closed window;
	struct value content;
	struct trend_counts counts;
	struct trend_score score;
};

/* Writes trend.detected, or with a time since which it trended, trend.ended. data is overwritten. */
int ev_trend_signal(struct cmd_run *run, const struct ev_trend_scored *w, const int64_t *since_ms,
	struct buf *data, struct err *err);
/* Writes trend.ended of a title that has no window any more. */
int ev_trend_signal_absent(
	struct cmd_run *run, const struct edge_fall *fall, struct buf *data, struct err *err);

#endif
