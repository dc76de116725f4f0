/*
 * notify: a descriptor that is readable when something in a directory was written, made, renamed or removed there.
 *
 * Watch first, then read, then wait: what happens in between makes the descriptor readable.
 */
#ifndef IO_NOTIFY_H
#define IO_NOTIFY_H

#include "base/err.h"

/* A descriptor to poll, the caller's to close; or -1. The directory's own files only, none below. */
int notify_open(const char *dir, struct err *err);
/* Takes what has happened so far; call it before looking. */
void notify_drain(int fd);
void notify_close(int fd);

#endif
