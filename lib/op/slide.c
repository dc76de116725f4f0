/* slide: running results (slide.h). */
#include "op/slide.h"

#include "op/latest.h"
#include "op/rank.h"

struct slide {
	size_t *adds; /* aggregates that are added and subtracted */
	size_t add_n;
	size_t *distincts;
	size_t distinct_n;
	bool merges;           /* there are others */
	struct latest *latest; /* of each of distincts */

	struct rank *live;  /* in order of key bytes */
	struct rank *fresh; /* folded since the last window, not in order */
	struct rank *next;  /* scratch for the next live */
	size_t live_n, fresh_n, cap, fresh_cap;
	struct buf common; /* what all keys listed so far begin with; see rank.h */
	int64_t folded_to; /* panes before this number are folded */
	uint32_t next_id;
	uint32_t *free_ids;
	size_t free_n, free_cap;
};

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
	struct span text = table_key(k);

	if (s->live_n + s->fresh_n == 0) {
		buf_clear(&s->common);
		buf_span(&s->common, text);
	}
	if (rank_shorten(&s->common, text)) {
		rank_again(s->live, s->live_n, &s->common);
		rank_again(s->fresh, s->fresh_n, &s->common);
	}
	k->running = alloc_zero(sizeof(*k->running) + w->aggs->state_size);
	k->running->key = k;
	k->running->id = take_id(s);
	if (s->fresh_n == s->fresh_cap) {
		s->fresh_cap = MAX(s->fresh_cap * 2, (size_t)64);
		s->fresh = alloc_resize(s->fresh, s->fresh_cap * sizeof(*s->fresh));
	}
	s->fresh[s->fresh_n++] = rank_of(k->running, &s->common);
}

/* The running result of distinct is a settled bag without ids: only its n is read. */
static struct intern_bag *
running_count(struct window *w, struct cell_running *r, size_t i)
{
	return (struct intern_bag *)(r->state + w->aggs->items[i].offset);
}

static void
unlist_key(struct window *w, struct cell_running *r)
{
	struct slide *s = w->slide;
	struct cell_key *k = r->key;

	for (size_t i = 0; i < s->distinct_n; i++)
		*running_count(w, r, s->distincts[i]) = (struct intern_bag){0};
	agg_release(w->aggs, r->state);
	give_id(s, r->id);
	cell_key_release(w, k);
	cell_key_drop(w, k);
}

/* --- into and out of the running results ----------------------------------------------------- */

/* d counts in distincts. */
static void
count_id(struct window *w, struct cell *c, size_t d, uint32_t id)
{
	struct cell_running *r = c->key->running;
	struct intern_bag *count = running_count(w, r, w->slide->distincts[d]);

	count->n += latest_put(&w->slide->latest[d], r->id, id, c->at);
	count->sorted = count->n;
}

static const struct intern_bag *
bag_of(const struct window *w, const struct cell *c, size_t d)
{
	return (const struct intern_bag *)(c->state +
					   w->aggs->items[w->slide->distincts[d]].offset);
}

static void
count_values(struct window *w, struct cell *c, size_t d)
{
	const struct intern_bag *b = bag_of(w, c, d);
	const uint32_t *ids = intern_bag_ids(b);

	for (uint32_t j = 0; j < b->n; j++)
		count_id(w, c, d, ids[j]);
}

static void
uncount_values(struct window *w, struct cell *c, size_t d)
{
	struct cell_running *r = c->key->running;
	struct intern_bag *count = running_count(w, r, w->slide->distincts[d]);
	const struct intern_bag *b = bag_of(w, c, d);
	const uint32_t *ids = intern_bag_ids(b);

	for (uint32_t j = 0; j < b->n; j++)
		count->n -= latest_remove(&w->slide->latest[d], r->id, ids[j], c->at);
	count->sorted = count->n;
}

static void
fold(struct window *w, struct cell *c)
{
	struct slide *s = w->slide;
	struct cell_key *k = c->key;

	if (!k->running)
		list_key(w, k);
	k->running->folded++;
	k->running->memo.n = 0;
	for (size_t i = 0; i < s->add_n; i++)
		agg_merge_one(w->aggs, s->adds[i], k->running->state, c->state);
	for (size_t i = 0; i < s->distinct_n; i++)
		count_values(w, c, i);
	k->running->is_rough |= !agg_is_exact(w->aggs, k->running->state);
}

