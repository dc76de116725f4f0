/* roster: streams out of runs and lines, and their names. */
#include "store/roster.h"

#include "store/fetch.h"
#include "store/past.h"
#include "store/shown.h"

#define AHEAD 256 /* lines located together */

void
roster_init(struct roster *r, uint64_t max)
{
	*r = (struct roster){.max = max};
	table_init(&r->by_hash, sizeof(struct roster_stream));
	arena_init(&r->names);
}

void
roster_release(struct roster *r)
{
	table_release(&r->by_hash);
	arena_release(&r->names);
	alloc_free(r->sorted);
}

/* The stream has its version ver at pos. NULL: there are too many. */
static struct roster_stream *
note(struct roster *r, struct hash128 hash, int64_t ver, int64_t pos, struct err *err)
{
	bool is_new;
	struct roster_stream *s =
		table_put(&r->by_hash, span_of((const char *)&hash, sizeof(hash)), &is_new);

	if (r->max && r->by_hash.count > r->max) {
		err_set(err, ERR_SYSTEM, "limit", -1, "more streams than --max-keys %llu",
			(unsigned long long)r->max);
		return NULL;
	}
	if (ver > s->ver) {
		s->ver = ver;
		s->pos = pos;
	}
	return s;
}

/* 0, 1 the run is bad, -1. */
static int
note_run(struct roster *r, struct run *run, struct err *err)
{
	struct run_cursor cursor;
	int64_t first_ver, count, pos;
	struct hash128 hash;
	struct err ignored;

	for (int64_t i = 0; i < run->form.streams; i++) {
		if (run_stream_at(run, i, &hash, &first_ver, &count, &cursor, &ignored) ||
			run_stream_pos(run, &cursor, count - 1, &pos, &ignored))
			return 1;
		if (!note(r, hash, first_ver + count - 1, pos, err))
			return -1;
	}
	return 0;
}

static int
note_gleaned(struct roster *r, const struct glean *g, struct err *err)
{
	for (int64_t i = 0; i < g->end - g->first; i++) {
		const struct glean_line *line = &g->lines[i];

		if (!note(r, line->stream, line->ver, line->pos, err))
			return -1;
	}
	return 0;
}

static int
note_line(struct roster *r, const struct view *v, const struct scan_line *line, struct buf *b,
	struct err *err)
{
	struct span name = trailer_stream(&line->t, b);
	struct roster_stream *s =
		note(r, hash_wide_seeded(name, v->root.seed), line->t.ver, line->t.pos, err);

	if (s && !s->name.p)
		s->name = arena_copy(&r->names, name);
	return s ? 0 : -1;
}

/* Reads the log from low to high. */
static int
note_log(struct roster *r, struct view *v, int64_t low, int64_t high, struct err *err)
{
	struct scan_line line;
	struct place at;
	struct scan s;
	struct buf name;
	int result = 1;

	if (view_place(v, low, &at, err))
		return -1;
	buf_init(&name, TRAILER_MAX);
	scan_init(&s, &v->root, &at, &v->bound);
	while (result == 1 && s.at.pos < high && (result = scan_next(&s, &line, err)) == 1)
		if (note_line(r, v, &line, &name, err))
			result = -1;
	scan_release(&s);
	buf_release(&name);
	return result < 0 ? -1 : 0;
}

static int
note_all(struct roster *r, struct pieces *all, struct err *err)
{
	struct view *v = all->view;
	struct piece p;

	for (int64_t at = v->front.pos; at < v->bound.pos;) {
		int result = 0;

		if (piece_at(&p, all, at, err))
			return -1;
		if (p.kind == PIECE_RUN)
			result = note_run(r, p.run, err);
		else if (p.kind == PIECE_GLEAN)
			result = note_gleaned(r, p.glean, err);
		else
			result = note_log(r, v, at, p.high, err);
		if (result < 0)
			return -1;
		if (result == 1)
			piece_give_up(&p, all);
		else
			at = p.high;
	}
	return 0;
}

struct noter {
	struct roster *roster;
	uint64_t seed;
};

static int
note_past(void *ctx, struct span name, int64_t ver, struct err *err)
{
	struct noter *n = ctx;
	struct roster_stream *s = note(n->roster, hash_wide_seeded(name, n->seed), ver, -1, err);

	if (s && !s->name.p)
		s->name = arena_copy(&n->roster->names, name);
	return s ? 0 : -1;
}

/* What retention has taken away. */
static int
note_retired(struct roster *r, struct view *v, struct err *err)
{
	struct noter n = {.roster = r, .seed = v->root.seed};
	struct past past;
	int result;

	if (v->front.pos == 0)
		return 0;
	if (past_open(&past, &v->root, err))
		return -1;
	result = past_streams(&past, note_past, &n, err);
	past_close(&past);
	return result;
}

static int
by_pos(const void *a, const void *b)
{
	const struct roster_stream *x = *(struct roster_stream *const *)a;
	const struct roster_stream *y = *(struct roster_stream *const *)b;

	return (x->pos > y->pos) - (x->pos < y->pos);
}

