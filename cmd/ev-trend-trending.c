/*
 * ev-trend trending: which titles are taking off.
 *
 * Reads window.closed events with the members users, watches, devices and duration; writes a trend.detected
 * event for each window, or with --edge for each rise, whose score passes the threshold, and with --clear a
 * trend.ended event when it is over. Keeps, with --edge, the titles that are trending: at most --max-keys.
 */
#include "ev-trend-signal.h"

enum { CONTENT, USERS, WATCHES, DEVICES, DURATION, NAMES };

struct trending {
	struct trend_conf conf;
	double threshold, clear;
	bool by_edge, shows_needs;
	struct opt_list use;

	bool tells_end;
	struct closed_name names[NAMES];
	struct edge edge;
	struct buf data;
};

#define WEIGHT(name, member, value, help) \
	OPT_RANGE(0, name, OPT_DOUBLE, struct trending, conf.member, "X", value, 0, 1e9, help)
#define NORM(name, member, value, help) \
	OPT_RANGE(0, name, OPT_DOUBLE, struct trending, conf.member, "X", value, 1e-9, 1e15, help)

static const struct opt options[] = {
	OPT_RANGE(0, "threshold", OPT_DOUBLE, struct trending, threshold, "X", "0.7", -1e15, 1e15,
		"a score above X is a trend"),
	OPT_ROW(0, "edge", OPT_FLAG, struct trending, by_edge, NULL, NULL,
		"only when a title rises above the threshold"),
	OPT_RANGE(0, "clear", OPT_DOUBLE, struct trending, clear, "X", NULL, -1e15, 1e15,
		"--edge, and trend.ended at a score of X or less"),
	OPT_ROW(0, "use", OPT_LIST, struct trending, use, "NAME=MEMBER", NULL,
		"read NAME from another member of data"),
	WEIGHT("weight-users", weight_users, "0.3", "weight of the users"),
	WEIGHT("weight-watches", weight_watches, "0.3", "weight of the watches"),
	WEIGHT("weight-devices", weight_devices, "0.2", "weight of the devices"),
	WEIGHT("weight-completion", weight_completion, "0.2", "weight of the average duration"),
	NORM("max-users", max_users, "100", "users that count as 1, which is the most"),
	NORM("max-watches", max_watches, "500", "watches that count as 1, which is the most"),
	NORM("max-devices", max_devices, "4", "devices that count as 1; more count for more"),
	NORM("max-seconds", max_seconds, "3600", "average seconds that count as 1, the most"),
	OPT_ROW(0, "needs", OPT_FLAG, struct trending, shows_needs, NULL, NULL,
		"print the options that ev-window needs, and end"),
	OPT_END,
};

static const struct ev_trend_need needs[NAMES] = {
	{"contentId", "-k", ".data.contentId"},
	{"users", "-a", "distinct(.data.userId)"},
	{"watches", "-a", "count()"},
	{"devices", "-a", "distinct(.data.device)"},
	{"duration", "-a", "sum(.data.watchDurationSeconds)"},
};

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct trending *s = state;

	if (ev_trend_names(s->names, needs, NAMES, &s->use, err))
		return -1;
	s->tells_end = cmd_given(run, "clear");
	s->by_edge |= s->tells_end;
	if (!s->tells_end)
		s->clear = s->threshold;
	if (s->clear > s->threshold)
		return err_usage(err, "--clear %g is above --threshold %g", s->clear, s->threshold);
	buf_init(&s->data, run->max_line);
	edge_init(&s->edge, s->threshold, s->clear, run->max_keys);
	if (!s->shows_needs)
		return 0;
	return ev_trend_print(
		run, "--sliding 15m/1m\n-t content.watched\n", needs, s->names, NAMES, err);
}

static int
read_window(const struct trending *s, struct ev_trend_scored *w, struct err *err)
{
	struct trend_counts *in = &w->counts;
	int64_t *const to[NAMES] = {NULL, &in->users, &in->watches, &in->devices, &in->duration_s};

	if (closed_key(&w->window, &s->names[CONTENT], &w->content, err))
		return -1;
	for (size_t i = USERS; i < NAMES; i++)
		if (closed_count(&w->window, &s->names[i], to[i], err))
			return -1;
	return 0;
}

struct absence {
	struct cmd_run *run;
	struct trending *s;
};

/* A title that trended has no window any more: nobody watched it. */
static int
tell_absence(void *ctx, const struct edge_fall *fall, struct err *err)
{
	const struct absence *a = ctx;

	return a->s->tells_end ? ev_trend_signal_absent(a->run, fall, &a->s->data, err) : 0;
}

/* One result for each rise and fall; results of a window fired again come too late to change them. */
static enum cmd_verdict
cross(struct cmd_run *run, struct trending *s, const struct ev_trend_scored *w, struct err *err)
{
	struct span key = value_identity(w->content, run->scratch);
	struct span id = event_text(w->window.ev, EVENT_ID);
	int64_t since_ms;

	if (w->window.pane > 0 || w->window.time_ms < s->edge.batch_ms)
		return CMD_DROP;
	if (edge_advance(&s->edge, w->window.time_ms, tell_absence, &(struct absence){run, s}, err))
		return CMD_FAIL;
	switch (edge_put(&s->edge, key, w->score.score, id, &since_ms)) {
	case EDGE_FULL:
		cmd_warn(run,
			"%zu titles trend, the most that --max-keys allows: another is told"
			" again with each window",
			s->edge.max_keys);
		/* fall through */
	case EDGE_UP: return ev_trend_signal(run, w, NULL, &s->data, err) ? CMD_FAIL : CMD_USED;
	case EDGE_DOWN:
		if (s->tells_end && ev_trend_signal(run, w, &since_ms, &s->data, err))
			return CMD_FAIL;
		break;
	case EDGE_SAME: break;
	}
	cmd_keys(run, s->edge.risen.count);
	return CMD_USED;
}

static enum cmd_verdict
event(struct cmd_run *run, void *state, struct event *ev, struct err *err)
{
	struct trending *s = state;
	struct ev_trend_scored w;
	int64_t ms;

	if (timing_ms(&run->timing, ev, &ms, err) || closed_read(&w.window, ev, ms, err) ||
		read_window(s, &w, err))
		return CMD_BAD;
	trend_score(&s->conf, &w.counts, &w.score);
	if (s->by_edge)
		return cross(run, s, &w, err);
	if (w.score.score <= s->threshold)
		return CMD_DROP;
	return ev_trend_signal(run, &w, NULL, &s->data, err) ? CMD_FAIL : CMD_USED;
}

static int
end(struct cmd_run *run, void *state, struct err *err)
{
	struct trending *s = state;

	return edge_end(&s->edge, tell_absence, &(struct absence){run, s}, err);
}

static void
release(struct cmd_run *run, void *state)
{
	struct trending *s = state;

	(void)run;
	edge_release(&s->edge);
	buf_release(&s->data);
}

const struct cmd ev_trend_trending = {
	.name = "trending",
	.purpose = "titles whose score of users, watches, devices and completion is high",
	.usage = "[options] [file ...]",
	.options = options,
	.input = CMD_LINES,
	.features = CMD_SELECTS | CMD_TIMES | CMD_DERIVES | CMD_OBJECTS,
	.state_size = sizeof(struct trending),
	.start = start,
	.event = event,
	.end = end,
	.release = release,
};
