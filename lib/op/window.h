/*
 * window: events gathered by key and time, aggregated, and given out when the watermark passes.
 *
 * Kinds (semantics after Apache Flink's window operator):
 *   aligned   [start, start + size) with start = offset + k * slide, floored; tumbling is slide == size. With
 *             slide > size there are gaps; an event in a gap is in no window, and not late.
 *   session   an event is [t, t + gap); what intersects or touches merges (strict: only what intersects), also
 *             when a late-coming event bridges two sessions. The end is the last event's time + gap.
 *   every     count windows by key, in order of arrival: after every `step` events the last `every` of them.
 *
 * A window is due when end - 1 <= watermark; results due at one watermark come in order of (end, start, key
 * bytes). A window is late when end - 1 + lateness <= watermark; an event is late when all its windows are. An
 * event that comes to a window already due, but not late, is added and the window is given out again at once,
 * pane LATE. n counts the times a window was given out, from 0. The end of input gives out what is left,
 * pane EOF.
 *
 * How: time is cut into panes of gcd(size, slide); a cell holds the aggregates of one key in one pane, so memory
 * is in proportion to the keys of each pane (and the distinct values in it), not to the events. A tumbling window is
 * a cell. Sliding windows without lateness keep one running result a key, to which a pane is added when it enters
 * and from which it is taken when it leaves; what cannot be taken back is merged from the cells (slide.h). With
 * lateness every result is merged from its cells.
 *
 * The caller owns the watermark and gives the values:
 *
 *	window_new(&w, &conf, &aggs, emit, ctx, err);
 *	for (each event) {
 *		window_clear(w);
 *		for (each aggregate i, each output v of its expression)
 *			if (window_value(w, i, v, err)) ...            a bad line; nothing has been added
 *		window_add(w, &(struct window_event){.time_ms = t, .key = key});
 *		window_advance(w, watermark_event(&wm, t));
 *	}
 *	window_finish(w);
 *
 * emit may not call back into the window. When it answers other than 0 nothing more is given out.
 */
#ifndef OP_WINDOW_H
#define OP_WINDOW_H

#include "op/agg.h"
#include "op/watermark.h"

enum window_kind { WINDOW_ALIGNED, WINDOW_SESSION, WINDOW_EVERY };

struct window_conf {
	enum window_kind kind;
	int64_t size_ms, slide_ms, offset_ms; /* aligned */
	int64_t gap_ms;                       /* session */
	uint64_t every, step;                 /* every; step 0: as every */
	int64_t lateness_ms;
	uint64_t max_keys; /* 0: no limit */
	bool strict;       /* sessions that only touch stay apart */
	bool discard; /* given-out contents are forgotten: each pane has only what is new; not sliding */
	bool empty;  /* windows without events too, between those with; aligned and unkeyed */
	bool causes; /* keep the ids that window_event has */
};

/* All spans are borrowed for the call. */
struct window_event {
	int64_t time_ms;
	struct span key; /* identity bytes; empty: unkeyed */
	struct span id, correlation;
};

enum window_pane { WINDOW_ONTIME, WINDOW_LATE, WINDOW_EOF };

/*
 * Most results of a sliding window are those of the window before with other bounds. So the receiver may leave the
 * text that it made with the result: what names the key, and what stands before and after the bounds. It gets them
 * back as long as nothing but the bounds has changed; of the result only bounds, pane, n and serial are then filled.
 */
struct window_memo {
	char *text; /* key, head, tail */
	uint32_t key_n, head_n, n,
		cap; /* n: all three; 0: nothing was left, or it is no longer true */
};

void window_memo_set(struct window_memo *m, struct span key, struct span head, struct span tail);

/* Borrowed for the call of emit. */
struct window_result {
	struct span key;
	int64_t start_ms, end_ms;  /* end exclusive; of count windows: first, and last + 1 */
	int64_t first_ms, last_ms; /* of its events; with events > 0 */
	uint64_t events;
	enum window_pane pane;
	uint32_t n;
	uint64_t serial;          /* of count windows: which one of its key; else 0 */
	void *state;              /* for agg_put */
	struct span id;           /* of the last event by (time, arrival) */
	struct window_memo *memo; /* NULL where there is none to be had */
	struct span correlation;  /* SPAN_NONE unless all events agree */
};

enum window_verdict {
	WINDOW_TAKEN,
	WINDOW_TOO_LATE,
	WINDOW_OUTSIDE, /* in a gap between windows */
	WINDOW_LIMIT,   /* a new key over max_keys */
};

typedef int window_emit_fn(void *ctx, const struct window_result *r);

struct window;

/* aggs is borrowed for the window's life. -1, ERR_USAGE: sizes that make no windows. */
int window_new(struct window **out, const struct window_conf *conf, struct agg_list *aggs,
	window_emit_fn *emit, void *ctx, struct err *err);
void window_free(struct window *w);

/* Forgets the values that wait for the next window_add. */
void window_clear(struct window *w);
/* One value for aggregate i of the event that window_add will add; lives until then. -1: it cannot take it. */
int window_value(struct window *w, size_t i, struct value v, struct err *err);
enum window_verdict window_add(struct window *w, const struct window_event *ev);
/* Gives out what is due at this watermark. A watermark that goes back is ignored. */
void window_advance(struct window *w, int64_t watermark_ms);
/* The end of input: gives out everything, pane EOF. remainder: also count windows that are not full. */
void window_finish(struct window *w, bool remainder);

/* emit has answered other than 0. */
bool window_failed(const struct window *w);
size_t window_keys(const struct window *w);

/* The start of the aligned window of `size` that holds t. */
int64_t window_start(int64_t t, int64_t offset_ms, int64_t size_ms);

#endif
