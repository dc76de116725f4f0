/*
 * Random events against a model that keeps every event and computes each result anew, O(n * m), for all kinds of
 * windows, with disorder, lateness, discarding and empty windows. Arguments: runs (600), seed (1).
 */
#include "op/window.h"

#include "tap.h"

#define EVENTS_MAX 120
#define KEYS 4
#define VALUES 6

static uint64_t seed = 1;

static uint32_t
below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 33) % n;
}

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

static const char *const functions[] = {"count()", "sum(v)", "avg(v)", "min(v)", "max(v)",
	"distinct(v)", "first(v)", "last(v)", "collect(v)"};

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

/* --- the operator ---------------------------------------------------------------------------- */

struct real {
	struct agg_list aggs;
	struct window *w;
	struct buf out;
};

static int
emit(void *ctx, const struct window_result *r)
{
	struct real *real = ctx;
	struct buf *b = &real->out;
	size_t from, head;

	buf_print(b, "%c", r->key.n == 1 ? r->key.p[0] : '-');
	buf_print(
		b, " [%" PRId64 ",%" PRId64 ") %d#%u", r->start_ms, r->end_ms, (int)r->pane, r->n);
	if (r->memo && r->memo->n) {
		buf_put(b, r->memo->text, r->memo->n);
		return 0;
	}
	from = b->n;
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		buf_putc(b, ' ');
		agg_put(&real->aggs, i, r->state, b);
	}
	head = b->n;
	if (r->events)
		buf_print(b, " %" PRId64 "..%" PRId64, r->first_ms, r->last_ms);
	buf_putc(b, '\n');
	if (r->memo)
		window_memo_set(r->memo, span_of(b->p + from, head - from),
			span_of(b->p + head, b->n - head));
	return 0;
}

static void
add_real(struct real *real, struct item it, bool keyed)
{
	char key = (char)('a' + it.key), text[8];
	struct value v = {DOC_NUMBER, {text, 0}};
	struct err err;

	v.json.n = (size_t)snprintf(text, sizeof(text), "%d", it.value);
	window_clear(real->w);
	for (size_t i = 1; i < ARRAY_LEN(functions); i++)
		window_value(real->w, i, v, &err);
	switch (window_add(real->w, &(struct window_event){.time_ms = it.ms,
					    .key = keyed ? span_of(&key, 1) : SPAN("a")})) {
	case WINDOW_TOO_LATE: buf_puts(&real->out, "late\n"); break;
	case WINDOW_OUTSIDE: buf_puts(&real->out, "outside\n"); break;
	default: break;
	}
}

/* --- runs ------------------------------------------------------------------------------------ */

static struct window_conf
random_conf(void)
{
	struct window_conf c = {.lateness_ms = below(2) ? below(60) : 0};

	switch (below(4)) {
	case 0:
		c.size_ms = c.slide_ms = 1 + below(60);
		c.discard = below(3) == 0;
		c.empty = below(3) == 0;
		break;
	case 1:
		c.slide_ms = 1 + below(20);
		c.size_ms = below(2) ? c.slide_ms * (1 + below(6)) : 1 + below(70);
		c.empty = below(3) == 0;
		break;
	case 2:
		c = (struct window_conf){.kind = WINDOW_SESSION,
			.gap_ms = 1 + below(40),
			.lateness_ms = c.lateness_ms,
			.strict = below(2),
			.discard = below(3) == 0};
		break;
	default:
		c = (struct window_conf){
			.kind = WINDOW_EVERY, .every = 1 + below(6), .step = below(6)};
	}
	if (c.kind == WINDOW_ALIGNED && c.slide_ms > 1)
		c.offset_ms = (int64_t)below((uint32_t)c.slide_ms * 2 - 1) - c.slide_ms + 1;
	return c;
}

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

static struct item
random_item(int64_t now, bool keyed)
{
	return (struct item){.ms = now - (int64_t)below(40),
		.key = keyed ? (int)below(KEYS) : 0,
		.value = (int)below(VALUES)};
}

static bool
one_run(struct model *m, struct real *real)
{
	int64_t now = (int64_t)below(200) - 100, ooo = below(30);
	size_t events = below(EVENTS_MAX);
	bool keyed = !m->conf.empty;

	for (size_t i = 0; i < events; i++) {
		struct item it = random_item(now, keyed);

		add_model(m, it);
		add_real(real, it, keyed);
		if (now - ooo > m->wm) {
			advance_model(m, now - ooo - 1, WINDOW_ONTIME);
			window_advance(real->w, now - ooo - 1);
		}
		now += below(8) ? below(6) : below(200);
	}
	if (below(2)) {
		advance_model(m, 5000, WINDOW_EOF);
		window_finish(real->w, false);
	}
	return span_equal(buf_view(&m->out), buf_view(&real->out));
}

/* The first line in which they differ. */
static void
explain(const struct model *m, const struct real *real)
{
	struct span a = buf_view(&m->out), b = buf_view(&real->out), x, y;
	const struct window_conf *c = &m->conf;

	printf("# kind %d size %" PRId64 " slide %" PRId64 " offset %" PRId64 " gap %" PRId64
	       " every %" PRIu64 "/%" PRIu64 " lateness %" PRId64
	       " strict %d discard %d empty %d\n",
		(int)c->kind, c->size_ms, c->slide_ms, c->offset_ms, c->gap_ms, c->every, c->step,
		c->lateness_ms, c->strict, c->discard, c->empty);
	do {
		span_cut(a, '\n', &x, &a);
		span_cut(b, '\n', &y, &b);
	} while (span_equal(x, y) && a.n && b.n);
	printf("# want %.*s\n# got  %.*s\n", (int)x.n, x.p, (int)y.n, y.p);
}

static bool
run(struct model *m)
{
	struct real real;
	struct span unused;
	struct err err;
	bool same;

	memset(m, 0, sizeof(*m));
	m->wm = WATERMARK_NONE;
	m->conf = random_conf();
	buf_init(&m->out, 1 << 24);
	agg_list_init(&real.aggs);
	buf_init(&real.out, 1 << 24);
	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		agg_list_add(&real.aggs, span_str(functions[i]), &unused, &err);
	if (window_new(&real.w, &m->conf, &real.aggs, emit, &real, &err)) {
		printf("# %s\n", err.text);
		return false;
	}
	same = one_run(m, &real);
	if (!same)
		explain(m, &real);
	window_free(real.w);
	agg_list_release(&real.aggs);
	buf_release(&real.out);
	buf_release(&m->out);
	return same;
}

int
main(int argc, char **argv)
{
	long runs = argc > 1 ? (long)strtoull(argv[1], NULL, 10) : 600, bad = 0;
	struct model *m = alloc_get(sizeof(*m));

	seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	seed = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	for (long i = 0; i < runs && bad < 5; i++)
		bad += !run(m);
	ok(bad == 0, "%ld random streams give what the model gives", runs);
	alloc_free(m);
	return tap_done();
}
