/*
 * window_model.h: windows as their definition says, over a list of all events; slow and simple.
 */
#ifndef TESTS_PROP_WINDOW_MODEL_H
#define TESTS_PROP_WINDOW_MODEL_H

#include "op/window.h"
#include "tap.h"

#define EVENTS_MAX 120
#define KEYS 4
#define VALUES 6

struct item {
	int64_t ms;
	int key, value;
	bool gone; /* discarded */
};

/* A session of the model: which events it has. */
struct sess {
	int key;
	int64_t start, end;
	uint32_t n;
	bool done, live;
	bool has[EVENTS_MAX];
};

struct model {
	struct window_conf conf;
	struct item items[EVENTS_MAX];
	size_t n;
	int64_t wm;
	struct buf out;
	struct sess sess[EVENTS_MAX];
	size_t sess_n;
	struct {
		int key;
		int64_t k;
		uint32_t n;
	} fires[EVENTS_MAX * 128];
	size_t fire_n;
	bool started;
	int64_t first_k, next_k; /* empty windows */
};

/* --- what a set of events gives -------------------------------------------------------------- */

struct set {
	const struct item *v[EVENTS_MAX];
	size_t n;
};

/* By (time, arrival): items are in order of arrival, so a stable insertion sort does. */
static void
sort_set(struct set *s)
{
	for (size_t i = 1; i < s->n; i++)
		for (size_t j = i; j > 0 && s->v[j - 1]->ms > s->v[j]->ms; j--) {
			const struct item *t = s->v[j];

			s->v[j] = s->v[j - 1];
			s->v[j - 1] = t;
		}
}

static void
put_set(struct buf *b, struct set *s)
{
	int64_t sum = 0;
	int min = VALUES, max = -1, distinct = 0;
	bool seen[VALUES] = {0};

	sort_set(s);
	for (size_t i = 0; i < s->n; i++) {
		int v = s->v[i]->value;

		sum += v;
		min = MIN(min, v);
		max = MAX(max, v);
		distinct += !seen[v];
		seen[v] = true;
	}
	buf_print(b, " %zu %" PRId64 " ", s->n, sum);
	if (s->n == 0) {
		buf_puts(b, "null null null 0 null null []");
		return;
	}
	/* The average as the exact decimal where it has at most 17 places, else as the double. */
	uint64_t whole = s->n;
	while (whole % 2 == 0)
		whole /= 2;
	while (whole % 5 == 0)
		whole /= 5;
	if (sum % (int64_t)whole == 0)
		buf_print(b, "%.10g", (double)sum / (double)s->n);
	else
		dec_put_double(b, (double)sum / (double)s->n);
	buf_print(
		b, " %d %d %d %d %d [", min, max, distinct, s->v[0]->value, s->v[s->n - 1]->value);
	for (size_t i = 0; i < s->n; i++)
		buf_print(b, "%s%d", i ? "," : "", s->v[i]->value);
	buf_putc(b, ']');
}

static void
put_result(struct model *m, int key, int64_t start, int64_t end, enum window_pane pane, uint32_t n,
	struct set *s)
{
	if (key < 0)
		buf_print(&m->out, "-");
	else
		buf_print(&m->out, "%c", 'a' + key);
	buf_print(&m->out, " [%" PRId64 ",%" PRId64 ") %d#%u", start, end, (int)pane, n);
	put_set(&m->out, s);
	if (s->n)
		buf_print(&m->out, " %" PRId64 "..%" PRId64, s->v[0]->ms, s->v[s->n - 1]->ms);
	buf_putc(&m->out, '\n');
}

/* --- aligned windows ------------------------------------------------------------------------- */

