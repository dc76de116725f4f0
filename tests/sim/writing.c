/* writing: a user with a log of his own. */
#include "sim/governing.h"
#include "store/retain.h"
#include "store/sealer.h"
#include "store/verify.h"

#define PENDING 24

struct writer {
	struct world *w;
	int process;
	bool is_open;
	struct root root;
	struct log log;
	struct pending {
		struct world_batch *batch;
		struct log_event events[WORLD_BATCH]; /* the answers */
		int64_t actual;                       /* -1; of a refusal, what the version was */
		bool is_closed;                       /* its stream was, before it was sent */
	} pending[PENDING];
	int count;
};

static bool
is_dead(const struct writer *c)
{
	return sim_is_dead(c->w->sim, c->process);
}

static void
told_lost(void *ctx, const char *name, int64_t bytes)
{
	(void)name;
	((struct writer *)ctx)->w->lost += bytes;
}

/* The fate of what is pending is not known. */
static void
drop(struct writer *c)
{
	for (int i = 0; i < c->count; i++) {
		struct world_batch *b = c->pending[i].batch;

		b->is_busy = false;
		if (b->fate != WORLD_ACKED)
			b->fate = WORLD_UNKNOWN;
	}
	c->count = 0;
}

static void
shut(struct writer *c)
{
	if (c->is_open) {
		log_close(&c->log);
		root_close(&c->root);
	}
	c->is_open = false;
	drop(c);
	sim_exit(c->w->sim, c->process);
}

/* A new process that opens the store. */
static bool
start(struct writer *c)
{
	struct log_conf conf = {.lock_ms = 1000, .lost = told_lost, .ctx = c};
	struct err err;

	c->process = sim_process(c->w->sim, SIM_OWNER);
	if (root_open_on(&c->root, sim_disk(c->w->sim, c->process), "sim", &err)) {
		/* The disk is ours to close then, and has nothing open. */
	} else if (conf.flush_bytes = 200 + c->root.roll_bytes / 2,
		log_open(&c->log, &c->root, &conf, &err)) {
		root_close(&c->root);
	} else {
		c->is_open = true;
		c->w->is_cold = c->w->is_cold && is_dead(c);
		return true;
	}
	if (!is_dead(c))
		world_excuse(c->w, "open", &err);
	sim_exit(c->w->sim, c->process);
	return false;
}

/* What an acknowledged batch must be: what was expected, at its place. */
static bool
take_answer(struct writer *c, const struct pending *p)
{
	struct world *w = c->w;
	struct world_batch *b = p->batch;
	const struct log_event *first = &p->events[0];

	if (p->is_closed)
		return world_wrong(
			w, "batch %d is answered, its stream is closed", (int)(b - w->batches));
	if (p->actual >= 0) {
		int stream = w->events[b->first].stream;

		w->floor[stream] = MAX(w->floor[stream], p->actual);
		if (b->fate == WORLD_ACKED)
			return world_wrong(w, "batch %d was acknowledged, and is refused",
				(int)(b - w->batches));
		b->fate = WORLD_REFUSED;
		w->refused++;
		for (int i = 0; i < b->n; i++)
			if (w->events[b->first + i].pos >= 0)
				return world_wrong(
					w, "event %d is stored, and is refused", b->first + i);
		return true;
	}
	for (int i = 0; i < b->n; i++)
		if (!world_promise(w, b->first + i, p->events[i].pos, p->events[i].ver))
			return false;
	if ((b->expect.kind == DECIDE_NONE && first->ver != 1 && !governing_may_be_deleted(w, b)) ||
		(b->expect.kind == DECIDE_EXISTS && first->ver < 2) ||
		(b->expect.kind == DECIDE_EXACT && first->ver != b->expect.version + 1))
		return world_wrong(w, "batch %d has version %lld, not the one expected",
			(int)(b - w->batches), (long long)first->ver);
	b->fate = WORLD_ACKED;
	w->acked += b->n;
	return true;
}

