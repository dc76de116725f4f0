/* segfile: opening and reading the text of a segment, plain or sealed. */
#include "store/segfile.h"

#include "store/sealed.h"

#include <errno.h>

static int
failed(const struct segfile *f, const char *what, struct err *err)
{
	int saved = errno;

	err_system(
		err, "cannot %s '%s/seg/%020lld.ndjson'", what, f->root->path, (long long)f->first);
	if (saved == ENOENT)
		err->code = "gone";
	else if (saved == EEXIST)
		err->code = "exists";
	return -1;
}

static int
wrong_segment(struct segfile *f, const char *name, struct err *err)
{
	const struct note_whole *w = sealed_whole(f->sealed);

	if (w->is_segment && w->first == f->first)
		return 0;
	segfile_close(f);
	return err_set(err, ERR_DAMAGE, "damage", -1, "%s: it is another segment or none", name);
}

/* Fills name; the descriptor, or -1. */
static int
open_packed(struct segfile *f, struct root *r, int64_t first, char name[SEGFILE_NAME_MAX],
	struct err *err)
{
	int fd;

	*f = (struct segfile){.root = r, .first = first, .fd = -1};
	snprintf(name, SEGFILE_NAME_MAX, SEGFILE_SEALED, (long long)first);
	fd = r->disk.calls->open(&r->disk, name, DISK_READ, 0);
	return fd < 0 ? failed(f, "open", err) : fd;
}

int
segfile_open_sealed(struct segfile *f, struct root *r, int64_t first, struct err *err)
{
	char name[SEGFILE_NAME_MAX];
	int fd = open_packed(f, r, first, name, err), is_open;

	if (fd < 0)
		return -1;
	is_open = sealed_open(&f->sealed, &r->disk, fd, name, err);
	if (is_open == 1) {
		f->fd = fd;
		return wrong_segment(f, name, err);
	}
	if (is_open == 0)
		err->code = "damage";
	return -1;
}

int
segfile_rescue(struct segfile *f, struct root *r, int64_t first, struct err *err)
{
	char name[SEGFILE_NAME_MAX];
	int fd = open_packed(f, r, first, name, err);

	if (fd < 0 || sealed_rescue(&f->sealed, &r->disk, fd, name, err) != 1)
		return -1;
	f->fd = fd;
	return 0;
}

int
segfile_open(struct segfile *f, struct root *r, int64_t first, unsigned flags, struct err *err)
{
	struct disk *d = &r->disk;
	char name[SEGFILE_NAME_MAX];

	*f = (struct segfile){.root = r, .first = first};
	snprintf(name, sizeof(name), SEGFILE_PLAIN, (long long)first);
	f->fd = d->calls->open(d, name, flags, r->file_mode);
	if (f->fd < 0 && errno == ENOENT && !(flags & DISK_WRITE))
		return segfile_open_sealed(f, r, first, err);
	if (f->fd < 0)
		return failed(f, "open", err);
	if (flags & DISK_CREATE)
		d->calls->chmod(d, f->fd, r->file_mode);
	return 0;
}

void
segfile_close(struct segfile *f)
{
	if (f->sealed)
		sealed_close(f->sealed);
	else if (f->fd >= 0)
		f->root->disk.calls->close(&f->root->disk, f->fd);
	f->fd = -1;
	f->sealed = NULL;
}

ssize_t
segfile_read(struct segfile *f, void *p, size_t n, int64_t at, struct err *err)
{
	ssize_t got;

	if (f->sealed)
		return sealed_read(f->sealed, p, n, at, err);
	got = disk_read(&f->root->disk, f->fd, p, n, at);
	return got < 0 ? failed(f, "read", err) : got;
}

int64_t
segfile_size(struct segfile *f, struct err *err)
{
	int64_t size;

	if (f->sealed)
		return sealed_size(f->sealed);
	size = f->root->disk.calls->size(&f->root->disk, f->fd);
	return size < 0 ? failed(f, "read", err) : size;
}
