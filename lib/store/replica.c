/* replica: files made whole, one after the other. */
#include "store/replica.h"

#include "base/alloc.h"

#include <errno.h>

#define TMP "copy.tmp"
#define BLOCK ((size_t)256 << 10)
#define NAME_MAX_BYTES 320

static int
failed(const struct replica *r, const char *what, const char *name, struct err *err)
{
	return err_system(err, "cannot %s '%s/%s'", what, r->path, name);
}

static int
foreign(void *ctx, const char *name)
{
	static const char *const ours[] = {"FORMAT", "FORMAT.tmp", "lock", "lock.sync", "lock.seal",
		"lock.index", "head", "ring", "seg", "lost", "index", "retired", "consumers", TMP};

	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (strcmp(name, ours[i]) == 0) {
			if (i == 0)
				*(bool *)ctx = true;
			return 0;
		}
	return 1;
}

static int
check_names(struct replica *r, struct err *err)
{
	int other = r->disk.calls->list(&r->disk, ".", foreign, &r->is_store);

	if (other < 0)
		return err_system(err, "cannot list '%s'", r->path);
	return other ? err_usage(err, "'%s' is not empty and no store", r->path) : 0;
}

static int
lock(struct replica *r, struct err *err)
{
	struct disk *d = &r->disk;

	r->lock_fd = d->calls->open(d, "lock", DISK_WRITE | DISK_ENSURE, r->file_mode);
	if (r->lock_fd < 0 || d->calls->chmod(d, r->lock_fd, r->file_mode))
		return failed(r, "make", "lock", err);
	if (d->calls->lock(d, r->lock_fd, DISK_EXCLUSIVE, 0) == 0)
		return 0;
	if (errno == EAGAIN)
		return err_set(err, ERR_SYSTEM, "lock", -1, "'%s' is being written", r->path);
	return failed(r, "lock", "lock", err);
}

int
replica_open_on(
	struct replica *r, struct disk disk, const char *path, unsigned dir_mode, struct err *err)
{
	*r = (struct replica){.disk = disk,
		.path = alloc_string(path),
		.dir_mode = dir_mode,
		.file_mode = dir_mode & 0666,
		.fd = -1,
		.lock_fd = -1};
	/* Once more with the lock: somebody may have finished a store there meanwhile. */
	if (check_names(r, err) == 0 && lock(r, err) == 0 && check_names(r, err) == 0)
		return 0;
	if (r->lock_fd >= 0)
		disk.calls->close(&disk, r->lock_fd);
	alloc_free(r->path);
	return -1;
}

int
replica_open(struct replica *r, const char *path, unsigned dir_mode, struct err *err)
{
	struct disk d;

	if (disk_make(path, dir_mode) || disk_open(&d, path))
		return err_system(err, "cannot make '%s'", path);
	if (replica_open_on(r, d, path, dir_mode, err) == 0)
		return 0;
	disk_close(&d);
	return -1;
}

void
replica_close(struct replica *r)
{
	replica_drop(r);
	r->disk.calls->close(&r->disk, r->lock_fd);
	disk_close(&r->disk);
	alloc_free(r->path);
}

int
replica_dir(struct replica *r, const char *name, struct err *err)
{
	struct disk *d = &r->disk;

	if (d->calls->mkdir(d, name, r->dir_mode) && errno != EEXIST)
		return failed(r, "make", name, err);
	if (d->calls->fsync_dir(d, "."))
		return failed(r, "sync", ".", err);
	/* A copy that was broken off may have named files there that are not durable. */
	return d->calls->fsync_dir(d, name) ? failed(r, "sync", name, err) : 0;
}

int
replica_begin(struct replica *r, struct err *err)
{
	struct disk *d = &r->disk;

	replica_drop(r);
	/* What an earlier run left may be a link to a file that is not ours to write. */
	if (d->calls->unlink(d, TMP) && errno != ENOENT)
		return failed(r, "remove", TMP, err);
	r->fd = d->calls->open(d, TMP, DISK_WRITE | DISK_CREATE, r->file_mode);
	if (r->fd < 0 || d->calls->chmod(d, r->fd, r->file_mode))
		return failed(r, "make", TMP, err);
	return 0;
}

int
replica_add(struct replica *r, struct span bytes, int64_t at, struct err *err)
{
	return disk_write(&r->disk, r->fd, bytes.p, bytes.n, at) ? failed(r, "write", TMP, err) : 0;
}

/* The directory that a name is in. */
static const char *
parent(const char *name, char out[32])
{
	const char *slash = strchr(name, '/');

	snprintf(out, 32, "%.*s", slash ? (int)(slash - name) : 1, slash ? name : ".");
	return out;
}

static void
staged_name(char out[NAME_MAX_BYTES], const char *name)
{
	snprintf(out, NAME_MAX_BYTES, "%.300s" REPLICA_STAGED, name);
}

