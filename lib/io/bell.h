/*
 * bell: many processes sleep over a file, one wakes those it means.
 *
 * A futex on the file's first four bytes, mapped for reading only: the kernel looks at the word itself, so a file that is
 * cut short meanwhile is an error and no signal. Whoever rings writes another word there before. A file lock wakes those who
 * wait for it one after the other; this wakes as many as are wanted of those who sleep for one of the named reasons.
 *
 *	seen = word of the file;  is it so far? no:  bell_wait(&b, fd, seen, 1 << reason, 20)
 *	make it so;  write another word;  bell_ring(&b, fd, 1 << reason, INT_MAX)
 *
 * Nothing may rest on being woken: who rings may die before, or run on another machine. So waits are short, and are
 * followed by a look.
 */
#ifndef IO_BELL_H
#define IO_BELL_H

#include <stdint.h>

struct bell {
	void *word; /* the mapping; NULL before the first use */
};

/*
 * Sleeps until it rings for one of the reasons, a set of bits, the word is not `seen` any more, or timeout_ms have passed.
 * 0, or -1 and errno: EAGAIN another word, ETIMEDOUT, EINTR, ENOSYS when the file cannot be slept over (a file system
 * without mappings, a file of less than four bytes). A bell is for one file.
 */
int bell_wait(struct bell *b, int fd, uint32_t seen, uint32_t reasons, int64_t timeout_ms);
/* Wakes at most count of those who sleep for one of the reasons. */
void bell_ring(struct bell *b, int fd, uint32_t reasons, int count);
void bell_release(struct bell *b);

#endif
