/* backup: whose it is, what it has, and all of it until it is whole. */
#include "store/backup.h"

#include "store/ferry.h"
#include "store/front.h"
#include "store/frontier.h"
#include "store/past.h"
#include "store/trove.h"
#include "store/visible.h"

#include <errno.h>

#define LOCK "lock.seal"
#define TAIL TRAILER_SUM_BYTES
#define TRIES 8

struct backup {
	struct ferry f;
	const struct backup_conf *conf;
	struct root view; /* of the replica, as if it were a store */
};

/* --- whose backup it is ------------------------------------------------------------------------ */

/*
 * Nobody else seals or retires: of the store, which is read (DISK_SHARED), or of the replica, which nobody may back up either
 * (DISK_EXCLUSIVE). Without the permission to write a lock that is there will do, and where there is none nobody seals.
 */
static int
hold(struct root *r, enum disk_lock how, int64_t lock_ms, int *fd, struct err *err)
{
	struct disk *d = &r->disk;

	*fd = d->calls->open(d, LOCK, DISK_WRITE | DISK_ENSURE, r->file_mode);
	if (*fd >= 0)
		d->calls->chmod(d, *fd, r->file_mode);
	else
		*fd = d->calls->open(d, LOCK, DISK_READ, 0);
	if (*fd < 0 || d->calls->lock(d, *fd, how, lock_ms) == 0)
		return 0;
	if (errno == EAGAIN)
		err_set(err, ERR_SYSTEM, "lock", -1,
			"segments of '%s' are being sealed, retired or backed up", r->path);
	else
		err_system(err, "cannot lock '%s/%s'", r->path, LOCK);
	d->calls->close(d, *fd);
	return -1;
}

static void
let_go(struct root *r, int fd)
{
	if (fd >= 0)
		r->disk.calls->close(&r->disk, fd);
}

static int
another(const struct backup *b, const char *what, struct err *err)
{
	return err_usage(
		err, "'%s' %s '%s': use another directory", b->f.to->path, what, b->f.from->path);
}

/* What a first backup of another store, or of an older try, has left. */
static int
begin_anew(struct replica *to, struct span format, struct err *err)
{
	return trove_clear(to, "seg", err) || trove_clear(to, "retired", err) ||
			       trove_clear(to, "consumers", err) ||
			       replica_put(to, "FORMAT.tmp", format, err)
		       ? -1
		       : 0;
}

/* FORMAT says whose backup it is; before the first one is whole, FORMAT.tmp does. */
static int
claim(struct backup *b, struct span format, struct err *err)
{
	struct replica *to = b->f.to;
	const char *name = to->is_store ? "FORMAT" : "FORMAT.tmp";
	int r, is_it = replica_is(to, b->f.from, err);
	struct buf text;

	if (is_it)
		return is_it < 0 ? -1 : err_usage(err, "'%s' is the store itself", to->path);
	buf_init(&text, ROOT_FORMAT_MAX);
	r = trove_read(&to->disk, name, &text);
	if (r && (to->is_store || errno != ENOENT))
		err_system(err, "cannot read '%s/%s'", to->path, name);
	else if (r == 0 && span_equal(buf_view(&text), format))
		r = 0;
	else
		r = to->is_store ? another(b, "is not a backup of", err)
				 : begin_anew(to, format, err);
	buf_release(&text);
	return r ? -1 : replica_dir(to, "seg", err);
}

/* The last sum of a segment's first size bytes: 1, 0 there is none, -1. */
static int
sum_at(struct root *r, int64_t segment, int64_t size, uint64_t *sum, struct err *err)
{
	char tail[TAIL + 1];
	struct segfile f;
	ssize_t n;

	if (size <= TAIL)
		return 0;
	if (segfile_open(&f, r, segment, DISK_READ, err))
		return -1;
	n = segfile_read(&f, tail, sizeof(tail), size - TAIL - 1, err);
	segfile_close(&f);
	if (n < 0)
		return -1;
	return n == TAIL + 1 && tail[TAIL] == '\n' && trailer_sum(span_of(tail, TAIL), sum);
}

/* Do both have the same lines up to there? 1, 0, -1. */
static int
same_sum(struct backup *b, int64_t segment, int64_t size, struct err *err)
{
	uint64_t ours, theirs;
	int r = sum_at(&b->view, segment, size, &theirs, err);

	if (r == 1)
		r = sum_at(b->f.from, segment, size, &ours, err);
	return r < 0 ? -1 : r == 1 && ours == theirs;
}

/* What the store remembers of lines that it has no more. */
struct recall {
	struct backup *b;
	struct past past;
	struct buf name;
	bool is_unknown; /* it cannot be read */
};

static int
recall_line(void *ctx, const struct scan_line *line, struct err *err)
{
	struct recall *c = ctx;
	struct past_event event;
	struct hash128 print;

	if (line->t.pos >= past_end(&c->past))
		return another(c->b, "has other events than", err);
	if (past_find(&c->past, line->t.pos, &event, err)) {
		c->is_unknown = true;
		return -1;
	}
	print = past_print(c->past.root, span_of(line->line.p, line->t.at),
		trailer_stream(&line->t, &c->name));
	if (print.low == event.print.low && print.high == event.print.high &&
		line->t.ver == event.ver)
		return 0;
	return another(c->b, "has other events than", err);
}

