/*
 * piece: the log cut into what can be asked by stream, and what must be read through.
 *
 * A piece is a stretch of positions: what a run covers, or a gap between runs. A short gap is gleaned once (glean.h) and
 * then answers as a run does; a long one does not, and is read line by line.
 *
 *	piece_at(&p, &pieces, pos, err);            the piece that pos is in
 *	if (p.kind != PIECE_LOG && piece_stream(&p, hash, &first_ver, &count, &cursor) == 1)
 *		piece_pos(&p, &cursor, count - 1, &pos);
 *
 * Questions to a run may fail, -1, without a word: piece_give_up, and ask for the piece at pos again, until it is one that
 * can be read.
 */
#ifndef STORE_PIECE_H
#define STORE_PIECE_H

#include "store/glean.h"

enum piece_kind { PIECE_NONE, PIECE_RUN, PIECE_GLEAN, PIECE_LOG };

struct piece {
	enum piece_kind kind;
	int64_t low, high; /* positions, high is not in it */
	struct run *run;
	const struct glean *glean;
};

struct pieces {
	struct view *view; /* borrowed */
	struct glean glean;
	bool has_glean;
	bool reads_on; /* nothing more is gleaned: the log is followed */
};

void piece_init(struct pieces *all, struct view *view);
void piece_release(struct pieces *all);
/* pos: front.pos to bound.pos - 1. -1: the log is damaged there, or cannot be read. */
int piece_at(struct piece *p, struct pieces *all, int64_t pos, struct err *err);
/* The piece answered wrongly or not at all. */
void piece_give_up(struct piece *p, struct pieces *all);
/* Forgets what was gleaned: the log has changed. */
void piece_forget(struct pieces *all);

/* As those of run.h, of a piece that is not PIECE_LOG. */
int piece_stream(const struct piece *p, struct hash128 stream, int64_t *first_ver, int64_t *count,
	struct run_cursor *cursor);
int piece_pos(const struct piece *p, const struct run_cursor *cursor, int64_t i, int64_t *pos);
int piece_locate(const struct piece *p, int64_t pos, struct locus *out);

/* The last version of a stream and its position, also where retention has taken its lines: 1, 0 none, -1. */
int piece_version(
	struct pieces *all, struct span stream, int64_t *ver, int64_t *pos, struct err *err);

#endif
