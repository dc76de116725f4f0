/* visible: the mark, and what may lie after it. */
#include "store/visible.h"

#include "store/front.h"
#include "store/frontier.h"
#include "store/head.h"
#include "store/log.h"
#include "store/past.h"

#include <errno.h>

#define LOCK_MS 10000

void
visible_init(struct visible *v, struct root *r)
{
	*v = (struct visible){.root = r, .head_fd = -1, .found.pos = -1, .front = -1};
}

void
visible_release(struct visible *v)
{
	if (v->head_fd >= 0)
		v->root->disk.calls->close(&v->root->disk, v->head_fd);
	v->head_fd = -1;
}

/* Where what is remembered of retired lines ends; whoever reads the log tells of damage there. */
static int64_t
front(struct visible *v)
{
	struct past past;
	struct err ignored;

	if (v->front < 0) {
		v->front = 0;
		if (past_open(&past, v->root, &ignored) == 0) {
			v->front = past_end(&past);
			past_close(&past);
		}
	}
	return v->front;
}

/* Nothing in *h is valid where there is no head, nor is a mark that bounds nothing. */
static int
read_head(struct visible *v, struct head *h, struct err *err)
{
	*h = (struct head){0};
	if (v->head_fd < 0)
		v->head_fd = head_open(v->root, false);
	if (v->head_fd >= 0) {
		if (head_read(v->root, v->head_fd, h, err))
			return -1;
		v->is_doubtful = h->mark.is_valid && h->mark.flags & HEAD_DOUBT &&
				 h->mark.boot == v->root->boot;
		h->mark.is_valid = head_bounds(h) && h->mark.at.pos >= front(v);
		return 0;
	}
	if (errno == ENOENT || errno == EACCES || errno == EPERM)
		return 0;
	return err_system(err, "cannot open '%s/head'", v->root->path);
}

/* Does the log end at the mark? What is unfinished after it does not count. */
static bool
is_quiet(struct visible *v, const struct head *h)
{
	struct frontier f;
	struct err err;

	return head_bounds(h) && h->end.is_valid && h->end.at.pos == h->mark.at.pos &&
	       frontier_find(&f, v->root, &h->mark.at, NULL, NULL, &err) == 0 &&
	       f.end.pos == h->mark.at.pos;
}

/* Was the mark made since the machine was started? Then all that was acknowledged is before it. */
static bool
is_of_now(const struct visible *v, const struct head *h)
{
	return h->mark.is_valid && h->mark.boot == v->root->boot && v->root->boot;
}

/* May what ends here be made durable? A writer has to come where complete lines were lost. */
static int
begin(struct visible *v, const struct head *h, const struct place *end, struct err *err)
{
	struct disk *d = &v->root->disk;

	if (is_of_now(v, h) &&
		(!h->end.is_valid || h->end.epoch != h->mark.epoch || h->end.at.pos > end->pos))
		return err_set(err, ERR_SYSTEM, "head", -1, "lines are lost");
	if (end->offset == 0 && d->calls->fsync_dir(d, "seg"))
		return err_system(err, "cannot sync '%s/seg'", v->root->path);
	return 0;
}

/* With `lock`: makes durable what follows the mark. */
static int
commit_rest(struct visible *v, struct commit *c, struct err *err)
{
	struct segfile file;
	struct frontier f;
	struct head h;
	int r;

	if (head_read(v->root, c->head_fd, &h, err))
		return -1;
	if (is_quiet(v, &h))
		return 0;
	if (!head_bounds(&h))
		return err_set(err, ERR_SYSTEM, "head", -1, "head is not valid");
	if (frontier_find(&f, v->root, &h.mark.at, NULL, NULL, err) ||
		segfile_open(&file, v->root, f.end.segment, DISK_WRITE, err))
		return -1;
	c->durable = f.start;
	r = begin(v, &h, &f.end, err);
	if (r == 0)
		r = head_put_end(v->root, c->head_fd, &f.end, h.mark.epoch, err);
	if (r == 0 && v->root->boot &&
		h.mark.boot != v->root->boot) /* as it was read from the disk */
		r = head_put_mark(v->root, c->head_fd, &f.end, h.mark.epoch, 0, err);
	else if (r == 0)
		r = commit_upto(c, &file, &f.end, h.mark.epoch, COMMIT_FOUND, err);
	segfile_close(&file);
	return r;
}

/* Is the segment of an old mark still there? Retention may have removed it since. */
static bool
is_there(struct visible *v, const struct head *h)
{
	struct segfile file;
	struct err err;

	if (is_of_now(v, h) || !h->mark.is_valid)
		return true;
	if (segfile_open(&file, v->root, h->mark.at.segment, DISK_READ, &err))
		return strcmp(err.code, "gone") != 0;
	segfile_close(&file);
	return true;
}

/* Without any mark: as a writer begins. */
static int
rebuild(struct visible *v, struct err *err)
{
	struct log_conf conf = {.lock_ms = LOCK_MS, .is_reader = true};
	struct log log;

	if (log_open(&log, v->root, &conf, err))
		return -1;
	log_close(&log);
	return 0;
}

/* Does what a writer does first, for a moment. 1: head is right now, 0: may not, or others are at work, -1. */
static int
help(struct visible *v, const struct head *h, struct err *err)
{
	struct commit c;
	int r;

	if (!h->mark.is_valid || !is_there(v, h))
		return rebuild(v, err) == 0 ? 1 : err->kind == ERR_SYSTEM ? 0 : -1;
	if (commit_open(&c, v->root, LOCK_MS, err))
		return 0;
	r = commit_lock(&c, err);
	if (r == 0) {
		r = commit_rest(v, &c, err);
		commit_unlock(&c);
	}
	commit_close(&c);
	return r == 0 ? 1 : err->kind == ERR_SYSTEM ? 0 : -1;
}

