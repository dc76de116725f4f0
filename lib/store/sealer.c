/* sealer: pack, sync, compare, rename, sync, unlink. */
#include "store/sealer.h"

#include "base/alloc.h"
#include "store/packer.h"
#include "store/sealed.h"
#include "store/segment.h"

#include <errno.h>

#define LOCK "lock.seal"
#define SEALED_TMP SEGFILE_SEALED ".tmp"
#define CHUNK ((size_t)256 << 10)

/* A segment on its way. */
struct job {
	struct root *root;
	int64_t first;
	uint64_t begins;
	char plain[SEGFILE_NAME_MAX], sealed[SEGFILE_NAME_MAX], tmp[SEGFILE_NAME_MAX];
	int fd;              /* of tmp */
	int64_t at;          /* bytes written to it */
	int64_t bytes;       /* of the packed form, once it was checked */
	char *chunk, *other; /* of CHUNK bytes */
};

/* A name that a sealer which died has left. The listing ends with it. */
static int
find_tmp(void *ctx, const char *name)
{
	char *found = ctx;
	size_t n = strlen(name);

	if (n + 5 > SEGFILE_NAME_MAX || n < 16 || strcmp(name + n - 15, ".ndjson.zst.tmp") != 0)
		return 0;
	snprintf(found, SEGFILE_NAME_MAX, "seg/%s", name);
	return 1;
}

static int
sweep(struct root *root, struct err *err)
{
	struct disk *d = &root->disk;
	char name[SEGFILE_NAME_MAX];
	int r;

	while ((r = d->calls->list(d, "seg", find_tmp, name)) == 1)
		if (d->calls->unlink(d, name))
			return err_system(err, "cannot remove '%s/%s'", root->path, name);
	return r < 0 ? err_system(err, "cannot list '%s/seg'", root->path) : 0;
}

int
sealer_open(struct sealer *s, struct root *root, int64_t lock_ms, struct err *err)
{
	struct disk *d = &root->disk;
	int fd = d->calls->open(d, LOCK, DISK_WRITE | DISK_ENSURE, root->file_mode), r = 1;

	if (fd < 0)
		return err_system(err, "cannot open '%s/%s'", root->path, LOCK);
	d->calls->chmod(d, fd, root->file_mode);
	if (d->calls->lock(d, fd, DISK_EXCLUSIVE, lock_ms)) {
		r = errno == EAGAIN ? 0 : -1;
		err_system(err, "cannot lock '%s/%s'", root->path, LOCK);
	} else if (sweep(root, err)) {
		r = -1;
	}
	if (r == 1)
		*s = (struct sealer){root, fd};
	else
		d->calls->close(d, fd);
	return r;
}

void
sealer_close(struct sealer *s)
{
	s->root->disk.calls->close(&s->root->disk, s->lock_fd);
}

static int
failed(const struct job *j, const char *what, const char *name, struct err *err)
{
	return err_system(err, "cannot %s '%s/%s'", what, j->root->path, name);
}

/* --- packing ----------------------------------------------------------------------------------- */

static int
put(void *ctx, struct span bytes, struct err *err)
{
	struct job *j = ctx;

	if (disk_write(&j->root->disk, j->fd, bytes.p, bytes.n, j->at))
		return failed(j, "write", j->tmp, err);
	j->at += (int64_t)bytes.n;
	return 0;
}

static int
pack_text(struct job *j, struct segfile *plain, struct packer *p, struct err *err)
{
	ssize_t got;
	int64_t at = 0;

	while ((got = segfile_read(plain, j->chunk, CHUNK, at, err)) > 0) {
		if (packer_put(p, span_of(j->chunk, (size_t)got), err))
			return -1;
		at += got;
	}
	return got < 0 ? -1 : packer_end(p, err);
}

static int
pack(struct job *j, struct segfile *plain, struct err *err)
{
	static const struct timing envelope = {NULL, TIMING_MS};
	struct packer *p = packer_new(&(struct packer_conf){.timing = &envelope,
					      .max_line = SEGMENT_LINE_MAX,
					      .put = put,
					      .ctx = j,
					      .is_segment = true,
					      .first = j->first,
					      .begins = j->begins},
		err);
	int r = p ? pack_text(j, plain, p, err) : -1;

	packer_free(p);
	return r;
}

/* --- comparing --------------------------------------------------------------------------------- */

static int
differs(const struct job *j, int64_t at, const char *name, struct err *err)
{
	return err_set(err, ERR_DAMAGE, "damage", at, "%s: byte %lld of the text is not that of %s",
		name, (long long)at, j->plain);
}

/* Byte for byte, over all of both. */
static int
compare(struct job *j, struct segfile *plain, struct sealed *s, const char *name, struct err *err)
{
	int64_t at = 0;
	ssize_t a, b;

	do {
		a = segfile_read(plain, j->chunk, CHUNK, at, err);
		b = a < 0 ? -1 : sealed_read(s, j->other, CHUNK, at, err);
		if (b < 0)
			return -1;
		if (a != b || memcmp(j->chunk, j->other, (size_t)a) != 0)
			return differs(j, at, name, err);
		at += a;
	} while (a > 0);
	return sealed_check(s, err);
}

