/*
 * ev-trend anomaly: a number that is far above what it has been.
 *
 * Reads window.closed events; writes an anomaly.detected event where a member's robust score against the last
 * windows of the same key passes the threshold. Keeps --history numbers for each key, at most --max-keys keys and
 * no more than fit --max-memory; then the key unseen for the longest is forgotten.
 */
#include <inttypes.h>
#include <math.h>

#include "ev-trend.h"
#include "op/anomaly.h"
#include "op/edge.h"
#include "json/emit.h"

struct scorer {
	struct anomaly_conf conf;
	int64_t history, warm_up;
	double threshold;
	bool by_edge, both, shows_needs;
	const char *member;

	struct closed_name name;
	struct anomaly anomaly;
	struct edge edge;
	struct buf data;
};

static const struct opt options[] = {
	OPT_ROW(0, "member", OPT_STRING, struct scorer, member, "NAME", "count",
		"the member of data to watch"),
	OPT_RANGE(0, "threshold", OPT_DOUBLE, struct scorer, threshold, "X", "3.5", 0, 1e15,
		"a score above X is an anomaly"),
	OPT_RANGE(0, "history", OPT_INT, struct scorer, history, "N", "60", 2, ANOMALY_HISTORY_MAX,
		"compare with the last N windows of the key"),
	OPT_RANGE(0, "warm-up", OPT_INT, struct scorer, warm_up, "N", "10", 2, ANOMALY_HISTORY_MAX,
		"score nothing before N windows of the key"),
	OPT_RANGE(0, "share", OPT_DOUBLE, struct scorer, conf.share, "X", "0.05", 0, 1e9,
		"the scale is at least X times the median"),
	OPT_RANGE(0, "floor", OPT_DOUBLE, struct scorer, conf.floor, "X", "1", 1e-12, 1e15,
		"the scale is at least X"),
	OPT_ROW(0, "both", OPT_FLAG, struct scorer, both, NULL, NULL, "falls as well as rises"),
	OPT_ROW(0, "edge", OPT_FLAG, struct scorer, by_edge, NULL, NULL,
		"only the first of consecutive anomalies of a key"),
	OPT_ROW(0, "needs", OPT_FLAG, struct scorer, shows_needs, NULL, NULL,
		"print the options that ev-window needs, and end"),
	OPT_END,
};

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	static const struct ev_trend_need need = {"count", "-a", "count()"};
	struct scorer *s = state;
	uint64_t fit;

	if (s->warm_up > s->history)
		return err_usage(err, "--warm-up %" PRId64 " is above --history %" PRId64,
			s->warm_up, s->history);
	s->conf.history = (size_t)s->history;
	s->conf.warm_up = (size_t)s->warm_up;
	fit = run->max_memory ? run->max_memory / anomaly_key_bytes(&s->conf) : UINT64_MAX;
	s->conf.max_keys = (size_t)MAX(1, MIN(fit, run->max_keys));
	s->name = (struct closed_name){s->member, span_str(s->member)};
	anomaly_init(&s->anomaly, &s->conf);
	edge_init(&s->edge, s->threshold, s->threshold, s->conf.max_keys);
	buf_init(&s->data, run->max_line);
	if (!s->shows_needs)
		return 0;
	return ev_trend_print(run, "--tumbling 1m\n--empty\n", &need, &s->name, 1, err);
}

