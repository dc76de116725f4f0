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

/* Seven bits a byte, the last one under 128. */
static size_t
put_count(unsigned char *p, uint64_t v)
{
	size_t n = 0;

	for (; v > 0x7f; v >>= 7)
		p[n++] = (unsigned char)(v | 0x80);
	p[n++] = (unsigned char)v;
	return n;
}

/*
 * What makes this result the same one when it is computed again: window, firing, key. In binary, so that with a
 * key of up to 21 bytes it is hashed as one block.
 */
static struct span
identity(struct ev_window *s, const struct window_result *r, struct span key)
{
	const uint64_t times[] = {(uint64_t)r->start_ms, (uint64_t)r->end_ms};
	unsigned char numbers[2 * 8 + 2 * 10];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(times); i++)
		for (int shift = 56; shift >= 0; shift -= 8)
			numbers[n++] = (unsigned char)(times[i] >> shift);
	n += put_count(numbers + n, r->n);
	n += put_count(numbers + n, r->serial);
	buf_clear(&s->identity);
	buf_put(&s->identity, numbers, n);
	buf_span(&s->identity, key);
	return buf_view(&s->identity);
}

/* The part of the event that is another in every window. */
static void
put_front(struct ev_window *s, struct buf *b, const struct window_result *r, struct span key)
{
	const struct build_event ev = {
		.type = SPAN("window.closed"),
		.time_ms = watermark_minus(r->end_ms, 1),
		.identity = identity(s, r, key),
	};

	build_put_front(&s->run->stage, &ev, b);
}

static void
put_back(struct ev_window *s, struct buf *b, const struct window_result *r, struct span key)
{
	const struct build_event ev = {
		.aggregate_id = aggregate_id(s, key),
		.aggregate_type = SPAN("window"),
		.correlation = r->correlation,
		.causation = r->id,
	};

	build_put_back(&s->run->stage, &ev, b);
}

/* All but the front, which --flat has not. */
static void
put_rest(struct ev_window *s, struct buf *b, const struct window_result *r, struct span key)
{
	size_t start = b->n, head, tail;

	if (!s->run->stage.flat)
		put_back(s, b, r, key);
	buf_span(b, SPAN("{\"key\":"));
	buf_span(b, key);
	put_parts(s, b, key);
	head = b->n;
	put_bounds(s, b, r);
	tail = b->n;
	put_contents(s, b, r);
	if (s->run->stage.flat)
		buf_putc(b, '\n');
	else
		build_put_end(b);
	if (r->memo && !b->over)
		window_memo_set(r->memo, s->run->stage.flat ? SPAN_NONE : key,
			span_of(b->p + start, head - start), span_of(b->p + tail, b->n - tail));
}

/* The result of the window before, with other bounds. */
static void
put_again(struct ev_window *s, struct buf *b, const struct window_result *r)
{
	const struct window_memo *m = r->memo;
	const char *head = m->text + m->key_n, *tail = head + m->head_n;

	if (!s->run->stage.flat)
		put_front(s, b, r, span_of(m->text, m->key_n));
	buf_put(b, head, m->head_n);
	put_bounds(s, b, r);
	buf_put(b, tail, (size_t)(m->text + m->n - tail));
}

int
ev_window_put(void *ctx, const struct window_result *r)
{
	struct ev_window *s = ctx;
	struct buf *b = s->run->out;
	struct span key;

	if (r->memo && r->memo->n) {
		put_again(s, b, r);
	} else {
		key = s->key_count ? r->key : SPAN("null");
		if (!s->run->stage.flat)
			put_front(s, b, r, key);
		put_rest(s, b, r, key);
	}
	return likely(b->n < FLUSH_AT) ? 0 : cmd_flush(s->run, s->err);
}
