/*
 * note: what packed text says about itself, as JSON in skippable frames (seekable.h, SEEKABLE_NOTE).
 *
 * After every NOTE_FRAMES frames of text, and after the last one, stands a note about the frames since the one before:
 *
 *	{"frames":2,"lines":[61,62],"untimed":[0,1],"from":[1637572532123,1637572534001],"to":[…],
 *	 "sums":["0123456789abcdef",…],"bytes":"…","$sum":"…"}
 *
 * of each frame its line ends, how many of its lines have no readable time, the first and the last event time (null
 * when it has none) and, in a segment, the sum that its first line is chained to. bytes is XXH3-64 of the last frame's
 * bytes in the file, seeded with that of the one before it, 0 for the first: it finds damage that decoders do not see,
 * as it leaves the text as it was. The very last note, right before the
 * table, is about the whole text:
 *
 *	{"packed":1,"text":67108864,"frames":2048,"lines":131072,"untimed":0,"time":null,"unit":"ms","from":…,"to":…,
 *	 "sha256":"…","segment":{"first":0,"last":131071,"recorded":["…","…"],"begins":"…","ends":"…"},
 *	 "merkle":null,"erased":[],"table":"…","$sum":"…"}
 *
 * time is the expression by which times were read, null for the envelope's; segment is there in sealed segments only;
 * merkle and erased are kept free; table is XXH3-64 of the table's entries before this note's own. $sum is XXH3-64
 * of the bytes before `,"$sum"`, in both. Readers pass over members that they do not know. Reading is strict: a note
 * that is not whole and right is -1, code "note", and no output is changed.
 */
#ifndef STORE_NOTE_H
#define STORE_NOTE_H

#include "base/buf.h"
#include "base/err.h"
#include "event/timing.h"
#include "ext/sha256.h"

#define NOTE_FRAMES 4096
#define NOTE_BYTES_MAX ((size_t)1 << 20) /* of one note */
#define NOTE_TIME_MAX 1024               /* bytes of time */
#define NOTE_REC_MAX 40

struct note_frame {
	int64_t lines, untimed;
	int64_t from_ms, to_ms; /* both included; from_ms > to_ms: no line has a time */
	uint64_t sum;           /* of a segment */
};

#define NOTE_NO_TIME_FROM INT64_MAX
#define NOTE_NO_TIME_TO INT64_MIN

struct note_whole {
	int64_t text, frames, lines, untimed;
	int64_t from_ms, to_ms;
	bool has_expr;
	char time[NOTE_TIME_MAX + 1];
	enum timing_unit unit;
	char sha256[SHA256_HEX];
	uint64_t table;
	/* of a segment */
	bool is_segment;
	int64_t first, last;
	char recorded_first[NOTE_REC_MAX], recorded_last[NOTE_REC_MAX]; /* RFC 3339 */
	uint64_t begins, ends;
};

/* Appends the JSON. */
void note_put_frames(
	struct buf *b, const struct note_frame *frames, size_t n, uint64_t bytes, bool is_segment);
void note_put_whole(struct buf *b, const struct note_whole *w);
/* text must have BUF_PAD readable bytes after it. frames has room for n, which is what there must be. */
int note_read_frames(struct span text, struct note_frame *frames, size_t n, uint64_t *bytes,
	bool is_segment, struct err *err);
int note_read_whole(struct span text, struct note_whole *w, struct err *err);

#endif
