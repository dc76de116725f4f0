/* ev-window: one result as a window.closed event. */
#include "base/when.h"
#include "ev-window.h"
#include "json/text.h"

#define FLUSH_AT ((size_t)256 << 10)

static void
put_time(struct buf *b, struct span before, int64_t ms)
{
	char text[WHEN_MAX];

	buf_span(b, before);
	buf_put(b, text, when_put(text, ms));
}

/* The named parts of the key: the key itself, or the items of the array that it is. */
static void
put_parts(struct ev_window *s, struct span key)
{
	struct span rest = key, part = key;

	if (s->key_count > 1)
		rest = span_of(key.p + 1, key.n - 2);
	for (size_t i = 0; i < s->key_count; i++) {
		if (s->key_count > 1)
			expr_split(&rest, ',', &part);
		if (s->key[i].member.n) {
			buf_span(&s->data, s->key[i].member);
			buf_span(&s->data, part);
		}
	}
}

/* Results come window by window, so the text of its bounds is mostly the one of the result before. */
static void
put_bounds(struct ev_window *s, const struct window_result *r)
{
	if (s->span.n == 0 || r->start_ms != s->span_start_ms || r->end_ms != s->span_end_ms) {
		buf_clear(&s->span);
		put_time(&s->span, SPAN(",\"windowStart\":\""), r->start_ms);
		put_time(&s->span, SPAN("\",\"windowEnd\":\""), r->end_ms);
		s->span_start_ms = r->start_ms;
		s->span_end_ms = r->end_ms;
	}
	buf_span(&s->data, buf_view(&s->span));
}

static void
put_data(struct ev_window *s, const struct window_result *r, struct span key)
{
	static const struct span panes[] = {
		{"\"ontime\"", 8},
		{"\"late\"", 6},
		{"\"eof\"", 5},
	};
	struct buf *b = &s->data;

	buf_clear(b);
	buf_span(b, SPAN("{\"key\":"));
	buf_span(b, key);
	put_parts(s, key);
	put_bounds(s, r);
	if (r->events) {
		put_time(b, SPAN("\",\"first\":\""), r->first_ms);
		put_time(b, SPAN("\",\"last\":\""), r->last_ms);
		buf_span(b, SPAN("\",\"pane\":"));
	} else {
		buf_span(b, SPAN("\",\"first\":null,\"last\":null,\"pane\":"));
	}
	buf_span(b, panes[r->pane]);
	buf_span(b, SPAN(",\"n\":"));
	buf_i64(b, r->n);
	for (size_t i = 0; i < s->aggs.count; i++) {
		buf_span(b, s->aggregate[i].member);
		agg_put(&s->aggs, i, r->state, b);
	}
	buf_putc(b, '}');
}

/* What makes this result the same one when it is computed again: key, window, firing. */
static void
put_identity(struct ev_window *s, const struct window_result *r, struct span key)
{
	const int64_t numbers[] = {r->start_ms, r->end_ms, r->n, (int64_t)r->serial};

	buf_clear(&s->identity);
	buf_span(&s->identity, key);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		buf_putc(&s->identity, ' ');
		buf_i64(&s->identity, numbers[i]);
	}
}

/* A string's meaning, anything else as it is; unkeyed windows are of "all". */
static struct span
aggregate_id(struct ev_window *s, struct span key)
{
	if (s->key_count == 0)
		return SPAN("all");
	if (key.p[0] != '"' || key.n == 2)
		return key;
	buf_clear(&s->id);
	text_decode_to(&s->id, key);
	return buf_view(&s->id);
}

int
ev_window_put(void *ctx, const struct window_result *r)
{
	struct ev_window *s = ctx;
	struct span key = s->key_count ? r->key : SPAN("null");
	struct build_event ev = {
		.type = SPAN("window.closed"),
		.time_ms = watermark_minus(r->end_ms, 1),
		.aggregate_type = SPAN("window"),
		.correlation = r->correlation,
		.causation = r->id,
	};

	put_data(s, r, key);
	ev.data = buf_view(&s->data);
	if (!s->run->stage.flat) {
		put_identity(s, r, key);
		ev.identity = buf_view(&s->identity);
		ev.aggregate_id = aggregate_id(s, key);
	}
	build_put(&s->run->stage, &ev, s->run->out);
	return s->run->out->n < FLUSH_AT ? 0 : cmd_flush(s->run, s->err);
}
