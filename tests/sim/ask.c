/* ask: questions and answers. */
#include "sim/ask.h"

#include "base/alloc.h"

#include <stdio.h>

static struct query_range
some_range(struct sim_rng *r, int64_t count)
{
	struct query_range range = QUERY_ALL;

	if (sim_pick(r, 2))
		range.first = sim_pick(r, (unsigned)count + 2);
	if (sim_pick(r, 2))
		range.last = range.first + sim_pick(r, (unsigned)count + 2);
	return range;
}

/* Times at, right before and right after those of events, and others. */
static int64_t
some_time(const struct filled *f, struct sim_rng *r)
{
	if (f->count == 0)
		return 0;
	return f->lines[sim_pick(r, (unsigned)f->count)].rec_ms + (int64_t)sim_pick(r, 3) - 1;
}

static struct query_conf
some_query(const struct filled *f, struct sim_rng *r)
{
	struct query_conf conf = filled_all(NULL);
	int stream = (int)sim_pick(r, 2 * WORLD_STREAMS);

	if (sim_pick(r, 2))
		conf.pos = some_range(r, f->count);
	if (sim_pick(r, 3) == 0)
		conf.ver = some_range(r, f->count / WORLD_STREAMS);
	if (sim_pick(r, 3) == 0)
		conf.from_ms = some_time(f, r);
	if (sim_pick(r, 3) == 0)
		conf.to_ms = some_time(f, r);
	if (sim_pick(r, 3) == 0)
		conf.last = sim_pick(r, 20);
	conf.backwards = sim_pick(r, 2);
	conf.meta = sim_pick(r, 2);
	if (stream < WORLD_STREAMS)
		conf.stream = span_str(world_stream(stream));
	else if (stream == WORLD_STREAMS)
		conf.stream = SPAN("no such stream");
	return conf;
}

/* The positions that match, in the order in which they come; returns how many. */
static int64_t
select_lines(const struct filled *f, const struct query_conf *c, int64_t *out)
{
	int64_t n = 0;

	for (int64_t i = 0; i < f->count; i++) {
		const struct filled_line *l = &f->lines[i];

		if (i >= c->pos.first && i <= c->pos.last && l->ver >= c->ver.first &&
			l->ver <= c->ver.last && l->rec_ms >= c->from_ms && l->rec_ms < c->to_ms &&
			(!c->stream.p || span_equal(c->stream, span_str(world_stream(l->stream)))))
			out[n++] = i;
	}
	if (c->last && c->last < n) {
		memmove(out, out + n - c->last, (size_t)c->last * sizeof(*out));
		n = c->last;
	}
	for (int64_t i = 0; c->backwards && i < n / 2; i++) {
		int64_t p = out[i];

		out[i] = out[n - 1 - i];
		out[n - 1 - i] = p;
	}
	return n;
}

static bool
tell(const struct query_conf *c, int64_t at, int64_t n, const struct err *err)
{
	printf("# stream '%.*s', positions %lld..%lld, versions %lld..%lld, times %lld..%lld, last "
	       "%lld, "
	       "backwards %d, meta %d: wrong at %lld of %lld: %s\n",
		(int)c->stream.n, c->stream.p ? c->stream.p : "", (long long)c->pos.first,
		(long long)c->pos.last, (long long)c->ver.first, (long long)c->ver.last,
		(long long)c->from_ms, (long long)c->to_ms, (long long)c->last, c->backwards,
		c->meta, (long long)at, (long long)n, err->text);
	return false;
}

bool
ask_query(struct sim *s, const struct filled *f, struct sim_rng *r)
{
	int process = sim_process(s, sim_pick(r, 2) ? SIM_READER : SIM_OWNER), got = -1;
	int64_t *want = alloc_array((size_t)f->count + 1, sizeof(*want)), n, i = 0;
	struct query_conf conf = some_query(f, r);
	struct disk disk = sim_disk(s, process);
	struct source_line line;
	struct source *src;
	struct err err = {0};
	bool fine = true;

	n = select_lines(f, &conf, want);
	conf.disk = &disk;
	src = query_open(&conf, &err);
	while (src && fine && (got = src->next(src, &line, &err)) == SOURCE_LINE) {
		fine = i < n && filled_is(f, want[i], line.line, conf.meta);
		i += fine;
	}
	if (src)
		src->close(src);
	sim_exit(s, process);
	fine = fine && got == SOURCE_END && i == n && !s->is_broken;
	alloc_free(want);
	return fine ? true : tell(&conf, i, n, &err);
}

bool
ask_versions(struct sim *s, const struct filled *f)
{
	for (int stream = 0; stream < WORLD_STREAMS; stream++) {
		int process = sim_process(s, SIM_READER);
		struct query_conf conf = filled_all(NULL);
		struct disk disk = sim_disk(s, process);
		int64_t want = 0, got = 0;
		struct source_line line;
		struct source *src;
		struct err err = {0};

		for (int64_t i = 0; i < f->count; i++)
			want += f->lines[i].stream == stream;
		conf.disk = &disk;
		conf.stream = span_str(world_stream(stream));
		src = query_open(&conf, &err);
		while (src && src->next(src, &line, &err) == SOURCE_LINE)
			got++;
		if (src)
			src->close(src);
		sim_exit(s, process);
		if (got != want)
			return tell(&conf, got, want, &err);
	}
	return true;
}
