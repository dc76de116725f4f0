/* bell: who sleeps over a file wakes when it rings for him, when the word is another, and when the time is up. */
#include "tap.h"

#include "base/clock.h"
#include "io/bell.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_MS 20000

static int
word_file(uint32_t word)
{
	FILE *f = tmpfile();
	int fd = f ? dup(fileno(f)) : -1;

	if (f)
		fclose(f);
	return fd >= 0 && pwrite(fd, &word, sizeof(word), 0) == sizeof(word) ? fd : -1;
}

/* A child that sleeps for these reasons while the word is `seen`, and reports a wake-up in time as status 0. */
static pid_t
sleeper(int fd, uint32_t seen, uint32_t reasons)
{
	pid_t child = fork();

	if (child == 0)
		_exit(bell_wait(&(struct bell){0}, fd, seen, reasons, LONG_MS) && errno != EAGAIN);
	return child;
}

static bool
woke(pid_t child)
{
	int status = -1;

	return waitpid(child, &status, 0) == child && status == 0;
}

TEST(limit)
{
	int fd = word_file(7);
	int64_t start = clock_mono_ns();
	struct bell b = {0};

	ok(bell_wait(&b, fd, 7, 1, 5) == -1 && errno == ETIMEDOUT, "nobody rings: the time is up");
	ok(clock_mono_ns() - start >= 5000000, "not before it is");
	ok(bell_wait(&b, fd, 8, 1, LONG_MS) == -1 && errno == EAGAIN, "another word: no sleep");
	bell_release(&b);
	close(fd);
}

/* The word changes first, so a child that comes too late for the bell does not sleep. */
TEST(all)
{
	uint32_t next = 2;
	int fd = word_file(1), count = 0;
	pid_t children[8];
	struct bell b = {0};

	for (int i = 0; i < 8; i++)
		children[i] = sleeper(fd, 1, 1);
	usleep(20000);
	ok(pwrite(fd, &next, sizeof(next), 0) == sizeof(next), "another word is written");
	bell_ring(&b, fd, 1, INT_MAX);
	for (int i = 0; i < 8; i++)
		count += woke(children[i]);
	ok(count == 8, "all processes wake");
	bell_release(&b);
	close(fd);
}

/* The word stays, so only the bell can wake them. */
TEST(reasons)
{
	pid_t children[3] = {0};
	int fd = word_file(1), status, count;
	struct bell b = {0};

	for (int i = 0; i < 3; i++)
		children[i] = sleeper(fd, 1, i ? 2 : 1);
	usleep(20000);
	bell_ring(&b, fd, 1, INT_MAX);
	ok(woke(children[0]), "who sleeps for the reason wakes");
	usleep(20000);
	ok(waitpid(children[1], &status, WNOHANG) == 0 &&
			waitpid(children[2], &status, WNOHANG) == 0,
		"nobody else does");
	bell_ring(&b, fd, 2, 1);
	usleep(20000);
	count = (waitpid(children[1], &status, WNOHANG) == children[1]) +
		(waitpid(children[2], &status, WNOHANG) == children[2]);
	is_int(count, 1, "one of two, when one is asked for");
	bell_ring(&b, fd, UINT32_MAX, INT_MAX);
	while (waitpid(-1, &status, 0) > 0)
		continue;
	bell_release(&b);
	close(fd);
}

TEST(cut)
{
	int fd = word_file(3);
	struct bell b = {0}, none = {0};

	ok(ftruncate(fd, 0) == 0 && bell_wait(&b, fd, 3, 1, LONG_MS) == -1 && errno == ENOSYS,
		"a file without a word cannot be slept over, and does no harm");
	bell_ring(&b, fd, 1, INT_MAX);
	bell_release(&b);
	close(fd);
	ok(bell_wait(&none, -1, 0, 1, LONG_MS) == -1 && errno == ENOSYS, "nor can no file");
}

int
main(void)
{
	RUN(limit);
	RUN(all);
	RUN(reasons);
	RUN(cut);
	return tap_done();
}
