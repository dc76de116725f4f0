/* index: asking recent and the runs; runs that are not right are made again on the way. */
#include "store/index.h"

#include "store/compact.h"
#include "store/reindex.h"
#include "store/runpick.h"
#include "store/runwrite.h"

#include <errno.h>

#define FLUSH_NAME "index/flush.tmp"    /* written under `lock` */
#define MERGE_NAME "index/merge.tmp"    /* written under lock.index */
#define SMALL_BYTES ((int64_t)16 << 20) /* of text: merged under `lock` */
#define MANY_RUNS 48                    /* then larger ones too: nobody has called index_merge */
#define LINES 128                       /* of filters that are fetched at once */
#define ATTEMPTS 64                     /* at an answer; each finds another run damaged */

/* --- the runs as a whole ----------------------------------------------------------------------- */

/* The place before the first line, when no run covers it. */
static int
beginning(struct index *ix, struct place *out, struct err *err)
{
	struct segment_list list = {0};
	int64_t first, front;

	if (segment_list_read(&list, ix->root, err))
		return -1;
	first = list.count ? list.items[0].first : 0;
	front = list.front.pos;
	segment_list_release(&list);
	if (first && first == front && !ix->set.is_unlisted)
		return err_set(err, ERR_DAMAGE, "retired", -1,
			"retired/%020lld-%020lld.run: byte 0: it is missing or damaged", 0LL,
			(long long)front - 1);
	if (first)
		return err_set(err, ix->set.is_unlisted ? ERR_SYSTEM : ERR_DAMAGE, "damage", -1,
			"seg/%020lld.ndjson: lines before it are missing", (long long)first);
	*out = (struct place){.sum = ix->root->seed};
	return 0;
}

/* Where the runs end; all before it is covered when is_whole is set. */
static int
walk(struct index *ix, struct place *at, bool *is_whole, bool fill, struct err *err)
{
	struct runset *set = &ix->set;

	*is_whole = true;
	if ((set->count == 0 || set->runs[0]->form.first) && beginning(ix, at, err))
		return -1;
	for (size_t i = 0; i < set->count; i++) {
		const struct runform *f = &set->runs[i]->form;

		if (i == 0 && f->first == 0)
			*at = f->start;
		if (f->first > at->pos) {
			*is_whole = false;
			if (fill && reindex_range(ix->root, *at, f->first, err))
				return -1;
		}
		*at = f->stop;
		/* It ends where a segment begins, and the one before that is gone. */
		if (set->runs[i]->is_retired) {
			at->segment = at->pos;
			at->offset = 0;
		}
	}
	if (at->pos < ix->end.pos) { /* the last run is gone, and recent begins after it */
		*is_whole = false;
		if (fill && reindex_range(ix->root, *at, ix->end.pos, err))
			return -1;
	}
	return 0;
}

/* What the runs cover now, when they cover all up to some place. */
static void
take_over(struct index *ix, const struct place *end, bool is_whole)
{
	ix->has_gap = !is_whole;
	if (!is_whole)
		return;
	ix->end = *end;
	recent_drop(&ix->recent, end->pos);
}

/* A look at what others have done, without `lock`: nothing is made or removed. */
static void
look_around(struct index *ix)
{
	bool is_whole = false;
	struct place end;
	struct err err;

	runset_refresh(&ix->set, index_next(ix), &err);
	if (walk(ix, &end, &is_whole, false, &err))
		is_whole = false;
	take_over(ix, &end, is_whole);
}

/* Looks for runs that end at limit or before, and makes those that are missing. */
static int
settle(struct index *ix, int64_t limit, struct err *err)
{
	struct place end;
	bool is_whole;

	ix->has_gap = true;
	for (int i = 0; i < 2; i++) {
		runset_refresh(&ix->set, limit, err);
		runset_remove_stale(&ix->set, 0, INT64_MAX);
		if (walk(ix, &end, &is_whole, i == 0, err))
			return -1;
		take_over(ix, &end, is_whole);
		if (is_whole)
			return 0;
	}
	return err_set(
		err, ERR_SYSTEM, "index", -1, "'%s/index' cannot be made whole", ix->root->path);
}

