/*
 * measure: whole commands timed in turn, so that their ratio means something on a noisy machine.
 *
 *	measure RUNS BYTES NAME=COMMAND [NAME=COMMAND …]	a table
 *	measure --samples RUNS NAME=COMMAND [NAME=COMMAND …]	every run, a line "NAME.ms", tab, time; one "NAME.mb"
 *
 * Each command is run by /bin/sh once to warm up and RUNS times counted, all of them in turn. Standard output goes to
 * a pipe of 1 MiB that is drained here. For each: median wall time, MB/s of BYTES, median CPU time of the command and
 * its children, largest resident set, and the median over the rounds of (this wall time / the first command's).
 * COMMAND "-" stands for a peer that is not installed: a blank row.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 99
#define PEERS_MAX 8

struct peer {
	const char *name, *command;
	double wall[RUNS_MAX], cpu[RUNS_MAX], ratio[RUNS_MAX];
	long rss_kib;
	int status;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void
drain(int fd)
{
	static char buf[1 << 20];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
	close(fd);
}

/* One run; round < 0 is not counted. */
static void
run_once(struct peer *p, int round)
{
	struct rusage use;
	double start = now();
	int fds[2], status;
	pid_t pid;

	if (pipe(fds) != 0)
		exit(3);
	fcntl(fds[1], F_SETPIPE_SZ, 1 << 20);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		close(fds[0]);
		close(fds[1]);
		execl("/bin/sh", "sh", "-c", p->command, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	drain(fds[0]);
	wait4(pid, &status, 0, &use);
	p->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (round < 0)
		return;
	p->wall[round] = now() - start;
	p->cpu[round] = seconds(use.ru_utime) + seconds(use.ru_stime);
	if (use.ru_maxrss > p->rss_kib)
		p->rss_kib = use.ru_maxrss;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void
print(struct peer *p, int runs, double bytes)
{
	double wall, cpu;

	if (strcmp(p->command, "-") == 0) {
		printf("  %-22s %10s\n", p->name, "not here");
		return;
	}
	wall = median(p->wall, runs);
	cpu = median(p->cpu, runs);
	printf("  %-22s %9.1f ms %8.0f MB/s %8.2f s CPU %7.1f MB  x%.2f%s\n", p->name, wall * 1e3,
		bytes / wall / 1e6, cpu, (double)p->rss_kib / 1024, median(p->ratio, runs),
		p->status ? "  (failed)" : "");
}

/* A peer that is not here, or that failed, has no samples. */
static void
print_samples(const struct peer *p, int runs)
{
	if (strcmp(p->command, "-") == 0)
		return;
	if (p->status) {
		fprintf(stderr, "bench: %s ended with status %d\n", p->name, p->status);
		return;
	}
	for (int i = 0; i < runs; i++)
		printf("%s.ms\t%.3f\n", p->name, p->wall[i] * 1e3);
	printf("%s.mb\t%.1f\n", p->name, (double)p->rss_kib / 1024);
}

int
main(int argc, char **argv)
{
	struct peer peers[PEERS_MAX] = {{0}};
	int samples = argc > 1 && strcmp(argv[1], "--samples") == 0;
	int count = argc - 3, runs = argc > 3 ? (int)strtoul(argv[1 + samples], NULL, 10) : 0;

	if (count < 1 || count > PEERS_MAX || runs < 1 || runs > RUNS_MAX) {
		fputs("usage: measure RUNS BYTES NAME=COMMAND ...\n", stderr);
		return 2;
	}
	for (int i = 0; i < count; i++) {
		char *eq = strchr(argv[3 + i], '=');

		if (!eq)
			return 2;
		*eq = '\0';
		peers[i].name = argv[3 + i];
		peers[i].command = eq + 1;
	}
	for (int round = -1; round < runs; round++) {
		for (int i = 0; i < count; i++)
			if (strcmp(peers[i].command, "-") != 0)
				run_once(&peers[i], round);
		for (int i = 0; round >= 0 && i < count; i++)
			peers[i].ratio[round] = peers[i].wall[round] / peers[0].wall[round];
	}
	for (int i = 0; i < count; i++) {
		if (samples)
			print_samples(&peers[i], runs);
		else
			print(&peers[i], runs, strtod(argv[2], NULL));
	}
	return 0;
}
