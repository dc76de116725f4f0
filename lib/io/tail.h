/*
 * tail: has a followed file been replaced or cut short, and when to look.
 *
 * One inotify descriptor for any number of files and directories. Watches only say when to look; what has happened is
 * found by comparing stat of the name with fstat of the descriptor, so no notice can be missed or misread: a watch is
 * set before the file is read to its end. A file that is cut short and has grown past the old place before anybody
 * looked is the same to it as one that grew: whoever reads it remembers what was there (reader.h). Network file
 * systems do not report changes made by other machines.
 *
 *	tail_drain(&t); look at everything; poll t.fd; and again
 */
#ifndef IO_TAIL_H
#define IO_TAIL_H

#include "base/err.h"

enum tail_state { TAIL_SAME, TAIL_CUT, TAIL_REPLACED };

struct tail {
	int fd;           /* inotify, non-blocking */
	uint64_t changes; /* how often drain has found that a name appeared */
};

int tail_init(struct tail *t, struct err *err);
void tail_release(struct tail *t);
/* Names that appear in a directory. */
int tail_directory(struct tail *t, const char *dir, struct err *err);
/* Of the directory in which the file of this path is, or will be. */
int tail_directory_of(struct tail *t, const char *path, struct err *err);
/* The file that now has the name grows, is cut or renamed; before it is read. The watch, or -1 without file. */
int tail_file(struct tail *t, const char *path);
void tail_forget(struct tail *t, int watch);
/* Takes the waiting notices off; before looking. True: a name has appeared in a directory. */
bool tail_drain(struct tail *t);
/* fd: open on what had the name; position: bytes read of it so far. */
enum tail_state tail_look(const char *path, int fd, int64_t position);

#endif
