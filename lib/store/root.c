/* root: making and opening a store's directory. */
#include "store/root.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/when.h"
#include "event/build.h"
#include "store/trailer.h"
#include "json/doc.h"
#include "json/find.h"

#include <errno.h>

#define INIT_TIMEOUT_MS 10000

const char *
root_path(const char *path, struct err *err)
{
	if (!path || !*path)
		path = getenv("EV_STORE");
	if (path && *path)
		return path;
	err_usage(err, "no store named: give --store DIR or set EV_STORE");
	return NULL;
}

static int
make_dir(struct disk *d, const char *path, const char *name, unsigned mode, struct err *err)
{
	if (d->calls->mkdir(d, name, mode) && errno != EEXIST)
		return err_system(err, "cannot make '%s/%s'", path, name);
	return 0;
}

/* Opens or makes a file whose mode is exact, whatever the umask. */
static int
make_file(struct disk *d, const char *path, const char *name, unsigned mode, struct err *err)
{
	int fd = d->calls->open(d, name, DISK_WRITE | DISK_ENSURE, mode);

	if (fd >= 0 && d->calls->chmod(d, fd, mode) == 0)
		return fd;
	err_system(err, "cannot make '%s/%s'", path, name);
	if (fd >= 0)
		d->calls->close(d, fd);
	return -1;
}

static bool
exists(struct disk *d, const char *name)
{
	int fd = d->calls->open(d, name, DISK_READ, 0);

	if (fd >= 0)
		d->calls->close(d, fd);
	return fd >= 0 || errno != ENOENT;
}

uint64_t
root_format_put(struct buf *b, int64_t roll_bytes)
{
	char id[BUILD_ID_MAX], now[WHEN_MAX];
	struct uuid_pool pool = {0};

	build_id_v4(&pool, id);
	when_put(now, clock_wall_ms());
	buf_print(b, "{\"format\":1,\"id\":\"%s\",\"created\":\"%s\",\"segmentBytes\":%lld", id,
		now, (long long)roll_bytes);
	buf_print(b, ",\"$sum\":\"%016llx\"}\n", (unsigned long long)hash_bytes(buf_view(b)));
	return hash_bytes(span_str(id));
}

static int
write_format(struct disk *d, const char *path, const struct root_conf *conf, struct err *err)
{
	int fd = make_file(d, path, "FORMAT.tmp", conf->mode & 0666, err), r = -1;
	struct buf b;

	if (fd < 0)
		return -1;
	buf_init(&b, ROOT_FORMAT_MAX);
	root_format_put(&b, conf->roll_bytes);
	if (d->calls->ftruncate(d, fd, 0) || disk_write(d, fd, b.p, b.n, 0) ||
		d->calls->fsync(d, fd) || d->calls->rename(d, "FORMAT.tmp", "FORMAT") ||
		d->calls->fsync_dir(d, "."))
		err_system(err, "cannot write '%s/FORMAT'", path);
	else
		r = 0;
	d->calls->close(d, fd);
	buf_release(&b);
	return r;
}

/* What else may stand in a directory that becomes a store: what an interrupted init left. */
static int
foreign(void *ctx, const char *name)
{
	static const char *const ours[] = {
		"FORMAT", "FORMAT.tmp", "lock", "lock.sync", "head", "seg"};

	(void)ctx;
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (strcmp(name, ours[i]) == 0)
			return 0;
	return 1;
}

static int
any(void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return 1;
}

/*
 * Without FORMAT there is no store; but segments are not for another one: lines are chained to the id in FORMAT. A backup
 * that is not whole has FORMAT.tmp, a salvage no head.
 */
static int
check_empty(struct disk *d, const char *path, struct err *err)
{
	int r = d->calls->list(d, "seg", any, NULL);

	if (r > 0 && exists(d, "head") && !exists(d, "FORMAT.tmp"))
		return err_set(err, ERR_DAMAGE, "format", -1,
			"'%s' has segments, but FORMAT is missing: bring it back from a backup",
			path);
	if (r > 0)
		return err_usage(
			err, "'%s' is no whole store yet: run again what was making it", path);
	return r < 0 && errno != ENOENT ? err_system(err, "cannot list '%s/seg'", path) : 0;
}

/* Files that every writer needs are there from the beginning, with the mode of the store. */
static int
make_empty(struct disk *d, const char *path, const char *name, unsigned mode, struct err *err)
{
	int fd = make_file(d, path, name, mode, err);

	if (fd < 0)
		return -1;
	d->calls->close(d, fd);
	return 0;
}

static int
fill(struct disk *d, const char *path, const struct root_conf *conf, struct err *err)
{
	unsigned files = conf->mode & 0666;
	int lock = make_file(d, path, "lock", files, err), r = -1;

	if (lock < 0)
		return -1;
	if (d->calls->lock(d, lock, DISK_EXCLUSIVE, INIT_TIMEOUT_MS))
		err_system(err, "cannot lock '%s/lock'", path);
	else if (exists(d, "FORMAT"))
		r = 0;
	else if (check_empty(d, path, err) == 0 &&
		 make_empty(d, path, "lock.sync", files, err) == 0 &&
		 make_empty(d, path, "head", files, err) == 0 &&
		 make_dir(d, path, "seg", conf->mode, err) == 0)
		r = write_format(d, path, conf, err);
	d->calls->close(d, lock);
	return r;
}

