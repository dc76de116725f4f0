/*
 * peek: looks at the active segment of a store at random moments, as tail -f would.
 *
 *	peek [-n TIMES] [-r SEED] STORE
 *	peek -g STORE
 *
 * Every complete line of every snapshot must be JSON; only what follows the last newline may be in part. Prints how
 * many snapshots had lines, how many ended in the middle of one; status 1 at the first line that is no JSON.
 *
 *	-g          gaze: asks for its state and reads a byte of it, without a pause, until it is killed. So the time of the
 *	            last read is written to the inode after every line, in the same moment as what the writer writes there.
 */
#include "base/buf.h"
#include "base/num.h"
#include "json/doc.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	uint64_t times, random, with_lines, in_part;
	struct buf text;
	struct doc doc;
	char last[300];
} peek = {.times = 1000, .random = 1};

static uint64_t
next_random(void)
{
	uint64_t z = peek.random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* The name of the last plain segment. */
static bool
find_last(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	peek.last[0] = '\0';
	while (d && (e = readdir(d)))
		if (span_ends(span_str(e->d_name), SPAN(".ndjson")) &&
			strcmp(e->d_name, peek.last) > 0)
			snprintf(peek.last, sizeof(peek.last), "%s", e->d_name);
	if (d)
		closedir(d);
	return peek.last[0] != '\0';
}

/* False when the segment has gone: it was sealed or removed. */
static bool
read_last(const char *dir)
{
	char path[1024];
	ssize_t got;
	int fd;

	if (!find_last(dir))
		return false;
	snprintf(path, sizeof(path), "%s/%s", dir, peek.last);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	buf_clear(&peek.text);
	if (fd < 0)
		return false;
	do {
		if (!buf_room(&peek.text, (size_t)1 << 16))
			return false;
		got = read(fd, peek.text.p + peek.text.n, (size_t)1 << 16);
		peek.text.n += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	close(fd);
	return true;
}

static bool
check(void)
{
	struct span rest = buf_view(&peek.text), line;
	struct err err;

	for (size_t lines = 0; memchr(rest.p ? rest.p : "", '\n', rest.n); lines++) {
		span_cut(rest, '\n', &line, &rest);
		peek.with_lines += lines == 0;
		if (doc_parse(&peek.doc, line, &err)) {
			printf("violation: %s: line %zu is no JSON: %.*s\n", peek.last, lines + 1,
				(int)MIN(line.n, (size_t)200), line.p);
			return false;
		}
	}
	peek.in_part += rest.n > 0;
	return true;
}

static void
gaze(const char *dir)
{
	char path[1024], byte;
	struct stat st;

	for (;;) {
		int fd = -1;

		if (find_last(dir)) {
			snprintf(path, sizeof(path), "%s/%s", dir, peek.last);
			fd = open(path, O_RDONLY | O_CLOEXEC);
		}
		if (fd < 0)
			continue;
		for (int i = 0; i < 1000; i++)
			if (fstat(fd, &st) || pread(fd, &byte, 1, 0) < 0)
				break;
		close(fd);
	}
}

int
main(int argc, char **argv)
{
	bool gazes = false;
	char dir[512];

	for (int o; (o = getopt(argc, argv, "gn:r:")) != -1;)
		if (o == 'g')
			gazes = true;
		else if ((o != 'n' && o != 'r') ||
			 num_u64(span_str(optarg), o == 'n' ? &peek.times : &peek.random))
			return 2;
	if (optind + 1 != argc)
		return 2;
	buf_init(&peek.text, (size_t)1 << 30);
	doc_init(&peek.doc, DOC_KERNEL_BEST);
	snprintf(dir, sizeof(dir), "%s/seg", argv[optind]);
	if (gazes)
		gaze(dir);
	for (uint64_t i = 0; i < peek.times;) {
		usleep((useconds_t)(next_random() % 1000));
		if (!read_last(dir))
			continue;
		if (!check())
			return 1;
		i++;
	}
	printf("%llu snapshots, %llu with lines, %llu in the middle of one\n",
		(unsigned long long)peek.times, (unsigned long long)peek.with_lines,
		(unsigned long long)peek.in_part);
	if (peek.times && !peek.with_lines)
		puts("violation: nothing was ever seen");
	return peek.times && !peek.with_lines;
}
