/* catchup: reading, cutting, rolling. */
#include "store/catchup.h"

#include "base/when.h"
#include "store/front.h"
#include "store/frontier.h"
#include "store/known.h"
#include "store/shed.h"

#define UNINDEXED_MAX ((int64_t)64 << 20) /* bytes of lines for which no run could be written */
#define READ_MAX ((int64_t)4 << 20)       /* more of what others wrote is read in windows */

void
catchup_forget(struct log *l)
{
	l->is_loaded = false;
	l->has_settings = false;
	known_forget(l);
	if (l->has_index)
		index_close(&l->index);
	l->has_index = false;
	segfile_close(&l->file);
	segfile_close(&l->other);
	buf_clear(&l->group);
}

/* --- reading ----------------------------------------------------------------------------------- */

static void
note_time(struct log *l, struct span rec)
{
	size_t n = MIN(rec.n, sizeof(l->rec) - 1);

	memcpy(l->rec, rec.p, n);
	l->rec[n] = '\0';
}

/* One line of the log into memory. */
static int
note(void *ctx, const struct scan_line *line, struct err *err)
{
	struct log *l = ctx;
	struct span stream = trailer_stream(&line->t, &l->name);
	struct log_stream *s = table_get(&l->streams, stream);
	struct index_item item;
	struct place mark;

	reindex_line(&l->reindex, line, line->segment, line->offset, &item);
	if (s)
		s->ver = line->t.ver;
	known_settings(l, stream);
	index_add(&l->index, &item);
	note_time(l, line->t.rec);
	mark = (struct place){item.pos + 1, item.segment, item.offset + item.length, item.sum};
	if (l->index.recent.bytes < 4 * l->index.flush_bytes || mark.pos > l->commit.durable.pos ||
		line->t.batch_at != line->t.batch_count)
		return 0;
	return index_flush(&l->index, &mark, err); /* a long log without an index */
}

/* $rec of the last line, where no line was read. */
static int
read_time(struct log *l, struct err *err)
{
	struct trailer t;
	struct span line;

	if (l->rec[0] || l->tail.pos == 0)
		return 0;
	if (log_line(l, l->tail.pos - 1, &line, err))
		return strcmp(err->code, "gone") == 0 ? 0 : -1;
	if (trailer_parse(line, &t))
		note_time(l, t.rec);
	return 0;
}

/* The same from the ring, where all of it is there. */
static bool
take_added(struct log *l, const struct head *h)
{
	size_t n = (size_t)(h->end.at.pos - l->tail.pos);

	if (h->end.at.pos <= l->tail.pos || !ring_take(&l->ring, &l->tail, &h->end.at))
		return false;
	if (!l->has_unnamed)
		l->runs_end = l->index.end.pos;
	l->has_unnamed = true;
	for (size_t i = 0; i < n; i++)
		index_add(&l->index, &l->ring.items[i]);
	when_put(l->rec, l->ring.items[n - 1].rec_ms);
	l->tail = h->end.at;
	return true;
}

/*
 * The usual case: `head` says what was added to the segment at hand. 1: read and right, 0: something is unusual and nothing
 * has changed, -1.
 */