/* Are the lines of a run gone from the log? */
static bool
is_gone(struct index *ix, const struct run *r)
{
	struct segment_list list = {0};
	struct err err;
	bool is_there = segment_list_read(&list, ix->root, &err) == 0 && list.count &&
			list.items[0].first <= r->form.first;

	segment_list_release(&list);
	return !is_there;
}

/* Makes damaged runs again. */
static int
heal(struct index *ix, struct err *err)
{
	int64_t limit = index_next(ix);

	for (size_t i = 0; i < ix->set.count; i++) {
		struct run *r = ix->set.runs[i];

		if (!r->is_bad)
			continue;
		if (r->is_retired && is_gone(ix, r))
			return err_set(err, r->is_unread ? ERR_SYSTEM : ERR_DAMAGE, "retired", -1,
				"retired/%020lld-%020lld.run: %s", (long long)r->form.first,
				(long long)r->form.end - 1,
				r->is_unread ? "cannot be read" : "is damaged");
		runset_remove(&ix->set, r);
	}
	return settle(ix, limit, err);
}

/* May it be tried again after a failure? */
static bool
can_retry(struct index *ix, int attempt, struct err *err)
{
	return strcmp(err->code, "index") == 0 && attempt < ATTEMPTS && heal(ix, err) == 0;
}

int
index_open(struct index *ix, struct root *root, struct err *err)
{
	*ix = (struct index){.root = root,
		.merge_fd = -1,
		.flush_bytes = MIN(INDEX_FLUSH_BYTES, root->roll_bytes / 4),
		.set = {.root = root}};
	if (settle(ix, INT64_MAX, err) == 0)
		return 0;
	index_close(ix);
	return -1;
}

void
index_close(struct index *ix)
{
	if (ix->merge_fd >= 0)
		ix->root->disk.calls->close(&ix->root->disk, ix->merge_fd);
	runset_close(&ix->set);
	recent_release(&ix->recent);
}

struct place
index_end(const struct index *ix)
{
	return ix->end;
}

int
index_refresh(struct index *ix, struct err *err)
{
	return settle(ix, INT64_MAX, err);
}

/* --- questions --------------------------------------------------------------------------------- */

void
index_add(struct index *ix, const struct index_item *item)
{
	if (item->pos < ix->end.pos)
		return;
	assert(item->pos == index_next(ix));
	recent_add(&ix->recent, item);
}

void
index_cut(struct index *ix, int64_t pos)
{
	recent_cut(&ix->recent, pos);
}

static int
find(struct index *ix, struct hash128 id, size_t skip, int64_t *pos, struct err *err)
{
	const struct index_item *item;
	const char *lines[LINES];

	for (size_t k = 0; (item = recent_find(&ix->recent, id, k)); k++) {
		if (skip-- == 0) {
			*pos = item->pos;
			return 1;
		}
	}
	/* All lines of filters are on their way before the first is looked at. */
	for (size_t i = 0; i < ix->set.count; i++)
		lines[i % LINES] = runfile_prefetch(ix->set.runs[i], id);
	for (size_t i = ix->set.count; i-- > 0;) {
		const char *line = ix->set.count <= LINES ? lines[i] : NULL;
		int64_t found;
		int r;

		if (likely(line) && likely(!runform_has(line, id)))
			continue;

		for (size_t k = 0; (r = run_find(ix->set.runs[i], id, k, &found, err)) == 1; k++) {
			if (skip-- == 0) {
				*pos = found;
				return 1;
			}
		}
		if (r < 0)
			return -1;
	}
	return 0;
}

