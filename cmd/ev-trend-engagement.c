/*
 * ev-trend engagement: how engaged a user was in a session.
 *
 * Reads window.closed events of sessions with the members contentCount, interactions, diversity, first and last;
 * writes an engagement.scored event for each. Keeps nothing.
 */
#include "ev-trend.h"
#include "op/trend.h"
#include "json/emit.h"

enum { USER, CONTENT_COUNT, INTERACTIONS, DIVERSITY, FIRST, LAST, NAMES };

struct engagement {
	struct trend_session_conf conf;
	double threshold;
	bool shows_needs;
	struct opt_list use;

	bool has_threshold;
	struct closed_name names[NAMES];
	struct buf data;
};

#define CONSTANT(name, member, value, min, help) \
	OPT_RANGE(0, name, OPT_DOUBLE, struct engagement, conf.member, "X", value, min, 1e9, help)

static const struct opt options[] = {
	OPT_RANGE(0, "threshold", OPT_DOUBLE, struct engagement, threshold, "X", NULL, -1e15, 1e15,
		"only scores above X [every session]"),
	OPT_ROW(0, "use", OPT_LIST, struct engagement, use, "NAME=MEMBER", NULL,
		"read NAME from another member of data"),
	CONSTANT("weight-content", weight_content, "0.3", 0, "weight of contentCount"),
	CONSTANT("weight-diversity", weight_diversity, "0.3", 0, "weight of diversity"),
	CONSTANT("weight-rate", weight_rate, "0.4", 0, "weight of interactions / contentCount"),
	CONSTANT("divisor", divisor, "3", 1e-9, "what the sum is divided by, before times 100"),
	CONSTANT("max-score", max_score, "100", 0, "highest score"),
	OPT_ROW(0, "needs", OPT_FLAG, struct engagement, shows_needs, NULL, NULL,
		"print the options that ev-window needs, and end"),
	OPT_END,
};

static const struct ev_trend_need needs[NAMES] = {
	{"userId", "-k", ".data.userId // .userId"},
	{"contentCount", "-a", "count($type == \"content.watched\")"},
	{"interactions", "-a",
		"count($type == \"content.liked\" or $type == \"content.shared\""
		" or $type == \"content.rated\")"},
	{"diversity", "-a", "distinct(.data.contentType)"},
	{"first", NULL, NULL},
	{"last", NULL, NULL},
};

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct engagement *s = state;

	if (ev_trend_names(s->names, needs, NAMES, &s->use, err))
		return -1;
	s->has_threshold = cmd_given(run, "threshold");
	buf_init(&s->data, run->max_line);
	if (!s->shows_needs)
		return 0;
	return ev_trend_print(
		run, "--session 30m\n-w .data.userId // .userId\n", needs, s->names, NAMES, err);
}

struct session {
	struct closed window;
	struct value user;
	struct trend_session counts;
	struct trend_session_score score;
	int64_t first_ms, last_ms;
};

static int
read_session(const struct closed_name *names, struct session *w, struct err *err)
{
	const struct closed *c = &w->window;

	if (closed_key(c, &names[USER], &w->user, err) ||
		closed_count(c, &names[CONTENT_COUNT], &w->counts.content_count, err) ||
		closed_count(c, &names[INTERACTIONS], &w->counts.interactions, err) ||
		closed_count(c, &names[DIVERSITY], &w->counts.diversity, err) ||
		closed_time(c, &names[FIRST], &w->first_ms, err) ||
		closed_time(c, &names[LAST], &w->last_ms, err))
		return -1;
	return 0;
}

static void
put_session(struct buf *b, const struct session *w)
{
	struct dec seconds = {0, 0};
	struct emit e;

	dec_mul(dec_i64(w->last_ms - w->first_ms), (struct dec){1, -3}, &seconds);
	emit_init(&e, b);
	emit_open(&e, '{');
	emit_name(&e, SPAN("userId"));
	emit_raw(&e, w->user.json);
	emit_name(&e, SPAN("score"));
	emit_double(&e, w->score.score);
	emit_name(&e, SPAN("sessionDurationSeconds"));
	emit_dec(&e, seconds);
	emit_name(&e, SPAN("contentCount"));
	emit_i64(&e, w->counts.content_count);
	emit_name(&e, SPAN("sessionStart"));
	emit_time(&e, w->first_ms);
	emit_name(&e, SPAN("sessionEnd"));
	emit_time(&e, w->last_ms);
	emit_name(&e, SPAN("interactions"));
	emit_i64(&e, w->counts.interactions);
	emit_name(&e, SPAN("diversity"));
	emit_i64(&e, w->counts.diversity);
	emit_name(&e, SPAN("interactionRate"));
	emit_double(&e, w->score.rate);
	emit_close(&e);
}

static enum cmd_verdict
event(struct cmd_run *run, void *state, struct event *ev, struct err *err)
{
	struct engagement *s = state;
	struct build_event out;
	struct session w;
	int64_t ms;

	if (timing_ms(&run->timing, ev, &ms, err) || closed_read(&w.window, ev, ms, err) ||
		read_session(s->names, &w, err))
		return CMD_BAD;
	trend_session_score(&s->conf, &w.counts, &w.score);
	if (s->has_threshold && w.score.score <= s->threshold)
		return CMD_DROP;
	buf_clear(&s->data);
	put_session(&s->data, &w);
	closed_derive(&w.window, SPAN("engagement.scored"), w.user, &out);
	out.aggregate_id = out.user = value_text(w.user, run->scratch);
	out.aggregate_type = SPAN("user");
	return ev_trend_write(run, &out, &s->data, err) ? CMD_FAIL : CMD_USED;
}

static void
release(struct cmd_run *run, void *state)
{
	struct engagement *s = state;

	(void)run;
	buf_release(&s->data);
}

const struct cmd ev_trend_engagement = {
	.name = "engagement",
	.purpose = "how engaged each user was in each session",
	.usage = "[options] [file ...]",
	.options = options,
	.input = CMD_LINES,
	.features = CMD_SELECTS | CMD_TIMES | CMD_DERIVES | CMD_OBJECTS,
	.state_size = sizeof(struct engagement),
	.start = start,
	.event = event,
	.release = release,
};
