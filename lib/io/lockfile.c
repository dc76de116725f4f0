/* lockfile: fcntl with an alarm. */
#include "io/lockfile.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/time.h>

/* The alarm comes again at short intervals, should the first one arrive just before the wait begins. */
#define AGAIN_US 10000
/*
 * A lock that is held for microseconds is tried again so many times: a wait in the kernel costs three calls and two
 * switches more.
 */
#define YIELDS 8

static void
nothing(int sig)
{
	(void)sig;
}

static void
arm(int64_t ms)
{
	struct itimerval t = {.it_interval.tv_usec = ms ? AGAIN_US : 0,
		.it_value = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)}};
	struct sigaction sa = {.sa_handler = nothing};

	if (ms)
		sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &t, NULL);
}

static int
ask(int fd, int command, short type)
{
	struct flock whole = {.l_type = type, .l_whence = SEEK_SET};

	return fcntl(fd, command, &whole);
}

int
lockfile_take(int fd, enum disk_lock how, int64_t timeout_ms)
{
	short type = how == DISK_SHARED ? F_RDLCK : F_WRLCK;
	int64_t end_ns;
	int r, saved;

	if (ask(fd, F_OFD_SETLK, type) == 0)
		return 0;
	if (errno == EACCES)
		errno = EAGAIN;
	if (errno != EAGAIN || timeout_ms <= 0)
		return -1;
	for (int i = 0; i < YIELDS; i++) {
		sched_yield();
		if (ask(fd, F_OFD_SETLK, type) == 0)
			return 0;
	}
	end_ns = clock_deadline_ns(timeout_ms);
	arm(MIN(timeout_ms, INT32_MAX));
	r = ask(fd, F_OFD_SETLKW, type);
	saved = errno;
	arm(0);
	errno = r && saved == EINTR && clock_mono_ns() >= end_ns ? EAGAIN : saved;
	return r;
}

int
lockfile_drop(int fd)
{
	return ask(fd, F_OFD_SETLK, F_UNLCK);
}