/* From where an account of the store's begins, at which the sum stands for all before it, to the end of this segment. */
static int
recall_lines(struct recall *c, int64_t segment, struct err *err)
{
	struct frontier f;
	struct place from;

	if (past_start(&c->past, segment, &from, err))
		return -1;
	if (frontier_find(&f, &c->b->view, &from, recall_line, c, err) == 0) {
		if (f.end.segment >= segment && f.end.offset == f.size)
			return 0;
	} else if (c->is_unknown || (err->kind == ERR_SYSTEM && strcmp(err->code, "gone") != 0)) {
		return -1;
	}
	return another(c->b, "has other events than", err);
}

/* The backup ends with this segment, before the log begins. */
static int
check_retired(struct backup *b, int64_t segment, struct err *err)
{
	struct recall c = {.b = b};
	int r;

	if (past_open(&c.past, b->f.from, err))
		return -1;
	buf_init(&c.name, TRAILER_MAX);
	r = recall_lines(&c, segment, err);
	buf_release(&c.name);
	past_close(&c.past);
	return r;
}

/* The last segment of the backup that has a line, and its size: 1, 0 there is none, -1. */
static int
last_there(struct backup *b, int64_t *first, int64_t *size, struct err *err)
{
	struct segfile f;

	*size = 0;
	for (size_t i = b->f.there.count; i && *size == 0; i--) {
		*first = b->f.there.items[i - 1].first;
		if (segfile_open(&f, &b->view, *first, DISK_READ, err))
			return -1;
		*size = segfile_size(&f, err);
		segfile_close(&f);
	}
	return *size < 0 ? -1 : *size > 0;
}

static bool
has_segment(const struct segment_list *list, int64_t first)
{
	return list->count && list->items[segment_of_pos(list, first)].first == first;
}

/* Is what the backup has a prefix of the log? The sums are a chain: the last one stands for all. */
static int
check_prefix(struct backup *b, struct err *err)
{
	const struct place *bound = &b->f.bound;
	int64_t last, size;
	int r = last_there(b, &last, &size, err);

	if (r <= 0)
		return r;
	if (last < b->f.first.segment)
		return check_retired(b, last, err);
	if (last > bound->segment || (last == bound->segment && size > bound->offset))
		return another(b, "has events that are not in", err);
	if (!has_segment(&b->f.list, last))
		return front_gap(b->f.from, &b->f.list, &(struct head_record){0}, err)
			       ? -1
			       : another(b, "has other events than", err);
	r = same_sum(b, last, size, err);
	return r == 0 ? another(b, "has other events than", err) : r < 0 ? -1 : 0;
}

/* --- all of it --------------------------------------------------------------------------------- */

static int
look(struct backup *b, struct err *err)
{
	if (visible_read(b->f.from, &b->f.bound, err) ||
		segment_list_read(&b->f.list, b->f.from, err) ||
		front_read(b->f.from, &b->f.first, err) ||
		segment_list_read(&b->f.there, &b->view, err))
		return -1;
	b->f.out->pos = b->f.bound.pos;
	return check_prefix(b, err);
}

static int
check(struct backup *b, struct err *err)
{
	struct verify_result result;
	int r = verify(&result, &b->view, &b->conf->verify, err);

	table_release(&result.streams);
	return r;
}

static int
finish(struct backup *b, struct span format, struct err *err)
{
	if (b->conf->is_checked && check(b, err))
		return -1;
	if (b->f.to->is_store)
		return 0;
	if (replica_put(b->f.to, "FORMAT", format, err))
		return -1;
	return replica_remove(b->f.to, "FORMAT.tmp", err);
}

static int
try_all(struct backup *b, struct span format, struct err *err)
{
	for (int i = 0;; i++) {
		*b->f.out = (struct backup_result){0};
		if (look(b, err) == 0 && ferry(&b->f, err) == 0)
			return finish(b, format, err);
		/* Without the lock a segment may be sealed under our hands. */
		if (i == TRIES || !err->code || strcmp(err->code, "gone") != 0)
			return -1;
	}
}

static int
with_lock(struct backup *b, struct span format, struct err *err)
{
	int fd, r;

	/* Whoever reads the replica with that lock may need the one that is held already. */
	if (claim(b, format, err) || hold(&b->view, DISK_EXCLUSIVE, 0, &fd, err))
		return -1;
	r = try_all(b, format, err);
	let_go(&b->view, fd);
	return r;
}

int
backup_to(struct backup_result *out, struct root *from, struct replica *to,
	const struct backup_conf *conf, struct err *err)
{
	struct backup b = {.f = {.out = out, .from = from, .to = to, .is_copy = conf->is_copy},
		.conf = conf,
		.view = *from};
	struct buf format;
	int fd, r = -1;

	b.f.view = &b.view;
	b.view.disk = to->disk;
	b.view.path = to->path;
	buf_init(&format, ROOT_FORMAT_MAX);
	if (trove_read(&from->disk, "FORMAT", &format))
		err_system(err, "cannot read '%s/FORMAT'", from->path);
	else if (hold(from, DISK_SHARED, conf->lock_ms, &fd, err) == 0) {
		r = with_lock(&b, buf_view(&format), err);
		let_go(from, fd);
	}
	segment_list_release(&b.f.list);
	segment_list_release(&b.f.there);
	buf_release(&format);
	return r;
}

int
backup(struct backup_result *out, struct root *from, const char *dir,
	const struct backup_conf *conf, struct err *err)
{
	struct replica to;
	int r;

	if (replica_open(&to, dir, root_dir_mode(from), err))
		return -1;
	r = backup_to(out, from, &to, conf, err);
	replica_close(&to);
	return r;
}
