/* shed: a copy that is durable before the original is cut. */
#include "store/shed.h"

#include <errno.h>

static int
copy(struct root *r, struct segfile *file, int64_t from, int64_t size, int fd, struct err *err)
{
	struct disk *d = &r->disk;
	int64_t to = d->calls->size(d, fd);
	char block[16384];

	while (to >= 0 && from < size) {
		size_t want = (size_t)MIN((int64_t)sizeof(block), size - from);
		ssize_t n = segfile_read(file, block, want, from, err);

		if (n <= 0)
			return n < 0 ? -1 : 0;
		if (disk_write(d, fd, block, (size_t)n, to))
			to = -1;
		from += n;
		to += n;
	}
	return to < 0 ? err_system(err, "cannot write '%s/lost'", r->path) : 0;
}

int
shed(struct root *r, struct segfile *file, const struct place *at, int64_t size,
	char name[SHED_NAME_MAX], struct err *err)
{
	struct disk *d = &r->disk;
	int fd, result;

	snprintf(name, SHED_NAME_MAX, "lost/%020lld.ndjson", (long long)at->pos);
	if (d->calls->mkdir(d, "lost", root_dir_mode(r)) && errno != EEXIST)
		return err_system(err, "cannot make '%s/lost'", r->path);
	fd = d->calls->open(d, name, DISK_WRITE | DISK_ENSURE, r->file_mode);
	if (fd < 0)
		return err_system(err, "cannot open '%s/%s'", r->path, name);
	d->calls->chmod(d, fd, r->file_mode); /* whatever the umask */
	result = copy(r, file, at->offset, size, fd, err);
	if (result == 0 && (d->calls->fsync(d, fd) || d->calls->fsync_dir(d, "lost") ||
				   d->calls->fsync_dir(d, ".")))
		result = err_system(err, "cannot write '%s/%s'", r->path, name);
	d->calls->close(d, fd);
	return result;
}
