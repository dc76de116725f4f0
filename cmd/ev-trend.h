/* ev-trend: its three ways of reading windows, each a file, and what they share. */
#ifndef CMD_EV_TREND_H
#define CMD_EV_TREND_H

#include "cli/cmd.h"
#include "event/closed.h"

extern const struct cmd ev_trend_trending, ev_trend_engagement, ev_trend_anomaly;

/* A member that is read from a window, and the option with which ev-window makes it: "-a", "count()". */
struct ev_trend_need {
	const char *name, *option, *expr; /* option NULL: every window has it */
};

/* names gets the members, renamed by --use. */
int ev_trend_names(struct closed_name *names, const struct ev_trend_need *needs, size_t count,
	const struct opt_list *use, struct err *err);
/* --needs: the options for ev-window, head first; then nothing is read. */
int ev_trend_print(struct cmd_run *run, const char *head, const struct ev_trend_need *needs,
	const struct closed_name *names, size_t count, struct err *err);
/* One derived event with this data. */
int ev_trend_write(
	struct cmd_run *run, struct build_event *ev, const struct buf *data, struct err *err);

#endif
