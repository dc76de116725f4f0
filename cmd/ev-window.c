/*
 * ev-window: event-time windows.
 *
 * Reads objects with a time; writes a window.closed event for each window that the watermark has passed. Keeps
 * the aggregates of each key in each open pane: at most --max-keys keys.
 */
#include "ev-window.h"

#include "base/clock.h"
#include "cli/tally.h"

#define IDLE_STEP_NS 100000000 /* between advances of the watermark while nothing comes */

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct ev_window *s = state;

	s->run = run;
	agg_list_init(&s->aggs);
	arena_init(&s->names);
	buf_init(&s->text, run->max_line);
	buf_init(&s->identity, SIZE_MAX / 2);
	buf_init(&s->id, SIZE_MAX / 2);
	buf_init(&s->span, 4096);
	if (ev_window_conf(run, s, err))
		return -1;
	watermark_init(&s->watermark, s->ooo_ms);
	if (cmd_given(run, "max-ahead"))
		s->watermark.max_ahead_ms = s->max_ahead_ms;
	if (cmd_given(run, "max-jump"))
		s->watermark.max_jump_ms = s->max_jump_ms;
	return window_new(&s->window, &s->conf, &s->aggs, ev_window_put, s, err);
}

/* --- an event -------------------------------------------------------------------------------- */

static int
read_time(struct ev_window *s, struct event *ev, int64_t *ms, struct err *err)
{
	int64_t now = s->watermark.max_ahead_ms >= 0 ? cmd_now_ms(s->run) : 0;

	if (timing_ms(&s->run->timing, ev, ms, err))
		return -1;
	if (watermark_is_future(&s->watermark, *ms, now))
		return err_data(err, "future", -1, "the event's time is too far in the future");
	return 0;
}

static int
read_part(struct ev_window *s, size_t i, struct event *ev, struct value *v, struct err *err)
{
	if (expr_value(s->key[i].expr, ev, v, err))
		return -1;
	if (v->type == DOC_ABSENT)
		return err_data(
			err, "key", -1, "no key: '%.80s' gives nothing", expr_text(s->key[i].expr));
	v->json = value_identity(*v, s->run->scratch);
	return 0;
}

/* One expression: its value; several: the array of their values. */
static int
read_key(struct ev_window *s, struct event *ev, struct err *err)
{
	struct value v;

	if (s->key_count == 1)
		return read_part(s, 0, ev, &ev->key, err);
	buf_clear(&s->text);
	for (size_t i = 0; i < s->key_count; i++) {
		if (read_part(s, i, ev, &v, err))
			return -1;
		buf_putc(&s->text, i ? ',' : '[');
		buf_span(&s->text, v.json);
	}
	buf_putc(&s->text, ']');
	if (s->text.over)
		return err_data(err, "key", -1, "the key is longer than --max-line");
	ev->key = (struct value){DOC_ARRAY, buf_view(&s->text)};
	return 0;
}

struct outputs {
	struct window *window;
	size_t aggregate;
};

static int
take_output(void *ctx, struct value v, struct err *err)
{
	struct outputs *o = ctx;

	return window_value(o->window, o->aggregate, v, err);
}

static int
read_values(struct ev_window *s, struct event *ev, struct err *err)
{
	struct outputs o = {s->window, 0};

	window_clear(s->window);
	for (; o.aggregate < s->aggs.count; o.aggregate++) {
		struct expr *e = s->aggregate[o.aggregate].expr;

		if (e && expr_each(e, ev, take_output, &o, err))
			return -1;
	}
	return 0;
}

static int
advance(struct ev_window *s, int64_t watermark_ms, struct err *err)
{
	s->err = err;
	window_advance(s->window, watermark_ms);
	cmd_watermark(s->run, watermark_ms);
	return window_failed(s->window) ? -1 : 0;
}

