/* window: the kinds behind one door, the waiting values, the sweep of distinct values. */
#include "op/window.h"

#include "op/cell.h"
#include "op/every.h"
#include "op/pane.h"
#include "op/session.h"

int64_t
window_start(int64_t t, int64_t offset_ms, int64_t size_ms)
{
	int64_t rest = (t % size_ms - offset_ms % size_ms) % size_ms;

	return watermark_minus(t, rest < 0 ? rest + size_ms : rest);
}

static int
check_aligned(const struct window_conf *c, struct err *err)
{
	if (c->size_ms <= 0 || c->slide_ms <= 0)
		return err_usage(err, "a window needs a size and a slide over zero");
	if (c->offset_ms <= -c->slide_ms || c->offset_ms >= c->slide_ms)
		return err_usage(err, "the offset must be less than %s",
			c->slide_ms == c->size_ms ? "the size" : "the slide");
	if (c->discard && c->slide_ms < c->size_ms)
		return err_usage(err, "sliding windows share their contents: nothing to discard");
	return 0;
}

static int
check(const struct window_conf *c, struct err *err)
{
	if (c->lateness_ms < 0)
		return err_usage(err, "the lateness must not be negative");
	if (c->kind == WINDOW_ALIGNED)
		return check_aligned(c, err);
	if (c->kind == WINDOW_SESSION && c->gap_ms <= 0)
		return err_usage(err, "a session needs a gap over zero");
	if (c->kind == WINDOW_EVERY && c->every == 0)
		return err_usage(err, "a count window needs a count over zero");
	return 0;
}

int
window_new(struct window **out, const struct window_conf *conf, struct agg_list *aggs,
	window_emit_fn *emit, void *ctx, struct err *err)
{
	struct window *w;

	if (check(conf, err))
		return -1;
	w = alloc_zero(sizeof(*w));
	w->conf = *conf;
	w->aggs = aggs;
	w->emit = emit;
	w->ctx = ctx;
	w->watermark_ms = WATERMARK_NONE;
	table_init(
		&w->keys, conf->kind == WINDOW_SESSION ? CELL_KEY_SMALL : sizeof(struct cell_key));
	w->sum = cell_new(w, NULL, 0);
	if (conf->kind == WINDOW_ALIGNED)
		pane_start(w);
	else if (conf->kind == WINDOW_SESSION)
		session_start(w);
	else
		every_start(w);
	*out = w;
	return 0;
}

void
window_free(struct window *w)
{
	struct cell_key *k;

	if (!w)
		return;
	if (w->panes)
		pane_stop(w);
	if (w->sessions)
		session_stop(w);
	for (size_t at = 0; (k = table_next(&w->keys, &at));) {
		while (k->oldest)
			cell_free(w, k->oldest);
		cell_key_release(w, k);
	}
	cell_free(w, w->sum);
	cell_release_spares(w);
	table_release(&w->keys);
	alloc_free(w->values);
	alloc_free(w->gather);
	alloc_free(w->gather_cells);
	alloc_free(w);
}

void
window_clear(struct window *w)
{
	w->value_count = 0;
}

void
window_memo_set(struct window_memo *m, struct span key, struct span head, struct span tail)
{
	size_t n = key.n + head.n + tail.n;

	if (n > UINT32_MAX / 2)
		return;
	if (n > m->cap) {
		alloc_free(m->text);
		m->cap = (uint32_t)(n + 16);
		m->text = alloc_get(m->cap);
	}
	if (key.n)
		memcpy(m->text, key.p, key.n);
	memcpy(m->text + key.n, head.p, head.n);
	memcpy(m->text + key.n + head.n, tail.p, tail.n);
	m->key_n = (uint32_t)key.n;
	m->head_n = (uint32_t)head.n;
	m->n = (uint32_t)n;
}

static void
push_value(struct window *w, size_t i, struct value v)
{
	if (w->value_count == w->value_cap) {
		w->value_cap = MAX(w->value_cap * 2, (size_t)16);
		w->values = alloc_resize(w->values, w->value_cap * sizeof(*w->values));
	}
	w->values[w->value_count++] = (struct cell_value){i, v};
}

int
window_value(struct window *w, size_t i, struct value v, struct err *err)
{
	int takes = agg_accepts(w->aggs, i, v, err);

	if (takes > 0)
		push_value(w, i, v);
	return takes < 0 ? -1 : 0;
}

/* Values of distinct that no cell holds any more are forgotten. */
static void
sweep(struct window *w)
{
	struct cell_key *k;

	for (size_t at = 0; (k = table_next(&w->keys, &at));)
		for (struct cell *c = k->oldest; c; c = c->newer)
			agg_mark(w->aggs, c->state);
	intern_sweep(&w->aggs->values);
}

enum window_verdict
window_add(struct window *w, const struct window_event *ev)
{
	static const struct value event = {DOC_TRUE, {"true", 4}};

	if (unlikely(intern_is_full(&w->aggs->values)))
		sweep(w);
	for (size_t i = 0; i < w->aggs->count; i++)
		if (!w->aggs->items[i].has_argument)
			push_value(w, i, event);
	switch (w->conf.kind) {
	case WINDOW_ALIGNED: return pane_add(w, ev);
	case WINDOW_SESSION: return session_add(w, ev);
	default: return every_add(w, ev);
	}
}

static void
advance(struct window *w, int64_t watermark_ms, enum window_pane pane)
{
	if (watermark_ms <= w->watermark_ms)
		return;
	w->watermark_ms = watermark_ms;
	if (w->conf.kind == WINDOW_ALIGNED)
		pane_advance(w, pane);
	else if (w->conf.kind == WINDOW_SESSION)
		session_advance(w, pane);
}

void
window_advance(struct window *w, int64_t watermark_ms)
{
	advance(w, watermark_ms, WINDOW_ONTIME);
}

void
window_finish(struct window *w, bool remainder)
{
	if (w->conf.kind == WINDOW_EVERY && remainder)
		every_finish(w);
	advance(w, WATERMARK_END, WINDOW_EOF);
}

bool
window_failed(const struct window *w)
{
	return w->failed;
}

size_t
window_keys(const struct window *w)
{
	return w->keys.count;
}
