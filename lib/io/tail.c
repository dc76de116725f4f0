/* tail: inotify to wake up, stat to know. */
#include "io/tail.h"

#include "base/alloc.h"
#include "io/notify.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MASK (IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)
#define DIR_MASK (IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR)

int
tail_init(struct tail *t, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *dir = !slash ? alloc_string(".")
			   : alloc_terminated(path, slash == path ? 1 : (size_t)(slash - path));
	int r = 0;

	*t = (struct tail){.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), .file_watch = -1};
	if (t->fd < 0)
		r = err_system(err, "%s: inotify", path);
	else if (inotify_add_watch(t->fd, dir, DIR_MASK) < 0)
		r = err_system(err, "%s: cannot watch directory '%s'", path, dir);
	alloc_free(dir);
	if (r) {
		if (t->fd >= 0)
			close(t->fd);
		t->fd = -1;
		return -1;
	}
	t->path = alloc_string(path);
	return 0;
}

void
tail_release(struct tail *t)
{
	if (t->fd >= 0)
		close(t->fd);
	alloc_free(t->path);
	*t = (struct tail){.fd = -1, .file_watch = -1};
}

void
tail_watch(struct tail *t)
{
	int before = t->file_watch;

	t->file_watch = inotify_add_watch(t->fd, t->path, FILE_MASK);
	if (before >= 0 && before != t->file_watch)
		inotify_rm_watch(t->fd, before);
}

void
tail_drain(struct tail *t)
{
	notify_drain(t->fd);
}

enum tail_state
tail_look(const struct tail *t, int fd, int64_t position)
{
	struct stat name, open_file;
	bool exists = stat(t->path, &name) == 0 && S_ISREG(name.st_mode);

	if (fd < 0)
		return exists ? TAIL_REPLACED : TAIL_SAME;
	if (fstat(fd, &open_file) != 0)
		return TAIL_SAME;
	if (exists && (name.st_dev != open_file.st_dev || name.st_ino != open_file.st_ino))
		return TAIL_REPLACED;
	return open_file.st_size < position ? TAIL_CUT : TAIL_SAME;
}
