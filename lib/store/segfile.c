/* segfile: opening and reading the text of a segment. */
#include "store/segfile.h"

#include <errno.h>

static int
failed(const struct segfile *f, const char *what, struct err *err)
{
	err_system(
		err, "cannot %s '%s/seg/%020lld.ndjson'", what, f->root->path, (long long)f->first);
	if (errno == ENOENT)
		err->code = "gone";
	return -1;
}

int
segfile_open(struct segfile *f, struct root *r, int64_t first, unsigned flags, struct err *err)
{
	struct disk *d = &r->disk;
	char name[SEGFILE_NAME_MAX];

	*f = (struct segfile){.root = r, .first = first};
	snprintf(name, sizeof(name), "seg/%020lld.ndjson", (long long)first);
	f->fd = d->calls->open(d, name, flags, r->file_mode);
	if (f->fd < 0)
		return failed(f, "open", err);
	if (flags & DISK_CREATE)
		d->calls->chmod(d, f->fd, r->file_mode);
	return 0;
}

void
segfile_close(struct segfile *f)
{
	if (f->fd >= 0)
		f->root->disk.calls->close(&f->root->disk, f->fd);
	f->fd = -1;
}

ssize_t
segfile_read(struct segfile *f, void *p, size_t n, int64_t at, struct err *err)
{
	ssize_t got = disk_read(&f->root->disk, f->fd, p, n, at);

	return got < 0 ? failed(f, "read", err) : got;
}

int64_t
segfile_size(struct segfile *f, struct err *err)
{
	int64_t size = f->root->disk.calls->size(&f->root->disk, f->fd);

	return size < 0 ? failed(f, "read", err) : size;
}
