/* ev-window: one result as a window.closed event. */
#include "base/when.h"
#include "ev-window.h"
#include "json/text.h"

#define FLUSH_AT ((size_t)256 << 10)
#define DAY_MS 86400000

static inline char *
put_two(char *p, unsigned v, char after)
{
	p[0] = (char)('0' + v / 10);
	p[1] = (char)('0' + v % 10);
	p[2] = after;
	return p + 3;
}

/* As when_put, with the date remembered: times that follow each other are mostly of one day. */
static void
put_time(struct ev_window *s, struct buf *b, struct span before, int64_t ms)
{
	uint64_t rest = (uint64_t)ms - (uint64_t)s->day_ms;
	unsigned fraction = (unsigned)(rest % 1000), seconds = (unsigned)(rest / 1000);
	char text[WHEN_MAX], *p = s->date + 11;

	buf_span(b, before);
	if (unlikely(rest >= DAY_MS || !s->date[0])) {
		buf_put(b, text, when_put(text, ms));
		s->day_ms = window_start(ms, 0, DAY_MS);
		if (when_put(s->date, s->day_ms) != 20)
			s->date[0] = '\0'; /* no date to be had */
		return;
	}
	p = put_two(p, seconds / 3600, ':');
	p = put_two(p, seconds / 60 % 60, ':');
	p = put_two(p, seconds % 60, 'Z');
	if (fraction) {
		p[-1] = '.';
		*p++ = (char)('0' + fraction / 100);
		p = put_two(p, fraction % 100, 'Z');
	}
	buf_put(b, s->date, (size_t)(p - s->date));
}

/* The named parts of the key: the key itself, or the items of the array that it is. */
static void
put_parts(struct ev_window *s, struct buf *b, struct span key)
{
	struct span rest = key, part = key;

	if (s->key_count > 1)
		rest = span_of(key.p + 1, key.n - 2);
	for (size_t i = 0; i < s->key_count; i++) {
		if (s->key_count > 1)
			expr_split(&rest, ',', &part);
		if (s->key[i].member.n) {
			buf_span(b, s->key[i].member);
			buf_span(b, part);
		}
	}
}

/* Results come window by window, so the text of its bounds is mostly the one of the result before. */
static void
put_bounds(struct ev_window *s, struct buf *b, const struct window_result *r)
{
	if (s->span.n == 0 || r->start_ms != s->span_start_ms || r->end_ms != s->span_end_ms) {
		buf_clear(&s->span);
		put_time(s, &s->span, SPAN(",\"windowStart\":\""), r->start_ms);
		put_time(s, &s->span, SPAN("\",\"windowEnd\":\""), r->end_ms);
		s->span_start_ms = r->start_ms;
		s->span_end_ms = r->end_ms;
	}
	buf_span(b, buf_view(&s->span));
}

static void
put_contents(struct ev_window *s, struct buf *b, const struct window_result *r)
{
	static const struct span panes[] = {
		{"\"ontime\"", 8},
		{"\"late\"", 6},
		{"\"eof\"", 5},
	};

	if (r->events) {
		put_time(s, b, SPAN("\",\"first\":\""), r->first_ms);
		put_time(s, b, SPAN("\",\"last\":\""), r->last_ms);
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

static void
put_data(struct ev_window *s, struct buf *b, const struct window_result *r, struct span key)
{
	size_t start = b->n, head, tail;

	if (r->memo && r->memo->n) {
		buf_put(b, r->memo->text, r->memo->head_n);
		put_bounds(s, b, r);
		buf_put(b, r->memo->text + r->memo->head_n, r->memo->n - r->memo->head_n);
		return;
	}
	buf_span(b, SPAN("{\"key\":"));
	buf_span(b, key);
	put_parts(s, b, key);
	head = b->n;
	put_bounds(s, b, r);
	tail = b->n;
	put_contents(s, b, r);
	if (r->memo && !b->over)
		window_memo_set(r->memo, span_of(b->p + start, head - start),
			span_of(b->p + tail, b->n - tail));
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

/* The event around data. */
static void
put_event(struct ev_window *s, const struct window_result *r, struct span key)
{
	struct build_event ev = {
		.type = SPAN("window.closed"),
		.time_ms = watermark_minus(r->end_ms, 1),
		.aggregate_id = aggregate_id(s, key),
		.aggregate_type = SPAN("window"),
		.correlation = r->correlation,
		.causation = r->id,
	};

	put_identity(s, r, key);
	buf_clear(&s->data);
	put_data(s, &s->data, r, key);
	ev.identity = buf_view(&s->identity);
	ev.data = buf_view(&s->data);
	build_put(&s->run->stage, &ev, s->run->out);
}

int
ev_window_put(void *ctx, const struct window_result *r)
{
	struct ev_window *s = ctx;
	struct span key = s->key_count ? r->key : SPAN("null");

	if (s->run->stage.flat) {
		put_data(s, s->run->out, r, key);
		buf_putc(s->run->out, '\n');
	} else {
		put_event(s, r, key);
	}
	return likely(s->run->out->n < FLUSH_AT) ? 0 : cmd_flush(s->run, s->err);
}