static int
read_added(struct log *l, const struct head *h, struct err *err)
{
	int64_t want = h->end.at.offset - l->tail.offset;
	struct place at = l->tail;
	struct span rest;
	ssize_t got;
	int64_t batch_at = 0, batch_count = 0;

	if (!h->end.is_valid || !h->mark.is_valid || h->end.at.segment != l->file.first ||
		want <= 0 || want > READ_MAX || segfile_size(&l->file, err) != h->end.at.offset)
		return 0;
	if (take_added(l, h))
		return 1;
	buf_clear(&l->text);
	if (!buf_room(&l->text, (size_t)want))
		return 0;
	got = segfile_read(&l->file, l->text.p, (size_t)want, l->tail.offset, err);
	if (got != want)
		return got < 0 ? -1 : 0;
	for (rest = span_of(l->text.p, (size_t)want); rest.n;) {
		const char *nl = memchr(rest.p, '\n', rest.n);
		struct scan_line line = {.segment = at.segment, .offset = at.offset};

		line.line = span_of(rest.p, nl ? (size_t)(nl - rest.p) : rest.n);
		if (!nl || scan_check(line.line, true, &at, batch_at, batch_count, &line.t) ||
			note(l, &line, err))
			break;
		batch_at = line.t.batch_at;
		batch_count = line.t.batch_count;
		at.pos++;
		at.offset += (int64_t)line.line.n + 1;
		at.sum = line.t.sum;
		rest = span_of(nl + 1, rest.n - line.line.n - 1);
	}
	if (rest.n == 0 && batch_at == batch_count && at.pos == h->end.at.pos) {
		l->tail = at;
		return 1;
	}
	index_cut(&l->index, l->tail.pos);
	known_forget(l);
	return 0;
}

/* --- cutting ----------------------------------------------------------------------------------- */

static int
cut(struct log *l, const struct frontier *f, bool is_sure, struct err *err)
{
	struct disk *d = &l->root->disk;
	int64_t bytes = f->size - f->end.offset;
	bool is_kept = f->wrong || !is_sure;
	char name[SHED_NAME_MAX];

	if (bytes <= 0 || l->conf.is_reader)
		return 0;
	if (is_kept && shed(l->root, &l->file, &f->end, f->size, name, err))
		return -1;
	if (d->calls->ftruncate(d, l->file.fd, f->end.offset))
		return err_system(err, "cannot cut '%s/seg/%020lld.ndjson'", l->root->path,
			(long long)l->file.first);
	if (is_kept && l->conf.lost)
		l->conf.lost(l->conf.ctx, name, bytes);
	return 0;
}

static int
open_file(struct log *l, int64_t first, struct err *err)
{
	if (l->file.fd >= 0 && l->file.first == first)
		return 0;
	segfile_close(&l->file);
	return segfile_open(&l->file, l->root, first, DISK_WRITE, err);
}

/* Who made an empty segment may have died before its name was durable. */
static int
name_segment(struct log *l, const struct place *end, struct err *err)
{
	struct disk *d = &l->root->disk;

	if (end->offset == 0 && d->calls->fsync_dir(d, "seg"))
		return err_system(err, "cannot sync '%s/seg'", l->root->path);
	return 0;
}

/* A new last segment, durable before its first byte. One that is there is empty: who made it died. */
static int
make_segment(struct log *l, struct place at, struct err *err)
{
	struct disk *d = &l->root->disk;
	struct segfile next;

	at.segment = at.pos;
	at.offset = 0;
	if (segfile_open(&next, l->root, at.pos, DISK_WRITE | DISK_CREATE, err) &&
		(strcmp(err->code, "exists") != 0 ||
			segfile_open(&next, l->root, at.pos, DISK_WRITE, err)))
		return -1;
	segfile_close(&l->file);
	l->file = next;
	if (d->calls->fsync_dir(d, "seg"))
		return err_system(err, "cannot sync '%s/seg'", l->root->path);
	l->tail = at;
	commit_saw(&l->commit, &at);
	return head_put_end(l->root, l->commit.head_fd, &at, l->epoch, err);
}

/*
 * The last segment, ready for more. The log may end in a sealed one: a backup that was made before the next segment had a
 * line is like that. Then the next one is made here.
 */
static int
open_last(struct log *l, const struct frontier *f, bool is_sure, struct err *err)
{
	if (open_file(l, f->end.segment, err))
		return strcmp(err->code, "gone") == 0 && f->end.offset && !l->conf.is_reader
			       ? make_segment(l, f->end, err)
			       : -1;
	if (name_segment(l, &f->end, err) || cut(l, f, is_sure, err))
		return -1;
	l->tail = f->end;
	return 0;
}

