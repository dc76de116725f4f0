/*
 * framemap: where each frame of packed text stands, in the text and in the file, from the entries of the table.
 *
 * Frames of text are numbered from 0; a note stands after every NOTE_FRAMES of them and after the last one, and the
 * note about the whole after that. 16 bytes are kept for each frame.
 */
#ifndef STORE_FRAMEMAP_H
#define STORE_FRAMEMAP_H

#include "store/note.h"
#include "store/seekable.h"

struct framemap {
	size_t count, note_count; /* frames of text; notes about them */
	int64_t *text_at;         /* count + 1 */
	int64_t *file_at;         /* count */
	int64_t *note_at;         /* note_count + 1: that of the note about the whole as well */
	int64_t *file_end; /* count, when the frames were searched for (sealwalk.h); else NULL */
};

struct framemap_frame {
	int64_t text_at, file_at; /* offsets */
	size_t text_bytes, file_bytes;
};

/* The n entries without that of the note about the whole. False: they are none of ours; nothing is kept. */
bool framemap_read(struct framemap *m, const char *entries, size_t n);
void framemap_release(struct framemap *m);
struct framemap_frame framemap_frame(const struct framemap *m, size_t i);
/* Offset in the file of the byte after frame i. */
int64_t framemap_end(const struct framemap *m, size_t i);
/* The same of a note. */
int64_t framemap_note_end(const struct framemap *m, size_t note);
/* The frame that holds the byte of the text; the last one for any offset after it. There must be a frame. */
size_t framemap_at(const struct framemap *m, int64_t offset);

#endif
