/* disk: the real one. */
#include "io/disk.h"

#include "io/lockfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIR_MAX 64 /* bytes of a directory's name below the root */

/* The directory that holds name, as a descriptor, and name's last part. The root itself is not duplicated. */
static int
parent(struct disk *d, const char *name, const char **last)
{
	const char *slash = strchr(name, '/');
	char dir[DIR_MAX];

	*last = slash ? slash + 1 : name;
	if (!slash)
		return d->root;
	if ((size_t)(slash - name) >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(dir, name, (size_t)(slash - name));
	dir[slash - name] = '\0';
	return openat(d->root, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void
leave(struct disk *d, int dir)
{
	int saved = errno;

	if (dir >= 0 && dir != d->root)
		close(dir);
	errno = saved;
}

/* A fifo or a device in a file's place is refused; O_NONBLOCK keeps its open from waiting. */
static int
only_regular(int fd)
{
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

/* What has another name as well, maybe outside the root, is not written to. */
static int
only_name(int fd)
{
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && st.st_nlink <= 1))
		return fd;
	close(fd);
	errno = EMLINK;
	return -1;
}

static int
real_open(struct disk *d, const char *name, unsigned flags, unsigned mode)
{
	int how = flags & DISK_WRITE ? O_RDWR : O_RDONLY, dir, fd;
	const char *last;

	if (flags & (DISK_CREATE | DISK_ENSURE))
		how |= O_CREAT | (flags & DISK_CREATE ? O_EXCL : 0);
	dir = parent(d, name, &last);
	if (dir < 0)
		return -1;
	do
		fd = openat(dir, last, how | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	leave(d, dir);
	fd = only_regular(fd);
	return flags & DISK_WRITE ? only_name(fd) : fd;
}

static int
real_close(struct disk *d, int fd)
{
	(void)d;
	return close(fd);
}

static int64_t
real_size(struct disk *d, int fd)
{
	struct stat st;

	(void)d;
	return fstat(fd, &st) ? -1 : (int64_t)st.st_size;
}

static int64_t
real_mode(struct disk *d, int fd)
{
	struct stat st;

	(void)d;
	return fstat(fd, &st) ? -1 : (int64_t)(st.st_mode & 07777);
}

static int
real_chmod(struct disk *d, int fd, unsigned mode)
{
	(void)d;
	return fchmod(fd, mode);
}

static ssize_t
real_pread(struct disk *d, int fd, void *p, size_t n, int64_t at)
{
	ssize_t got;

	(void)d;
	do
		got = pread(fd, p, n, at);
	while (got < 0 && errno == EINTR);
	return got;
}

static ssize_t
real_pwrite(struct disk *d, int fd, const void *p, size_t n, int64_t at)
{
	ssize_t put;

	(void)d;
	do
		put = pwrite(fd, p, n, at);
	while (put < 0 && errno == EINTR);
	return put;
}

static int
real_fsync(struct disk *d, int fd)
{
	int r;

	(void)d;
	do
		r = fsync(fd);
	while (r && errno == EINTR);
	return r;
}

static int
real_ftruncate(struct disk *d, int fd, int64_t size)
{
	int r;

	(void)d;
	do
		r = ftruncate(fd, size);
	while (r && errno == EINTR);
	return r;
}

static int
real_rename(struct disk *d, const char *from, const char *to)
{
	const char *from_last, *to_last;
	int from_dir = parent(d, from, &from_last), to_dir = parent(d, to, &to_last);
	int r = from_dir < 0 || to_dir < 0 ? -1 : renameat(from_dir, from_last, to_dir, to_last);

	leave(d, from_dir);
	leave(d, to_dir);
	return r;
}

static int
real_unlink(struct disk *d, const char *name)
{
	const char *last;
	int dir = parent(d, name, &last);
	int r = dir < 0 ? -1 : unlinkat(dir, last, 0);

	leave(d, dir);
	return r;
}

static int
real_mkdir(struct disk *d, const char *name, unsigned mode)
{
	return mkdirat(d->root, name, mode) || fchmodat(d->root, name, mode, 0) ? -1 : 0;
}

static int
real_fsync_dir(struct disk *d, const char *name)
{
	int fd = openat(d->root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r;

	if (fd < 0)
		return -1;
	do
		r = fsync(fd);
	while (r && errno == EINTR);
	leave(d, fd);
	return r;
}

static int
real_list(struct disk *d, const char *name, disk_list_fn *fn, void *ctx)
{
	int fd = openat(d->root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int saved;

	if (!dir) {
		leave(d, fd);
		return -1;
	}
	for (errno = 0; r == 0 && (e = readdir(dir)); errno = 0)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = fn(ctx, e->d_name);
	if (r == 0 && errno)
		r = -1;
	saved = errno;
	closedir(dir);
	errno = saved;
	return r;
}

static int
real_lock(struct disk *d, int fd, enum disk_lock how, int64_t timeout_ms)
{
	(void)d;
	return lockfile_take(fd, how, timeout_ms);
}

static int
real_unlock(struct disk *d, int fd)
{
	(void)d;
	return lockfile_drop(fd);
}

static int
real_doze(
	struct disk *d, struct bell *b, int fd, uint32_t seen, uint32_t reasons, int64_t timeout_ms)
{
	(void)d;
	return bell_wait(b, fd, seen, reasons, timeout_ms);
}

static void
real_rouse(struct disk *d, struct bell *b, int fd, uint32_t reasons, int count)
{
	(void)d;
	bell_ring(b, fd, reasons, count);
}

static uint64_t
real_boot(struct disk *d)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	uint64_t digits[4] = {0};
	ssize_t n;

	(void)d;
	if (fd < 0)
		return 0;
	n = read(fd, digits, sizeof(digits));
	close(fd);
	return n < (ssize_t)sizeof(digits) ? 0 : digits[0] ^ digits[1] ^ digits[2] ^ digits[3];
}

static int
real_link(struct disk *d, const char *name, struct disk *to, const char *to_name)
{
	const char *last, *to_last;
	int dir = parent(d, name, &last), to_dir = parent(to, to_name, &to_last);
	int r = dir < 0 || to_dir < 0 ? -1 : linkat(dir, last, to_dir, to_last, 0);

	leave(d, dir);
	leave(to, to_dir);
	return r;
}

static const struct disk_calls real = {
	.open = real_open,
	.close = real_close,
	.size = real_size,
	.mode = real_mode,
	.chmod = real_chmod,
	.pread = real_pread,
	.pwrite = real_pwrite,
	.fsync = real_fsync,
	.ftruncate = real_ftruncate,
	.rename = real_rename,
	.unlink = real_unlink,
	.mkdir = real_mkdir,
	.fsync_dir = real_fsync_dir,
	.list = real_list,
	.lock = real_lock,
	.unlock = real_unlock,
	.doze = real_doze,
	.rouse = real_rouse,
	.boot = real_boot,
	.link = real_link,
};

unsigned
disk_default_mode(void)
{
	mode_t mask = umask(022);

	umask(mask);
	return 0777 & ~mask;
}

int
disk_open(struct disk *d, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	*d = (struct disk){&real, fd};
	return 0;
}

void
disk_close(struct disk *d)
{
	if (d->root >= 0)
		close(d->root);
}

static int
standard_input(void)
{
	if (lseek(0, 0, SEEK_CUR) == 0)
		return fcntl(0, F_DUPFD_CLOEXEC, 3);
	errno = EINVAL;
	return -1;
}

int
disk_open_file(struct disk *d, const char *path)
{
	struct stat st;

	*d = (struct disk){&real, -1};
	if (strcmp(path, "-") == 0)
		return only_regular(standard_input());
	/* A fifo is not even opened: its writer would see it closed. */
	if (stat(path, &st))
		return -1;
	if (S_ISREG(st.st_mode))
		return only_regular(open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
	errno = EINVAL;
	return -1;
}

int
disk_make(const char *path, unsigned mode)
{
	if (mkdir(path, mode))
		return errno == EEXIST ? 0 : -1;
	return chmod(path, mode);
}

ssize_t
disk_read(struct disk *d, int fd, void *p, size_t n, int64_t at)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got =
			d->calls->pread(d, fd, (char *)p + done, n - done, at + (int64_t)done);

		if (got < 0)
			return -1;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

int
disk_write(struct disk *d, int fd, const void *p, size_t n, int64_t at)
{
	for (size_t done = 0; done < n;) {
		ssize_t put = d->calls->pwrite(
			d, fd, (const char *)p + done, n - done, at + (int64_t)done);

		if (put <= 0)
			return -1;
		done += (size_t)put;
	}
	return 0;
}

int
disk_link(struct disk *d, const char *name, struct disk *to, const char *to_name)
{
	if (d->calls == to->calls && d->calls->link)
		return d->calls->link(d, name, to, to_name);
	errno = EXDEV;
	return -1;
}

int64_t
disk_size(struct disk *d, const char *name)
{
	int fd = d->calls->open(d, name, DISK_READ, 0);
	int64_t size;

	if (fd < 0)
		return -1;
	size = d->calls->size(d, fd);
	d->calls->close(d, fd);
	return size;
}
