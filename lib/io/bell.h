/*
 * bell: many processes sleep over a file, one wakes them all.
 *
 * A futex on the file's first four bytes, mapped for reading only: the kernel looks at the word itself, so a file that is
 * cut short meanwhile is an error and no signal. Whoever rings writes another word there before. A file lock wakes those who
 * wait for it one after the other; this wakes them together.
 *
 *	seen = word of the file;  is it so far? no:  bell_wait(fd, seen, 20)
 *	make it so;  write another word;  bell_ring(fd)
 *
 * Nothing may rest on being woken: who rings may die before, or run on another machine. So waits are short, and are
 * followed by a look.
 */
#ifndef IO_BELL_H
#define IO_BELL_H

#include <stdint.h>

/*
 * Sleeps until it rings, the word is not `seen` any more, or timeout_ms have passed. 0, or -1 and errno: EAGAIN another
 * word, ETIMEDOUT, EINTR, ENOSYS when the file cannot be slept over (a file system without mappings).
 */
int bell_wait(int fd, uint32_t seen, int64_t timeout_ms);
void bell_ring(int fd);

#endif
