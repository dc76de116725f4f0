/*
 * lockfile: a lock on a whole file, waited for in the kernel.
 *
 * Open file description locks: dropped by the kernel when the process dies, and not by a stray close of another
 * descriptor of the file. A wait is not a poll: after a few tries, between which others run, the kernel wakes one writer, or
 * all readers, the moment the lock is free.
 * Its end is an alarm (setitimer), as the kernel has no timed form; SIGALRM gets an empty handler for that.
 */
#ifndef IO_LOCKFILE_H
#define IO_LOCKFILE_H

#include "io/disk.h"

/* 0; -1 and errno: EAGAIN when it was not to be had within timeout_ms (0: at once), EINTR when a signal came first. */
int lockfile_take(int fd, enum disk_lock how, int64_t timeout_ms);
int lockfile_drop(int fd);

#endif
