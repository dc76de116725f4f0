/*
 * dead: dead letters, the form in which a line that could not be handled is kept (DESIGN section 7).
 *
 *	{"$dead":{"reason":…,"code":…,"program":…,"eventId":…,"eventType":…,"input":…,"line":N,"byte":N,
 *	"attempts":1,"first":…,"last":…},"raw":"the original line"}
 *
 * rawBase64 stands for raw where the line is not UTF-8. A line that was too long has "length" and "offset" in
 * $dead and its first 4 KiB in raw. "parked":true: it has failed --max-attempts times.
 */
#ifndef CLI_DEAD_H
#define CLI_DEAD_H

#include "base/arena.h"
#include "base/buf.h"
#include "json/doc.h"

struct dead {
	const char *reason, *code, *program, *input;
	struct span id, type;   /* p == NULL: not known */
	int64_t line_no, byte;  /* byte from 1; 0: not known */
	int64_t length, offset; /* of a line that was too long; length 0 otherwise */
	int64_t attempts;
	struct span first; /* RFC 3339; p == NULL: now */
	int64_t now_ms;
	bool parked;
};

/* One line with its newline. */
void dead_put(struct buf *b, const struct dead *d, struct span raw);

/* What a dead letter holds. Spans are in scratch or in the letter. */
struct dead_opened {
	struct span raw;
	int64_t attempts;
	struct span first;
};

/* 1: it is one; 0: an ordinary line; -1: it calls itself one and is broken, code "dead". */
int dead_open(const struct doc *d, struct arena *scratch, struct dead_opened *out, struct err *err);

#endif
