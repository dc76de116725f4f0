/* session: merging, and a lazy heap of timers. */
#include "op/session.h"

#include "op/cell.h"

struct timer {
	int64_t time_ms;
	struct cell *cell;
};

struct session {
	struct timer *heap;
	size_t n, cap;
	size_t due_n; /* cells in w->gather_cells */
};

/* --- the heap -------------------------------------------------------------------------------- */

static void
push(struct session *s, int64_t time_ms, struct cell *c)
{
	size_t i;

	if (s->n == s->cap) {
		s->cap = MAX(s->cap * 2, (size_t)64);
		s->heap = alloc_resize(s->heap, s->cap * sizeof(*s->heap));
	}
	for (i = s->n++; i > 0 && s->heap[(i - 1) / 2].time_ms > time_ms; i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = (struct timer){time_ms, c};
	c->timer_ms = c->refs++ ? MIN(c->timer_ms, time_ms) : time_ms;
}

/* Puts a timer in the place of the first one. */
static void
replace_first(struct session *s, struct timer t)
{
	size_t i = 0, child;

	while ((child = 2 * i + 1) < s->n) {
		if (child + 1 < s->n && s->heap[child + 1].time_ms < s->heap[child].time_ms)
			child++;
		if (s->heap[child].time_ms >= t.time_ms)
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = t;
}

/* Takes the first timer away; the cell may then be free of timers. */
static void
pop(struct session *s)
{
	struct cell *c = s->heap[0].cell;
	struct timer last = s->heap[--s->n];

	c->refs--;
	c->timer_ms = INT64_MAX; /* when the others come up is not known */
	if (s->n)
		replace_first(s, last);
}

void
session_start(struct window *w)
{
	w->sessions = alloc_zero(sizeof(*w->sessions));
}

void
session_stop(struct window *w)
{
	struct session *s = w->sessions;

	for (size_t i = 0; i < s->n; i++) {
		struct cell *c = s->heap[i].cell;

		if (--c->refs == 0 && c->dead) {
			c->key = NULL;
			cell_free(w, c);
		}
	}
	alloc_free(s->heap);
	alloc_free(s);
}

/* --- sessions -------------------------------------------------------------------------------- */

/* Out of its key; the memory stays while timers point to it. */
static void
retire(struct window *w, struct cell *c)
{
	cell_unlink(c);
	if (c->refs) {
		c->dead = true;
		cell_clear(w, c);
		return;
	}
	c->key = NULL;
	cell_free(w, c);
}

static bool
touches(const struct window *w, const struct cell *c, int64_t start, int64_t end)
{
	return w->conf.strict ? c->at < end && c->end_ms > start
			      : c->at <= end && c->end_ms >= start;
}

static bool
is_over(const struct window *w, int64_t end)
{
	return watermark_minus(end, 1) <= w->watermark_ms;
}

static void
merge_into(struct window *w, struct cell *into, struct cell *from)
{
	into->end_ms = MAX(into->end_ms, from->end_ms);
	into->n = MAX(into->n, from->n);
	cell_merge(w, into, from);
	retire(w, from);
}

/* The key's session that the event belongs to, made or merged from those that it touches. */
static struct cell *
session_for(struct window *w, struct cell_key *k, int64_t start, int64_t end)
{
	struct cell *c = k->newest, *s;

	while (c && !touches(w, c, start, end))
		c = c->older;
	if (!c) {
		s = cell_new(w, k, start);
		s->end_ms = end;
		return s;
	}
	for (s = c; s->older && touches(w, s->older, start, end); s = c) {
		c = s->older;
		merge_into(w, c, s);
	}
	s->at = MIN(s->at, start);
	s->end_ms = MAX(s->end_ms, end);
	return s;
}

/* Where the session would end with this event in it. */
static int64_t
end_with(const struct window *w, const struct cell_key *k, int64_t start, int64_t end)
{
	int64_t result = end;

	for (const struct cell *c = k ? k->newest : NULL; c; c = c->older)
		if (touches(w, c, start, end))
			result = MAX(result, c->end_ms);
	return result;
}

static void
give(struct window *w, struct cell *c, enum window_pane label)
{
	if (c->events == 0)
		return;
	cell_emit(w, c, c->at, c->end_ms, label, c->n++);
	if (w->conf.discard)
		cell_clear(w, c);
}

static void
set_timer(struct window *w, struct cell *c)
{
	int64_t due = c->done ? watermark_plus(c->end_ms - 1, w->conf.lateness_ms) : c->end_ms - 1;

	if (c->refs == 0 || c->timer_ms > due)
		push(w->sessions, due, c);
}

enum window_verdict
session_add(struct window *w, const struct window_event *ev)
{
	struct cell_key *k = ev->key.n ? table_get(&w->keys, ev->key) : w->only;
	int64_t start = ev->time_ms, end = watermark_plus(start, w->conf.gap_ms);
	struct cell *c;

	if (is_over(w, end) &&
		is_over(w, watermark_plus(end_with(w, k, start, end), w->conf.lateness_ms)))
		return WINDOW_TOO_LATE;
	if (!k)
		k = cell_key(w, ev->key);
	if (!k)
		return WINDOW_LIMIT;
	c = session_for(w, k, start, end);
	cell_take(w, c, ev);
	c->done = is_over(w, c->end_ms);
	if (c->done)
		give(w, c, WINDOW_LATE);
	set_timer(w, c);
	return WINDOW_TAKEN;
}

static int
compare(const void *a, const void *b)
{
	const struct cell *x = *(struct cell *const *)a, *y = *(struct cell *const *)b;

	if (x->end_ms != y->end_ms)
		return x->end_ms < y->end_ms ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return cell_key_compare(x->key, y->key);
}

static void
note_due(struct window *w, struct cell *c)
{
	struct session *s = w->sessions;

	if (s->due_n == w->gather_cells_cap) {
		w->gather_cells_cap = MAX(w->gather_cells_cap * 2, (size_t)64);
		w->gather_cells = alloc_resize(
			w->gather_cells, w->gather_cells_cap * sizeof(*w->gather_cells));
	}
	w->gather_cells[s->due_n++] = c;
	c->done = true;
}

static void
remove_session(struct window *w, struct cell *c)
{
	struct cell_key *k = c->key;

	retire(w, c);
	cell_key_drop(w, k);
}

/* One timer that has come up. */
static void
ring(struct window *w)
{
	struct session *s = w->sessions;
	struct cell *c = s->heap[0].cell;
	int64_t due = c->done ? watermark_plus(c->end_ms - 1, w->conf.lateness_ms) : c->end_ms - 1;

	if (!c->dead && due > w->watermark_ms) {
		c->timer_ms = due;
		replace_first(s, (struct timer){due, c});
		return;
	}
	pop(s);
	if (c->dead) {
		if (c->refs == 0) {
			c->key = NULL;
			cell_free(w, c);
		}
		return;
	}
	if (c->done)
		remove_session(w, c);
	else
		note_due(w, c);
}

void
session_advance(struct window *w, enum window_pane label)
{
	struct session *s = w->sessions;

	s->due_n = 0;
	while (s->n && s->heap[0].time_ms <= w->watermark_ms)
		ring(w);
	if (s->due_n > 1)
		qsort(w->gather_cells, s->due_n, sizeof(*w->gather_cells), compare);
	for (size_t i = 0; i < s->due_n; i++) {
		struct cell *c = w->gather_cells[i];

		give(w, c, label);
		if (w->conf.lateness_ms)
			set_timer(w, c);
		else
			remove_session(w, c);
	}
}
