/*
 * zst: the front door of libzstd.
 *
 * The decoder takes any number of frames, skippable ones included, one after the other. Windows are limited to
 * 128 MiB (log 27), so a hostile archive cannot ask for more memory. Errors: ERR_DAMAGE, code "archive".
 *
 * A decoder that checks gives of a frame only what its checksum was compared with, as long as the frame has at most
 * ZST_CHECKED bytes of content: of one that is damaged nothing. The content of a larger one is given as it comes.
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
#define ZST_CHECKED ((size_t)256 << 10)
/* Before the first byte. */
void zst_check(struct zst *z);
/* There is no more input: what is held back of a frame that is not whole is given next. False: there is nothing. */
bool zst_end(struct zst *z);
/* True between frames: the input may end here. */
bool zst_is_whole(const struct zst *z);
/* One frame with its content size and a checksum, appended to out. */
int zst_compress(struct buf *out, struct span content, int level, struct err *err);

/* The same for many frames: what the first one needs of memory serves them all. */
struct zst_press;

struct zst_press *zst_press_new(int level);
void zst_press_free(struct zst_press *p);
int zst_press_frame(struct zst_press *p, struct buf *out, struct span content, struct err *err);

/*
 * Decodes exactly one frame of ours into exactly n bytes of the caller's memory; no other memory is touched,
 * whatever the frame asks for. The frame must say that it holds n bytes, have a checksum, no dictionary and a window of
 * at most 8 MiB, and must not end before frame.n: else it is ERR_DAMAGE, code "archive", and what is at out is
 * unspecified.
 */
int zst_frame(struct zst *z, struct span frame, char *out, size_t n, struct err *err);
#define ZST_MAGIC 0xFD2FB528u /* the first four bytes of a frame, little-endian */
/* Of the frame of ours that s begins with: its bytes, and those of its content; 0 when it is none, or not all there. */
size_t zst_measure(struct span s, size_t *content);

#endif
