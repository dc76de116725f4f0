/*
 * tail: has the file of this name been replaced, truncated, or has it grown?
 *
 * One inotify descriptor watches the directory (a file of the name appears) and the file (it grows, is cut short,
 * is renamed away). Watches only say when to look; what has happened is found by comparing stat of the name with
 * fstat of the descriptor, so no event can be missed or misread: a watch is set before the file is read to its
 * end. A file that is cut short and has grown past the old place before anybody looked cannot be told from one
 * that grew, as with tail -F. Network file systems do not report changes made by other machines.
 */
#ifndef IO_TAIL_H
#define IO_TAIL_H

#include "base/err.h"

enum tail_state { TAIL_SAME, TAIL_CUT, TAIL_REPLACED };

struct tail {
	int fd; /* inotify, non-blocking */
	int file_watch;
	char *path;
};

int tail_init(struct tail *t, const char *path, struct err *err);
void tail_release(struct tail *t);
/* Watches the file that now has the name; before it is read. */
void tail_watch(struct tail *t);
/* Takes the waiting notices off; before reading again. */
void tail_drain(struct tail *t);
/* position: bytes read of fd so far. fd -1: none is open; TAIL_REPLACED once the name exists. */
enum tail_state tail_look(const struct tail *t, int fd, int64_t position);

#endif
