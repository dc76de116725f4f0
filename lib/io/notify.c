/* notify: inotify on one directory. */
#include "io/notify.h"

#include <sys/inotify.h>
#include <unistd.h>

int
notify_open(const char *dir, struct err *err)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0)
		return err_system(err, "inotify");
	if (inotify_add_watch(
		    fd, dir, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR) >= 0)
		return fd;
	err_system(err, "cannot watch '%s'", dir);
	close(fd);
	return -1;
}

void
notify_drain(int fd)
{
	_Alignas(struct inotify_event) char events[4096];

	while (read(fd, events, sizeof(events)) > 0)
		continue;
}

void
notify_close(int fd)
{
	close(fd);
}
