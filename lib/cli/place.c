/* place: openat with O_NOFOLLOW. */
#include "cli/place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLAGS (O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

int
place_open(const char *dir, struct err *err)
{
	int fd;

	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return err_system(err, "%s", dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_system(err, "%s", dir) : fd;
}

/* The directory that holds the file: dir itself, or dir/TOPIC. errno on failure. */
static int
open_holder(int dir, const char *topic, bool make)
{
	int fd = openat(dir, topic, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT || !make)
		return fd;
	if (mkdirat(dir, topic, 0777) != 0 && errno != EEXIST)
		return -1;
	return openat(dir, topic, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool
is_fifo_at(int dir, const char *file)
{
	struct stat st;

	return fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISFIFO(st.st_mode);
}

/* 0, or an error number; ELOOP stands for whatever is no file and no fifo. */
static int
open_file(int dir, const char *file, int create, struct place *out)
{
	int fd = openat(dir, file, FLAGS | create, 0666);
	struct stat st;

	if (fd < 0 && errno == ENXIO && is_fifo_at(dir, file)) {
		*out = (struct place){.fd = -1, .is_fifo = true};
		return 0;
	}
	if (fd < 0)
		return errno;
	if (fstat(fd, &st) != 0 || !(S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode))) {
		close(fd);
		return ELOOP;
	}
	fcntl(fd, F_SETFL, O_APPEND); /* blocking again; the description is ours alone */
	*out = (struct place){.fd = fd, .is_fifo = S_ISFIFO(st.st_mode)};
	return 0;
}

static int
open_at(int dir, const char *topic, int64_t partition, int create, struct place *out)
{
	char file[ERR_TEXT_MAX];
	int failed, holder = dir;

	if (partition < 0)
		snprintf(file, sizeof file, "%s" PLACE_SUFFIX, topic);
	else
		snprintf(file, sizeof file, "%lld" PLACE_SUFFIX, (long long)partition);
	if (partition >= 0)
		holder = open_holder(dir, topic, create != 0);
	if (holder < 0)
		return errno;
	failed = open_file(holder, file, create, out);
	if (holder != dir)
		close(holder);
	return failed;
}

int
place_open_topic(int dir, const char *topic, int64_t partition, const char *name, struct place *out,
	struct err *err)
{
	int failed = open_at(dir, topic, partition, O_CREAT, out);

	if (!failed)
		return 0;
	if (failed == ELOOP || failed == ENOTDIR)
		return err_set(err, ERR_SYSTEM, "sink", -1,
			"%s: not a regular file or fifo (symbolic links are not followed)", name);
	errno = failed;
	return err_system(err, "%s", name);
}

int
place_open_fifo(int dir, const char *topic, int64_t partition)
{
	struct place place;

	if (open_at(dir, topic, partition, 0, &place))
		return -1;
	if (place.is_fifo || place.fd < 0)
		return place.fd;
	close(place.fd);
	return -1;
}
