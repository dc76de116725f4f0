/* bell: who sleeps over a file wakes when it rings, when the word is another, and when the time is up. */
#include "tap.h"

#include "base/clock.h"
#include "io/bell.h"

#include <errno.h>
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

/* A child that sleeps while the word is `seen`, and reports a wake-up in time as status 0. */
static pid_t
sleeper(int fd, uint32_t seen)
{
	pid_t child = fork();

	if (child == 0)
		_exit(bell_wait(fd, seen, LONG_MS) && errno != EAGAIN);
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

	ok(bell_wait(fd, 7, 5) == -1 && errno == ETIMEDOUT, "nobody rings: the time is up");
	ok(clock_mono_ns() - start >= 5000000, "not before it is");
	ok(bell_wait(fd, 8, LONG_MS) == -1 && errno == EAGAIN, "another word: no sleep");
	close(fd);
}

/* The word changes first, so a child that comes too late for the bell does not sleep. */
TEST(all)
{
	uint32_t next = 2;
	int fd = word_file(1), count = 0;
	pid_t children[8];

	for (int i = 0; i < 8; i++)
		children[i] = sleeper(fd, 1);
	usleep(20000);
	ok(pwrite(fd, &next, sizeof(next), 0) == sizeof(next), "another word is written");
	bell_ring(fd);
	for (int i = 0; i < 8; i++)
		count += woke(children[i]);
	ok(count == 8, "all processes wake");
	close(fd);
}

TEST(cut)
{
	int fd = word_file(3);

	ok(ftruncate(fd, 0) == 0 && bell_wait(fd, 3, LONG_MS) == -1 && errno == ENOSYS,
		"a file without a word cannot be slept over, and does no harm");
	bell_ring(fd);
	close(fd);
	ok(bell_wait(-1, 0, LONG_MS) == -1 && errno == ENOSYS, "nor can no file");
}

int
main(void)
{
	RUN(limit);
	RUN(all);
	RUN(cut);
	return tap_done();
}
