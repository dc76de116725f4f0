/* reading: everything that is stored, held against what was promised. */
#include "sim/reading.h"

#include "base/when.h"
#include "sim/governing.h"
#include "store/head.h"

int
reading_event(const struct world *w, struct span body)
{
	static const char head[] = "{\"eventId\":\"e";
	int n = 0;

	if (body.n < sizeof(head) || memcmp(body.p, head, sizeof(head) - 1) != 0)
		return -1;
	for (const char *p = body.p + sizeof(head) - 1; *p >= '0' && *p <= '9'; p++)
		n = n * 10 + (*p - '0');
	return n < w->event_count ? n : -1;
}

struct reading
reading_begin(struct world *w, enum sim_rights rights)
{
	return (struct reading){.w = w,
		.rights = rights,
		.process = sim_process(w->sim, rights),
		.number = ++w->readings,
		.front = w->front,
		.rec_ms = INT64_MIN,
		.first = -1,
		.batch = -1};
}

/*
 * The log begins at 0, or where retention may have cut it; versions before that are not seen. What was opened before it
 * was removed may still be read.
 */
static bool
check_first(struct reading *r, int64_t pos)
{
	struct world *w = r->w;

	if (pos > w->gone || pos < r->front)
		return world_wrong(w, "the log begins at %lld, not from %lld to %lld",
			(long long)pos, (long long)r->front, (long long)w->gone);
	r->first = r->count = pos;
	return true;
}

/* What was to come next is retired meanwhile: reading goes on at the first segment that is left. */
static bool
check_jump(struct reading *r, int64_t pos)
{
	if (pos <= r->count || r->left || pos > r->w->gone)
		return world_wrong(r->w, "position %lld stands where %lld should", (long long)pos,
			(long long)r->count);
	r->first = r->count = pos;
	memset(r->versions, 0, sizeof(r->versions));
	memset(r->settings, 0, sizeof(r->settings));
	return true;
}

/* Its place among the others: position, version, time. */
static bool
check_place(struct reading *r, const struct trailer *t, int64_t *ver)
{
	struct world *w = r->w;
	int64_t ms;

	if (r->first < 0 && !check_first(r, t->pos))
		return false;
	if (t->pos != r->count && !check_jump(r, t->pos))
		return false;
	if (*ver == 0 && r->first > 0)
		*ver = t->ver - 1;
	if (t->ver != ++*ver)
		return world_wrong(w, "position %lld has version %lld, not the next one",
			(long long)t->pos, (long long)t->ver);
	if (when_parse(t->rec, &ms) || ms < r->rec_ms)
		return world_wrong(w, "position %lld was recorded before the one before it",
			(long long)t->pos);
	r->rec_ms = ms;
	return true;
}

/* The stored line is the event's bytes and the right trailer, or settings. */
static bool
check_line(struct reading *r, struct span line, int *event)
{
	struct world *w = r->w;
	char body[WORLD_BODY];
	struct trailer t;
	struct span sent;
	int stream;

	if (!trailer_parse(line, &t))
		return world_wrong(w, "line %lld has no trailer", (long long)r->count);
	stream = w->may_govern ? governing_of(line, &t) : -1;
	*event = stream < 0 ? reading_event(w, span_of(line.p, t.at)) : WORLD_SETTING;
	if (*event < 0)
		return world_wrong(w, "line %lld is nobody's", (long long)r->count);
	if (stream >= 0)
		return check_place(r, &t, &r->settings[stream]) &&
		       governing_promise(w, t.pos, t.sum);
	sent = world_body(w, *event, body);
	if (sent.n - 1 != t.at || memcmp(sent.p, line.p, t.at) != 0)
		return world_wrong(w, "event %d has other bytes", *event);
	return check_place(r, &t, &r->versions[w->events[*event].stream]) &&
	       world_promise(w, *event, t.pos, t.ver);
}

/* Batches are whole, and nothing is there twice. */
static bool
check_order(struct reading *r, int event)
{
	struct world *w = r->w;
	const struct world_batch *b;
	struct world_event *e;

	if (event == WORLD_SETTING)
		return !r->left || world_wrong(w, "batch %d is torn by settings", r->batch);
	e = &w->events[event];
	b = &w->batches[e->batch];
	if (e->seen == r->number)
		return world_wrong(w, "event %d is stored twice", event);
	e->seen = r->number;
	if (r->left ? e->batch != r->batch || event != b->first + b->n - (int)r->left
		    : event != b->first)
		return world_wrong(w, "position %lld: batch %d is torn by event %d",
			(long long)r->count, r->left ? r->batch : e->batch, event);
	r->batch = e->batch;
	r->left = (r->left ? r->left : b->n) - 1;
	return true;
}

