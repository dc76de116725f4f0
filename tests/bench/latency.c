/*
 * latency: how long one line takes through one stage, with no end of input.
 *
 *	latency N COMMAND [ARG …]
 *
 * Writes an event into the command's standard input, waits for the line on its standard output, N times after 100 to
 * warm up; prints median and 99th percentile in microseconds.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WARM 100

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* One line in, one line out; -1 when the command has gone. */
static double
round_trip(int in, int out, int i)
{
	char line[512], got[4096];
	double start = now_us();
	int n = snprintf(line, sizeof(line),
		"{\"eventId\":\"e%d\",\"eventType\":\"content.watched\",\"eventVersion\":\"1.0\","
		"\"timestamp\":"
		"\"2021-11-22T09:15:32.123Z\",\"source\":\"s\",\"aggregateId\":\"c1\","
		"\"aggregateType\":\"content\","
		"\"data\":{\"n\":%d}}\n",
		i, i);

	if (write(in, line, (size_t)n) != n)
		return -1;
	for (;;) {
		ssize_t r = read(out, got, sizeof(got));

		if (r <= 0)
			return -1;
		if (got[r - 1] == '\n')
			return now_us() - start;
	}
}

int
main(int argc, char **argv)
{
	int n = argc > 2 ? (int)strtol(argv[1], NULL, 10) : 0, in[2], out[2];
	double *v = calloc((size_t)n + 1, sizeof(*v));
	pid_t pid;

	if (n < 1 || !v || pipe2(in, 0) || pipe2(out, 0))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		for (int i = 0; i < 2; i++) {
			close(in[i]);
			close(out[i]);
		}
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	for (int i = -WARM; i < n; i++) {
		double t = round_trip(in[1], out[0], i + WARM);

		if (t < 0) {
			printf("  %-22s failed\n", argv[2]);
			return 3;
		}
		if (i >= 0)
			v[i] = t;
	}
	close(in[1]);
	waitpid(pid, NULL, 0);
	qsort(v, (size_t)n, sizeof(*v), by_value);
	printf("  %-22s median %7.1f us   p99 %7.1f us\n", argv[2], v[n / 2], v[n * 99 / 100]);
	return 0;
}
