/*
 * store: random appends, expected versions, retries, restarts and two writers, against a simple model;
 * then random reads of what is there. Argument: the number of stores (default 25); EV_SEED: where to start.
 */
#include "tap.h"

#include "scratch_store.h"
#include "store/query.h"
#include "store/verify.h"

#define EVENTS_MAX 400
#define STREAMS 3
#define BATCH 4

struct item {
	int id, n, stream;
	int64_t ver;
};

/* The model: what is committed, and after it what is pending. */
struct model {
	struct item items[EVENTS_MAX + BATCH];
	int count, committed;
};

static const char *const names[STREAMS] = {"a", "b\"$pos", "\xc3\xa4/../c"};
static uint64_t state;

static unsigned
pick(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % below;
}

static int64_t
version(const struct model *m, int stream)
{
	int64_t n = 0;

	for (int i = 0; i < m->count; i++)
		n += m->items[i].stream == stream;
	return n;
}

static const struct item *
find(const struct model *m, int id)
{
	for (int i = 0; i < m->count; i++)
		if (m->items[i].id == id)
			return &m->items[i];
	return NULL;
}

/* What must come of a batch, by the words of the page: 0 stored, -1 known, else the kind of error. */
static int
judge(const struct model *m, struct decide_expect e, const struct item *b, int n)
{
	int64_t actual = version(m, b[0].stream);
	int64_t want = e.kind == DECIDE_NONE ? 0 : e.kind == DECIDE_EXACT ? e.version : -1;
	bool conflict = false, followed = true;
	int known = 0;

	for (int i = 0; i < n; i++) {
		const struct item *old = find(m, b[i].id);

		known += old != NULL;
		if (old && (old->n != b[i].n || old->stream != b[i].stream))
			conflict = true;
		if (!old || old->ver != want + 1 + i)
			followed = false;
	}
	if (e.kind == DECIDE_EXISTS && actual == 0)
		return known == n && !conflict ? -1 : ERR_VERSION;
	if (want >= 0 && want != actual)
		return want < actual && followed && !conflict ? -1 : ERR_VERSION;
	if (conflict)
		return ERR_DATA;
	return known == 0 ? 0 : known == n ? -1 : ERR_DATA;
}

static struct item
some_item(const struct model *m, int stream, int *next_id)
{
	struct item it = {.id = (*next_id)++, .n = (int)pick(1000), .stream = stream};

	if (m->count && pick(4) == 0)
		it = m->items[pick((unsigned)m->count)];
	if (pick(20) == 0)
		it.n++;
	if (pick(4))
		it.stream = stream;
	return it;
}

static struct decide_expect
some_expect(const struct model *m, int stream)
{
	static const enum decide_kind kinds[] = {
		DECIDE_ANY, DECIDE_ANY, DECIDE_NONE, DECIDE_EXISTS, DECIDE_EXACT, DECIDE_EXACT};
	struct decide_expect e = {kinds[pick(6)], 0};
	int64_t actual = version(m, stream);

	if (e.kind == DECIDE_EXACT)
		e.version = pick(3) ? actual : (int64_t)pick((unsigned)actual + 3);
	return e;
}

static void
to_event(const struct item *it, char text[160], struct log_event *ev)
{
	char n[16];

	snprintf(n, sizeof(n), "%d", it->n);
	*ev = scratch_event(text, it->id, n, names[it->stream]);
}

/* One batch of the model and of the store; false when they differ. */
static bool
step(struct scratch *s, struct model *m, int *next_id)
{
	char texts[BATCH][160];
	struct log_event evs[BATCH];
	struct item batch[BATCH];
	int n = 1 + (int)(pick(3) ? 0 : pick(BATCH)), stream = (int)pick(STREAMS), want, got;
	struct decide_expect e = some_expect(m, stream);
	bool same = true;

	for (int i = 0; i < n; i++) {
		batch[i] = some_item(m, stream, next_id);
		if (e.kind != DECIDE_ANY)
			batch[i].stream = batch[0].stream;
		for (int j = 0; j < i; j++)
			if (batch[j].id == batch[i].id)
				batch[i].id = (*next_id)++;
		to_event(&batch[i], texts[i], &evs[i]);
	}
	want = judge(m, e, batch, n);
	got = log_append(&s->log, e, evs, (size_t)n, &s->err) ? (int)s->err.kind : -evs[0].is_known;
	if (got != want) {
		printf("# batch of %d, expected kind %d version %d: got %d, want %d: %s\n", n,
			e.kind, (int)e.version, got, want, s->err.text);
		return false;
	}
	for (int i = 0; i < n && want <= 0; i++) {
		const struct item *old = find(m, batch[i].id);

		batch[i].ver = old ? old->ver : version(m, batch[i].stream) + 1;
		same = same && evs[i].ver == batch[i].ver &&
		       evs[i].pos == (old ? old - m->items : m->count);
		if (!same)
			printf("# version %d position %d, not as wanted\n", (int)evs[i].ver,
				(int)evs[i].pos);
		if (!old)
			m->items[m->count++] = batch[i];
	}
	return same;
}

