/* world: what there is, what was promised. */
#include "sim/governing.h"

#include "base/alloc.h"

#include <stdarg.h>

static const char *const streams[WORLD_STREAMS] = {"a", "b\"$pos\":1", "\xc3\xa4/../c", "user-123"};

const char *
world_stream(int stream)
{
	return streams[stream];
}

void
world_clock(int64_t ms)
{
	static char text[48]; /* stays in the environment */

	snprintf(text, sizeof(text), "EV_NOW=%lld", (long long)ms);
	putenv(text);
}

bool
world_wrong(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (*w->why)
		return false;
	va_start(ap, fmt);
	vsnprintf(w->why, sizeof(w->why), fmt, ap);
	va_end(ap);
	if (getenv("EV_SIM_TRACE"))
		fprintf(stderr, "%s\n", w->why);
	return false;
}

/* The store's id is in every sum: a fixed one makes a case the same each time. */
static void
fix_format(struct world *w, int64_t roll_bytes)
{
	char text[256];
	int n = snprintf(text, sizeof(text),
		"{\"format\":1,\"id\":\"00000000-0000-4000-8000-000000000000\","
		"\"created\":\"2021-11-22T09:15:32.123Z\",\"segmentBytes\":%lld}\n",
		(long long)roll_bytes);

	memcpy(sim_resize(w->sim, "FORMAT", (size_t)n), text, (size_t)n);
	sim_settle(w->sim);
}

struct world *
world_new(uint64_t seed)
{
	struct world *w = alloc_zero(sizeof(*w));
	struct disk d;
	struct root_conf conf = {.mode = 0700};
	struct err err;
	int process;

	w->sim = sim_new(seed * 2 + 1);
	sim_seed(&w->rng, seed * 2);
	governing_begin(seed);
	memset(w->at, -1, sizeof(w->at));
	conf.roll_bytes = 400 + (int64_t)sim_pick(&w->rng, 6000);
	process = sim_process(w->sim, SIM_OWNER);
	d = sim_disk(w->sim, process);
	if (root_create_on(&d, "sim", &conf, &err))
		world_wrong(w, "no store can be made: %s", err.text);
	sim_exit(w->sim, process);
	fix_format(w, conf.roll_bytes);
	sim_restart(w->sim);
	return w;
}

void
world_restart(struct world *w)
{
	w->is_cold = w->is_cold || w->sim->end == SIM_POWER;
	sim_restart(w->sim);
}

void
world_free(struct world *w)
{
	sim_free(w->sim);
	alloc_free(w);
}

struct span
world_body(const struct world *w, int event, char out[WORLD_BODY])
{
	struct sim_rng r;
	int n, pad;

	(void)w;
	sim_seed(&r, (uint64_t)event);
	pad = (int)sim_pick(&r, sim_pick(&r, 10) ? 200 : 4000);
	n = snprintf(out, WORLD_BODY,
		"{\"eventId\":\"e%d\",\"eventType\":\"t.made\",\"aggregateId\":\"1\",\"data\":{"
		"\"n\":%u,"
		"\"text\":\"\\\",\\\"$pos\\\":7 ",
		event, sim_pick(&r, 1000000));
	memset(out + n, 'a' + event % 26, (size_t)pad);
	n += pad;
	n += snprintf(out + n, (size_t)(WORLD_BODY - n), "\"}}");
	return span_of(out, (size_t)n);
}

static struct decide_expect
some_expect(struct world *w, int stream)
{
	static const enum decide_kind kinds[] = {DECIDE_ANY, DECIDE_ANY, DECIDE_ANY, DECIDE_NONE,
		DECIDE_EXISTS, DECIDE_EXACT, DECIDE_EXACT};
	struct decide_expect e = {kinds[sim_pick(&w->rng, 7)], 0};

	if (e.kind == DECIDE_EXACT)
		e.version = w->floor[stream] + (sim_pick(&w->rng, 3) ? 0 : sim_pick(&w->rng, 3));
	return e;
}

static struct world_batch *
make(struct world *w)
{
	struct world_batch *b = &w->batches[w->batch_count];
	int stream = (int)sim_pick(&w->rng, WORLD_STREAMS);

	if (w->batch_count == WORLD_BATCHES || w->event_count + WORLD_BATCH > WORLD_EVENTS)
		return NULL;
	*b = (struct world_batch){
		.first = w->event_count, .n = 1, .expect = some_expect(w, stream)};
	if (sim_pick(&w->rng, 3) == 0)
		b->n += (int)sim_pick(&w->rng, WORLD_BATCH);
	for (int i = 0; i < b->n; i++) {
		if (b->expect.kind == DECIDE_ANY && sim_pick(&w->rng, 4) == 0)
			stream = (int)sim_pick(&w->rng, WORLD_STREAMS);
		w->events[b->first + i] = (struct world_event){
			.stream = stream, .batch = w->batch_count, .pos = -1, .ver = -1};
	}
	w->event_count += b->n;
	w->batch_count++;
	return b;
}

struct world_batch *
world_choose(struct world *w)
{
	/* Now and then something old: of an unknown fate, or one that was acknowledged. */
	if (w->batch_count && sim_pick(&w->rng, 2)) {
		int far = sim_pick(&w->rng, 4) ? 30 : w->batch_count,
		    span = MIN(w->batch_count, far);
		struct world_batch *b =
			&w->batches[w->batch_count - 1 - (int)sim_pick(&w->rng, (unsigned)span)];

		if (!b->is_busy && (b->fate == WORLD_UNKNOWN ||
					   (b->fate == WORLD_ACKED && sim_pick(&w->rng, 4) == 0)))
			return b;
	}
	return make(w);
}

bool
world_promise(struct world *w, int event, int64_t pos, int64_t ver)
{
	struct world_event *e = &w->events[event];

	if (pos < 0 || pos >= WORLD_EVENTS || ver < 1)
		return world_wrong(w, "event %d has position %lld, version %lld", event,
			(long long)pos, (long long)ver);
	if (e->pos >= 0 && (e->pos != pos || e->ver != ver))
		return world_wrong(w,
			"event %d was promised at position %lld as version %lld, now it is %lld, "
			"%lld",
			event, (long long)e->pos, (long long)e->ver, (long long)pos,
			(long long)ver);
	if (w->at[pos] >= 0 && w->at[pos] != event)
		return world_wrong(w, "position %lld was promised to event %d, now it has event %d",
			(long long)pos, w->at[pos], event);
	if (w->batches[e->batch].fate == WORLD_REFUSED)
		return world_wrong(w, "event %d was refused, and is stored", event);
	e->pos = pos;
	e->ver = ver;
	w->at[pos] = event;
	w->top = MAX(w->top, pos + 1);
	w->floor[e->stream] = MAX(w->floor[e->stream], ver);
	return true;
}

bool
world_excuse(struct world *w, const char *what, const struct err *err)
{
	if (err->kind == ERR_SYSTEM && !w->is_quiet)
		return true;
	return world_wrong(w, "%s: status %d: %s", what, (int)err->kind, err->text);
}
