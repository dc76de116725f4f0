/* cell: lists of cells, their contents, and the way out. */
#include "op/cell.h"

static void
cause_free(struct cell_cause *c)
{
	if (!c)
		return;
	alloc_free(c->id);
	alloc_free(c->correlation);
	alloc_free(c);
}

/* A zeroed cell; its cause is empty, but may have memory from before. */
static struct cell *
take_spare(struct window *w)
{
	size_t n = sizeof(struct cell) + w->aggs->state_size;
	struct cell *c = w->spare;
	struct cell_cause *cause;

	if (!c) {
		c = alloc_zero(n);
		if (w->conf.causes)
			c->cause = alloc_zero(sizeof(*c->cause));
		return c;
	}
	w->spare = c->older;
	cause = c->cause;
	memset(c, 0, n);
	c->cause = cause;
	return c;
}

struct cell *
cell_new(struct window *w, struct cell_key *key, int64_t at)
{
	struct cell *c = take_spare(w), *after;

	c->key = key;
	c->at = at;
	if (!key)
		return c;
	for (after = key->newest; after && after->at > at; after = after->older)
		;
	c->older = after;
	c->newer = after ? after->newer : key->oldest;
	*(c->newer ? &c->newer->older : &key->newest) = c;
	*(after ? &after->newer : &key->oldest) = c;
	return c;
}

void
cell_unlink(struct cell *c)
{
	*(c->newer ? &c->newer->older : &c->key->newest) = c->older;
	*(c->older ? &c->older->newer : &c->key->oldest) = c->newer;
	c->older = c->newer = NULL;
}

static void
empty_cause(struct cell_cause *c)
{
	c->id_n = c->correlation_n = 0;
	c->mixed = false;
}

void
cell_clear(struct window *w, struct cell *c)
{
	agg_release(w->aggs, c->state);
	c->events = 0;
	if (c->cause)
		empty_cause(c->cause);
}

void
cell_free(struct window *w, struct cell *c)
{
	if (c->key)
		cell_unlink(c);
	if (w->aggs->owns_memory)
		agg_release(w->aggs, c->state);
	if (c->cause)
		empty_cause(c->cause);
	c->older = w->spare;
	w->spare = c;
}

void
cell_release_spares(struct window *w)
{
	for (struct cell *c = w->spare, *next; c; c = next) {
		next = c->older;
		cause_free(c->cause);
		alloc_free(c);
	}
}

static void
set_text(char **p, size_t *n, size_t *cap, struct span s)
{
	if (s.n > *cap) {
		alloc_free(*p);
		*cap = MAX(s.n, (size_t)36);
		*p = alloc_get(*cap);
	}
	if (s.n)
		memcpy(*p, s.p, s.n);
	*n = s.n;
}

/* first: nothing has been taken before; latest: this event is now the last. */
static void
take_cause(struct cell_cause *c, bool first, bool latest, struct span id, struct span correlation)
{
	if (latest)
		set_text(&c->id, &c->id_n, &c->id_cap, id);
	if (first)
		set_text(&c->correlation, &c->correlation_n, &c->correlation_cap, correlation);
	else if (!span_equal(span_of(c->correlation, c->correlation_n), correlation))
		c->mixed = true;
}

void
cell_take(struct window *w, struct cell *c, const struct window_event *ev)
{
	bool first = c->events == 0, latest = first || ev->time_ms >= c->last_ms;

	for (size_t i = 0; i < w->value_count; i++)
		agg_take(w->aggs, w->values[i].i, c->state, w->values[i].v, ev->time_ms);
	if (c->cause)
		take_cause(c->cause, first, latest, ev->id, ev->correlation);
	if (latest)
		c->last_ms = ev->time_ms;
	if (first || ev->time_ms < c->first_ms)
		c->first_ms = ev->time_ms;
	c->events++;
}

void
cell_merge_header(struct window *w, struct cell *into, const struct cell *from)
{
	bool first = into->events == 0, latest = first || from->last_ms >= into->last_ms;

	(void)w;
	if (from->events == 0)
		return;
	if (into->cause) {
		take_cause(into->cause, first, latest, span_of(from->cause->id, from->cause->id_n),
			span_of(from->cause->correlation, from->cause->correlation_n));
		into->cause->mixed |= from->cause->mixed;
	}
	if (latest)
		into->last_ms = from->last_ms;
	if (first || from->first_ms < into->first_ms)
		into->first_ms = from->first_ms;
	into->events += from->events;
}

void
cell_merge(struct window *w, struct cell *into, const struct cell *from)
{
	cell_merge_header(w, into, from);
	agg_merge(w->aggs, into->state, from->state);
}

void
cell_send(struct window *w, const struct window_result *r)
{
	if (!w->failed && w->emit(w->ctx, r))
		w->failed = true;
}

void
cell_emit(struct window *w, struct cell *c, int64_t start_ms, int64_t end_ms, enum window_pane pane,
	uint32_t n)
{
	struct window_result r = {
		.key = c->key ? table_key(c->key) : SPAN_NONE,
		.start_ms = start_ms,
		.end_ms = end_ms,
		.first_ms = c->first_ms,
		.last_ms = c->last_ms,
		.events = c->events,
		.pane = pane,
		.n = n,
		.state = c->state,
	};

	if (w->conf.kind == WINDOW_EVERY)
		r.serial = c->key->serial;
	if (c->cause && c->events) {
		r.id = span_of(c->cause->id, c->cause->id_n);
		if (!c->cause->mixed && c->cause->correlation_n)
			r.correlation = span_of(c->cause->correlation, c->cause->correlation_n);
	}
	cell_send(w, &r);
}

/* The key of an unkeyed stream; any text will do, this one is what data shows. */
static const char unkeyed[] = "null";

struct cell_key *
cell_key(struct window *w, struct span key, bool *is_new)
{
	struct cell_key *k;

	*is_new = false;
	if (!key.n && w->only)
		return w->only;
	if (unlikely(w->conf.max_keys && w->keys.count >= w->conf.max_keys))
		return key.n ? table_get(&w->keys, key) : NULL;
	k = table_put(&w->keys, key.n ? key : span_str(unkeyed), is_new);
	if (!key.n)
		w->only = k;
	return k;
}

void
cell_key_release(struct window *w, struct cell_key *k)
{
	if (w->conf.kind != WINDOW_ALIGNED)
		return;
	if (!w->slide) {
		alloc_free(k->fires);
	} else if (k->running) {
		alloc_free(k->running->memo.text);
		alloc_free(k->running);
		k->running = NULL;
	}
}

void
cell_key_drop(struct window *w, struct cell_key *k)
{
	if (k->oldest || (w->slide && k->running))
		return;
	cell_key_release(w, k);
	if (k == w->only)
		w->only = NULL;
	table_remove(&w->keys, k);
}

int
cell_key_compare(const struct cell_key *a, const struct cell_key *b)
{
	return span_compare(table_key(a), table_key(b));
}
