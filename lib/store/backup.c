/* backup: what is missing, in the order of the log. */
#include "store/backup.h"

#include "base/num.h"
#include "store/front.h"
#include "store/head.h"
#include "store/trove.h"
#include "store/visible.h"

#include <errno.h>

#define LOCK "lock.seal"
#define TAIL TRAILER_SUM_BYTES
#define TRIES 8
#define DIGITS 20

struct backup {
	struct backup_result *out;
	const struct backup_conf *conf;
	struct root *from;
	struct replica *to;
	struct root view; /* of the replica, as if it were a store */
	struct place first, bound;
	struct segment_list list, there; /* of the store, of the backup */
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
		err, "'%s' %s '%s': use another directory", b->to->path, what, b->from->path);
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
	struct replica *to = b->to;
	const char *name = to->is_store ? "FORMAT" : "FORMAT.tmp";
	int r, is_it = replica_is(to, b->from, err);
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
	int r = size ? sum_at(&b->view, segment, size, &theirs, err) : 0;

	if (r == 1)
		r = sum_at(b->from, segment, size, &ours, err);
	return r < 0 ? -1 : !size || (r == 1 && ours == theirs);
}

/* Is what the backup has a prefix of the log? The sums are a chain: the last one stands for all. */
static int
check_prefix(struct backup *b, struct err *err)
{
	const struct segment *last = b->there.count ? &b->there.items[b->there.count - 1] : NULL;
	struct segfile f;
	int64_t size;
	int r;

	if (!last || last->first < b->first.segment)
		return 0;
	if (segfile_open(&f, &b->view, last->first, DISK_READ, err))
		return -1;
	size = segfile_size(&f, err);
	segfile_close(&f);
	if (size < 0)
		return -1;
	/* The bound may stand at the end of the segment before an empty one. */
	if (size == 0 && last->first <= b->bound.pos)
		return 0;
	if (last->first > b->bound.segment ||
		(last->first == b->bound.segment && size > b->bound.offset))
		return another(b, "has events that are not in", err);
	r = same_sum(b, last->first, size, err);
	return r == 0 ? another(b, "has other events than", err) : r < 0 ? -1 : 0;
}

/* --- segments ---------------------------------------------------------------------------------- */

static int
unread(struct backup *b, const char *name, struct err *err)
{
	bool is_gone = errno == ENOENT;

	err_system(err, "cannot read '%s/%s'", b->from->path, name);
	if (is_gone)
		err->code = "gone";
	return -1;
}

static int
copy(struct backup *b, const char *name, int64_t bytes, struct err *err)
{
	if (replica_size(b->to, name) == bytes) {
		b->out->kept++;
		return 0;
	}
	b->out->copied++;
	b->out->bytes += bytes;
	return replica_copy(b->to, b->from, name, bytes, err);
}

static int
link_sealed(struct backup *b, const char *name, int64_t bytes, struct err *err)
{
	bool is_copy = b->conf->is_copy;

	if (is_copy || replica_size(b->to, name) == bytes)
		return copy(b, name, bytes, err);
	if (replica_link(b->to, b->from, name, bytes, &is_copy, err))
		return -1;
	b->out->linked += !is_copy;
	b->out->copied += is_copy;
	b->out->bytes += is_copy ? bytes : 0;
	return 0;
}

static int
take_sealed(struct backup *b, const struct segment *s, struct err *err)
{
	char name[SEGFILE_NAME_MAX], plain[SEGFILE_NAME_MAX];
	int64_t bytes;

	snprintf(name, sizeof(name), SEGFILE_SEALED, (long long)s->first);
	snprintf(plain, sizeof(plain), SEGFILE_PLAIN, (long long)s->first);
	bytes = disk_size(&b->from->disk, name);
	if (bytes < 0)
		return unread(b, name, err);
	if (link_sealed(b, name, bytes, err))
		return -1;
	return replica_size(b->to, plain) < 0 ? 0 : replica_remove(b->to, plain, err);
}

static int
take_plain(struct backup *b, const struct segment *s, struct err *err)
{
	char name[SEGFILE_NAME_MAX], sealed[SEGFILE_NAME_MAX];
	int64_t bytes = b->bound.offset;

	snprintf(name, sizeof(name), SEGFILE_PLAIN, (long long)s->first);
	snprintf(sealed, sizeof(sealed), SEGFILE_SEALED, (long long)s->first);
	if (s->first < b->bound.segment)
		bytes = disk_size(&b->from->disk, name);
	if (bytes < 0)
		return unread(b, name, err);
	if (replica_size(b->to, sealed) >= 0) {
		b->out->kept++;
		return 0;
	}
	return copy(b, name, bytes, err);
}

static int
take_segments(struct backup *b, struct err *err)
{
	for (size_t i = 0; i < b->list.count; i++) {
		const struct segment *s = &b->list.items[i];

		if (s->first < b->first.segment || s->first > b->bound.segment)
			continue;
		b->out->segments++;
		if (s->is_plain ? take_plain(b, s, err) : take_sealed(b, s, err))
			return -1;
	}
	return 0;
}