static bool
commit(struct scratch *s, struct model *m)
{
	m->committed = m->count;
	s->log.commit.turn.is_crowded = pick(2); /* leaves its lines in the ring, or not */
	return log_commit(&s->log, &s->err) == 0;
}

/* The lines that a query gives are those of the model that match. */
static bool
reads_as(struct scratch *s, const struct model *m, struct query_conf conf, int stream)
{
	struct source *src;
	struct source_line line;
	int want[EVENTS_MAX + BATCH], count = 0, first, r = 1;

	for (int i = 0; i < m->count; i++) {
		const struct item *it = &m->items[i];

		if ((stream < 0 || it->stream == stream) && i >= conf.pos.first &&
			i <= conf.pos.last && it->ver >= conf.ver.first && it->ver <= conf.ver.last)
			want[count++] = i;
	}
	first = conf.last && conf.last < count ? count - (int)conf.last : 0;
	conf.store = s->dir;
	src = query_open(&conf, &s->err);
	for (int k = first; src && r == 1 && k < count; k++) {
		const struct item *it = &m->items[want[conf.backwards ? count - 1 - k + first : k]];
		char text[160];
		struct log_event ev;

		to_event(it, text, &ev);
		r = src->next(src, &line, &s->err);
		if (r != 1 || !span_equal(line.line, ev.body))
			r = -1;
	}
	if (src) {
		r = r == 1 ? src->next(src, &line, &s->err) : -1;
		src->close(src);
	}
	if (r)
		printf("# stream %d, positions %d.., versions %d.., last %d, backwards %d: %s\n",
			stream, (int)conf.pos.first, (int)conf.ver.first, (int)conf.last,
			conf.backwards, s->err.text);
	return src && r == 0;
}

static struct query_range
some_range(int count)
{
	struct query_range r = QUERY_ALL;

	if (pick(2))
		r.first = pick((unsigned)count + 2);
	if (pick(2))
		r.last = r.first + (int64_t)pick((unsigned)count + 2);
	return r;
}

static bool
read_back(struct scratch *s, const struct model *m)
{
	struct verify_result result;
	bool same = true;

	for (int i = 0; i < 30 && same; i++) {
		struct query_conf conf = {.pos = some_range(m->count),
			.ver = some_range(m->count / STREAMS),
			.from_ms = INT64_MIN,
			.to_ms = INT64_MAX,
			.last = pick(2) ? pick(20) : 0,
			.backwards = pick(2)};
		int stream = (int)pick(STREAMS + 1) - 1;

		if (stream >= 0)
			conf.stream = span_str(names[stream]);
		same = reads_as(s, m, conf, stream);
	}
	same = same && verify(&result, &s->root, &(struct verify_conf){0}, &s->err) == 0 &&
	       result.events == m->count;
	table_release(&result.streams);
	return same;
}

static bool
run_store(uint64_t seed)
{
	struct scratch s[2] = {0};
	struct model m = {0};
	int next_id = 0;
	bool same;

	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	s[0].roll_bytes = s[1].roll_bytes = 2000 + (int64_t)pick(20000);
	s[0].flush_bytes = s[1].flush_bytes = pick(2) ? 1000 + (int64_t)pick(9000) : 0;
	scratch_make(&s[0]);
	memcpy(s[1].dir, s[0].dir, sizeof(s[0].dir));
	same = scratch_open(&s[0]) && scratch_open(&s[1]);
	for (int w = 0; same && m.count < EVENTS_MAX - BATCH && next_id < 3 * EVENTS_MAX;) {
		same = step(&s[w], &m, &next_id);
		if (!s[w].log.is_locked) /* a refusal makes durable what it rests on */
			m.committed = m.count;
		if (same && pick(3) == 0) {
			same = commit(&s[w], &m);
			w = (int)pick(2);
		} else if (same && pick(40) == 0) {
			m.count = m.committed; /* dies with what is pending */
			scratch_shut(&s[w]);
			same = scratch_open(&s[w]);
		}
		if (!s[w].log.is_locked)
			m.committed = m.count;
		else if (s[w].log.group.n == 0 && m.committed < m.count)
			same = false;
	}
	for (int w = 0; w < 2; w++)
		if (same && s[w].log.is_locked)
			same = commit(&s[w], &m);
	same = same && read_back(&s[0], &m);
	scratch_shut(&s[0]);
	scratch_shut(&s[1]);
	scratch_remove(&s[0]);
	return same;
}

int
main(int argc, char **argv)
{
	long count = argc > 1 ? strtoll(argv[1], NULL, 10) : 25;
	const char *seed = getenv("EV_SEED");
	uint64_t from = seed ? strtoull(seed, NULL, 10) : 1;

	for (long i = 0; i < count; i++)
		if (!ok(run_store(from + (uint64_t)i), "store %ld, EV_SEED=%llu", i,
			    (unsigned long long)from + (unsigned long long)i))
			break;
	return tap_done();
}