/*
 * Reads from a place to the end of the log. is_sure: the mark belongs to this log, so that less than it is damage and what
 * follows the end is a write of a process that died.
 */
static int
read_rest(struct log *l, const struct place *from, const struct head *h, struct err *err)
{
	struct frontier f;

	if (frontier_find(&f, l->root, from, note, l, err))
		return -1;
	if (f.end.segment != from->segment)
		commit_saw(&l->commit, &f.start);
	if (f.end.pos < l->commit.durable.pos)
		return frontier_damage(&f, err);
	if (index_next(&l->index) > f.end.pos) {
		index_cut(&l->index, f.end.pos);
		known_forget(l);
		l->rec[0] = '\0';
	}
	if (open_last(l, &f, head_bounds(h), err))
		return -1;
	if (h->end.is_valid ? h->end.at.pos <= f.end.pos : f.size <= f.end.offset)
		return 0;
	return commit_renew(&l->commit, &l->tail, &l->epoch, err);
}

/* --- rolling ----------------------------------------------------------------------------------- */

static int
roll(struct log *l, struct err *err)
{
	if (commit_upto(&l->commit, &l->file, &l->tail, l->epoch, COMMIT_LOCKED, err))
		return -1;
	return make_segment(l, l->tail, err);
}

/* --- the first time ---------------------------------------------------------------------------- */

/* Where the last segment that is closed ends: durable, as all before it was synced. */
static int
start_of_last(struct log *l, const struct head_record *mark, struct place *out, bool *is_empty,
	struct err *err)
{
	struct segment_list list = {0};
	int r = segment_list_read(&list, l->root, err);

	*is_empty = list.count == 0;
	if (r == 0)
		r = front_gap(l->root, &list, mark, err);
	if (r == 0 && list.count > 1) {
		out->pos = out->segment = list.items[list.count - 1].first;
		out->offset = 0;
		r = segment_seed(l->root, &list, list.count - 1, &out->sum, err);
	} else if (r == 0) {
		r = front_of(l->root, &list, out, err);
	}
	segment_list_release(&list);
	return r;
}

/* Is the mark a place of this log? Only what lies after the last run can be told; before it, it is too old to matter. */
static bool
fits(struct log *l, const struct head_record *mark)
{
	const struct index_item *item;

	if (!mark->is_valid)
		return false;
	if (mark->at.pos <= l->index.end.pos)
		return mark->at.pos < l->index.end.pos || mark->at.sum == l->index.end.sum;
	item = recent_at(&l->index.recent, mark->at.pos - 1);
	return item && item->sum == mark->at.sum;
}

/* Was the mark made before the machine was last started? Nobody has written since, or the mark would be of now. */
static bool
is_of_old(const struct log *l, const struct head_record *mark)
{
	return mark->is_valid && l->root->boot && mark->boot != l->root->boot;
}

/*
 * After reading: head is made right, and what was found is durable before anything is added. What was read from the disk
 * after the machine has started is durable by that.
 */
static int
settle(struct log *l, const struct head *h, const struct place *durable, struct err *err)
{
	struct commit *c = &l->commit;
	bool is_ours = fits(l, &h->mark), is_right = is_ours && h->mark.epoch == l->epoch;

	if (head_put_end(l->root, c->head_fd, &l->tail, l->epoch, err))
		return -1;
	if (is_right && h->mark.at.pos >= l->tail.pos && !is_of_old(l, &h->mark) && head_bounds(h))
		return 0;
	if (is_ours && is_of_old(l, &h->mark)) {
		commit_saw(c, &l->tail);
		return head_put_mark(l->root, c->head_fd, &l->tail, l->epoch, 0, err);
	}
	if (!is_ours)
		c->durable = *durable;
	if (h->mark.is_valid && !is_right &&
		head_put_mark(l->root, c->head_fd, &c->durable, l->epoch,
			HEAD_SYNCING | (is_ours ? h->mark.flags & HEAD_DOUBT : HEAD_DOUBT), err))
		return -1;
	return commit_upto(c, &l->file, &l->tail, l->epoch, COMMIT_FOUND, err);
}

