/* durable: write, fsync, rename, fsync the directory. */
#include "io/durable.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES ((size_t)4096)

/* The directory part of path as an open descriptor. */
static int
open_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = !slash ? alloc_string(".")
			   : alloc_terminated(path, slash == path ? 1 : (size_t)(slash - path));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	alloc_free(dir);
	return fd;
}

static int
write_all(int fd, struct span s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			s = span_of(s.p + n, s.n - (size_t)n);
	}
	return 0;
}

/* Writes the new content beside the old one. errno tells what failed. */
static int
write_beside(int dir, const char *name, struct span content, bool sync)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
	int failed;

	if (fd < 0)
		return -1;
	failed = write_all(fd, content) || (sync && fsync(fd) != 0) ? errno : 0;
	if (close(fd) != 0 && !failed)
		failed = errno;
	errno = failed;
	return failed ? -1 : 0;
}

/* A device, fifo or directory that has the name would be lost, or cannot be replaced. */
static bool
may_replace(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return true;
	return S_ISREG(st.st_mode) || S_ISLNK(st.st_mode);
}

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The directory, when path may be replaced as far as its name says; -1. */
static int
begin(const char *path, struct err *err)
{
	const char *name = name_of(path);
	int dir;

	if (*name == '\0')
		return err_usage(err, "'%s' is no name of a file", path);
	dir = open_directory(path);
	if (dir < 0)
		return err_system(err, "%s", path);
	if (may_replace(dir, name))
		return dir;
	close(dir);
	return err_usage(err, "%s: not a regular file", path);
}

/* Where the new content is written: ".NAME.tmp". */
static void
name_beside(struct buf *tmp, const char *path)
{
	buf_init(tmp, PATH_BYTES);
	buf_print(tmp, ".%s.tmp", name_of(path));
	buf_putc(tmp, '\0');
	if (tmp->over)
		errno = ENAMETOOLONG;
}

/* Can a file be made there? One that is there already was made by somebody. */
static int
try_beside(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);

	if (fd < 0)
		return errno == EEXIST ? 0 : -1;
	close(fd);
	return unlinkat(dir, name, 0);
}

int
durable_check(const char *path, struct err *err)
{
	int dir = begin(path, err), r = 0;
	struct stat st;
	struct buf tmp;

	if (dir < 0)
		return -1;
	name_beside(&tmp, path);
	if (fstatat(dir, name_of(path), &st, 0) == 0 && !S_ISREG(st.st_mode))
		r = err_usage(err, "%s: not a regular file", path);
	else if (tmp.over || try_beside(dir, tmp.p))
		r = err_system(err, "%s", path);
	buf_release(&tmp);
	close(dir);
	return r;
}

int
durable_replace(const char *path, struct span content, bool sync, struct err *err)
{
	const char *name = name_of(path);
	int dir = begin(path, err), r = 0;
	struct buf tmp;

	if (dir < 0)
		return -1;
	name_beside(&tmp, path);
	if (tmp.over || write_beside(dir, tmp.p, content, sync) ||
		renameat(dir, tmp.p, dir, name) != 0 || (sync && fsync(dir) != 0)) {
		r = err_system(err, "%s", path);
		if (!tmp.over)
			unlinkat(dir, tmp.p, 0);
	}
	buf_release(&tmp);
	close(dir);
	return r;
}

int
durable_open_append(const char *path, struct err *err)
{
	struct stat st;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);

	if (fd < 0)
		return err_system(err, "%s", path);
	if (fstat(fd, &st) == 0 &&
		(S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)))
		return fd;
	close(fd);
	return err_usage(err, "%s: not a regular file, fifo or character device", path);
}

static int
read_all(int fd, const char *path, size_t max, struct buf *b, struct err *err)
{
	for (;;) {
		ssize_t n;

		/* One byte more than allowed tells a file at the limit from one past it. */
		if (!buf_room(b, MIN(max + 1 - b->n, (size_t)64 << 10)))
			return err_data(err, "size", -1, "%s: larger than %zu bytes", path, max);
		n = read(fd, b->p + b->n, MIN(b->cap - b->n, max + 1 - b->n));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_system(err, "%s", path);
		if (n == 0)
			return 0;
		b->n += (size_t)n;
		if (b->n > max)
			return err_data(err, "size", -1, "%s: larger than %zu bytes", path, max);
	}
}

/* A name that leads to no file is the caller's mistake, as in reader_open. */
static int
cannot_open(const char *path, struct err *err)
{
	bool is_mistake =
		errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENAMETOOLONG;

	err_system(err, "%s", path);
	if (is_mistake)
		err->kind = ERR_USAGE;
	return -1;
}

int
durable_read(const char *path, size_t max, char **content, size_t *n, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), r;
	struct buf b;

	if (fd < 0)
		return cannot_open(path, err);
	buf_init(&b, max + 2);
	r = read_all(fd, path, max, &b, err);
	close(fd);
	if (r) {
		buf_release(&b);
		return -1;
	}
	buf_putc(&b, '\0');
	*n = b.n - 1;
	*content = b.p;
	return 0;
}