/* Opens a packed form and compares all of it with the plain one. */
static int
check(struct job *j, struct segfile *plain, const char *name, struct err *err)
{
	struct disk *d = &j->root->disk;
	int fd = d->calls->open(d, name, DISK_READ, 0), r;
	struct sealed *s;

	if (fd < 0)
		return failed(j, "open", name, err);
	j->bytes = d->calls->size(d, fd);
	r = sealed_open(&s, d, fd, name, err);
	if (r != 1) {
		if (r == 0)
			err->code = "damage";
		return -1;
	}
	r = sealed_whole(s)->is_segment && sealed_whole(s)->begins == j->begins
		    ? compare(j, plain, s, name, err)
		    : differs(j, 0, name, err);
	sealed_close(s);
	return r;
}

/* --- the steps --------------------------------------------------------------------------------- */

/* The packed form, whole and durable, under its temporary name. */
static int
make_tmp(struct job *j, struct segfile *plain, struct err *err)
{
	struct disk *d = &j->root->disk;
	int r;

	j->fd = d->calls->open(d, j->tmp, DISK_WRITE | DISK_ENSURE, j->root->file_mode);
	if (j->fd < 0)
		return failed(j, "make", j->tmp, err);
	j->at = 0;
	if (d->calls->chmod(d, j->fd, j->root->file_mode) || d->calls->ftruncate(d, j->fd, 0))
		r = failed(j, "make", j->tmp, err);
	else
		r = pack(j, plain, err);
	if (r == 0 && d->calls->fdatasync(d, j->fd))
		r = failed(j, "sync", j->tmp, err);
	d->calls->close(d, j->fd);
	return r;
}

static int
make_sealed(struct job *j, struct segfile *plain, struct err *err)
{
	struct disk *d = &j->root->disk;

	if (make_tmp(j, plain, err) || check(j, plain, j->tmp, err)) {
		d->calls->unlink(d, j->tmp);
		return -1;
	}
	if (d->calls->rename(d, j->tmp, j->sealed))
		return failed(j, "rename", j->tmp, err);
	if (d->calls->fsync_dir(d, "seg"))
		return failed(j, "sync", "seg", err);
	return 0;
}

/*
 * Left by a sealer that died before it unlinked the plain file; perhaps before its rename was durable. A packed form
 * that is not that of this text is made again, if the text is right.
 */
static int
finish_sealed(struct job *j, struct segfile *plain, struct err *err)
{
	struct disk *d = &j->root->disk;

	if (check(j, plain, j->sealed, err))
		return err->kind == ERR_DAMAGE ? make_sealed(j, plain, err) : -1;
	return d->calls->fsync_dir(d, "seg") ? failed(j, "sync", "seg", err) : 0;
}

static int
run(struct job *j, bool is_sealed, struct sealer_result *out, struct err *err)
{
	struct disk *d = &j->root->disk;
	struct segfile plain;
	int r;

	if (segfile_open(&plain, j->root, j->first, DISK_READ, err))
		return -1;
	out->text = segfile_size(&plain, err);
	r = is_sealed ? finish_sealed(j, &plain, err) : make_sealed(j, &plain, err);
	out->bytes = j->bytes;
	segfile_close(&plain);
	if (r == 0 && d->calls->unlink(d, j->plain))
		r = failed(j, "remove", j->plain, err);
	return r;
}

static int
seal(struct root *root, const struct segment_list *list, size_t i, struct sealer_result *out,
	struct err *err)
{
	struct job j = {.root = root, .first = list->items[i].first};
	int r = segment_seed(root, list, i, &j.begins, err);

	snprintf(j.plain, sizeof(j.plain), SEGFILE_PLAIN, (long long)j.first);
	snprintf(j.sealed, sizeof(j.sealed), SEGFILE_SEALED, (long long)j.first);
	snprintf(j.tmp, sizeof(j.tmp), SEALED_TMP, (long long)j.first);
	j.chunk = alloc_get(CHUNK);
	j.other = alloc_get(CHUNK);
	if (r == 0)
		r = run(&j, list->items[i].is_sealed, out, err);
	alloc_free(j.chunk);
	alloc_free(j.other);
	return r == 0 ? 1 : -1;
}

int
sealer_next(struct sealer *s, int64_t from, struct sealer_result *out, struct err *err)
{
	struct segment_list list = {0};
	int r = segment_list_read(&list, s->root, err);

	for (size_t i = 0; i + 1 < list.count && r == 0; i++) {
		if (list.items[i].first < from || !list.items[i].is_plain)
			continue;
		*out = (struct sealer_result){.first = list.items[i].first};
		r = seal(s->root, &list, i, out, err);
	}
	segment_list_release(&list);
	return r;
}

int
sealer_step(struct root *root, struct err *err)
{
	struct sealer_result result;
	struct sealer s;
	int r = sealer_open(&s, root, 0, err);

	if (r != 1)
		return r;
	r = sealer_next(&s, 0, &result, err);
	sealer_close(&s);
	return r;
}
