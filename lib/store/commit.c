/* commit: who syncs, who waits, and what a failed sync does. */
#include "store/commit.h"

#include "base/clock.h"
#include "store/frontier.h"

#include <errno.h>
#include <sched.h>

#define BLOCK ((size_t)64 << 10)
#define NAP_MAX_MS 20

enum state { REACHED, TAKEN_BACK, BEHIND };

static int
open_lock(struct root *r, const char *name, struct err *err)
{
	struct disk *d = &r->disk;
	int fd = d->calls->open(d, name, DISK_WRITE, r->file_mode);

	if (fd < 0 && errno == ENOENT) {
		fd = d->calls->open(d, name, DISK_WRITE | DISK_ENSURE, r->file_mode);
		if (fd >= 0)
			d->calls->chmod(d, fd, r->file_mode);
	}
	if (fd < 0)
		err_system(err, "cannot open '%s/%s'", r->path, name);
	return fd;
}

int
commit_open(struct commit *c, struct root *r, int64_t lock_ms, struct err *err)
{
	*c = (struct commit){.root = r,
		.lock_fd = -1,
		.sync_fd = -1,
		.head_fd = -1,
		.lock_ms = lock_ms,
		.own = INT64_MAX};
	c->lock_fd = open_lock(r, "lock", err);
	c->sync_fd = c->lock_fd < 0 ? -1 : open_lock(r, "lock.sync", err);
	if (c->sync_fd >= 0) {
		c->head_fd = head_open(r, true);
		if (c->head_fd >= 0) {
			turn_init(&c->turn, r, c->sync_fd);
			return 0;
		}
		err_system(err, "cannot open '%s/head'", r->path);
	}
	commit_close(c);
	return -1;
}

void
commit_close(struct commit *c)
{
	struct disk *d = &c->root->disk;
	int *fds[] = {&c->lock_fd, &c->sync_fd, &c->head_fd};

	turn_release(&c->turn);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		if (*fds[i] >= 0)
			d->calls->close(d, *fds[i]);
		*fds[i] = -1;
	}
}

static int
lock_failed(const struct commit *c, const char *name, struct err *err)
{
	if (errno == EAGAIN)
		return err_set(err, ERR_SYSTEM, "lock", -1, "'%s' is locked by another writer",
			c->root->path);
	return err_system(err, "cannot lock '%s/%s'", c->root->path, name);
}

int
commit_lock(struct commit *c, struct err *err)
{
	struct disk *d = &c->root->disk;

	if (d->calls->lock(d, c->lock_fd, DISK_EXCLUSIVE, c->lock_ms))
		return lock_failed(c, "lock", err);
	return 0;
}

void
commit_unlock(struct commit *c)
{
	c->root->disk.calls->unlock(&c->root->disk, c->lock_fd);
}

static void
unlock_sync(struct commit *c)
{
	c->root->disk.calls->unlock(&c->root->disk, c->sync_fd);
}

int
commit_lost(struct err *err)
{
	return err_set(err, ERR_SYSTEM, "sync", -1,
		"lines that another writer could not sync are lost; none was acknowledged");
}

void
commit_saw(struct commit *c, const struct place *at)
{
	if (at->pos > c->durable.pos || at->segment > c->durable.segment)
		c->durable = *at;
}

/* What one call of commit_upto is about. */
struct task {
	struct commit *c;
	struct segfile *file;
	struct place upto;
	uint64_t epoch;
	enum commit_way way;
	bool has_failed; /* the sync itself */
	bool is_shared;  /* it was not for this process's lines alone */
};

/* Has a later segment been begun? Then the task's was synced as a whole before. */
static bool
is_closed(const struct task *t, const struct head *h)
{
	return t->way == COMMIT_FREE && h->end.is_valid && h->end.epoch == t->epoch &&
	       h->end.at.segment > t->file->first;
}

/* Where the log stands to the task. Notes the mark, unless lines were taken back. */
static int
look(struct task *t, struct head *h, enum state *state, struct err *err)
{
	struct commit *c = t->c;

	if (head_read(c->root, c->head_fd, h, err))
		return -1;
	*state = BEHIND;
	if (t->way != COMMIT_FOUND && h->end.is_valid && h->end.epoch > t->epoch) {
		*state = TAKEN_BACK;
		return 0;
	}
	if (!h->mark.is_valid) {
		if (is_closed(t, h))
			*state = REACHED;
		return 0;
	}
	if (h->mark.epoch != t->epoch) {
		*state = t->way == COMMIT_FOUND ? BEHIND : TAKEN_BACK;
		return 0;
	}
	commit_saw(c, &h->mark.at);
	if (h->mark.at.pos >= t->upto.pos && head_bounds(h))
		*state = REACHED;
	return 0;
}

static int
answer(enum state state, struct err *err)
{
	if (state == REACHED)
		return 0;
	return err_set(err, ERR_SYSTEM, "sync", -1,
		"another writer's sync failed and took these lines back; nothing was acknowledged");
}

