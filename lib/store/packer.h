/*
 * packer: text in, frames and notes out (seekable.h, note.h): what seal and pack share.
 *
 * Text comes in any pieces. A frame holds as many whole lines as fit into 32 KiB, or one longer line; a line over
 * SEEKABLE_FRAME_MAX is cut into frames of that size. Past 2^18 frames each step of as many has frames four times as
 * large, up to SEEKABLE_FRAME_MAX, so what is kept is bounded: the frames of one note, 8 bytes for each frame of the
 * table (at most 11 MiB), and the longest line whose time is read. Text for which even that is too little (about
 * 2.5 TiB) is refused.
 *
 * Of each line the time is read. A line that has none, is no JSON or is over max_line is counted as untimed; whoever
 * looks for a range must take its frame. Empty lines have no time and are not missed.
 *
 * Of a segment each line must be a stored one that continues the chain; else ERR_DAMAGE, with the byte in the text.
 *
 *	struct packer *p = packer_new(&(struct packer_conf){.timing = &timing, .max_line = 4 << 20, .put = put});
 *
 *	packer_put(p, text, err);   as often as there is text
 *	packer_end(p, err);
 *	packer_free(p);
 */
#ifndef STORE_PACKER_H
#define STORE_PACKER_H

#include "base/err.h"
#include "base/span.h"
#include "event/timing.h"

#define PACKER_LEVEL 3

struct packer_conf {
	const struct timing *timing; /* borrowed */
	size_t max_line;
	/* Takes the next bytes of the archive; -1 ends the packing. */
	int (*put)(void *ctx, struct span bytes, struct err *err);
	void *ctx;
	/* A sealed segment. */
	bool is_segment;
	int64_t first;   /* its first position */
	uint64_t begins; /* the sum its first line is chained to */
};

struct packer_counts {
	int64_t text, bytes; /* in, out */
	int64_t lines, untimed, frames;
};

struct packer;

/* NULL and err: the expression of the time is too long to be noted. */
struct packer *packer_new(const struct packer_conf *conf, struct err *err);
void packer_free(struct packer *p); /* p may be NULL */
int packer_put(struct packer *p, struct span text, struct err *err);
/* The last frame, the notes and the table. A segment must end in a newline and have a line. */
int packer_end(struct packer *p, struct err *err);
struct packer_counts packer_counts(const struct packer *p);

#endif