static int64_t
start_of(const struct model *m, int64_t k)
{
	return k * m->conf.slide_ms + m->conf.offset_ms;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static void
events_in(const struct model *m, int key, int64_t start, int64_t end, struct set *s)
{
	s->n = 0;
	for (size_t i = 0; i < m->n; i++)
		if (m->items[i].key == key && !m->items[i].gone && m->items[i].ms >= start &&
			m->items[i].ms < end)
			s->v[s->n++] = &m->items[i];
}

static uint32_t
fires(struct model *m, int key, int64_t k, uint32_t before)
{
	for (size_t i = 0; i < m->fire_n; i++)
		if (m->fires[i].key == key && m->fires[i].k == k)
			return m->fires[i].n++;
	m->fires[m->fire_n].key = key;
	m->fires[m->fire_n].k = k;
	m->fires[m->fire_n++].n = before + 1;
	return before;
}

static bool
give_aligned(struct model *m, int key, int64_t k, enum window_pane pane)
{
	int64_t start = start_of(m, k), end = start + m->conf.size_ms;
	bool was_empty = m->conf.empty && m->started && k >= m->first_k && k < m->next_k;
	struct set s;

	events_in(m, key, start, end, &s);
	if (s.n == 0)
		return false;
	put_result(m, key, start, end, pane, fires(m, key, k, was_empty), &s);
	for (size_t i = 0; m->conf.discard && i < s.n; i++)
		((struct item *)(uintptr_t)s.v[i])->gone = true;
	return true;
}

static void
add_aligned(struct model *m, struct item it)
{
	const struct window_conf *c = &m->conf;
	int64_t last = floor_div(it.ms - c->offset_ms, c->slide_ms);
	int64_t first = floor_div(it.ms - c->offset_ms - c->size_ms, c->slide_ms) + 1;

	if (first > last) {
		buf_puts(&m->out, "outside\n");
		return;
	}
	if (m->wm != WATERMARK_NONE &&
		start_of(m, last) + c->size_ms - 1 + c->lateness_ms <= m->wm) {
		buf_puts(&m->out, "late\n");
		return;
	}
	m->items[m->n++] = it;
	for (int64_t k = first; m->wm != WATERMARK_NONE && k <= last; k++) {
		int64_t end = start_of(m, k) + c->size_ms;

		if (end - 1 <= m->wm && end - 1 + c->lateness_ms > m->wm)
			give_aligned(m, it.key, k, WINDOW_LATE);
	}
}

static void
advance_aligned(struct model *m, int64_t from, int64_t to, enum window_pane pane)
{
	const struct window_conf *c = &m->conf;
	int64_t low = floor_div(-1000, c->slide_ms), high = floor_div(6000, c->slide_ms);
	int64_t last_with = INT64_MIN;

	for (size_t i = 0; i < m->n; i++)
		last_with = MAX(last_with, floor_div(m->items[i].ms - c->offset_ms, c->slide_ms));
	for (int64_t k = low; k <= high; k++) {
		int64_t due = start_of(m, k) + c->size_ms - 1;
		bool any = false;
		struct set none = {.n = 0};

		if (due > to || (from != WATERMARK_NONE && due <= from))
			continue;
		for (int key = 0; key < KEYS; key++)
			any |= give_aligned(m, key, k, pane);
		if (any && !m->started) {
			m->started = true;
			m->first_k = k;
		}
		if (!any && c->empty && m->started && (pane != WINDOW_EOF || k <= last_with))
			put_result(
				m, -1, start_of(m, k), start_of(m, k) + c->size_ms, pane, 0, &none);
		m->next_k = k + 1;
	}
}

/* --- sessions -------------------------------------------------------------------------------- */

static bool
touches(const struct model *m, const struct sess *s, int64_t start, int64_t end)
{
	return m->conf.strict ? s->start < end && s->end > start
			      : s->start <= end && s->end >= start;
}

static void
give_session(struct model *m, struct sess *s, enum window_pane pane)
{
	struct set set = {.n = 0};

	for (size_t i = 0; i < m->n; i++)
		if (s->has[i])
			set.v[set.n++] = &m->items[i];
	if (set.n)
		put_result(m, s->key, s->start, s->end, pane, s->n++, &set);
	if (m->conf.discard)
		memset(s->has, 0, sizeof(s->has));
	s->done = true;
}

static void
add_session(struct model *m, struct item it)
{
	struct sess *into = &m->sess[m->sess_n];
	int64_t start = it.ms, end = it.ms + m->conf.gap_ms;

	*into = (struct sess){.key = it.key, .start = start, .end = end, .live = true};
	for (size_t i = 0; i < m->sess_n; i++)
		if (m->sess[i].live && m->sess[i].key == it.key &&
			touches(m, &m->sess[i], start, end))
			into->end = MAX(into->end, m->sess[i].end);
	if (m->wm != WATERMARK_NONE && into->end - 1 + m->conf.lateness_ms <= m->wm) {
		buf_puts(&m->out, "late\n");
		return;
	}
	for (size_t i = 0; i < m->sess_n; i++) {
		struct sess *s = &m->sess[i];

		if (!s->live || s->key != it.key || !touches(m, s, start, end))
			continue;
		into->start = MIN(into->start, s->start);
		into->n = MAX(into->n, s->n);
		for (size_t j = 0; j < m->n; j++)
			into->has[j] |= s->has[j];
		s->live = false;
	}
	into->has[m->n] = true;
	m->items[m->n++] = it;
	m->sess_n++;
	if (m->wm != WATERMARK_NONE && into->end - 1 <= m->wm)
		give_session(m, into, WINDOW_LATE);
}

static void
advance_sessions(struct model *m, int64_t to, enum window_pane pane)
{
	for (;;) {
		struct sess *first = NULL;

		for (size_t i = 0; i < m->sess_n; i++) {
			struct sess *s = &m->sess[i];

			if (!s->live || s->done || s->end - 1 > to)
				continue;
			if (!first || s->end < first->end ||
				(s->end == first->end &&
					(s->start < first->start ||
						(s->start == first->start && s->key < first->key))))
				first = s;
		}
		if (!first)
			break;
		give_session(m, first, pane);
	}
	for (size_t i = 0; i < m->sess_n; i++)
		if (m->sess[i].done && to - m->conf.lateness_ms >= m->sess[i].end - 1)
			m->sess[i].live = false;
}

/* --- count windows --------------------------------------------------------------------------- */

static void
add_count(struct model *m, struct item it)
{
	uint64_t step = m->conf.step ? m->conf.step : m->conf.every, seen = 0;
	struct set s = {.n = 0};

	m->items[m->n++] = it;
	for (size_t i = 0; i < m->n; i++)
		seen += m->items[i].key == it.key;
	if (seen % step)
		return;
	for (size_t i = m->n; i-- > 0 && s.n < m->conf.every;)
		if (m->items[i].key == it.key)
			s.v[s.n++] = &m->items[i];
	for (size_t i = 0; i < s.n / 2; i++) { /* back into order of arrival */
		const struct item *t = s.v[i];

		s.v[i] = s.v[s.n - 1 - i];
		s.v[s.n - 1 - i] = t;
	}
	sort_set(&s);
	put_result(m, it.key, s.v[0]->ms, s.v[s.n - 1]->ms + 1, WINDOW_ONTIME, 0, &s);
}

/* --- all kinds ------------------------------------------------------------------------------- */

static void
add_model(struct model *m, struct item it)
{
	if (m->conf.kind == WINDOW_ALIGNED)
		add_aligned(m, it);
	else if (m->conf.kind == WINDOW_SESSION)
		add_session(m, it);
	else
		add_count(m, it);
}

static void
advance_model(struct model *m, int64_t to, enum window_pane pane)
{
	if (to <= m->wm)
		return;
	if (m->conf.kind == WINDOW_ALIGNED)
		advance_aligned(m, m->wm, to, pane);
	else if (m->conf.kind == WINDOW_SESSION)
		advance_sessions(m, to, pane);
	m->wm = to;
}

#endif