/* Writes the bytes from a place to another once more, so that the kernel holds them for new. */
static int
rewrite(struct commit *c, struct segfile *file, int64_t from, int64_t to, struct err *err)
{
	struct disk *d = &c->root->disk;
	char *block = alloc_get(BLOCK);
	int r = 0;

	while (r == 0 && from < to) {
		ssize_t n = segfile_read(
			file, block, (size_t)MIN((int64_t)BLOCK, to - from), from, err);

		if (n <= 0) {
			r = n < 0 ? -1 : 0;
			break;
		}
		if (disk_write(d, file->fd, block, (size_t)n, from))
			r = err_system(err, "cannot write '%s/seg/%020lld.ndjson'", c->root->path,
				(long long)file->first);
		from += n;
	}
	alloc_free(block);
	return r;
}

/* What is durable, as a place of the task's segment. */
static struct place
floor_of(const struct task *t)
{
	struct place at = t->c->durable;

	if (at.segment != t->file->first) {
		assert(at.pos == t->file->first);
		at.segment = at.pos;
		at.offset = 0;
	}
	return at;
}

/*
 * Somebody died while syncing, or nobody knows what is durable: what lies between what this process knows and target is
 * written again, and then checked: pages that the kernel has dropped may come back from the disk as they once were, but
 * not what was just written.
 */
static int
distrust(struct task *t, const struct place *target, struct err *err)
{
	struct place from = floor_of(t);
	struct frontier f;

	if (rewrite(t->c, t->file, from.offset, target->offset, err) ||
		frontier_find(&f, t->c->root, &from, NULL, NULL, err))
		return -1;
	if (f.end.segment == t->file->first && f.end.offset < target->offset)
		return commit_lost(err);
	return 0;
}

/* The place to publish: `end`, where it is of this epoch and segment. */
static struct place
target_of(const struct task *t, const struct head *h)
{
	if (h->end.is_valid && h->end.epoch == t->epoch && h->end.at.segment == t->file->first &&
		h->end.at.pos >= t->upto.pos)
		return h->end.at;
	return t->upto;
}

/* Is what was found written all there is? Without `lock` only `end` can say so. */
static bool
is_all(const struct task *t, const struct head *h)
{
	return t->way != COMMIT_FREE || (h->end.is_valid && h->end.epoch == t->epoch);
}

/* The sync itself, the mark being set; the flags are those of the one that follows. */
static int
sync_now(struct task *t, const struct place *target, uint64_t flags, struct err *err)
{
	struct commit *c = t->c;
	struct disk *d = &c->root->disk;

	if (d->calls->fsync(d, t->file->fd)) {
		t->has_failed = true;
		return err_system(err, "cannot sync '%s/seg/%020lld.ndjson'", c->root->path,
			(long long)t->file->first);
	}
	if (head_put_mark(c->root, c->head_fd, target, t->epoch, flags, err))
		return -1;
	c->durable = *target;
	return 0;
}

/* With lock.sync alone. */
static int
sync_upto(struct task *t, struct err *err)
{
	struct commit *c = t->c;
	struct place target;
	struct head h;
	enum state state;
	uint64_t doubt;

	if (look(t, &h, &state, err))
		return -1;
	if (state == TAKEN_BACK || (state == REACHED && t->way != COMMIT_LOCKED))
		return answer(state, err);
	target = target_of(t, &h);
	t->is_shared = h.mark.at.pos < c->own || target.pos != t->upto.pos;
	if (t->is_shared)
		turn_begin(&c->turn, target.pos);
	doubt = head_bounds(&h) ? 0 : HEAD_DOUBT;
	if (head_put_mark(c->root, c->head_fd, &c->durable, t->epoch, HEAD_SYNCING | doubt, err))
		return -1;
	if ((doubt || h.mark.flags & HEAD_SYNCING || t->way == COMMIT_FOUND) &&
		distrust(t, &target, err))
		return -1;
	return sync_now(t, &target, is_all(t, &h) ? 0 : doubt, err);
}

/* With both locks: everything after what is durable is cut off, in a new epoch. */
static void
cut_back(struct task *t)
{
	struct commit *c = t->c;
	struct disk *d = &c->root->disk;
	struct place at = floor_of(t);
	struct err err;

	if (d->calls->ftruncate(d, t->file->fd, at.offset) || d->calls->fsync(d, t->file->fd))
		return; /* SYNCING stands: the next one distrusts what is there */
	head_put_both(c->root, c->head_fd, &at, &at, t->epoch + 1, 0, &err);
}

/*
 * After a sync that failed, without lock.sync. 0 when somebody else has made the lines durable meanwhile; else they are
 * cut off.
 */
static int
take_back(struct task *t)
{
	struct commit *c = t->c;
	struct disk *d = &c->root->disk;
	enum state state;
	struct err err;
	struct head h;
	int result = -1;

	if (t->way == COMMIT_FOUND || (t->way == COMMIT_FREE && commit_lock(c, &err)))
		return -1;
	if (d->calls->lock(d, c->sync_fd, DISK_EXCLUSIVE, c->lock_ms) == 0) {
		if (look(t, &h, &state, &err) == 0) {
			result = state == REACHED && t->way != COMMIT_LOCKED ? 0 : -1;
			if (state == BEHIND && head_bounds(&h))
				cut_back(t);
		}
		unlock_sync(c);
	}
	if (t->way == COMMIT_FREE)
		commit_unlock(c);
	return result;
}

