/* tail: inotify to wake up, stat to know. */
#include "io/tail.h"

#include "base/alloc.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MASK (IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
#define DIR_MASK (IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR)
#define EVENTS_BYTES 16384

int
tail_init(struct tail *t, struct err *err)
{
	t->changes = 0;
	t->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return t->fd < 0 ? err_system(err, "inotify") : 0;
}

void
tail_release(struct tail *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

int
tail_directory(struct tail *t, const char *dir, struct err *err)
{
	if (inotify_add_watch(t->fd, dir, DIR_MASK) < 0)
		return err_system(err, "cannot watch directory '%s'", dir);
	return 0;
}

int
tail_directory_of(struct tail *t, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *dir = !slash ? alloc_string(".")
			   : alloc_terminated(path, slash == path ? 1 : (size_t)(slash - path));
	int r = tail_directory(t, dir, err);

	alloc_free(dir);
	return r;
}

int
tail_file(struct tail *t, const char *path)
{
	return inotify_add_watch(t->fd, path, FILE_MASK);
}

void
tail_forget(struct tail *t, int watch)
{
	if (watch >= 0)
		inotify_rm_watch(t->fd, watch);
}

bool
tail_drain(struct tail *t)
{
	_Alignas(struct inotify_event) char events[EVENTS_BYTES];
	bool has_name = false;
	ssize_t n;

	while ((n = read(t->fd, events, sizeof(events))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const void *)(events + at);

			has_name |= e->len > 0 || (e->mask & IN_Q_OVERFLOW);
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	}
	t->changes += has_name;
	return has_name;
}

enum tail_state
tail_look(const char *path, int fd, int64_t position)
{
	struct stat name, file;
	bool exists = stat(path, &name) == 0 && S_ISREG(name.st_mode);

	if (fstat(fd, &file) != 0)
		return TAIL_SAME;
	if (exists && (name.st_dev != file.st_dev || name.st_ino != file.st_ino))
		return TAIL_REPLACED;
	return file.st_size < position ? TAIL_CUT : TAIL_SAME;
}