int
index_find(struct index *ix, struct hash128 id, size_t *probe, int64_t *pos, struct err *err)
{
	int r;

	if (unlikely(ix->has_gap) && heal(ix, err))
		return -1;
	for (int attempt = 0;; attempt++) {
		r = find(ix, id, *probe, pos, err);
		if (likely(r >= 0) || !can_retry(ix, attempt, err))
			break;
	}
	*probe += r == 1;
	return r;
}

static int
find_version(struct index *ix, struct hash128 stream, int64_t *ver, int64_t *pos, struct err *err)
{
	for (size_t i = ix->set.count; i-- > 0;) {
		struct run *run = ix->set.runs[i];
		struct run_cursor cursor;
		int64_t first, count, at;
		int r = run_stream(run, stream, &first, &count, &cursor, err);

		if (r == 1)
			r = run_stream_pos(run, &cursor, count - 1, &at, err) ? -1 : 1;
		if (r == 1) {
			*ver = first + count - 1;
			*pos = at;
		}
		if (r)
			return r;
	}
	return 0;
}

int
index_version(struct index *ix, struct hash128 stream, int64_t *ver, int64_t *pos, struct err *err)
{
	const struct index_item *item = recent_stream(&ix->recent, stream);
	int r;

	if (item) {
		*ver = item->ver;
		*pos = item->pos;
		return 1;
	}
	if (unlikely(ix->has_gap) && heal(ix, err))
		return -1;
	for (int attempt = 0;; attempt++) {
		r = find_version(ix, stream, ver, pos, err);
		if (r >= 0 || !can_retry(ix, attempt, err))
			return r;
	}
}

int
index_locate(struct index *ix, int64_t pos, struct locus *out, struct err *err)
{
	const struct index_item *item = recent_at(&ix->recent, pos);

	if (item) {
		*out = (struct locus){item->segment, item->offset, item->length};
		return 0;
	}
	assert(pos >= 0 && pos < ix->end.pos);
	for (int attempt = 0;; attempt++) {
		struct run *run;

		if (unlikely(ix->has_gap) && heal(ix, err))
			return -1;
		run = runset_at(&ix->set, pos);
		if (run ? run_locate(run, pos, out, err) == 0 : false)
			return 0;
		if (!run)
			err_set(err, ERR_SYSTEM, "index", -1, "no run covers position %lld",
				(long long)pos);
		if (!can_retry(ix, attempt, err))
			return -1;
	}
}

/* --- runs out of recent, and larger ones out of runs ------------------------------------------- */

static bool
pick(const struct index *ix, int64_t max_bytes, struct runpick *out)
{
	return !ix->no_merge && runpick(&ix->set, max_bytes, out);
}

/* 1; 0 when it cannot be done; -1. */
static int
merge(struct index *ix, const struct runpick *g, const char *name, struct err *err)
{
	struct run **runs = ix->set.runs + g->from;
	struct compact c = {
		.runs = runs, .count = g->count, .end = INT64_MAX, .name = name, .dir = "index"};
	int64_t first = runs[0]->form.first, end = runs[g->count - 1]->form.end;
	const struct run *merged;

	if (compact(ix->root, &c, err)) {
		if (strcmp(err->code, "index") != 0)
			return -1;
		for (size_t i = 0; i < g->count; i++)
			if (runs[i]->is_bad)
				return 0; /* made again by whoever needs it, under `lock` */
		ix->no_merge = true;
		return 0;
	}
	look_around(ix);
	merged = runset_at(&ix->set, first);
	if (!merged || merged->form.first != first || merged->form.end != end)
		return 0;
	runset_remove_stale(&ix->set, first, end);
	return 1;
}

