/* reindex: a scan of the log into recent, and from there into runs. */
#include "store/reindex.h"

#include "base/when.h"
#include "store/runwrite.h"

#define CHUNK_BYTES ((int64_t)64 << 20)
#define CHUNK_LINES ((size_t)128 << 10)

void
reindex_init(struct reindex *x, const struct root *root)
{
	ident_init(&x->ident);
	buf_init(&x->name, TRAILER_MAX);
	x->seed = root->seed;
}

void
reindex_release(struct reindex *x)
{
	ident_release(&x->ident);
	buf_release(&x->name);
}

void
reindex_line(struct reindex *x, const struct scan_line *line, int64_t segment, int64_t offset,
	struct index_item *out)
{
	struct span identity = ident_of(&x->ident, span_of(line->line.p, line->t.at));

	*out = (struct index_item){.pos = line->t.pos,
		.ver = line->t.ver,
		.segment = segment,
		.offset = offset,
		.length = (uint32_t)line->line.n + 1,
		.id = reindex_hash(x->seed, identity),
		.stream = reindex_hash(x->seed, trailer_stream(&line->t, &x->name)),
		.sum = line->t.sum};
	if (when_parse(line->t.rec, &out->rec_ms))
		out->rec_ms = 0;
}

struct maker {
	struct root *root;
	struct recent recent;
	struct place start; /* of the run that is being collected */
};

static int
make_run(struct maker *m, struct err *err)
{
	if (runwrite(m->root, &m->recent, m->recent.count, &m->start, "index/flush.tmp", err))
		return -1;
	m->start = runwrite_stop(&m->recent, m->recent.count);
	recent_drop(&m->recent, m->start.pos);
	return 0;
}

static int
take_lines(struct maker *m, struct scan *s, struct reindex *x, int64_t end, struct err *err)
{
	struct index_item item;
	struct scan_line line;
	int r;

	while (s->at.pos < end) {
		r = scan_next(s, &line, err);
		if (r < 0)
			return -1;
		if (r == 0)
			return err_set(err, ERR_DAMAGE, "damage", -1,
				"the log ends at position %lld, before %lld", (long long)s->at.pos,
				(long long)end);
		reindex_line(x, &line, line.segment, line.offset, &item);
		recent_add(&m->recent, &item);
		if ((m->recent.bytes >= CHUNK_BYTES || m->recent.count >= CHUNK_LINES) &&
			make_run(m, err))
			return -1;
	}
	return m->recent.count ? make_run(m, err) : 0;
}

int
reindex_range(struct root *root, struct place from, int64_t end, struct err *err)
{
	struct maker m = {.root = root, .start = from};
	struct place bound = {.pos = end, .segment = -1}; /* in a segment that need not be known */
	struct reindex x;
	struct scan s;
	int r;

	if (from.pos >= end)
		return 0;
	reindex_init(&x, root);
	scan_init(&s, root, &from, &bound);
	r = take_lines(&m, &s, &x, end, err);
	scan_release(&s);
	reindex_release(&x);
	recent_release(&m.recent);
	return r;
}