static int
place(struct replica *r, const char *name, struct err *err)
{
	struct disk *d = &r->disk;
	char dir[32], staged[NAME_MAX_BYTES];

	staged_name(staged, name);
	if (d->calls->rename(d, TMP, r->stages ? staged : name) ||
		d->calls->fsync_dir(d, parent(name, dir)))
		return failed(r, "write", name, err);
	return 0;
}

int
replica_end(struct replica *r, const char *name, struct err *err)
{
	struct disk *d = &r->disk;
	int bad = d->calls->fsync(d, r->fd);

	bad = d->calls->close(d, r->fd) || bad;
	r->fd = -1;
	return bad ? failed(r, "write", name, err) : place(r, name, err);
}

void
replica_drop(struct replica *r)
{
	if (r->fd >= 0)
		r->disk.calls->close(&r->disk, r->fd);
	r->fd = -1;
}

int
replica_put(struct replica *r, const char *name, struct span bytes, struct err *err)
{
	if (replica_begin(r, err) || replica_add(r, bytes, 0, err))
		return -1;
	return replica_end(r, name, err);
}

static int
copy_bytes(struct replica *r, struct root *root, int fd, const char *name, int64_t bytes,
	struct err *err)
{
	char *block = alloc_get(BLOCK);
	int result = 0;

	for (int64_t at = 0; at < bytes && result == 0;) {
		size_t want = (size_t)MIN((int64_t)BLOCK, bytes - at);
		ssize_t n = disk_read(&root->disk, fd, block, want, at);

		if (n < 0)
			result = err_system(err, "cannot read '%s/%s'", root->path, name);
		else if ((size_t)n < want)
			result = err_set(err, ERR_SYSTEM, "store", -1,
				"'%s/%s' is shorter than it was", root->path, name);
		else
			result = replica_add(r, span_of(block, want), at, err);
		at += n;
	}
	alloc_free(block);
	return result;
}

int
replica_copy(struct replica *r, struct root *root, const char *name, int64_t bytes, struct err *err)
{
	struct disk *d = &root->disk;
	int fd = d->calls->open(d, name, DISK_READ, 0), result = -1;

	if (fd < 0) {
		err_system(err, "cannot open '%s/%s'", root->path, name);
		if (errno == ENOENT)
			err->code = "gone";
		return -1;
	}
	if (replica_begin(r, err) == 0 && copy_bytes(r, root, fd, name, bytes, err) == 0)
		result = replica_end(r, name, err);
	d->calls->close(d, fd);
	return result;
}

int
replica_link(struct replica *r, struct root *root, const char *name, int64_t bytes, bool *is_copy,
	struct err *err)
{
	struct disk *d = &r->disk;

	replica_drop(r);
	if (d->calls->unlink(d, TMP) && errno != ENOENT)
		return failed(r, "remove", TMP, err);
	*is_copy = disk_link(&root->disk, name, d, TMP) != 0;
	return *is_copy ? replica_copy(r, root, name, bytes, err) : place(r, name, err);
}

/* A file that grows here grows there. */
int
replica_is(struct replica *r, struct root *root, struct err *err)
{
	int64_t before, after;

	if (replica_begin(r, err))
		return -1;
	before = disk_size(&root->disk, TMP);
	if (replica_add(r, SPAN("?"), 0, err))
		return -1;
	after = disk_size(&root->disk, TMP);
	replica_drop(r);
	if (r->disk.calls->unlink(&r->disk, TMP))
		return failed(r, "remove", TMP, err);
	return after != before;
}

int
replica_remove(struct replica *r, const char *name, struct err *err)
{
	struct disk *d = &r->disk;
	char dir[32];

	if (d->calls->unlink(d, name) && errno != ENOENT)
		return failed(r, "remove", name, err);
	return d->calls->fsync_dir(d, parent(name, dir)) ? failed(r, "sync", dir, err) : 0;
}

int64_t
replica_size(struct replica *r, const char *name)
{
	return disk_size(&r->disk, name);
}

int64_t
replica_staged(struct replica *r, const char *name)
{
	char staged[NAME_MAX_BYTES];

	staged_name(staged, name);
	return disk_size(&r->disk, staged);
}

int
replica_unstage(struct replica *r, const char *name, struct err *err)
{
	struct disk *d = &r->disk;
	char staged[NAME_MAX_BYTES];

	staged_name(staged, name);
	if (d->calls->rename(d, staged, name) && errno != ENOENT)
		return failed(r, "write", name, err);
	return 0;
}

int
replica_sync(struct replica *r, const char *dir, struct err *err)
{
	return r->disk.calls->fsync_dir(&r->disk, dir) ? failed(r, "sync", dir, err) : 0;
}