/* Segments that were retired, also those that a backup that was broken off has left. */
static int
drop_segments(struct backup *b, struct err *err)
{
	char name[SEGFILE_NAME_MAX];
	struct trove_names names;
	int64_t first;
	int r = 0;

	if (trove_list(&names, &b->to->disk, "seg"))
		return err_system(err, "cannot list '%s/seg'", b->to->path);
	for (size_t i = 0; i < names.count && r == 0; i++) {
		if (strlen(names.items[i]) < DIGITS ||
			num_i64(span_of(names.items[i], DIGITS), &first) ||
			first >= b->first.segment)
			continue;
		snprintf(name, sizeof(name), "seg/%.40s", names.items[i]);
		r = replica_remove(b->to, name, err);
	}
	trove_names_release(&names);
	return r;
}

/* --- all of it --------------------------------------------------------------------------------- */

static int
look(struct backup *b, struct err *err)
{
	if (visible_read(b->from, &b->bound, err) || segment_list_read(&b->list, b->from, err) ||
		front_read(b->from, &b->first, err) || segment_list_read(&b->there, &b->view, err))
		return -1;
	b->out->pos = b->bound.pos;
	return check_prefix(b, err);
}

/* What the backup has is durable: when a line of it does not hold one day, that is damage. */
static int
put_head(struct backup *b, struct err *err)
{
	struct disk *d = &b->to->disk;
	int fd = head_open(&b->view, true), r;
	struct head h;

	if (fd < 0)
		return err_system(err, "cannot open '%s/head'", b->to->path);
	d->calls->chmod(d, fd, b->to->file_mode);
	r = head_read(&b->view, fd, &h, err);
	if (r == 0)
		r = head_put_both(&b->view, fd, &b->bound, &b->bound,
			h.end.is_valid ? h.end.epoch : 0, 0, err);
	if (r == 0 && d->calls->fdatasync(d, fd))
		r = err_system(err, "cannot write '%s/head'", b->to->path);
	d->calls->close(d, fd);
	return r;
}

/* Does what the backup has reach what it will begin with? Else there is a gap between. */
static bool
reaches(struct backup *b)
{
	struct place end;
	struct err ignored;

	return b->there.count && visible_peek(&b->view, &end, &ignored) == 0 &&
	       end.pos >= b->first.pos;
}

static int
take_accounts(struct backup *b, bool is_last_first, struct err *err)
{
	const struct trove_set set = {"retired", b->first.pos, b->first.pos, is_last_first};

	return trove_copy(b->from, b->to, &set, err);
}

/* Where the log begins, where it ends: in this order, or the other way round. */
static int
put_ends(struct backup *b, bool is_end_first, struct err *err)
{
	if (is_end_first && put_head(b, err))
		return -1;
	if (take_accounts(b, true, err))
		return -1;
	return is_end_first ? 0 : put_head(b, err);
}

/*
 * Positions of consumers come before the log: none may be ahead of it. Segments come before the account of what was retired
 * before them, which moves the front to the first of them, and takes the mark out of force where it is before that (visible.h).
 * Where the mark is not before it, there is no gap, and the new mark comes first: an old one at the front would show nothing.
 * Nothing goes before it is not needed. The index of what a retention that was killed has not retired after all comes after
 * the segments as well; what a store that is a backup which was broken off knows beyond its end is not taken.
 *
 * A backup that has no segment yet, as all was retired when it was made, shows nothing: its front moves first, or the new
 * segments would seem to lack those before them; account by account, as nothing bridges a gap between them.
 */
static int
run(struct backup *b, struct err *err)
{
	const struct trove_set consumers = {"consumers", INT64_MAX, INT64_MAX, false};
	struct trove_set retired = {"retired", 0, 0, false};
	bool is_end_first;

	if (trove_mirror(b->from, b->to, &consumers, err) || look(b, err))
		return -1;
	is_end_first = reaches(b); /* as it is before anything is copied */
	if ((b->there.count == 0 && take_accounts(b, false, err)) || take_segments(b, err) ||
		put_ends(b, is_end_first, err) || drop_segments(b, err))
		return -1;
	retired.most = b->first.pos;
	retired.most_run = b->bound.pos;
	return trove_mirror(b->from, b->to, &retired, err);
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
	if (b->to->is_store)
		return 0;
	if (replica_put(b->to, "FORMAT", format, err))
		return -1;
	return replica_remove(b->to, "FORMAT.tmp", err);
}

static int
try_all(struct backup *b, struct span format, struct err *err)
{
	for (int i = 0;; i++) {
		*b->out = (struct backup_result){0};
		if (run(b, err) == 0)
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
	struct backup b = {.out = out, .conf = conf, .from = from, .to = to, .view = *from};
	struct buf format;
	int fd, r = -1;

	b.view.disk = to->disk;
	b.view.path = to->path;
	buf_init(&format, ROOT_FORMAT_MAX);
	if (trove_read(&from->disk, "FORMAT", &format))
		err_system(err, "cannot read '%s/FORMAT'", from->path);
	else if (hold(from, DISK_SHARED, conf->lock_ms, &fd, err) == 0) {
		r = with_lock(&b, buf_view(&format), err);
		let_go(from, fd);
	}
	segment_list_release(&b.list);
	segment_list_release(&b.there);
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
