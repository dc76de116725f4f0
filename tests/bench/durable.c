/*
 * durable: the floor under a store: raw append + fdatasync of the lines on standard input, one at a time.
 *
 *	durable FILE N
 *
 * Prints the median and the 99th percentile in microseconds of N appends.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

int
main(int argc, char **argv)
{
	static char line[1 << 20];
	int n = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0, fd, i;
	double *v = calloc((size_t)n + 1, sizeof(*v));

	fd = argc > 2 ? open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
	if (fd < 0 || n < 1 || !v)
		return 2;
	for (i = 0; i < n && fgets(line, sizeof(line), stdin); i++) {
		size_t size = strlen(line);
		double start = now_us();

		if (write(fd, line, size) != (ssize_t)size || fdatasync(fd) != 0)
			return 3;
		v[i] = now_us() - start;
	}
	qsort(v, (size_t)i, sizeof(*v), by_value);
	printf("  %-22s median %7.1f us   p99 %7.1f us\n", "append + fdatasync", v[i / 2],
		v[i * 99 / 100]);
	return 0;
}
