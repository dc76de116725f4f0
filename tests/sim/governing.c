/* governing: deleting, closing, and reading one stream. */
#include "sim/governing.h"

#include "sim/reading.h"
#include "store/govern.h"
#include "store/query.h"

#include <sys/random.h>

#define CLOSABLE 3 /* the one stream that may be closed: the others go on */

static uint64_t ids; /* of settings: the same in a case each time */

ssize_t
getrandom(void *p, size_t n, unsigned flags)
{
	(void)flags;
	for (size_t i = 0; i < n; i++) {
		ids = ids * 6364136223846793005u + 1442695040888963407u;
		((unsigned char *)p)[i] = (unsigned char)(ids >> 56);
	}
	return (ssize_t)n;
}

void
governing_begin(uint64_t seed)
{
	ids = seed;
}

/* No version of the stream can be higher now. */
static int64_t
most_of(const struct world *w, int stream)
{
	int64_t n = 0;

	for (int i = 0; i < w->event_count; i++)
		n += w->events[i].stream == stream;
	return n;
}

/* The last version that may be hidden now. */
static int64_t
may_hide(const struct world *w, int stream)
{
	const struct world_hidden *h = &w->hidden[stream];

	return h->at_work ? INT64_MAX : h->most;
}

bool
governing_act(struct world *w, struct log *l, int process)
{
	int stream = (int)sim_pick(&w->rng, WORLD_STREAMS), r;
	bool closes = stream == CLOSABLE && sim_pick(&w->rng, 8) == 0;
	struct govern g = {.act = closes ? GOVERN_TOMBSTONE : GOVERN_DELETE};
	struct world_hidden *h = &w->hidden[stream];
	int64_t floor = w->floor[stream];
	struct err err;

	h->may_be_closed |= closes;
	h->at_work += !closes;
	r = govern(l, span_str(world_stream(stream)), &g, &err);
	h->at_work -= !closes;
	if (!closes)
		h->most = MAX(h->most, most_of(w, stream));
	if (sim_is_dead(w->sim, process))
		return false;
	if (r)
		return world_excuse(w, "govern", &err) && false;
	h->is_closed |= closes;
	if (!closes)
		h->least = MAX(h->least, floor);
	w->governed++;
	return true;
}

int
governing_of(struct span line, const struct trailer *t)
{
	struct settings settings;
	struct err ignored;
	struct buf name;
	int found = -1;
	struct span of;

	buf_init(&name, TRAILER_MAX);
	of = trailer_stream(t, &name);
	for (int i = 0; i < WORLD_STREAMS && settings_is_of(of); i++)
		if (span_equal(span_of(of.p + 2, of.n - 2), span_str(world_stream(i))))
			found = i;
	buf_release(&name);
	if (found >= 0 && settings_parse(span_of(line.p, t->at), &settings, &ignored))
		return -1;
	return found;
}

bool
governing_promise(struct world *w, int64_t pos, uint64_t sum)
{
	if (pos < 0 || pos >= WORLD_EVENTS)
		return world_wrong(w, "settings have position %lld", (long long)pos);
	if (w->at[pos] >= 0 && (w->at[pos] != WORLD_SETTING || w->sums[pos] != sum))
		return world_wrong(w, "position %lld was promised to event %d, now it has settings",
			(long long)pos, w->at[pos]);
	w->at[pos] = WORLD_SETTING;
	w->sums[pos] = sum;
	w->top = MAX(w->top, pos + 1);
	return true;
}

bool
governing_may_be_deleted(const struct world *w, const struct world_batch *b)
{
	return may_hide(w, w->events[b->first].stream) > 0;
}

bool
governing_is_closed(const struct world *w, const struct world_batch *b, bool for_sure)
{
	for (int i = 0; i < b->n; i++) {
		const struct world_hidden *h = &w->hidden[w->events[b->first + i].stream];

		if (for_sure ? h->is_closed : h->may_be_closed)
			return true;
	}
	return false;
}

/* --- reading one stream ------------------------------------------------------------------------ */

struct stream_reading {
	struct world *w;
	int stream;
	int64_t first, last; /* versions; 0: none was shown */
};

static bool
take(struct stream_reading *r, struct span line)
{
	struct world *w = r->w;
	struct trailer t;
	int event = trailer_parse(line, &t) ? reading_event(w, span_of(line.p, t.at)) : -1;

	if (event < 0 || w->events[event].stream != r->stream)
		return world_wrong(w, "stream %d: a line that is not of it", r->stream);
	if (r->first && t.ver != r->last + 1 && (t.ver <= r->last || t.pos > w->gone))
		return world_wrong(w, "stream %d: version %lld comes after %lld", r->stream,
			(long long)t.ver, (long long)r->last);
	r->first = r->first ? r->first : t.ver;
	r->last = t.ver;
	w->shown++;
	return world_promise(w, event, t.pos, t.ver);
}

/* Is what was shown what had to be, as things stood before, and no less than had to be since? */
static bool
check(const struct stream_reading *r, const struct world_hidden *before, int64_t floor)
{
	struct world *w = r->w;
	int64_t most = may_hide(w, r->stream);

	if (r->first && before->is_closed)
		return world_wrong(w, "stream %d is closed, and is shown", r->stream);
	if (r->first && r->first <= before->least)
		return world_wrong(w, "stream %d: version %lld is shown, up to %lld is deleted",
			r->stream, (long long)r->first, (long long)before->least);
	if (w->hidden[r->stream].may_be_closed || floor <= most || w->gone)
		return true;
	if (r->last < floor || r->first > most + 1)
		return world_wrong(w,
			"stream %d: versions %lld to %lld are shown, not %lld to %lld at least",
			r->stream, (long long)r->first, (long long)r->last, (long long)most + 1,
			(long long)floor);
	return true;
}

bool
governing_look(struct world *w, enum sim_rights rights)
{
	struct stream_reading r = {.w = w, .stream = (int)sim_pick(&w->rng, WORLD_STREAMS)};
	const struct world_hidden before = w->hidden[r.stream];
	int64_t floor = w->floor[r.stream];
	int process = sim_process(w->sim, rights), got = SOURCE_ERROR;
	struct disk disk = sim_disk(w->sim, process);
	struct query_conf conf = reading_all(&disk);
	bool fine = true, is_blind;
	struct source_line line;
	struct source *src;
	struct err err;

	conf.stream = span_str(world_stream(r.stream));
	src = query_open(&conf, &err);
	while (src && fine && (got = src->next(src, &line, &err)) == SOURCE_LINE)
		fine = !sim_is_dead(w->sim, process) && take(&r, line.line);
	if (src)
		src->close(src);
	is_blind = sim_is_dead(w->sim, process) || (w->is_cold && rights == SIM_READER);
	if (fine && got != SOURCE_END && !sim_is_dead(w->sim, process))
		fine = world_excuse(w, "read a stream", &err) && false;
	if (fine && got == SOURCE_END && !is_blind)
		fine = check(&r, &before, floor);
	sim_exit(w->sim, process);
	return fine && !*w->why;
}