static enum cmd_verdict
verdict_of(struct ev_window *s, enum window_verdict v, struct err *err)
{
	switch (v) {
	case WINDOW_TOO_LATE: return CMD_LATE;
	case WINDOW_OUTSIDE: return CMD_DROP;
	case WINDOW_LIMIT:
		err_data(err, "limit", -1, "a new key, and --max-keys %llu are held already",
			(unsigned long long)s->conf.max_keys);
		return CMD_BAD;
	default: return CMD_USED;
	}
}

static enum cmd_verdict
event(struct cmd_run *run, void *state, struct event *ev, struct err *err)
{
	struct ev_window *s = state;
	struct window_event e = {0};
	enum window_verdict v;
	int64_t before = s->watermark.value_ms;

	if (read_time(s, ev, &e.time_ms, err) || (s->key_count && read_key(s, ev, err)) ||
		read_values(s, ev, err))
		return CMD_BAD;
	e.key = ev->key.json;
	if (s->conf.causes) {
		e.id = event_text(ev, EVENT_ID);
		e.correlation = event_text(ev, EVENT_CORRELATION);
	}
	s->err = err;
	v = window_add(s->window, &e);
	if (watermark_event(&s->watermark, e.time_ms) != before &&
		advance(s, s->watermark.value_ms, err))
		return CMD_FAIL;
	if (window_failed(s->window))
		return CMD_FAIL;
	cmd_keys(run, window_keys(s->window));
	return verdict_of(s, v, err);
}

/* --- when nothing comes ---------------------------------------------------------------------- */

/* Before the program blocks: if lines have come since the last time, the quiet begins now. */
static int
idle(struct cmd_run *run, void *state, struct err *err)
{
	struct ev_window *s = state;
	int64_t lines = cmd_counts(run)->in;

	(void)err;
	if (s->idle_ms == 0 || lines == s->lines)
		return 0;
	s->lines = lines;
	s->last_line_ns = clock_mono_ns();
	cmd_wake(run, clock_deadline_ns(s->idle_ms));
	return 0;
}

static int
tick(struct cmd_run *run, void *state, struct err *err)
{
	struct ev_window *s = state;
	int64_t now = clock_mono_ns();

	if (cmd_counts(run)->in != s->lines)
		return 0;
	cmd_wake(run, now + IDLE_STEP_NS);
	return advance(s, watermark_idle(&s->watermark, (now - s->last_line_ns) / 1000000), err);
}

static int
end(struct cmd_run *run, void *state, struct err *err)
{
	struct ev_window *s = state;

	s->err = err;
	if (s->on_eof == EV_WINDOW_FLUSH)
		window_finish(s->window, cmd_given(run, "on-eof"));
	if (window_failed(s->window))
		return -1;
	if (s->aggs.cut)
		cmd_warn(run, "collect() left %llu values out: --collect-max is %llu",
			(unsigned long long)s->aggs.cut, (unsigned long long)s->aggs.collect_max);
	return 0;
}

static void
release(struct cmd_run *run, void *state)
{
	struct ev_window *s = state;

	(void)run;
	window_free(s->window);
	for (size_t i = 0; i < s->key_count; i++)
		expr_free(s->key[i].expr);
	for (size_t i = 0; i < s->aggs.count; i++)
		expr_free(s->aggregate[i].expr);
	agg_list_release(&s->aggs);
	arena_release(&s->names);
	buf_release(&s->text);
	buf_release(&s->identity);
	buf_release(&s->id);
	buf_release(&s->span);
}

static const struct cmd ev_window = {
	.name = "ev-window",
	.purpose = "gather events into windows and aggregate them",
	.usage = "--tumbling D|--sliding SIZE/SLIDE|--session GAP|--every N [options] [file ...]",
	.options = ev_window_conf_options,
	.input = CMD_LINES,
	.features = CMD_SELECTS | CMD_TIMES | CMD_LATES | CMD_DERIVES | CMD_MERGES | CMD_OBJECTS,
	.state_size = sizeof(struct ev_window),
	.start = start,
	.event = event,
	.idle = idle,
	.tick = tick,
	.end = end,
	.release = release,
};

int
main(int argc, char **argv)
{
	return cmd_main(&ev_window, argc, argv);
}
