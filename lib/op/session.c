/* session: merging, and a lazy heap of timers. */
#include "op/session.h"

#include "op/cell.h"

struct timer {
	int64_t time_ms;
	struct cell *cell;
};

#define SLOTS 512 /* of the wheel; half of them are the gap */
#define AHEAD 8   /* cells of a slot whose memory is asked for before it is needed */

struct slot {
	struct cell **cells;
	size_t n, cap;
};

/* Timers of the present slot and before are in the heap, later ones in the wheel, in no order. */
struct session {
	struct timer *heap;
	size_t n, cap;
	size_t due_n; /* cells in w->gather_cells */
	int64_t width_ms, present;
	bool started; /* present is known */
	struct slot slots[SLOTS];
};

/* --- timers ---------------------------------------------------------------------------------- */

static void
heap_push(struct session *s, int64_t time_ms, struct cell *c)
{
	size_t i;

	if (s->n == s->cap) {
		s->cap = MAX(s->cap * 2, (size_t)64);
		s->heap = alloc_resize(s->heap, s->cap * sizeof(*s->heap));
	}
	for (i = s->n++; i > 0 && s->heap[(i - 1) / 2].time_ms > time_ms; i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = (struct timer){time_ms, c};
}

/* Takes the first timer out of the heap. */
static struct timer
heap_pop(struct session *s)
{
	struct timer first = s->heap[0], last = s->heap[--s->n];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < s->n) {
		if (child + 1 < s->n && s->heap[child + 1].time_ms < s->heap[child].time_ms)
			child++;
		if (s->heap[child].time_ms >= last.time_ms)
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = last;
	return first;
}

/* Puts a timer where it belongs; what is past the wheel's end comes up early and is put again. */
static void
put_timer(struct session *s, int64_t time_ms, struct cell *c)
{
	int64_t number = cell_floor_div(time_ms, s->width_ms);
	struct slot *slot;

	if (!s->started) {
		s->started = true;
		s->present = number;
	}
	if (number <= s->present) {
		heap_push(s, time_ms, c);
		return;
	}
	number = MIN(number, s->present + SLOTS - 1);
	slot = &s->slots[(uint64_t)number % SLOTS];
	if (slot->n == slot->cap) {
		slot->cap = MAX(slot->cap * 2, (size_t)16);
		slot->cells = alloc_resize(slot->cells, slot->cap * sizeof(struct cell *));
	}
	slot->cells[slot->n++] = c;
}

static void
push(struct session *s, int64_t time_ms, struct cell *c)
{
	put_timer(s, time_ms, c);
	c->timer_ms = c->refs++ ? MIN(c->timer_ms, time_ms) : time_ms;
}

/* When the session's next timer should come up: to be given out, or to be removed. */
static int64_t
due_of(const struct window *w, const struct cell *c)
{
	return c->done ? watermark_plus(c->end_ms - 1, w->conf.lateness_ms) : c->end_ms - 1;
}

/* A timer of a session that has been merged away. */
static void
drop_ref(struct window *w, struct cell *c)
{
	if (--c->refs == 0) {
		c->key = NULL;
		cell_free(w, c);
	}
}

/* The slot becomes the present one: its timers go to the heap, or further on. */
static void
open_slot(struct window *w, int64_t number)
{
	struct session *s = w->sessions;
	struct slot *slot = &s->slots[(uint64_t)number % SLOTS], old = *slot;

	*slot = (struct slot){0};
	s->present = number;
	for (size_t i = 0; i < old.n; i++) {
		struct cell *c = old.cells[i];

		if (i + AHEAD < old.n)
			__builtin_prefetch(old.cells[i + AHEAD]);
		if (c->dead) {
			drop_ref(w, c);
		} else {
			c->timer_ms = due_of(w, c);
			put_timer(s, c->timer_ms, c);
		}
	}
	if (slot->cells) {
		alloc_free(old.cells);
	} else {
		old.n = 0;
		*slot = old; /* its memory is used again */
	}
}

/* Makes the watermark's slot the present one. */
static void
turn(struct window *w)
{
	struct session *s = w->sessions;
	int64_t target = cell_floor_div(w->watermark_ms, s->width_ms);

	if (!s->started || target <= s->present)
		return;
	for (int64_t n = 0; n < SLOTS && s->present < target; n++)
		open_slot(w, s->present + 1);
	if (s->present < target) /* a jump over the whole wheel: what is in it is put anew */
		for (int64_t n = 0; n < SLOTS; n++)
			open_slot(w, target - SLOTS + 1 + n);
}

void
session_start(struct window *w)
{
	w->sessions = alloc_zero(sizeof(*w->sessions));
	w->sessions->width_ms = MAX(w->conf.gap_ms / (SLOTS / 2), (int64_t)1);
}

static void
forget_timer(struct window *w, struct cell *c)
{
	if (c->dead)
		drop_ref(w, c);
}

void
session_stop(struct window *w)
{
	struct session *s = w->sessions;

	for (size_t i = 0; i < s->n; i++)
		forget_timer(w, s->heap[i].cell);
	for (size_t i = 0; i < SLOTS; i++) {
		for (size_t j = 0; j < s->slots[i].n; j++)
			forget_timer(w, s->slots[i].cells[j]);
		alloc_free(s->slots[i].cells);
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

bool
session_touches(int64_t a_start, int64_t a_end, int64_t b_start, int64_t b_end)
{
	return a_start <= b_end && a_end >= b_start;
}

static bool
touches(const struct window *w, const struct cell *c, int64_t start, int64_t end)
{
	int64_t less = w->conf.strict; /* overlapping by one at least */

	return session_touches(c->at, c->end_ms - less, start, end - less);
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
	int64_t due = due_of(w, c);

	if (c->refs == 0 || c->timer_ms > due)
		push(w->sessions, due, c);
}

enum window_verdict
session_add(struct window *w, const struct window_event *ev)
{
	bool is_new;
	struct cell_key *k = cell_key(w, ev->key, &is_new);
	int64_t start = ev->time_ms, end = watermark_plus(start, w->conf.gap_ms);
	struct cell *c;

	if (is_over(w, end) &&
		is_over(w, watermark_plus(end_with(w, k, start, end), w->conf.lateness_ms))) {
		if (is_new)
			cell_key_drop(w, k);
		return WINDOW_TOO_LATE;
	}
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
	c->done = c->waiting = true;
}

static void
remove_session(struct window *w, struct cell *c)
{
	struct cell_key *k = c->key;

	retire(w, c);
	cell_key_drop(w, k);
}

/* The first timer of the heap has come up. */
static void
ring(struct window *w)
{
	struct session *s = w->sessions;
	struct cell *c = heap_pop(s).cell;
	int64_t due = due_of(w, c);

	if (c->dead) {
		drop_ref(w, c);
		return;
	}
	if (due > w->watermark_ms) {
		c->timer_ms = due;
		put_timer(s, due, c);
		return;
	}
	c->refs--;
	c->timer_ms = INT64_MAX; /* when others come up is not known */
	if (!c->done)
		note_due(w, c);
	else if (!c->waiting)
		remove_session(w, c);
}

void
session_advance(struct window *w, enum window_pane label)
{
	struct session *s = w->sessions;

	s->due_n = 0;
	turn(w);
	while (s->n && s->heap[0].time_ms <= w->watermark_ms)
		ring(w);
	if (s->due_n > 1)
		qsort(w->gather_cells, s->due_n, sizeof(*w->gather_cells), compare);
	for (size_t i = 0; i < s->due_n; i++) {
		struct cell *c = w->gather_cells[i];

		c->waiting = false;
		give(w, c, label);
		if (due_of(w, c) > w->watermark_ms)
			set_timer(w, c);
		else
			remove_session(w, c);
	}
}
