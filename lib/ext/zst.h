/*
 * zst: the front door of libzstd.
 *
 * The decoder takes any number of frames, skippable ones included, one after the other. Windows are limited to
 * 128 MiB (log 27), so a hostile archive cannot ask for more memory. Errors: ERR_DAMAGE, code "archive".
 *
 *	while (in.n)
 *		if (zst_decode(z, &in, out, sizeof(out), &n, err)) ...
 *	if (!zst_is_whole(z)) ... truncated
 */
#ifndef EXT_ZST_H
#define EXT_ZST_H

#include "base/buf.h"
#include "base/err.h"

struct zst;

struct zst *zst_new(void);
void zst_free(struct zst *z);
/*
 * Takes bytes off the front of *in and writes at most cap to out; *n says how many. *n == 0 means that more input
 * is needed (all of *in was taken). Called again with empty input, it gives what is still held back.
 */
int zst_decode(struct zst *z, struct span *in, char *out, size_t cap, size_t *n, struct err *err);
/* True between frames: the input may end here. */
bool zst_is_whole(const struct zst *z);
/* One frame with its content size and a checksum, appended to out. */
int zst_compress(struct buf *out, struct span content, int level, struct err *err);

#endif
