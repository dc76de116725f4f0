/*
 * writers: many writers at once, each of which waits for its event to be durable before it gives the next.
 *
 *	writers N COUNT COMMAND [ARGUMENT ...]     N processes of a command that answers each line with a line
 *	writers N COUNT --raw FILE                 the floor: N threads, one of which writes and syncs for all
 *	writers --answer FILE                      the floor behind a pipe: a command that writes, syncs and answers
 *
 * Prints events a second. Events are of about the size of the story's.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINE 523
#define MOST 256

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t
line_of(char out[LINE + 64], int writer, long i)
{
	int n = snprintf(out, LINE + 64,
		"{\"eventId\":\"%d-%d-%ld\",\"eventType\":\"content.watched\",\"eventVersion\":\"1."
		"0\","
		"\"timestamp\":1637572532123,\"source\":\"bench\",\"aggregateId\":\"w%d\","
		"\"aggregateType\":\"Writer\",\"data\":{\"text\":\"",
		(int)getpid(), writer, i, writer);

	memset(out + n, 'x', (size_t)(LINE - n - 4));
	memcpy(out + LINE - 4, "\"}}\n", 4);
	return LINE;
}

/* --- processes --------------------------------------------------------------------------------- */

struct child {
	int in, out;
	long sent;
};

static int
start(struct child *c, char **argv)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return -1;
	if (fork() == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	*c = (struct child){in[1], out[0], 0};
	return 0;
}

static int
send_line(struct child *c, int number)
{
	char line[LINE + 64];
	size_t n = line_of(line, number, c->sent++);

	return write(c->in, line, n) == (ssize_t)n ? 0 : -1;
}

static int
run_processes(int n, long count, char **argv)
{
	struct child children[MOST];
	struct pollfd fds[MOST];
	char answer[4096];
	long sent = 0, got = 0;
	double begin;

	for (int i = 0; i < n; i++) {
		if (start(&children[i], argv))
			return 3;
		fds[i] = (struct pollfd){.fd = children[i].out, .events = POLLIN};
		if (send_line(&children[i], i) ||
			read(children[i].out, answer, sizeof(answer)) <= 0)
			return 3;
	}
	begin = now();
	for (int i = 0; i < n; i++, sent++)
		send_line(&children[i], i);
	while (got < count && poll(fds, (nfds_t)n, -1) > 0)
		for (int i = 0; i < n; i++) {
			if (!fds[i].revents)
				continue;
			if (read(fds[i].fd, answer, sizeof(answer)) <= 0)
				return 3;
			got++;
			if (sent < count && send_line(&children[i], i) == 0)
				sent++;
		}
	printf("%.0f\n", (double)count / (now() - begin));
	for (int i = 0; i < n; i++)
		close(children[i].in);
	while (wait(NULL) > 0)
		continue;
	return 0;
}

/* --- the floor --------------------------------------------------------------------------------- */

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t durable;
	char *group, *spare;
	size_t size;
	long written, synced, count;
	int fd, is_syncing, writers;
} floor_ = {.mutex = PTHREAD_MUTEX_INITIALIZER, .durable = PTHREAD_COND_INITIALIZER};

static void
lead(void)
{
	char *group = floor_.group;
	size_t size = floor_.size;
	long upto = floor_.written;

	floor_.group = floor_.spare;
	floor_.spare = group;
	floor_.size = 0;
	floor_.is_syncing = 1;
	pthread_mutex_unlock(&floor_.mutex);
	if (write(floor_.fd, group, size) != (ssize_t)size || fdatasync(floor_.fd))
		abort();
	pthread_mutex_lock(&floor_.mutex);
	floor_.synced = upto;
	floor_.is_syncing = 0;
	pthread_cond_broadcast(&floor_.durable);
}

static void *
writer(void *arg)
{
	int number = *(int *)arg;
	char line[LINE + 64];

	for (long i = 0; i < floor_.count / floor_.writers; i++) {
		size_t n = line_of(line, number, i);
		long mine;

		pthread_mutex_lock(&floor_.mutex);
		memcpy(floor_.group + floor_.size, line, n);
		floor_.size += n;
		mine = ++floor_.written;
		while (floor_.synced < mine) {
			if (floor_.is_syncing)
				pthread_cond_wait(&floor_.durable, &floor_.mutex);
			else
				lead();
		}
		pthread_mutex_unlock(&floor_.mutex);
	}
	return NULL;
}

static int
run_floor(int n, long count, const char *path)
{
	pthread_t threads[MOST];
	int numbers[MOST];
	double begin;

	floor_.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	floor_.group = malloc((size_t)n * LINE);
	floor_.spare = malloc((size_t)n * LINE);
	floor_.count = count;
	floor_.writers = n;
	if (floor_.fd < 0 || !floor_.group || !floor_.spare)
		return 3;
	begin = now();
	for (int i = 0; i < n; i++) {
		numbers[i] = i;
		pthread_create(&threads[i], NULL, writer, &numbers[i]);
	}
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	printf("%.0f\n", (double)count / (now() - begin));
	unlink(path);
	return 0;
}

/* What has come is written, synced and given back. */
static int
answer(const char *path)
{
	static char lines[1 << 16];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	ssize_t n;

	if (fd < 0)
		return 3;
	while ((n = read(0, lines, sizeof(lines))) > 0)
		if (write(fd, lines, (size_t)n) != n || fdatasync(fd) ||
			write(1, lines, (size_t)n) != n)
			return 3;
	return 0;
}

int
main(int argc, char **argv)
{
	int n = argc > 4 ? (int)strtol(argv[1], NULL, 10) : 0;
	long count = argc > 4 ? strtol(argv[2], NULL, 10) : 0;

	if (argc == 3 && strcmp(argv[1], "--answer") == 0)
		return answer(argv[2]);
	if (n < 1 || n > MOST || count < n)
		return 2;
	if (strcmp(argv[3], "--raw") == 0)
		return run_floor(n, count, argv[4]);
	return run_processes(n, count, argv + 3);
}
