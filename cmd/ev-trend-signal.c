/* ev-trend-signal: the data of both events, member by member. */
#include "ev-trend-signal.h"

#include <inttypes.h>

#include "json/emit.h"

static void
put_common(struct emit *e, struct span content, double score, int64_t time_ms)
{
	emit_open(e, '{');
	emit_name(e, SPAN("contentId"));
	emit_raw(e, content);
	emit_name(e, SPAN("trendingScore"));
	emit_double(e, score);
	emit_name(e, SPAN("timestamp"));
	emit_time(e, time_ms);
	emit_name(e, SPAN("reason"));
}

static void
put_components(struct emit *e, const struct trend_counts *in, const struct trend_score *score)
{
	char reason[128];

	snprintf(reason, sizeof(reason), "users:%" PRId64 ", watches:%" PRId64 ", devices:%" PRId64,
		in->users, in->watches, in->devices);
	emit_string(e, span_str(reason));
	emit_name(e, SPAN("users"));
	emit_i64(e, in->users);
	emit_name(e, SPAN("watches"));
	emit_i64(e, in->watches);
	emit_name(e, SPAN("devices"));
	emit_i64(e, in->devices);
	emit_name(e, SPAN("averageSeconds"));
	emit_i64(e, score->average_s);
	emit_name(e, SPAN("userDiversity"));
	emit_double(e, score->user_diversity);
	emit_name(e, SPAN("watchIntensity"));
	emit_double(e, score->watch_intensity);
	emit_name(e, SPAN("deviceDiversity"));
	emit_double(e, score->device_diversity);
	emit_name(e, SPAN("completion"));
	emit_double(e, score->completion);
}

int
ev_trend_signal(struct cmd_run *run, const struct ev_trend_scored *w, const int64_t *since_ms,
	struct buf *data, struct err *err)
{
	struct build_event ev;
	struct emit e;

	buf_clear(data);
	emit_init(&e, data);
	put_common(&e, w->content.json, w->score.score, w->window.time_ms);
	put_components(&e, &w->counts, &w->score);
	if (since_ms) {
		emit_name(&e, SPAN("since"));
		emit_time(&e, *since_ms);
	}
	emit_close(&e);
	closed_derive(&w->window, since_ms ? SPAN("trend.ended") : SPAN("trend.detected"),
		w->content, &ev);
	ev.aggregate_id = value_text(w->content, run->scratch);
	ev.aggregate_type = SPAN("content");
	return ev_trend_write(run, &ev, data, err);
}

static struct span
absence_identity(struct arena *a, const struct edge_fall *fall)
{
	size_t size = fall->key.n + 64;
	char *p = arena_get(a, size);
	int n = snprintf(
		p, size, "absent %" PRId64 " %.*s", fall->time_ms, (int)fall->key.n, fall->key.p);

	return span_of(p, (size_t)n);
}

int
ev_trend_signal_absent(
	struct cmd_run *run, const struct edge_fall *fall, struct buf *data, struct err *err)
{
	struct value content = {*fall->key.p == '"' ? DOC_STRING : DOC_NUMBER, fall->key};
	struct build_event ev = {.type = SPAN("trend.ended"), .time_ms = fall->time_ms};
	struct emit e;

	buf_clear(data);
	emit_init(&e, data);
	put_common(&e, fall->key, 0, fall->time_ms);
	emit_string(&e, SPAN("no window"));
	emit_name(&e, SPAN("since"));
	emit_time(&e, fall->since_ms);
	emit_close(&e);
	ev.identity = absence_identity(run->scratch, fall);
	ev.causation = fall->note;
	ev.aggregate_id = value_text(content, run->scratch);
	ev.aggregate_type = SPAN("content");
	return ev_trend_write(run, &ev, data, err);
}