int
index_merge(struct index *ix, struct err *err)
{
	struct disk *d = &ix->root->disk;
	struct runpick g;
	int r = 0;

	if (ix->has_gap || !pick(ix, INT64_MAX, &g))
		return 0;
	if (ix->merge_fd < 0)
		ix->merge_fd = d->calls->open(
			d, "lock.index", DISK_WRITE | DISK_ENSURE, ix->root->file_mode);
	if (ix->merge_fd < 0)
		return err_system(err, "cannot open '%s/lock.index'", ix->root->path);
	if (d->calls->lock(d, ix->merge_fd, DISK_EXCLUSIVE, 0))
		return errno == EAGAIN || errno == EINTR
			       ? 0
			       : err_system(err, "cannot lock '%s/lock.index'", ix->root->path);
	look_around(ix);
	if (!ix->has_gap && pick(ix, INT64_MAX, &g))
		r = merge(ix, &g, MERGE_NAME, err);
	d->calls->unlock(d, ix->merge_fd);
	return r;
}

/* The first lines, those before pos; 0 when they have not min_bytes of text. */
static size_t
due(const struct index *ix, int64_t pos, int64_t min_bytes)
{
	const struct recent *r = &ix->recent;
	int64_t bytes = 0;
	size_t n = 0;

	if (r->bytes < min_bytes)
		return 0;
	for (; n < r->count && r->entries[n].item.pos < pos; n++)
		bytes += r->entries[n].item.length;
	return bytes < min_bytes ? 0 : n;
}

static int
flush(struct index *ix, int64_t pos, int64_t min_bytes, struct err *err)
{
	struct runpick g;
	size_t n;
	int r = 1;

	if (!due(ix, pos, min_bytes))
		return 0;
	if (heal(ix, err))
		return -1;
	n = due(ix, pos, min_bytes);
	if (!n)
		return 0;
	if (runwrite(ix->root, &ix->recent, n, &ix->end, FLUSH_NAME, err) ||
		settle(ix, index_next(ix), err))
		return -1;
	while (r == 1 && pick(ix, ix->set.count > MANY_RUNS ? INT64_MAX : SMALL_BYTES, &g))
		r = merge(ix, &g, FLUSH_NAME, err);
	return r < 0 ? -1 : 0;
}

int
index_flush(struct index *ix, const struct place *mark, struct err *err)
{
	return flush(ix, mark->pos, ix->flush_bytes, err);
}

/* --- retention --------------------------------------------------------------------------------- */

/* So that a run begins at pos, where a segment does: writes the later part of the i-th run. */
static int
split(struct index *ix, size_t i, int64_t pos, struct err *err)
{
	struct compact c = {.runs = ix->set.runs + i,
		.count = 1,
		.begin = pos,
		.end = INT64_MAX,
		.name = FLUSH_NAME,
		.dir = "index"};

	return ix->set.runs[i]->form.end > pos ? compact(ix->root, &c, err) : 0;
}

/* One attempt, when runs cover all before pos. */
static int
retire(struct index *ix, int64_t pos, struct err *err)
{
	struct compact c = {.runs = ix->set.runs,
		.end = pos,
		.name = "retired/merge.tmp",
		.dir = "retired",
		.is_durable = true};

	while (c.count < ix->set.count && ix->set.runs[c.count]->form.first < pos)
		c.count++;
	if (c.count == 0 || ix->set.runs[c.count - 1]->form.end < pos ||
		ix->set.runs[0]->form.first)
		return err_set(err, ERR_SYSTEM, "index", -1,
			"the index does not cover position %lld", (long long)pos - 1);
	if (c.count == 1 && c.runs[0]->is_retired && c.runs[0]->form.end == pos)
		return 0;
	if (split(ix, c.count - 1, pos, err) || compact(ix->root, &c, err))
		return -1;
	for (size_t i = 0; i < c.count; i++)
		runset_remove(&ix->set, c.runs[i]);
	return settle(ix, index_next(ix), err);
}

int
index_retire(struct index *ix, int64_t pos, struct err *err)
{
	if (settle(ix, index_next(ix), err) || flush(ix, pos, 0, err))
		return -1;
	for (int attempt = 0;; attempt++) {
		if (unlikely(ix->has_gap) && heal(ix, err))
			return -1;
		if (retire(ix, pos, err) == 0)
			return 0;
		if (!can_retry(ix, attempt, err))
			return -1;
	}
}
