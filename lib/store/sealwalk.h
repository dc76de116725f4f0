/*
 * sealwalk: the frames of a packed file whose table is damaged, found by going from one to the next.
 *
 * A frame counts when its header is one of ours, and it has at most SEEKABLE_FRAME_MAX bytes of text. The next one is
 * where it ends; if nothing begins there, one of the two is damaged, and the next place that looks like a start is
 * searched for. So what is lost is no more than the damaged frame. Whether a frame is right its checksum says when it
 * is read. Offsets in the text are those of what was found, as if nothing were lost.
 *
 * Memory: a window of at most 16 MiB, 24 bytes for each frame.
 */
#ifndef STORE_SEALWALK_H
#define STORE_SEALWALK_H

#include "io/disk.h"
#include "store/framemap.h"

struct sealwalk_result {
	struct framemap map; /* the caller's to release; without notes */
	bool has_whole;      /* a note about the whole was found, and is right */
	struct note_whole whole;
};

/* name is for messages. -1 when the file cannot be read. */
int sealwalk(
	struct sealwalk_result *out, struct disk *d, int fd, const char *name, struct err *err);

#endif