/* A place to read on from without any mark: the beginning of the last segment. 0 when there is none, 1, -1. */
static int
last_segment(struct root *r, struct place *out, struct err *err)
{
	struct segment_list list = {0};
	int result = segment_list_read(&list, r, err);

	if (result == 0 && list.count) {
		out->pos = out->segment = list.items[list.count - 1].first;
		out->offset = 0;
		if (list.count == 1)
			result = front_of(r, &list, out, err);
		else
			result = segment_seed(r, &list, list.count - 1, &out->sum, err);
		result = result ? -1 : 1;
	} else if (result == 0) {
		result = front_of(r, &list, out, err);
	}
	segment_list_release(&list);
	return result;
}

#define LOCKS 2

/* Waits until nobody writes or syncs, and keeps it so. Shared locks need no permission to write. */
static bool
hold(struct root *r, int fds[LOCKS])
{
	static const char *const names[LOCKS] = {"lock", "lock.sync"};
	struct disk *d = &r->disk;
	bool is_free = true;

	for (size_t i = 0; i < LOCKS; i++) {
		fds[i] = d->calls->open(d, names[i], DISK_READ, 0);
		if (fds[i] >= 0 && d->calls->lock(d, fds[i], DISK_SHARED, LOCK_MS))
			is_free = false;
	}
	return is_free;
}

static void
let_go(struct root *r, const int fds[LOCKS])
{
	for (size_t i = 0; i < LOCKS; i++)
		if (fds[i] >= 0)
			r->disk.calls->close(&r->disk, fds[i]);
}

static int
sync_segment(struct root *r, int64_t first, struct err *err)
{
	struct segfile f;
	int result = 0;

	if (segfile_open(&f, r, first, DISK_READ, err))
		return -1;
	if (r->disk.calls->fsync(&r->disk, f.fd))
		result = err_system(err, "cannot sync '%s/seg'", r->path);
	segfile_close(&f);
	return result;
}

/* While nobody writes: the end of the log, synced here. */
static int
find(struct visible *v, struct head *h, struct err *err)
{
	struct place from;
	struct frontier f;
	int r = 1;

	if (read_head(v, h, err))
		return -1;
	if (is_of_now(v, h) || (h->mark.is_valid && h->mark.flags & HEAD_SYNCING && !v->root->boot))
		return 0; /* what is after it may be taken back, or cannot be made durable here */
	if (v->is_doubtful)
		return err_set(err, ERR_SYSTEM, "doubt", -1,
			"a sync of '%s' was broken off, and cannot be made good here",
			v->root->path);
	h->mark.is_valid = h->mark.is_valid && is_there(v, h);
	from = h->mark.at;
	if (!h->mark.is_valid)
		r = last_segment(v->root, &from, err);
	v->found = from;
	if (r <= 0)
		return r;
	if (frontier_find(&f, v->root, &from, NULL, NULL, err))
		return -1;
	if (f.end.pos > from.pos && sync_segment(v->root, f.end.segment, err))
		return -1;
	v->found = f.end;
	return 0;
}

/* Others are at work: is the mark enough? */
static bool
is_sure(const struct visible *v, const struct head *h, struct err *err)
{
	if (is_of_now(v, h) || (h->mark.is_valid && !v->root->boot))
		return true;
	err_set(err, ERR_SYSTEM, "lock", -1, "'%s' is locked by a writer", v->root->path);
	return false;
}

/* The first time: is there anything after the mark? */
static int
look(struct visible *v, struct head *h, struct err *err)
{
	int fds[LOCKS], r = is_quiet(v, h) ? 1 : help(v, h, err);

	v->has_looked = true;
	if (r < 0)
		return -1;
	if (r == 1 || is_of_now(v, h))
		return read_head(v, h, err);
	if (hold(v->root, fds))
		r = find(v, h, err);
	else
		r = read_head(v, h, err) || !is_sure(v, h, err) ? -1 : 0;
	let_go(v->root, fds);
	return r;
}

int
visible_bound(struct visible *v, struct place *bound, struct err *err)
{
	struct head h;

	if (read_head(v, &h, err))
		return -1;
	if ((!v->has_looked || !h.mark.is_valid) && look(v, &h, err))
		return -1;
	if (h.mark.is_valid && h.mark.at.pos >= v->found.pos)
		*bound = h.mark.at;
	else if (v->found.pos >= 0)
		*bound = v->found;
	else
		return err_set(
			err, ERR_SYSTEM, "head", -1, "'%s/head' cannot be read", v->root->path);
	return 0;
}

int
visible_peek(struct root *r, struct place *bound, struct err *err)
{
	struct visible v;
	struct head h;
	bool has_mark;
	int result;

	visible_init(&v, r);
	result = read_head(&v, &h, err);
	has_mark = result == 0 && ((h.mark.is_valid && is_there(&v, &h)) ||
					  (v.is_doubtful && h.mark.at.pos >= front(&v)));
	visible_release(&v);
	if (result)
		return -1;
	if (has_mark) {
		*bound = h.mark.at;
		return 0;
	}
	result = last_segment(r, bound, err);
	if (result == 1) {
		struct frontier f;

		result = frontier_find(&f, r, bound, NULL, NULL, err);
		if (result == 0)
			*bound = f.end;
	}
	return result;
}

int
visible_read(struct root *r, struct place *bound, struct err *err)
{
	struct visible v;
	int result;

	visible_init(&v, r);
	result = visible_bound(&v, bound, err);
	visible_release(&v);
	return result;
}
