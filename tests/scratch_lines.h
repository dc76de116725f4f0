/*
 * scratch_lines: a store whose log is written line by line without a writer, and what a test knows of each line. Include
 * after tap.h.
 */
#ifndef TESTS_SCRATCH_LINES_H
#define TESTS_SCRATCH_LINES_H

#include "scratch_store.h"

#include "base/when.h"
#include "store/index.h"
#include "store/reindex.h"

#define LINES_MAX 40000
#define LINES_STREAMS 400

struct lines {
	struct scratch s;
	struct index_item *items; /* as the index should have them */
	struct place *before;     /* each line */
	int64_t count, first;     /* first: retained */
	struct place end;
	struct segfile file;
	int64_t vers[LINES_STREAMS];
	int *streams; /* of each line */
	int64_t ms;
	int next_id;
};

static inline void
lines_die(struct lines *l, const char *what)
{
	printf("Bail out! %s: %s\n", what, l->s.err.text);
	exit(1);
}

static inline struct hash128
lines_id(const struct lines *l, int id)
{
	char name[32];

	return reindex_hash(l->s.root.seed, span_of(name, (size_t)snprintf(name, 32, "e%d", id)));
}

static inline struct hash128
lines_stream(const struct lines *l, int stream)
{
	char name[32];

	return reindex_hash(
		l->s.root.seed, span_of(name, (size_t)snprintf(name, 32, "s-%d", stream)));
}

static inline void
lines_open_segment(struct lines *l)
{
	if (segfile_open(&l->file, &l->s.root, l->end.segment, DISK_WRITE | DISK_ENSURE, &l->s.err))
		lines_die(l, "segment");
}

static inline void
lines_init(struct lines *l)
{
	*l = (struct lines){.ms = 1637572532123};
	scratch_make(&l->s);
	if (root_open(&l->s.root, l->s.dir, &l->s.err))
		lines_die(l, "root");
	l->items = alloc_array(LINES_MAX, sizeof(*l->items));
	l->before = alloc_array(LINES_MAX, sizeof(*l->before));
	l->streams = alloc_array(LINES_MAX, sizeof(*l->streams));
	l->end.sum = l->s.root.seed;
	lines_open_segment(l);
}

static inline void
lines_release(struct lines *l)
{
	segfile_close(&l->file);
	root_close(&l->s.root);
	scratch_remove(&l->s);
	alloc_free(l->items);
	alloc_free(l->before);
	alloc_free(l->streams);
}

/* The next line begins a segment. */
static inline void
lines_roll(struct lines *l)
{
	if (l->end.offset == 0)
		return;
	segfile_close(&l->file);
	l->end.segment = l->end.pos;
	l->end.offset = 0;
	lines_open_segment(l);
}

/* One line of the stream, ms later than the last, with an identity that is new. */
static inline void
lines_add(struct lines *l, int stream, int64_t ms)
{
	char body[128], name[32], rec[WHEN_MAX];
	int64_t pos = l->end.pos;
	struct trailer t = {.pos = pos, .batch_at = 1, .batch_count = 1};
	struct index_item *item = &l->items[pos];
	struct buf b;
	int n;

	if (pos == LINES_MAX)
		lines_die(l, "too many lines");
	n = snprintf(body, sizeof(body),
		"{\"eventId\":\"e%d\",\"eventType\":\"t\",\"aggregateId\":\"1\"}", l->next_id);
	l->ms += ms;
	t.rec = span_of(rec, when_put(rec, l->ms));
	t.ver = ++l->vers[stream];
	t.stream = span_of(name, (size_t)snprintf(name, sizeof(name), "\"s-%d\"", stream));
	buf_init(&b, 4096);
	l->before[pos] = l->end;
	l->end.sum = trailer_put(&b, span_of(body, (size_t)n), &t, l->end.sum);
	*item = (struct index_item){.pos = pos,
		.ver = t.ver,
		.rec_ms = l->ms,
		.segment = l->end.segment,
		.offset = l->end.offset,
		.length = (uint32_t)b.n,
		.id = lines_id(l, l->next_id++),
		.stream = lines_stream(l, stream),
		.sum = l->end.sum};
	l->streams[pos] = stream;
	if (disk_write(&l->s.root.disk, l->file.fd, b.p, b.n, l->end.offset))
		lines_die(l, "write");
	l->end.offset += (int64_t)b.n;
	l->end.pos++;
	l->count = l->end.pos;
	buf_release(&b);
}

/* The log ends before pos, which is in the last segment. */
static inline void
lines_cut(struct lines *l, int64_t pos)
{
	struct disk *d = &l->s.root.disk;

	if (pos == l->count)
		return;
	for (int64_t i = l->count; i-- > pos;)
		l->vers[l->streams[i]]--;
	l->ms = pos ? l->items[pos - 1].rec_ms : 1637572532123;
	l->end = l->before[pos];
	l->count = pos;
	if (l->items[pos].segment != l->end.segment) {
		l->end.segment = l->items[pos].segment;
		l->end.offset = 0;
	}
	if (d->calls->ftruncate(d, l->file.fd, l->end.offset))
		lines_die(l, "cut");
}

/* A run of [first, end) as a writer makes it. */
static inline void
lines_run(struct lines *l, int64_t first, int64_t end)
{
	if (reindex_range(&l->s.root, l->before[first], end, &l->s.err))
		lines_die(l, "run");
}

#endif
