/* slide: running results (slide.h). */
#include "op/slide.h"

#include "base/hash.h"

/* (key, value) -> latest pane, open addressing with backward shift; one map for each distinct. */
struct latest_slot {
	uint32_t key, value; /* key ids from 1; 0: free */
	int64_t pane;
};

struct latest {
	struct latest_slot *slots;
	size_t count, mask;
};

struct slide {
	struct latest *latest;   /* by aggregate; unused but for distinct */
	struct cell_key **live;  /* in order of key bytes */
	struct cell_key **fresh; /* folded since the last window, not in order */
	struct cell_key **merged;
	size_t live_n, fresh_n, cap, fresh_cap;
	int64_t folded_to; /* panes before this number are folded */
	uint32_t next_id;
	uint32_t *free_ids;
	size_t free_n, free_cap;
	bool recomputes; /* some aggregate is neither invertible nor distinct */
};

#define FIRST_SLOTS 1024

/* --- the map --------------------------------------------------------------------------------- */

static size_t
home(const struct latest *m, uint32_t key, uint32_t value)
{
	uint64_t h = ((uint64_t)key << 32 | value) * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(h >> 32) & m->mask;
}

static struct latest_slot *
probe(const struct latest *m, uint32_t key, uint32_t value)
{
	size_t i = home(m, key, value);

	while (m->slots[i].key && (m->slots[i].key != key || m->slots[i].value != value))
		i = (i + 1) & m->mask;
	return &m->slots[i];
}

static void
grow(struct latest *m)
{
	struct latest old = *m;

	m->mask = old.slots ? old.mask * 2 + 1 : FIRST_SLOTS - 1;
	m->slots = alloc_array(m->mask + 1, sizeof(*m->slots));
	for (size_t i = 0; old.slots && i <= old.mask; i++)
		if (old.slots[i].key)
			*probe(m, old.slots[i].key, old.slots[i].value) = old.slots[i];
	alloc_free(old.slots);
}

/* The value is in this pane; true when it was in no folded pane of the key. */
static bool
latest_put(struct latest *m, uint32_t key, uint32_t value, int64_t pane)
{
	struct latest_slot *s;

	if (!m->slots || m->count * 2 > m->mask)
		grow(m);
	s = probe(m, key, value);
	if (s->key) {
		s->pane = MAX(s->pane, pane);
		return false;
	}
	*s = (struct latest_slot){key, value, pane};
	m->count++;
	return true;
}