int
commit_publish(struct commit *c, const struct place *end, uint64_t epoch, struct err *err)
{
	struct disk *d = &c->root->disk;

	if (!c->is_settled || c->turn.is_crowded ||
		d->calls->lock(d, c->sync_fd, DISK_EXCLUSIVE, 0))
		return head_put_end(c->root, c->head_fd, end, epoch, err);
	if (head_put_both(c->root, c->head_fd, end, &c->durable, epoch, HEAD_SYNCING, err)) {
		unlock_sync(c);
		return -1;
	}
	c->leads = true;
	return 0;
}

int
commit_renew(struct commit *c, const struct place *end, uint64_t *epoch, struct err *err)
{
	struct disk *d = &c->root->disk;
	uint64_t next = *epoch + 1;
	struct head h;
	int r;

	if (d->calls->lock(d, c->sync_fd, DISK_EXCLUSIVE, c->lock_ms))
		return lock_failed(c, "lock.sync", err);
	r = head_read(c->root, c->head_fd, &h, err);
	/* The mark first: who waits looks at it. One of an older boot bounds nothing in this one. */
	if (r == 0 && h.mark.is_valid && c->root->boot && h.mark.boot != c->root->boot)
		r = head_put_mark(c->root, c->head_fd, end, next, 0, err);
	else if (r == 0 && h.mark.is_valid)
		r = head_put_mark(c->root, c->head_fd, &h.mark.at, next, h.mark.flags, err);
	if (r == 0)
		r = head_put_end(c->root, c->head_fd, end, next, err);
	unlock_sync(c);
	if (r == 0)
		*epoch = next;
	return r;
}

/* --- waiting ----------------------------------------------------------------------------------- */

/*
 * Did anybody else write lines that this sync was for, or since? Who only waits for lines of others is not seen, and looks
 * again by itself.
 */
static bool
has_company(const struct task *t)
{
	struct commit *c = t->c;
	struct head h;
	struct err ignored;

	return t->is_shared || head_read(c->root, c->head_fd, &h, &ignored) || !h.end.is_valid ||
	       h.end.at.pos != t->upto.pos;
}

/* Stands in line for lock.sync. */
static int
queue(struct commit *c, struct err *err)
{
	struct disk *d = &c->root->disk;

	if (d->calls->lock(d, c->sync_fd, DISK_EXCLUSIVE, c->lock_ms))
		return lock_failed(c, "lock.sync", err);
	return 1;
}

/*
 * 1: lock.sync is ours, 0: the lines are durable, -1. Whoever finds it taken sleeps until it is his turn, or the sync that
 * was for him has ended: what lock.sync says is read before the lock is tried, and changes after the lock is free.
 */
static int
lead(struct task *t, struct err *err)
{
	struct commit *c = t->c;
	struct disk *d = &c->root->disk;
	int64_t end_ns = clock_deadline_ns(c->lock_ms), nap_ms = 0;
	enum state state;
	struct head h;

	if (t->way != COMMIT_FREE)
		return queue(c, err);
	if (!c->turn.is_crowded && d->calls->lock(d, c->sync_fd, DISK_EXCLUSIVE, 0) == 0)
		return 1;
	for (;;) {
		struct turn_sign sign = turn_read(&c->turn);

		/* A sync that has not said that it reaches these lines, has not; but who says nothing may have died. */
		if (nap_ms || sign.target >= t->upto.pos) {
			if (look(t, &h, &state, err))
				return -1;
			if (state != BEHIND)
				return answer(state, err);
		}
		if (d->calls->lock(d, c->sync_fd, DISK_EXCLUSIVE, 0) == 0) {
			sched_yield(); /* who is about to write does it before this sync and not after */
			return 1;
		}
		if (errno != EAGAIN || clock_mono_ns() >= end_ns)
			return lock_failed(c, "lock.sync", err);
		nap_ms = nap_ms ? MIN(2 * nap_ms, NAP_MAX_MS) : 1;
		if (turn_wait(&c->turn, &sign, t->upto.pos, nap_ms) && errno == ENOSYS)
			return queue(c, err);
	}
}

int
commit_upto(struct commit *c, struct segfile *file, const struct place *upto, uint64_t epoch,
	enum commit_way way, struct err *err)
{
	struct task t = {.c = c, .file = file, .upto = *upto, .epoch = epoch, .way = way};
	bool leads = c->leads, is_alone;
	int r = leads ? 1 : lead(&t, err);

	if (r != 1)
		return r;
	c->leads = false;
	t.is_shared = !leads;
	r = leads ? sync_now(&t, upto, 0, err) : sync_upto(&t, err);
	unlock_sync(c);
	if (r && t.has_failed)
		r = take_back(&t);
	is_alone = !has_company(&t);
	c->turn.is_crowded = way == COMMIT_FREE && !is_alone;
	if (!is_alone)
		turn_end(&c->turn);
	return r;
}