#define AHEAD 8 /* steps for which memory is asked for before it is needed */

/*
 * What a slide reads is all over the memory: the running result, and the text left with it or else the key's cells.
 * (Out of line gcc would find no effect in these, and leave the calls out.)
 */
static inline __attribute__((always_inline)) void
prefetch_entry(const struct slide *s, size_t i)
{
	const struct cell_running *r;

	if (i + 3 * AHEAD < s->live_n)
		__builtin_prefetch(s->live[i + 3 * AHEAD].running);
	if (i + 2 * AHEAD < s->live_n) {
		r = s->live[i + 2 * AHEAD].running;
		if (r->memo.n) {
			__builtin_prefetch(r->memo.text);
			__builtin_prefetch(r->memo.text + 64);
			__builtin_prefetch(r->memo.text + 128);
		} else {
			__builtin_prefetch(r->state + 64);
			__builtin_prefetch(r->key);
		}
	}
	if (i + AHEAD < s->live_n) {
		r = s->live[i + AHEAD].running;
		if (!r->memo.n) {
			__builtin_prefetch(r->key->oldest);
			__builtin_prefetch(r->key->newest);
		}
	}
}

static inline __attribute__((always_inline)) void
prefetch_cell(const struct pane_item *item, size_t i)
{
	if (i + 3 * AHEAD < item->count) {
		__builtin_prefetch(item->cells[i + 3 * AHEAD]);
		__builtin_prefetch(item->cells[i + 3 * AHEAD]->state);
	}
	if (i + 2 * AHEAD < item->count)
		__builtin_prefetch(item->cells[i + 2 * AHEAD]->key);
	if (i + AHEAD < item->count)
		__builtin_prefetch(item->cells[i + AHEAD]->key->running);
}