static bool
commit(struct writer *c)
{
	struct err err;
	int r = log_commit(&c->log, &err);

	if (is_dead(c))
		return false;
	if (r)
		return world_excuse(c->w, "commit", &err) && false;
	for (int i = 0; i < c->count; i++) {
		c->pending[i].batch->is_busy = false;
		if (!take_answer(c, &c->pending[i]))
			return false;
	}
	c->count = 0;
	return true;
}

/* "…, actual 7" */
static int64_t
actual_of(const struct err *err)
{
	const char *p = strstr(err->text, "actual ");

	return p ? strtoll(p + 7, NULL, 10) : 0;
}

/* Nothing is stored of the batch sent last, but what of it was before its stream was closed. */
static bool
refused_for_ever(struct writer *c, struct world_batch *b)
{
	c->count--;
	b->is_busy = false;
	if (b->fate == WORLD_NEW) {
		b->fate = WORLD_REFUSED;
		c->w->refused++;
	}
	return true;
}

/* False when the log is not to be used any more. */
static bool
send(struct writer *c, struct world_batch *b)
{
	static char bodies[16][WORLD_BATCH][WORLD_BODY]; /* by process: calls interleave */
	struct pending *p = &c->pending[c->count];
	struct world *w = c->w;
	char names[WORLD_BATCH][16];
	struct err err;
	int r;

	*p = (struct pending){
		.batch = b, .actual = -1, .is_closed = governing_is_closed(w, b, true)};
	for (int i = 0; i < b->n; i++) {
		snprintf(names[i], sizeof(names[i]), "e%d", b->first + i);
		p->events[i] = (struct log_event){
			.body = world_body(w, b->first + i, bodies[c->process & 15][i]),
			.identity = span_str(names[i]),
			.stream = span_str(world_stream(w->events[b->first + i].stream))};
	}
	b->is_busy = true;
	r = log_append(&c->log, b->expect, p->events, (size_t)b->n, &err);
	c->count++;
	if (is_dead(c))
		return false;
	if (r && err.kind == ERR_VERSION) {
		p->actual = actual_of(&err);
		return true;
	}
	if (r && err.kind == ERR_DATA && strcmp(err.code, "tombstone") == 0 &&
		governing_is_closed(w, b, false))
		return refused_for_ever(c, b);
	if (r) {
		world_excuse(w, "append", &err);
		return false;
	}
	for (int i = 0; i < b->n; i++)
		if (p->events[i].is_known && b->fate == WORLD_NEW)
			return world_wrong(w, "event %d is known before it was sent", b->first + i);
	return true;
}

/* Only the version is asked for. */
static bool
check(struct writer *c)
{
	struct world *w = c->w;
	int stream = (int)sim_pick(&w->rng, WORLD_STREAMS);
	int64_t least = w->floor[stream], actual;
	struct err err;
	int r = log_check(&c->log, (struct decide_expect){DECIDE_EXACT, least},
		span_str(world_stream(stream)), &err);

	if (is_dead(c))
		return false;
	if (r && err.kind != ERR_VERSION)
		return world_excuse(w, "check", &err) && false;
	actual = r ? actual_of(&err) : least;
	if (actual < least)
		return world_wrong(w, "stream %d has version %lld, %lld was promised", stream,
			(long long)actual, (long long)least);
	w->floor[stream] = MAX(w->floor[stream], actual);
	return true;
}

/* The first position of the last segment, which never goes. */
static int64_t
last_segment(struct world *w)
{
	const char *name;
	int64_t last = 0;

	for (size_t i = 0; (name = sim_name(w->sim, i)); i++)
		if (strncmp(name, "seg/", 4) == 0)
			last = MAX(last, strtoll(name + 4, NULL, 10));
	return last;
}