static int
load(struct log *l, const struct head *h, struct err *err)
{
	struct place from, last, durable;
	bool is_empty;

	if (index_open(&l->index, l->root, err))
		return -1;
	l->has_index = true;
	if (l->conf.flush_bytes)
		l->index.flush_bytes = l->conf.flush_bytes;
	from = index_end(&l->index);
	if (start_of_last(l, &h->mark, &last, &is_empty, err))
		return -1;
	l->epoch = MAX(h->end.is_valid ? h->end.epoch : 0, h->mark.is_valid ? h->mark.epoch : 0);
	durable = from.pos > last.pos ? from : last;
	l->commit.durable = durable;
	l->rec[0] = '\0';
	if (h->mark.is_valid)
		commit_saw(&l->commit, &h->mark.at);
	if (is_empty) {
		if (make_segment(l, from, err))
			return -1;
		durable = l->tail;
	} else if (read_rest(l, &from, h, err)) {
		return -1;
	} else if (l->tail.offset == 0) {
		durable = l->tail; /* what is before an empty segment was synced */
	}
	return settle(l, h, &durable, err);
}

/* --- each time --------------------------------------------------------------------------------- */

/* Has nobody else written, and did nobody die over it? */
static bool
is_current(struct log *l, const struct head *h, struct err *err)
{
	const struct place *at = &h->end.at;

	return h->end.is_valid && h->mark.is_valid && at->pos == l->tail.pos &&
	       at->segment == l->tail.segment && at->offset == l->tail.offset &&
	       segfile_size(&l->file, err) == at->offset;
}

/* What others have added, and what one that died left behind. */
static int
read_new(struct log *l, const struct head *h, struct err *err)
{
	struct place from = l->tail;
	int r = read_added(l, h, err);

	if (r)
		return r < 0 ? -1 : 0;
	if (read_rest(l, &from, h, err))
		return -1;
	if (!h->end.is_valid || h->end.at.pos != l->tail.pos ||
		h->end.at.segment != l->tail.segment)
		return head_put_end(l->root, l->commit.head_fd, &l->tail, l->epoch, err);
	return 0;
}

static int
go_on(struct log *l, const struct head *h, struct err *err)
{
	if (h->mark.is_valid && h->mark.epoch == l->epoch)
		commit_saw(&l->commit, &h->mark.at);
	return is_current(l, h, err) ? 0 : read_new(l, h, err);
}

/* Were lines taken back? Who began the new epoch may have died before both records said so. */
static bool
is_of_other_epoch(const struct log *l, const struct head *h)
{
	return (h->end.is_valid && h->end.epoch != l->epoch) ||
	       (h->mark.is_valid && h->mark.epoch != l->epoch);
}

int
catchup(struct log *l, struct err *err)
{
	struct head h;

	if (head_read(l->root, l->commit.head_fd, &h, err))
		return -1;
	if (l->is_loaded && is_of_other_epoch(l, &h))
		catchup_forget(l);
	if (l->is_loaded && go_on(l, &h, err)) {
		if (strcmp(err->code, "gone") != 0)
			return -1;
		catchup_forget(l); /* the segment it was in is retired */
	}
	if (!l->is_loaded) {
		if (load(l, &h, err))
			return -1;
		l->is_loaded = true;
	}
	if (l->tail.offset >= l->root->roll_bytes && !l->conf.is_reader && roll(l, err))
		return -1;
	l->end = l->tail;
	l->commit.is_settled = h.mark.is_valid && h.mark.epoch == l->epoch && !h.mark.flags &&
			       h.mark.at.pos == l->tail.pos;
	if (l->index.recent.bytes >= l->index.flush_bytes &&
		index_flush(&l->index, &l->commit.durable, err) &&
		l->index.recent.bytes >= UNINDEXED_MAX)
		return -1;
	return read_time(l, err);
}
