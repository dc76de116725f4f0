/*
 * mark: a place in a file that is found again when the file has been renamed, copied or compressed.
 *
 * The place is an offset in the decompressed bytes, right after a line. The file is known by its inode, by a hash of
 * its first bytes (at most 4 KiB) and, when it was plain, one of the last bytes before the place (at most 256). A
 * file is the marked one when the content agrees; of several that agree the one with the inode is meant. A mark that
 * saw no bytes (an empty file) is found by inode only.
 */
#ifndef IO_MARK_H
#define IO_MARK_H

#include "base/err.h"

struct mark {
	uint64_t inode;
	int64_t offset, line_no; /* after line line_no */
	uint64_t head, near;
	size_t head_n, near_n; /* bytes that were hashed; 0: none */
};

/* For the plain file fd is open on. m keeps line_no only. False: the file ends before the place; m is of no use. */
bool mark_take(struct mark *m, int fd, int64_t offset);
/* Does the file have the marked bytes, and the place? Archives are decompressed. */
bool mark_fits(const struct mark *m, const char *path);
/* Which of the paths is it: its number, or count when it is none of them. */
size_t mark_find(const struct mark *m, char *const *paths, size_t count);
/* Do both begin with the same bytes, as far as both go? An archive that is not readable yet: yes. */
bool mark_same_head(const char *plain, const char *archive);

#endif