/* The oldest segments go. */
static bool
retire(struct writer *c)
{
	struct world *w = c->w;
	struct retain_conf conf = {.before_ms = INT64_MIN,
		.keep_segments = 1 + sim_pick(&w->rng, 6),
		.max_bytes = -1,
		.lock_ms = 1000};
	struct retain_result result;
	struct err err;
	int r;

	w->gone = INT64_MAX; /* while it is at work anybody may see it */
	r = retain(&result, &c->root, &conf, &err);
	w->gone = last_segment(w);
	if (r == 0 && !is_dead(c))
		w->front = MAX(w->front, result.first);
	return r == 0 || (!is_dead(c) && world_excuse(w, "retain", &err));
}

/* What programs do when they are idle. */
static bool
chore(struct writer *c)
{
	struct err err;

	if (c->w->may_retire && sim_pick(&c->w->rng, 3) == 0)
		return retire(c);
	if (sim_pick(&c->w->rng, 2) ? sealer_step(&c->root, &err) >= 0
				    : index_merge(&c->log.index, &err) >= 0)
		return true;
	return !is_dead(c) && world_excuse(c->w, "seal or merge", &err);
}

/* One thing a user does; false when the log is to be closed. */
static bool
step(struct writer *c)
{
	struct world *w = c->w;
	struct world_batch *b;

	if (w->may_govern && c->count == 0 && sim_pick(&w->rng, 6) == 0)
		return governing_act(w, &c->log, c->process);
	if (c->count == 0 && sim_pick(&w->rng, 6) == 0)
		return sim_pick(&w->rng, 4) ? chore(c) : check(c);
	if (c->count == PENDING || (c->count && sim_pick(&w->rng, 3) == 0))
		return commit(c);
	if (sim_pick(&w->rng, 25) == 0)
		return false;
	b = world_choose(w);
	if (!b)
		return false;
	if (send(c, b))
		return sim_pick(&w->rng, 2) ? true : commit(c);
	/* What came before it may still be made durable, where the log allows. */
	if (!is_dead(c) && !*w->why && sim_pick(&w->rng, 2)) {
		c->count--;
		b->is_busy = false;
		if (b->fate != WORLD_ACKED)
			b->fate = WORLD_UNKNOWN;
		commit(c);
	}
	return false;
}

void
world_write(void *user)
{
	struct world_user *u = user;
	struct world *w = u->w;
	struct writer c = {.w = w};

	for (int i = 0; i < u->steps && !*w->why && !w->sim->has_ended; i++) {
		if (!c.is_open && !start(&c))
			continue;
		if (!step(&c))
			shut(&c);
		if (w->sim->is_broken)
			world_wrong(w, "the disk was used as no disk is");
	}
	if (c.is_open && !w->sim->has_ended && c.count && sim_pick(&w->rng, 2) && !*w->why)
		commit(&c);
	if (c.is_open)
		shut(&c);
}

static bool
verifies(struct writer *c)
{
	struct verify_result result;
	struct err err;
	int r = verify(&result, &c->root, &(struct verify_conf){0}, &err);

	table_release(&result.streams);
	if (r)
		return world_wrong(c->w, "verify: %s", err.text);
	if (c->w->gone == 0 && result.events < c->w->top)
		return world_wrong(c->w, "verify saw %lld events", (long long)result.events);
	return true;
}

bool
world_settle(struct world *w)
{
	struct writer c = {.w = w};
	bool fine;

	w->is_quiet = true;
	fine = start(&c);
	for (int i = 0; fine && i < w->batch_count; i++) {
		struct world_batch *b = &w->batches[i];

		if (b->fate == WORLD_UNKNOWN ||
			(b->fate == WORLD_ACKED && sim_pick(&w->rng, 4) == 0))
			fine = send(&c, b) && commit(&c);
	}
	fine = fine && verifies(&c);
	if (c.is_open)
		shut(&c);
	fine = fine && world_look(w, SIM_READER);
	for (int i = 0; fine && w->may_govern && i < 2 * WORLD_STREAMS; i++)
		fine = governing_look(w, i % 2 ? SIM_READER : SIM_OWNER);
	w->is_quiet = false;
	return fine && !*w->why;
}