static int
by_name(const void *a, const void *b)
{
	const struct roster_stream *x = *(struct roster_stream *const *)a;
	const struct roster_stream *y = *(struct roster_stream *const *)b;

	return span_compare(x->name, y->name);
}

/* The name that stands in the line; it must be the one that the index has hashed. */
static bool
take_name(struct roster *r, const struct view *v, const struct scan_line *line,
	struct roster_stream *s, struct buf *b)
{
	struct span name = trailer_stream(&line->t, b);
	struct hash128 hash = hash_wide_seeded(name, v->root.seed);

	if (line->t.ver != s->ver ||
		!span_equal(table_key(s), span_of((const char *)&hash, sizeof(hash))))
		return false;
	s->name = arena_copy(&r->names, name);
	return true;
}

/* The places of the next streams without a name, from *at on. How many; -1: the index does not know one. */
static int
locate(struct roster *r, struct pieces *all, size_t *at, struct fetch_want *wants,
	struct roster_stream **whose)
{
	struct piece p = {.kind = PIECE_NONE};
	struct err ignored;
	int n = 0;

	for (; *at < r->count && n < AHEAD; ++*at) {
		struct roster_stream *s = r->sorted[*at];

		if (s->name.p)
			continue;
		if ((p.kind == PIECE_NONE || s->pos >= p.high) &&
			piece_at(&p, all, s->pos, &ignored))
			return -1;
		wants[n].pos = s->pos;
		whose[n] = s;
		if (p.kind == PIECE_LOG || piece_locate(&p, s->pos, &wants[n++].at))
			return -1;
	}
	return n;
}

/* 0, 1 the index was wrong, -1. */
static int
find_names(struct roster *r, struct pieces *all, struct err *err)
{
	struct roster_stream *whose[AHEAD];
	struct fetch_want wants[AHEAD];
	struct scan_line line;
	struct fetch fetch;
	struct buf name;
	int result = 0, n;
	size_t at = 0;

	fetch_init(&fetch, all->view);
	buf_init(&name, TRAILER_MAX);
	while (result == 0 && (n = locate(r, all, &at, wants, whose)) != 0) {
		result = n < 0;
		for (int i = 0; result == 0 && i < n; i++)
			if (fetch_line(&fetch, wants + i, (size_t)(n - i), &line, err) ||
				!take_name(r, all->view, &line, whose[i], &name))
				result = 1;
	}
	buf_release(&name);
	fetch_release(&fetch);
	return result;
}

static void
collect(struct roster *r)
{
	size_t at = 0;

	r->count = 0;
	r->sorted = alloc_array(r->by_hash.count, sizeof(struct roster_stream *));
	while (r->count < r->by_hash.count)
		r->sorted[r->count++] = table_next(&r->by_hash, &at);
}

/* Without the index, from the log alone. */
static int
read_through(struct roster *r, struct view *v, struct err *err)
{
	alloc_free(r->sorted);
	r->sorted = NULL;
	table_clear(&r->by_hash);
	if (note_retired(r, v, err) || note_log(r, v, v->front.pos, v->bound.pos, err))
		return -1;
	collect(r);
	return 0;
}

static struct roster_stream *
find(const struct roster *r, struct span name)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = span_compare(r->sorted[middle]->name, name);

		if (order == 0)
			return r->sorted[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Marks the streams that hold settings, and those that are hidden by them. */
static int
hide(struct roster *r, struct view *v, struct err *err)
{
	for (size_t i = 0; i < r->count; i++) {
		struct roster_stream *holder = r->sorted[i], *s;
		struct settings settings;

		if (!settings_is_of(holder->name))
			continue;
		holder->is_hidden = true;
		s = find(r, span_of(holder->name.p + sizeof(SETTINGS_PREFIX) - 1,
				    holder->name.n - sizeof(SETTINGS_PREFIX) + 1));
		if (!s || holder->pos < v->front.pos)
			continue;
		if (shown_settings(v, holder->pos, &settings, err))
			return -1;
		s->is_hidden = s->is_hidden || settings.is_tombstoned ||
			       settings_first(&settings, s->ver) > s->ver;
	}
	return 0;
}

/* Everything but the order. 0, -1. */
static int
find_all(struct roster *r, struct view *v, struct err *err)
{
	struct pieces all;
	int result;

	piece_init(&all, v);
	result = note_retired(r, v, err) || note_all(r, &all, err) ? -1 : 0;
	if (result == 0) {
		collect(r);
		if (r->count)
			qsort(r->sorted, r->count, sizeof(struct roster_stream *), by_pos);
		result = find_names(r, &all, err);
	}
	piece_release(&all);
	return result == 1 ? read_through(r, v, err) : result;
}

int
roster_read(struct roster *r, struct view *v, struct err *err)
{
	if (find_all(r, v, err))
		return -1;
	if (r->count)
		qsort(r->sorted, r->count, sizeof(struct roster_stream *), by_name);
	return hide(r, v, err);
}
