/*
 * unpack: an archive decoded on a second thread, while the first one works on what came before.
 *
 * The only threads of the tree. Four chunks of 256 KiB go round: the thread fills them from its own copy of the feed,
 * the caller empties them. The thread takes no signals, allocates nothing through base/alloc and ends with its
 * archive, or when unpack_free asks it to. Used for regular files that are worth it; see feed.c.
 */
#ifndef IO_UNPACK_H
#define IO_UNPACK_H

#include "io/feed.h"

struct unpack;

/*
 * Decodes what f gives from here on; f itself is not read again, but must outlive the unpack, as its decoder is used.
 * NULL when no thread can be made.
 */
struct unpack *unpack_new(const struct feed *f);
/* As feed_read. *taken: bytes of the archive that this took. */
int unpack_read(struct unpack *u, char *p, size_t cap, size_t *n, int64_t *taken, struct err *err);
void unpack_free(struct unpack *u);

#endif