bool
reading_line(struct reading *r, struct span line)
{
	int event = -1;

	if (sim_is_dead(r->w->sim, r->process))
		return false; /* nobody has seen it */
	r->w->shown++;
	if (!check_line(r, line, &event) || !check_order(r, event))
		return false;
	r->count++;
	return true;
}

bool
reading_end(struct reading *r, int64_t promised)
{
	struct world *w = r->w;

	if (r->left)
		return world_wrong(
			w, "batch %d ends after %lld lines", r->batch, (long long)r->count);
	if (r->first < 0 && w->gone >= promised)
		return true;
	if (r->count < promised && w->is_cold && r->rights == SIM_READER)
		return true;
	if (r->count < promised)
		return world_wrong(w, "%lld events are there, %lld were promised",
			(long long)r->count, (long long)promised);
	for (int64_t i = MAX(r->first, 0); i < promised; i++)
		if (w->at[i] < 0)
			return world_wrong(w, "position %lld was never shown", (long long)i);
	return true;
}

/* Its disk in a new process. */
struct query_conf
reading_all(struct disk *disk)
{
	return (struct query_conf){.store = "sim",
		.disk = disk,
		.pos = QUERY_ALL,
		.ver = QUERY_ALL,
		.from_ms = INT64_MIN,
		.to_ms = INT64_MAX,
		.meta = true};
}

static bool
read_all(struct reading *r, struct source *src, int64_t promised)
{
	struct world *w = r->w;
	struct source_line line;
	struct err err;
	int got;

	while ((got = src->next(src, &line, &err)) == SOURCE_LINE)
		if (!reading_line(r, line.line))
			return false;
	if (sim_is_dead(w->sim, r->process))
		return false;
	if (got != SOURCE_END) {
		world_excuse(w, "read", &err);
		return false;
	}
	return reading_end(r, promised);
}

/* Is the mark one of this boot that bounds nothing? */
static bool
is_in_doubt(struct world *w)
{
	int process = sim_process(w->sim, SIM_READER), fd;
	struct root root;
	struct head h = {0};
	struct err err;
	bool is = false;

	if (root_open_on(&root, sim_disk(w->sim, process), "sim", &err) == 0) {
		fd = head_open(&root, false);
		if (fd >= 0 && head_read(&root, fd, &h, &err) == 0)
			is = h.mark.is_valid && !head_bounds(&h) && h.mark.boot == root.boot;
		if (fd >= 0)
			root.disk.calls->close(&root.disk, fd);
		root_close(&root);
	}
	sim_exit(w->sim, process);
	return is;
}

bool
world_look(struct world *w, enum sim_rights rights)
{
	struct reading r = reading_begin(w, rights);
	int64_t promised = w->top;
	struct query_conf conf;
	struct source *src;
	struct disk disk;
	struct err err;
	bool same = false;

	disk = sim_disk(w->sim, r.process);
	conf = reading_all(&disk);
	src = query_open(&conf, &err);
	if (src) {
		if (rights == SIM_OWNER && !sim_is_dead(w->sim, r.process))
			w->is_cold = false;
		same = read_all(&r, src, promised);
		src->close(src);
	} else if (!sim_is_dead(w->sim, r.process)) {
		if (rights == SIM_READER && strcmp(err.code, "doubt") == 0 && is_in_doubt(w))
			same = true; /* an owner has to come first */
		else
			world_excuse(w, "open to read", &err);
	}
	sim_exit(w->sim, r.process);
	if (w->sim->is_broken)
		world_wrong(w, "the disk was used as no disk is");
	return same && !*w->why;
}

void
world_read(void *user)
{
	struct world_user *u = user;

	for (int i = 0; i < u->steps && !*u->w->why && !u->w->sim->has_ended; i++) {
		enum sim_rights rights = sim_pick(&u->w->rng, 2) ? SIM_READER : SIM_OWNER;

		if (u->w->may_govern && sim_pick(&u->w->rng, 2))
			governing_look(u->w, rights);
		else
			world_look(u->w, rights);
		for (unsigned n = sim_pick(&u->w->rng, 20); n; n--)
			sim_yield(u->w->sim);
	}
}