/* The pane leaves; true when it was the last one to have the value. */
static bool
latest_remove(struct latest *m, uint32_t key, uint32_t value, int64_t pane)
{
	size_t hole = (size_t)(probe(m, key, value) - m->slots);

	if (!m->slots[hole].key || m->slots[hole].pane != pane)
		return false;
	for (size_t i = (hole + 1) & m->mask; m->slots[i].key; i = (i + 1) & m->mask) {
		size_t h = home(m, m->slots[i].key, m->slots[i].value);

		if (((i - h) & m->mask) < ((i - hole) & m->mask))
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->slots[hole] = (struct latest_slot){0};
	m->count--;
	return true;
}

/* --- keys ------------------------------------------------------------------------------------ */

static uint32_t
take_id(struct slide *s)
{
	return s->free_n ? s->free_ids[--s->free_n] : ++s->next_id;
}

static void
give_id(struct slide *s, uint32_t id)
{
	if (s->free_n == s->free_cap) {
		s->free_cap = MAX(s->free_cap * 2, (size_t)64);
		s->free_ids = alloc_resize(s->free_ids, s->free_cap * sizeof(*s->free_ids));
	}
	s->free_ids[s->free_n++] = id;
}

static void
list_key(struct window *w, struct cell_key *k)
{
	struct slide *s = w->slide;

	if (k->listed)
		return;
	if (s->fresh_n == s->fresh_cap) {
		s->fresh_cap = MAX(s->fresh_cap * 2, (size_t)64);
		s->fresh = alloc_resize(s->fresh, s->fresh_cap * sizeof(struct cell_key *));
	}
	s->fresh[s->fresh_n++] = k;
	k->listed = true;
	k->id = take_id(s);
	k->running = alloc_zero(sizeof(*k->running) + w->aggs->state_size);
}

/* The running result of distinct is a settled bag without ids: only its n is read. */
static struct intern_bag *
running_count(struct window *w, struct cell_key *k, size_t i)
{
	return (struct intern_bag *)(k->running->state + w->aggs->items[i].offset);
}

/* The states are released; the bags of distinct own nothing. */
static void
empty_running(struct window *w, struct cell_key *k)
{
	for (size_t i = 0; i < w->aggs->count; i++)
		if (w->aggs->items[i].kind == AGG_DISTINCT)
			*running_count(w, k, i) = (struct intern_bag){0};
	agg_release(w->aggs, k->running->state);
}

static void
unlist_key(struct window *w, struct cell_key *k)
{
	struct slide *s = w->slide;

	empty_running(w, k);
	cell_key_release(w, k);
	k->listed = k->rough = false;
	give_id(s, k->id);
	cell_key_drop(w, k);
}

static void
count_id(struct window *w, struct cell *c, size_t i, uint32_t id)
{
	struct intern_bag *running = running_count(w, c->key, i);

	running->n += latest_put(&w->slide->latest[i], c->key->id, id, c->at);
	running->sorted = running->n;
}

static void
count_values(struct window *w, struct cell *c, size_t i)
{
	const struct intern_bag *b =
		(const struct intern_bag *)(c->state + w->aggs->items[i].offset);
	const uint32_t *ids = intern_bag_ids(b);

	for (uint32_t j = 0; j < b->n; j++)
		count_id(w, c, i, ids[j]);
}

static void
uncount_values(struct window *w, struct cell *c, size_t i)
{
	struct intern_bag *running = running_count(w, c->key, i);
	const struct intern_bag *b =
		(const struct intern_bag *)(c->state + w->aggs->items[i].offset);
	const uint32_t *ids = intern_bag_ids(b);

	for (uint32_t j = 0; j < b->n; j++)
		running->n -= latest_remove(&w->slide->latest[i], c->key->id, ids[j], c->at);
	running->sorted = running->n;
}

static void
fold(struct window *w, struct cell *c)
{
	struct cell_key *k = c->key;

	list_key(w, k);
	k->folded++;
	k->running->memo.n = 0;
	for (size_t i = 0; i < w->aggs->count; i++) {
		if (agg_is_invertible(w->aggs, i))
			agg_merge_one(w->aggs, i, k->running->state, c->state);
		else if (w->aggs->items[i].kind == AGG_DISTINCT)
			count_values(w, c, i);
	}
	k->rough |= !agg_is_exact(w->aggs, k->running->state);
}

#define AHEAD 8 /* steps for which memory is asked for before it is needed */

/*
 * Keys and cells are all over the memory, and a slide reads many of them: first the record, then what it points to.
 * (Out of line gcc would find no effect in these, and leave the calls out.)
 */
static inline __attribute__((always_inline)) void
prefetch_key(const struct slide *s, size_t i)
{
	const struct cell_key *k;

	if (i + 3 * AHEAD < s->live_n) {
		k = s->live[i + 3 * AHEAD];
		__builtin_prefetch((const char *)k - 32); /* where the table keeps the key's text */
		__builtin_prefetch(&k->running);
	}
	if (i + 2 * AHEAD < s->live_n)
		__builtin_prefetch(s->live[i + 2 * AHEAD]->running);
	if (i + AHEAD < s->live_n) {
		k = s->live[i + AHEAD];
		if (k->running->memo.n) {
			__builtin_prefetch(k->running->memo.text);
			__builtin_prefetch(k->running->memo.text + 64);
			__builtin_prefetch(k->running->memo.text + 128);
		} else {
			__builtin_prefetch(k->running->state + 64);
			__builtin_prefetch(k->oldest);
			__builtin_prefetch(k->newest);
		}
	}
}

static inline __attribute__((always_inline)) void
prefetch_cell(const struct pane_item *item, size_t i)
{
	if (i + 2 * AHEAD < item->count)
		__builtin_prefetch(item->cells[i + 2 * AHEAD]);
	if (i + AHEAD < item->count)
		__builtin_prefetch(item->cells[i + AHEAD]->key);
}

void
slide_unfold(struct window *w, struct pane_item *item)
{
	if (item->number >= w->slide->folded_to)
		return;
	for (size_t j = 0; j < item->count; j++) {
		struct cell *c = item->cells[j];
		struct cell_key *k = c->key;

		prefetch_cell(item, j);
		k->folded--;
		k->running->memo.n = 0;
		for (size_t i = 0; i < w->aggs->count; i++) {
			if (w->aggs->items[i].kind == AGG_DISTINCT)
				uncount_values(w, c, i);
			else if (agg_is_invertible(w->aggs, i))
				agg_subtract_one(w->aggs, i, k->running->state, c->state);
		}
	}
}

void
slide_enter(struct window *w, struct cell *c)
{
	if (c->at < w->slide->folded_to)
		fold(w, c); /* empty as yet */
}

void
slide_take(struct window *w, struct cell *c, const struct window_event *ev)
{
	struct cell_key *k = c->key;

	if (c->at >= w->slide->folded_to)
		return;
	k->running->memo.n = 0;
	for (size_t j = 0; j < w->value_count; j++) {
		struct cell_value *v = &w->values[j];

		if (agg_is_invertible(w->aggs, v->i))
			agg_take(w->aggs, v->i, k->running->state, v->v, ev->time_ms);
		else if (w->aggs->items[v->i].kind == AGG_DISTINCT)
			count_id(w, c, v->i, agg_value_id(w->aggs, v->v));
	}
	k->rough |= !agg_is_exact(w->aggs, k->running->state);
}

/* --- a window -------------------------------------------------------------------------------- */

static int
compare_keys(const void *a, const void *b)
{
	return cell_key_compare(*(struct cell_key *const *)a, *(struct cell_key *const *)b);
}

/* The place of a fresh key among the first n live ones, from `low` on. */
static size_t
place_of(const struct slide *s, const struct cell_key *k, size_t low)
{
	size_t high = s->live_n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (cell_key_compare(s->live[middle], k) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
make_room(struct slide *s)
{
	if (s->cap >= s->live_n + s->fresh_n)
		return;
	s->cap = (s->live_n + s->fresh_n) * 2;
	s->live = alloc_resize(s->live, s->cap * sizeof(struct cell_key *));
	s->merged = alloc_resize(s->merged, s->cap * sizeof(struct cell_key *));
}

/* Into the key's running state what cannot be kept running. */
static void
recompute(struct window *w, struct cell_key *k)
{
	for (size_t i = 0; i < w->aggs->count; i++) {
		if (w->aggs->items[i].kind == AGG_DISTINCT ||
			(agg_is_invertible(w->aggs, i) && !k->rough))
			continue;
		agg_release_one(w->aggs, i, k->running->state);
		for (struct cell *c = k->oldest; c && c->at < w->slide->folded_to; c = c->newer)
			agg_merge_one(w->aggs, i, k->running->state, c->state);
	}
}

/* Times and ids over the cells, for a result with causes. */
static void
put_causes(struct window *w, struct cell_key *k, struct window_result *r)
{
	struct cell *sum = w->sum;
	const struct cell_cause *cause = sum->cause;

	cell_clear(w, sum);
	for (struct cell *c = k->oldest; c && c->at < w->slide->folded_to; c = c->newer)
		cell_merge_header(w, sum, c);
	r->id = span_of(cause->id, cause->id_n);
	if (!cause->mixed && cause->correlation_n)
		r->correlation = span_of(cause->correlation, cause->correlation_n);
}

/* What a result says of the key's contents. */
static void
fill(struct window *w, struct cell_key *k, struct window_result *r)
{
	const struct cell *last = k->newest;

	if (w->slide->recomputes || k->rough)
		recompute(w, k);
	while (last->at >= w->slide->folded_to)
		last = last->older;
	r->first_ms = k->oldest->first_ms;
	r->last_ms = last->last_ms;
	r->state = k->running->state;
}

static void
give_key(struct window *w, struct cell_key *k, struct window_result *r)
{
	r->key = table_key(k);
	r->memo = r->pane == WINDOW_ONTIME ? &k->running->memo : NULL;
	if (!r->memo || r->memo->n == 0)
		fill(w, k, r);
	if (w->conf.causes)
		put_causes(w, k, r);
	cell_send(w, r);
}

/* The live keys in order, those that have left taken out and the fresh ones put in, each given out. */
static void
give_live(struct window *w, struct window_result *r)
{
	struct slide *s = w->slide;
	struct cell_key **swap;
	size_t n = 0, next = 0;

	if (s->fresh_n)
		qsort(s->fresh, s->fresh_n, sizeof(*s->fresh), compare_keys);
	make_room(s);
	for (size_t i = 0, j = 0; i < s->live_n || j < s->fresh_n;) {
		if (j < s->fresh_n && (next = place_of(s, s->fresh[j], i)) == i) {
			s->merged[n++] = s->fresh[j++];
			give_key(w, s->merged[n - 1], r);
			continue;
		}
		for (next = j < s->fresh_n ? next : s->live_n; i < next; i++) {
			struct cell_key *k = s->live[i];

			prefetch_key(s, i);
			if (!k->folded)
				unlist_key(w, k);
			else
				give_key(w, s->merged[n++] = k, r);
		}
	}
	swap = s->live;
	s->live = s->merged;
	s->merged = swap;
	s->live_n = n;
	s->fresh_n = 0;
}

void
slide_give(struct window *w, int64_t k, enum window_pane label)
{
	struct slide *s = w->slide;
	struct pane *p = w->panes;
	int64_t to = watermark_plus(pane_first(p, k), p->size);
	struct window_result r = {
		.start_ms = pane_window_start(w, k),
		.end_ms = pane_window_end(w, k),
		.events = 1,
		.pane = label,
	};
	struct pane_item *item;

	while ((item = pane_from(p, s->folded_to)) && item->number < to) {
		for (size_t i = 0; i < item->count; i++) {
			prefetch_cell(item, i);
			fold(w, item->cells[i]);
		}
		s->folded_to = item->number + 1;
	}
	s->folded_to = to;
	give_live(w, &r);
}

void
slide_start(struct window *w)
{
	struct slide *s = w->slide = alloc_zero(sizeof(*s));

	s->latest = alloc_array(w->aggs->count, sizeof(*s->latest));
	s->folded_to = INT64_MIN;
	for (size_t i = 0; i < w->aggs->count; i++)
		s->recomputes |=
			w->aggs->items[i].kind != AGG_DISTINCT && !agg_is_invertible(w->aggs, i);
}

void
slide_stop(struct window *w)
{
	struct slide *s = w->slide;

	for (size_t i = 0; i < s->live_n; i++)
		unlist_key(w, s->live[i]);
	for (size_t i = 0; i < s->fresh_n; i++)
		unlist_key(w, s->fresh[i]);
	for (size_t i = 0; i < w->aggs->count; i++)
		alloc_free(s->latest[i].slots);
	alloc_free(s->latest);
	alloc_free(s->live);
	alloc_free(s->fresh);
	alloc_free(s->merged);
	alloc_free(s->free_ids);
	alloc_free(s);
	w->slide = NULL;
}
