/* glean: a stretch of the log, sorted by stream. */
#include "store/glean.h"

static int
compare(const struct glean *g, uint32_t a, uint32_t b)
{
	int order = runform_compare(g->lines[a].stream, g->lines[b].stream);

	return order ? order : (a > b) - (a < b);
}

static int
by_stream(const void *a, const void *b, void *ctx)
{
	return compare(ctx, *(const uint32_t *)a, *(const uint32_t *)b);
}

static void
sort(struct glean *g)
{
	size_t n = (size_t)(g->end - g->first);

	g->order = alloc_array(n, sizeof(*g->order));
	for (size_t i = 0; i < n; i++)
		g->order[i] = (uint32_t)i;
	if (n)
		qsort_r(g->order, n, sizeof(*g->order), by_stream, g);
}

int
glean_read(struct glean *g, struct view *v, int64_t first, int64_t end, struct err *err)
{
	struct scan_line line;
	struct place at;
	struct scan s;
	struct buf name;
	int r = 1;

	assert(end - first <= GLEAN_LINES);
	if (view_place(v, first, &at, err))
		return -1;
	*g = (struct glean){.first = first, .end = end};
	g->lines = alloc_array((size_t)(end - first), sizeof(*g->lines));
	buf_init(&name, TRAILER_MAX);
	scan_init(&s, &v->root, &at, &v->bound);
	while (s.at.pos < end && (r = scan_next(&s, &line, err)) == 1)
		g->lines[line.t.pos - first] = (struct glean_line){
			.stream = hash_wide_seeded(trailer_stream(&line.t, &name), v->root.seed),
			.pos = line.t.pos,
			.ver = line.t.ver,
			.at = {line.segment, line.offset, (int64_t)line.line.n + 1}};
	scan_release(&s);
	buf_release(&name);
	if (r == 1) {
		sort(g);
		return 0;
	}
	glean_release(g);
	return r < 0 ? -1 : err_set(err, ERR_SYSTEM, "store", -1, "the log became shorter");
}

void
glean_release(struct glean *g)
{
	alloc_free(g->lines);
	alloc_free(g->order);
	*g = (struct glean){0};
}

/* The first index into order whose stream is not before (after: is after) the hash. */
static uint32_t
bound(const struct glean *g, struct hash128 stream, bool after)
{
	uint32_t low = 0, top = (uint32_t)(g->end - g->first);

	while (low < top) {
		uint32_t middle = low + (top - low) / 2;
		int order = runform_compare(g->lines[g->order[middle]].stream, stream);

		if (order < 0 || (after && order == 0))
			low = middle + 1;
		else
			top = middle;
	}
	return low;
}

int
glean_stream(const struct glean *g, struct hash128 stream, int64_t *first_ver, int64_t *count,
	struct run_cursor *cursor)
{
	uint32_t start = bound(g, stream, false), end = bound(g, stream, true);

	if (start == end)
		return 0;
	*cursor = (struct run_cursor){.start = start, .count = end - start};
	*first_ver = g->lines[g->order[start]].ver;
	*count = end - start;
	return 1;
}

int64_t
glean_stream_pos(const struct glean *g, const struct run_cursor *cursor, int64_t i)
{
	assert(i >= 0 && i < cursor->count);
	return g->first + g->order[cursor->start + (uint32_t)i];
}

struct locus
glean_locate(const struct glean *g, int64_t pos)
{
	return g->lines[pos - g->first].at;
}