void
slide_unfold(struct window *w, struct pane_item *item)
{
	struct slide *s = w->slide;

	if (item->number >= s->folded_to)
		return;
	for (size_t j = 0; j < item->count; j++) {
		struct cell *c = item->cells[j];
		struct cell_running *r = c->key->running;

		prefetch_cell(item, j);
		r->folded--;
		r->memo.n = 0;
		for (size_t i = 0; i < s->add_n; i++)
			agg_subtract_one(w->aggs, s->adds[i], r->state, c->state);
		for (size_t i = 0; i < s->distinct_n; i++)
			uncount_values(w, c, i);
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
	struct slide *s = w->slide;
	struct cell_running *r = c->key->running;

	if (c->at >= s->folded_to)
		return;
	r->memo.n = 0;
	for (size_t j = 0; j < w->value_count; j++) {
		struct cell_value *v = &w->values[j];

		if (agg_is_invertible(w->aggs, v->i))
			agg_take(w->aggs, v->i, r->state, v->v, ev->time_ms);
		for (size_t d = 0; d < s->distinct_n; d++)
			if (s->distincts[d] == v->i)
				count_id(w, c, d, agg_value_id(w->aggs, v->v));
	}
	r->is_rough |= !agg_is_exact(w->aggs, r->state);
}

/* --- a window -------------------------------------------------------------------------------- */

static void
make_room(struct slide *s)
{
	if (s->cap >= s->live_n + s->fresh_n)
		return;
	s->cap = (s->live_n + s->fresh_n) * 2;
	s->live = alloc_resize(s->live, s->cap * sizeof(*s->live));
	s->next = alloc_resize(s->next, s->cap * sizeof(*s->next));
}

static void
recompute_one(struct window *w, struct cell_running *r, size_t i)
{
	agg_release_one(w->aggs, i, r->state);
	for (struct cell *c = r->key->oldest; c && c->at < w->slide->folded_to; c = c->newer)
		agg_merge_one(w->aggs, i, r->state, c->state);
}

/* Into the running state what cannot be kept running. */
static void
recompute(struct window *w, struct cell_running *r)
{
	for (size_t i = 0; i < w->aggs->count; i++)
		if (agg_is_invertible(w->aggs, i) ? r->is_rough
						  : w->aggs->items[i].kind != AGG_DISTINCT)
			recompute_one(w, r, i);
}

/* The causes of a result are those of its cells together. */
static void
put_causes(struct window *w, const struct cell_running *running, struct window_result *r)
{
	const struct cell_cause *c = w->sum->cause;

	cell_clear(w, w->sum);
	for (struct cell *i = running->key->oldest; i && i->at < w->slide->folded_to; i = i->newer)
		cell_merge_header(w, w->sum, i);
	r->id = span_of(c->id, c->id_n);
	r->correlation = c->mixed || c->correlation_n == 0
				 ? SPAN_NONE
				 : span_of(c->correlation, c->correlation_n);
}

/* What a result says of the key's contents. */
static void
fill(struct window *w, struct cell_running *running, struct window_result *r)
{
	const struct cell *last = running->key->newest;

	if (w->slide->merges || running->is_rough)
		recompute(w, running);
	while (last->at >= w->slide->folded_to)
		last = last->older;
	r->key = table_key(running->key);
	r->first_ms = running->key->oldest->first_ms;
	r->last_ms = last->last_ms;
	r->state = running->state;
}

static void
give_running(struct window *w, struct cell_running *running, struct window_result *r)
{
	r->memo = r->pane == WINDOW_ONTIME ? &running->memo : NULL;
	if (!r->memo || r->memo->n == 0) {
		fill(w, running, r);
		if (w->conf.causes)
			put_causes(w, running, r);
	}
	cell_send(w, r);
}

/* Live keys up to number `end`, those that have left taken out; how many there are in next now. */
static size_t
give_kept(struct window *w, size_t from, size_t end, size_t n, struct window_result *r)
{
	struct slide *s = w->slide;

	for (size_t i = from; i < end; i++) {
		struct rank e = s->live[i];

		prefetch_entry(s, i);
		if (!e.running->folded) {
			unlist_key(w, e.running);
			continue;
		}
		s->next[n++] = e;
		give_running(w, e.running, r);
	}
	return n;
}

/* The live keys in order, with the fresh ones put in, each given out. */
static void
give_live(struct window *w, struct window_result *r)
{
	struct slide *s = w->slide;
	struct rank *live;
	size_t n = 0, i = 0;

	rank_sort(s->fresh, s->fresh_n);
	make_room(s);
	for (size_t j = 0; j < s->fresh_n; j++) {
		size_t place = rank_place(s->live, i, s->live_n, &s->fresh[j]);

		n = give_kept(w, i, place, n, r);
		i = place;
		s->next[n++] = s->fresh[j];
		give_running(w, s->fresh[j].running, r);
	}
	n = give_kept(w, i, s->live_n, n, r);
	live = s->next;
	s->next = s->live;
	s->live = live;
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
	size_t count = w->aggs->count;

	s->adds = alloc_array(count, sizeof(*s->adds));
	s->distincts = alloc_array(count, sizeof(*s->distincts));
	s->latest = alloc_array(count, sizeof(*s->latest));
	buf_init(&s->common, SIZE_MAX / 2);
	s->folded_to = INT64_MIN;
	for (size_t i = 0; i < count; i++) {
		if (agg_is_invertible(w->aggs, i))
			s->adds[s->add_n++] = i;
		else if (w->aggs->items[i].kind == AGG_DISTINCT)
			s->distincts[s->distinct_n++] = i;
		else
			s->merges = true;
	}
}

void
slide_stop(struct window *w)
{
	struct slide *s = w->slide;

	for (size_t i = 0; i < s->live_n; i++)
		unlist_key(w, s->live[i].running);
	for (size_t i = 0; i < s->fresh_n; i++)
		unlist_key(w, s->fresh[i].running);
	for (size_t i = 0; i < s->distinct_n; i++)
		latest_release(&s->latest[i]);
	alloc_free(s->latest);
	alloc_free(s->adds);
	alloc_free(s->distincts);
	alloc_free(s->live);
	alloc_free(s->fresh);
	alloc_free(s->next);
	alloc_free(s->free_ids);
	buf_release(&s->common);
	alloc_free(s);
	w->slide = NULL;
}
