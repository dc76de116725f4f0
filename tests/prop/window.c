/*
 * Random events against a model that keeps every event and computes each result anew, O(n * m), for all kinds of
 * windows, with disorder, lateness, discarding and empty windows. Arguments: runs (600), seed (1).
 */
#include "window_model.h"

static uint64_t seed = 1;

static uint32_t
below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 33) % n;
}

static const char *const functions[] = {"count()", "sum(v)", "avg(v)", "min(v)", "max(v)",
	"distinct(v)", "first(v)", "last(v)", "collect(v)"};

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
	size_t start = b->n, tail;

	if (r->memo && r->memo->n)
		buf_put(b, r->memo->text, r->memo->head_n);
	else
		buf_print(b, "%c [", r->key.n == 1 ? r->key.p[0] : '-');
	buf_print(b, "%" PRId64 ",%" PRId64 ") ", r->start_ms, r->end_ms);
	tail = b->n;
	if (r->memo && r->memo->n) {
		buf_put(b, r->memo->text + r->memo->head_n, r->memo->n - r->memo->head_n);
		return 0;
	}
	buf_print(b, "%d#%u", (int)r->pane, r->n);
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		buf_putc(b, ' ');
		agg_put(&real->aggs, i, r->state, b);
	}
	if (r->events)
		buf_print(b, " %" PRId64 "..%" PRId64, r->first_ms, r->last_ms);
	buf_putc(b, '\n');
	if (r->memo)
		window_memo_set(r->memo, SPAN_NONE, span_of(b->p + start, 3),
			span_of(b->p + tail, b->n - tail));
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
