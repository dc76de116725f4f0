/*
 * sealed: packed text read by offsets in the text, whatever stands between them in the file.
 *
 * Opening reads the table and the last note and holds each to the other and to the size of the file, so that one
 * damaged byte there is found at once. A read decodes the frames it touches: whole ones straight into the caller's
 * memory, the others into a cache of SEALED_CACHE frames. Every frame is checked by its own checksum and must
 * give as many bytes as the table says. The notes about frames are read when first asked for, one at a time.
 *
 * Memory: 16 bytes for each frame (at most 21 MiB), the cache (a frame has usually 32 KiB; of those over 1 MiB it holds
 * one, at most 8 MiB), one note (160 KiB), the bytes of the frames that one read decodes. Nothing is allocated before
 * what asks for it was checked.
 *
 * Damage is ERR_DAMAGE and names the file, the frame's byte in it, and the byte of the text:
 * "seg/00000000000000000000.ndjson.zst: byte 5210 (byte 32711 of the text): damaged zstd frame: …".
 */
#ifndef STORE_SEALED_H
#define STORE_SEALED_H

#include "io/disk.h"
#include "store/framemap.h"

#define SEALED_CACHE 4

struct sealed;

/*
 * Takes over fd (closed in any case but -1 of memory); disk is borrowed, name is for messages and copied. 1; 0: the file
 * has no table of ours, err says why; -1: it could not be read.
 */
int sealed_open(struct sealed **out, struct disk *disk, int fd, const char *name, struct err *err);
/*
 * For one that does not open: the frames that are there (sealwalk.h), without notes. Offsets are those of what is left;
 * sealed_check says that it is damaged. 1; 0: there is none; -1.
 */
int sealed_rescue(
	struct sealed **out, struct disk *disk, int fd, const char *name, struct err *err);
/* Were its frames searched for? */
bool sealed_is_rescued(const struct sealed *s);
void sealed_close(struct sealed *s); /* s may be NULL */
/* All n bytes or less at the end of the text; -1. */
ssize_t sealed_read(struct sealed *s, void *p, size_t n, int64_t at, struct err *err);
int64_t sealed_size(const struct sealed *s); /* bytes of text */
const char *sealed_name(const struct sealed *s);
const struct note_whole *sealed_whole(const struct sealed *s);

/* Frames of text, from 0. */
size_t sealed_count(const struct sealed *s);
struct framemap_frame sealed_frame(const struct sealed *s, size_t i);
/* The frame that holds the byte; the last one for any offset after it. There must be a frame. */
size_t sealed_at(const struct sealed *s, int64_t offset);
/* What the note says of frame i; lives until the next call. NULL and err. */
const struct note_frame *sealed_note(struct sealed *s, size_t i, struct err *err);
/* The hash of bytes in the note that was read last. */
uint64_t sealed_note_bytes(const struct sealed *s);
/* Frame i into out, which has room for its text; *bytes are its own, until the next call. */
int sealed_decode(struct sealed *s, size_t i, char *out, struct span *bytes, struct err *err);
/*
 * Reads and decodes everything once. -1 at the first damage, also at such that leaves the text as it was. What reads
 * never tell of is only that.
 */
int sealed_check(struct sealed *s, struct err *err);

#endif
