/*
 * outside: which names outside a directory does a system call change? For strike -w.
 *
 * A name counts as where its last directory really is, links followed, when the call begins.
 */
#ifndef TESTS_OUTSIDE_H
#define TESTS_OUTSIDE_H

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* A call that changes names: which arguments are a directory and a name in it; -1 for the working directory. */
struct outside_call {
	long number;
	int dir, name;
	int flags; /* argument with flags of open: only when it is for writing; -1: always */
};

static const struct outside_call outside_calls[] = {
	{SYS_openat, 0, 1, 2},
	{SYS_mkdirat, 0, 1, -1},
	{SYS_unlinkat, 0, 1, -1},
	{SYS_fchmodat, 0, 1, -1},
	{SYS_utimensat, 0, 1, -1},
	{SYS_mknodat, 0, 1, -1},
	{SYS_renameat2, 0, 1, -1},
	{SYS_renameat2, 2, 3, -1},
	{SYS_linkat, 2, 3, -1},
	{SYS_symlinkat, 1, 2, -1},
	{SYS_truncate, -1, 0, -1},
#ifdef SYS_renameat
	{SYS_renameat, 0, 1, -1},
	{SYS_renameat, 2, 3, -1},
#endif
#ifdef SYS_open
	{SYS_open, -1, 0, 1},
	{SYS_creat, -1, 0, -1},
	{SYS_mkdir, -1, 0, -1},
	{SYS_unlink, -1, 0, -1},
	{SYS_rmdir, -1, 0, -1},
	{SYS_rename, -1, 0, -1},
	{SYS_rename, -1, 1, -1},
	{SYS_link, -1, 1, -1},
	{SYS_symlink, -1, 1, -1},
	{SYS_chmod, -1, 0, -1},
#endif
};

/* At most room - 1 bytes of the string at the address. */
static inline void
outside_read(pid_t pid, uint64_t at, char *name, size_t room)
{
	struct iovec here = {name, room - 1}, there = {NULL, 0};
	ssize_t got = 0;

	/* Not over the end of a page that may be the last. */
	for (size_t n = room - 1; n > 0 && got <= 0; n = n > 64 ? 64 : n / 2) {
		there = (struct iovec){(void *)(uintptr_t)at, n};
		got = process_vm_readv(pid, &here, 1, &there, 1, 0);
	}
	name[got > 0 ? got : 0] = '\0';
}

static inline bool
outside_is(pid_t pid, int dir, const char *name, const char *inside)
{
	char whole[2 * PATH_MAX + 2], base[PATH_MAX], link[64], real[PATH_MAX], *slash;
	size_t n = strlen(inside);
	ssize_t got = 0;

	if (name[0] != '/') {
		if (dir == AT_FDCWD)
			snprintf(link, sizeof(link), "/proc/%d/cwd", (int)pid);
		else
			snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, dir);
		got = readlink(link, base, sizeof(base) - 1);
	}
	base[got > 0 ? got : 0] = '\0';
	snprintf(whole, sizeof(whole), "%s/%s", base, name);
	slash = strrchr(whole, '/');
	if (strcmp(slash, "/..") != 0)
		*slash = '\0';
	if (!realpath(whole[0] ? whole : "/", real))
		return false; /* the call fails too */
	return strncmp(real, inside, n) != 0 || (real[n] != '/' && real[n] != '\0');
}

/* Says so on stderr and returns true when the call changes a name outside the directory inside. */
static inline bool
outside_names(pid_t pid, uint64_t number, const uint64_t *args, const char *inside)
{
	char name[PATH_MAX];
	bool is_outside = false;

	for (size_t i = 0; i < sizeof(outside_calls) / sizeof(*outside_calls); i++) {
		const struct outside_call *c = &outside_calls[i];

		if ((uint64_t)c->number != number ||
			(c->flags >= 0 &&
				!(args[c->flags] & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC))))
			continue;
		outside_read(pid, args[c->name], name, sizeof(name));
		if (strcmp(name, "/dev/null") == 0 || strcmp(name, "/dev/tty") == 0 ||
			!outside_is(pid, c->dir < 0 ? AT_FDCWD : (int)args[c->dir], name, inside))
			continue;
		fprintf(stderr, "strike: call %llu changes a name outside: %s\n",
			(unsigned long long)number, name);
		is_outside = true;
	}
	return is_outside;
}

#endif
