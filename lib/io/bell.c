/* bell: futex(2) on a shared mapping. */
#include "io/bell.h"

#include "base/clock.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int
ask(struct bell *b, int fd, int operation, uint32_t value, const struct timespec *until,
	uint32_t reasons)
{
	if (!b->word) {
		void *word = mmap(NULL, sizeof(value), PROT_READ, MAP_SHARED, fd, 0);

		if (word == MAP_FAILED) {
			errno = ENOSYS;
			return -1;
		}
		b->word = word;
	}
	if (syscall(SYS_futex, b->word, operation, value, until, NULL, reasons) >= 0)
		return 0;
	if (errno == EFAULT)
		errno = ENOSYS;
	return -1;
}

int
bell_wait(struct bell *b, int fd, uint32_t seen, uint32_t reasons, int64_t timeout_ms)
{
	int64_t end_ns =
		clock_deadline_ns(timeout_ms); /* FUTEX_WAIT_BITSET takes a time, not a span */
	struct timespec until = {.tv_sec = end_ns / 1000000000, .tv_nsec = end_ns % 1000000000};

	return ask(b, fd, FUTEX_WAIT_BITSET, seen, &until, reasons);
}

void
bell_ring(struct bell *b, int fd, uint32_t reasons, int count)
{
	ask(b, fd, FUTEX_WAKE_BITSET, (uint32_t)count, NULL, reasons);
}

void
bell_release(struct bell *b)
{
	if (b->word)
		munmap(b->word, sizeof(uint32_t));
	b->word = NULL;
}
