/*
 * scratch_dir: a directory of small files. Include after tap.h; main begins with mkdtemp(dir), and ends with dir_clear and
 * rmdir.
 */
#ifndef TESTS_SCRATCH_DIR_H
#define TESTS_SCRATCH_DIR_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/ev-unit-XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[4][256];
	static unsigned at;

	at = (at + 1) % 4;
	snprintf(path[at], sizeof(path[at]), "%s/%s", dir, name);
	return path[at];
}

static void
append(const char *name, const char *text)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
}

static int
wipe(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	return ftw->level ? remove(path) : 0;
}

/* Everything in it goes. */
static void
dir_clear(void)
{
	nftw(dir, wipe, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