static void
put_anomaly(struct buf *b, const struct scorer *s, const struct closed *c, struct value key,
	double x, const struct anomaly_result *r)
{
	struct emit e;

	emit_init(&e, b);
	emit_open(&e, '{');
	if (key.type > DOC_NULL) {
		emit_name(&e, SPAN("key"));
		emit_raw(&e, key.json);
	}
	emit_name(&e, SPAN("member"));
	emit_string(&e, s->name.member);
	emit_name(&e, SPAN("value"));
	emit_raw(&e, closed_value(c, s->name.member).json);
	emit_name(&e, SPAN("score"));
	emit_double(&e, r->score);
	emit_name(&e, SPAN("timestamp"));
	emit_time(&e, c->time_ms);
	emit_name(&e, SPAN("direction"));
	emit_string(&e, x > r->median ? SPAN("rise") : SPAN("fall"));
	emit_name(&e, SPAN("median"));
	emit_double(&e, r->median);
	emit_name(&e, SPAN("scale"));
	emit_double(&e, r->scale);
	emit_name(&e, SPAN("windows"));
	emit_i64(&e, (int64_t)r->windows);
	emit_close(&e);
}

/* With --edge nothing is written when a row of anomalies ends. */
static int
ignore_fall(void *ctx, const struct edge_fall *fall, struct err *err)
{
	(void)ctx, (void)fall, (void)err;
	return 0;
}

/* Is this the score of an anomaly to be told? 1, 0, -1. */
static int
is_news(struct scorer *s, const struct closed *c, struct span key, double score, struct err *err)
{
	double height = s->both && !(c->is_cut && score < 0) ? fabs(score) : score;
	int64_t since_ms;
	enum edge_change change;

	if (!s->by_edge)
		return height > s->threshold;
	if (c->time_ms >= s->edge.batch_ms &&
		edge_advance(&s->edge, c->time_ms, ignore_fall, NULL, err))
		return -1;
	change = edge_put(&s->edge, key, height, SPAN(""), &since_ms);
	return change == EDGE_UP || change == EDGE_FULL;
}

static enum cmd_verdict
event(struct cmd_run *run, void *state, struct event *ev, struct err *err)
{
	struct scorer *s = state;
	struct build_event out;
	struct anomaly_result r;
	struct closed c;
	struct value key;
	struct span name;
	double x;
	int64_t ms;
	int news;

	if (timing_ms(&run->timing, ev, &ms, err) || closed_read(&c, ev, ms, err) ||
		closed_number(&c, &s->name, &x, err))
		return CMD_BAD;
	key = closed_value(&c, SPAN("key"));
	name = key.type == DOC_ABSENT ? SPAN("null") : value_identity(key, run->scratch);
	if (c.pane > 0 || anomaly_is_old(&s->anomaly, name, ms))
		return CMD_DROP;
	if (!anomaly_put(&s->anomaly, name, ms, x, &r))
		return CMD_USED;
	cmd_keys(run, s->anomaly.keys.count);
	news = is_news(s, &c, name, r.score, err);
	if (news <= 0)
		return news ? CMD_FAIL : CMD_USED;
	buf_clear(&s->data);
	put_anomaly(&s->data, s, &c, key, x, &r);
	closed_derive(&c, SPAN("anomaly.detected"), key, &out);
	return ev_trend_write(run, &out, &s->data, err) ? CMD_FAIL : CMD_USED;
}

static int
end(struct cmd_run *run, void *state, struct err *err)
{
	struct scorer *s = state;

	(void)err;
	if (s->anomaly.evicted)
		cmd_warn(run,
			"%" PRIu64
			" keys were forgotten: at most %zu are held (--max-keys, --max-memory)",
			s->anomaly.evicted, s->conf.max_keys);
	return 0;
}

static void
release(struct cmd_run *run, void *state)
{
	struct scorer *s = state;

	(void)run;
	if (s->anomaly.conf.history)
		anomaly_release(&s->anomaly);
	edge_release(&s->edge);
	buf_release(&s->data);
}

const struct cmd ev_trend_anomaly = {
	.name = "anomaly",
	.purpose = "numbers that are far above what they have been",
	.usage = "[options] [file ...]",
	.options = options,
	.input = CMD_LINES,
	.features = CMD_SELECTS | CMD_TIMES | CMD_DERIVES | CMD_OBJECTS,
	.state_size = sizeof(struct scorer),
	.start = start,
	.event = event,
	.end = end,
	.release = release,
};
