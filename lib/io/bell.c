/* bell: futex(2) on a shared mapping. */
#include "io/bell.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int
ask(int fd, int operation, uint32_t value, const struct timespec *limit)
{
	void *word = mmap(NULL, sizeof(value), PROT_READ, MAP_SHARED, fd, 0);
	int saved;
	long r;

	if (word == MAP_FAILED) {
		errno = ENOSYS;
		return -1;
	}
	r = syscall(SYS_futex, word, operation, value, limit, NULL, 0);
	saved = errno == EFAULT ? ENOSYS : errno;
	munmap(word, sizeof(value));
	errno = saved;
	return r < 0 ? -1 : 0;
}

int
bell_wait(int fd, uint32_t seen, int64_t timeout_ms)
{
	struct timespec limit = {
		.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000};

	return ask(fd, FUTEX_WAIT, seen, &limit);
}

void
bell_ring(int fd)
{
	ask(fd, FUTEX_WAKE, INT_MAX, NULL);
}