int
root_create_on(struct disk *d, const char *path, const struct root_conf *conf, struct err *err)
{
	struct root_conf c = *conf;
	int other;

	if (exists(d, "FORMAT"))
		return 0;
	other = d->calls->list(d, ".", foreign, NULL);
	if (other < 0)
		return err_system(err, "cannot list '%s'", path);
	if (other)
		return err_usage(err, "'%s' is not empty and no store", path);
	c.mode = c.mode ? c.mode : disk_default_mode();
	c.roll_bytes = c.roll_bytes ? c.roll_bytes : ROOT_ROLL_BYTES;
	return fill(d, path, &c, err);
}

int
root_create(const char *path, const struct root_conf *conf, struct err *err)
{
	struct disk d;
	int r;

	path = root_path(path, err);
	if (!path)
		return -1;
	if (disk_make(path, conf->mode ? conf->mode : disk_default_mode()) || disk_open(&d, path))
		return err_system(err, "cannot make '%s'", path);
	r = root_create_on(&d, path, conf, err);
	disk_close(&d);
	return r;
}

/*
 * Without its sum a damaged id would pass for that of another store, and all lines for what a write has left unfinished. The
 * first stores have none.
 */
static bool
is_whole(struct span text)
{
	struct span line = span_trim(text);
	uint64_t sum;

	return !trailer_sum(line, &sum) || trailer_holds(line, sum, 0);
}

/* "format" must be 1; the seed comes from "id"; "segmentBytes" may be missing. */
static int
read_format(struct root *r, struct span text, struct err *err)
{
	struct doc d;
	struct span format, id, bytes;
	int ok;

	if (!is_whole(text))
		return err_set(err, ERR_DAMAGE, "format", -1,
			"'%s/FORMAT' is damaged: bring it back from a backup", r->path);
	doc_init(&d, DOC_KERNEL_BEST);
	ok = doc_parse(&d, text, err) == 0;
	if (ok) {
		format = doc_span(&d, find_member(&d, 0, SPAN("format")));
		id = doc_span(&d, find_member(&d, 0, SPAN("id")));
		bytes = doc_span(&d, find_member(&d, 0, SPAN("segmentBytes")));
		ok = span_is(format, "1") && id.n > 2;
		if (ok)
			r->seed = hash_bytes(span_of(id.p + 1, id.n - 2));
		if (num_i64(bytes, &r->roll_bytes) || r->roll_bytes < 1 ||
			r->roll_bytes > ROOT_ROLL_MAX)
			r->roll_bytes = ROOT_ROLL_BYTES;
	}
	doc_release(&d);
	if (ok)
		return 0;
	return err_set(err, ERR_DAMAGE, "format", -1, "'%s/FORMAT' is not of format 1", r->path);
}

static int
load_format(struct root *r, struct err *err)
{
	int fd = r->disk.calls->open(&r->disk, "FORMAT", DISK_READ, 0), result = -1;
	char text[ROOT_FORMAT_MAX + BUF_PAD];
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return check_empty(&r->disk, r->path, err)
			       ? -1
			       : err_usage(err, "no store in '%s': make one with ev-store init",
					 r->path);
	if (fd < 0)
		return err_system(err, "cannot open '%s/FORMAT'", r->path);
	n = disk_read(&r->disk, fd, text, ROOT_FORMAT_MAX, 0);
	if (n < 0)
		err_system(err, "cannot read '%s/FORMAT'", r->path);
	else
		result = read_format(r, span_of(text, (size_t)n), err);
	r->file_mode = (unsigned)r->disk.calls->mode(&r->disk, fd) & 0666;
	r->disk.calls->close(&r->disk, fd);
	return result;
}

int
root_open_on(struct root *r, struct disk disk, const char *path, struct err *err)
{
	*r = (struct root){.disk = disk, .path = alloc_string(path)};
	r->boot = disk.calls->boot(&disk);
	if (load_format(r, err) == 0)
		return 0;
	alloc_free(r->path);
	return -1;
}

int
root_open(struct root *r, const char *path, struct err *err)
{
	struct disk d;

	path = root_path(path, err);
	if (!path)
		return -1;
	if (disk_open(&d, path)) {
		if (errno == ENOENT || errno == ENOTDIR)
			return err_usage(
				err, "no store in '%s': make one with ev-store init", path);
		return err_system(err, "cannot open '%s'", path);
	}
	if (root_open_on(r, d, path, err) == 0)
		return 0;
	disk_close(&d);
	return -1;
}

void
root_close(struct root *r)
{
	disk_close(&r->disk);
	alloc_free(r->path);
}
