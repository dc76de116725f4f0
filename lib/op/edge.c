#include "op/edge.h"

#include "base/alloc.h"

struct risen {
	char *note;
	size_t note_n;
	int64_t since_ms, last_ms;
};

void
edge_init(struct edge *e, double up, double clear, size_t max_keys)
{
	assert(clear <= up);
	*e = (struct edge){.up = up, .clear = clear, .max_keys = max_keys, .batch_ms = INT64_MIN};
	table_init(&e->risen, sizeof(struct risen));
}

static void
fall(struct edge *e, struct risen *r)
{
	alloc_free(r->note);
	table_remove(&e->risen, r);
}

void
edge_release(struct edge *e)
{
	struct risen *r;

	for (size_t at = 0; (r = table_next(&e->risen, &at));)
		alloc_free(r->note);
	table_release(&e->risen);
}

static int
by_key(const void *a, const void *b)
{
	return span_compare(
		table_key(*(struct risen *const *)a), table_key(*(struct risen *const *)b));
}

/* The risen keys without a score in the current batch, sorted; as many as risen.count - seen. */
static struct risen **
absent(struct edge *e, size_t count)
{
	struct risen **list = alloc_array(count, sizeof(*list)), *r;
	size_t n = 0;

	for (size_t at = 0; (r = table_next(&e->risen, &at));)
		if (r->last_ms < e->batch_ms)
			list[n++] = r;
	assert(n == count);
	qsort(list, n, sizeof(*list), by_key);
	return list;
}

int
edge_end(struct edge *e, edge_fn *fn, void *ctx, struct err *err)
{
	size_t count = e->risen.count - e->seen;
	struct risen **list;
	int rc = 0;

	if (!count)
		return 0;
	list = absent(e, count);
	for (size_t i = 0; i < count && !rc; i++) {
		rc = fn(ctx,
			&(struct edge_fall){
				.key = table_key(list[i]),
				.note = span_of(list[i]->note, list[i]->note_n),
				.since_ms = list[i]->since_ms,
				.time_ms = e->batch_ms,
			},
			err);
		if (!rc)
			fall(e, list[i]);
	}
	alloc_free(list);
	return rc;
}

int
edge_advance(struct edge *e, int64_t time_ms, edge_fn *fn, void *ctx, struct err *err)
{
	assert(time_ms >= e->batch_ms);
	if (time_ms == e->batch_ms)
		return 0;
	if (edge_end(e, fn, ctx, err))
		return -1;
	e->batch_ms = time_ms;
	e->seen = 0;
	return 0;
}

static enum edge_change
rise(struct edge *e, struct span key, struct span note)
{
	struct risen *r;
	bool is_new;

	if (e->risen.count >= e->max_keys)
		return EDGE_FULL;
	r = table_put(&e->risen, key, &is_new);
	*r = (struct risen){
		.note = alloc_copy(note.p, note.n),
		.note_n = note.n,
		.since_ms = e->batch_ms,
		.last_ms = e->batch_ms,
	};
	e->seen++;
	return EDGE_UP;
}

enum edge_change
edge_put(struct edge *e, struct span key, double score, struct span note, int64_t *since_ms)
{
	struct risen *r = table_get(&e->risen, key);

	if (!r)
		return score > e->up ? rise(e, key, note) : EDGE_SAME;
	if (r->last_ms < e->batch_ms) {
		r->last_ms = e->batch_ms;
		e->seen++;
	}
	if (score > e->clear)
		return EDGE_SAME;
	*since_ms = r->since_ms;
	e->seen--;
	fall(e, r);
	return EDGE_DOWN;
}
