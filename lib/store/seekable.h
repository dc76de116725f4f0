/*
 * seekable: the container of packed text: zstd frames, skippable frames, and a table of them all at the end.
 *
 * The form is zstd's seekable format (facebook/zstd, contrib/seekable_format), so any decoder of zstd reads the text.
 * All numbers are little-endian:
 *
 *	skippable frame   magic (4 bytes), n (4), n bytes that decoders pass over
 *	table             a skippable frame, magic 0x184D2A5E, that holds for each frame before it
 *	                  its size in the file (4) and the size of its text (4), 0 for a skippable one,
 *	                  and a footer: how many frames (4), flags (1; ours are 0), 0x8F92EAB1 (4)
 *
 * Decoding is strict: a table is one of ours only when its frames fill the file from its first byte to the table, none
 * has over SEEKABLE_FRAME_MAX bytes of text, and there are at most SEEKABLE_FRAMES_MAX of them. Nothing is
 * allocated for a count that the size of the file does not bear out.
 */
#ifndef STORE_SEEKABLE_H
#define STORE_SEEKABLE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define SEEKABLE_NOTE 0x184D2A5Du /* the skippable frames that describe the others */
#define SEEKABLE_TABLE 0x184D2A5Eu
#define SEEKABLE_HEAD 8   /* bytes before what a skippable frame holds */
#define SEEKABLE_FOOTER 9 /* the last bytes of the file */
#define SEEKABLE_ENTRY 8
#define SEEKABLE_FRAME_LEAST 9 /* bytes of any frame */
#define SEEKABLE_FRAME_MAX ((size_t)8 << 20)
#define SEEKABLE_FRAMES_MAX ((uint32_t)1400000)

struct seekable_entry {
	uint32_t file_bytes, text_bytes;
};

/* A skippable frame with these bytes. */
void seekable_put_skippable(struct buf *b, uint32_t magic, struct span bytes);
/* What a skippable frame of this magic holds, which must end where frame ends; SPAN_NONE. */
struct span seekable_skippable(struct span frame, uint32_t magic);
void seekable_put_entry(struct buf *b, struct seekable_entry e);
struct seekable_entry seekable_entry(const char *p);
/* The table, of entries as seekable_put_entry wrote them. */
void seekable_put_table(struct buf *b, struct span entries);
/*
 * From the last SEEKABLE_FOOTER bytes of a file of this size: how many frames the table has; 0 when the file ends in no
 * table that can be ours.
 */
uint32_t seekable_count(const char footer[SEEKABLE_FOOTER], int64_t file_size);
/* Bytes of the whole table. */
int64_t seekable_table_bytes(uint32_t count);

#endif
