/*
 * trailer: the form of one stored line.
 *
 * A stored line is the producer's bytes without their final '}', then the trailer, always in this form:
 *
 *	,"$pos":7,"$stream":"user-123","$ver":5,"$rec":"2021-11-22T09:15:32.123Z","$b":"1/3","$sum":"0123456789abcdef"}
 *
 * $pos counts from 0 over the whole store, $ver from 1 in the stream; $rec is when the line was recorded and
 * never goes back; $b is the place in an atomic batch. $sum is XXH3-64 of every byte of the line before
 * `,"$sum"`, seeded with the sum of the line before (of the very first: with the seed of the store), so a line
 * that is damaged, lost, moved or doubled breaks the chain.
 *
 * The trailer is found from the line's end without parsing JSON: it starts at the last `,"$pos":`. Inside a
 * JSON string the quotes would have a backslash before them, and producers may not use `$` names at the top
 * level. Lines are given and taken without their newline, except by trailer_put, which writes it.
 */
#ifndef STORE_TRAILER_H
#define STORE_TRAILER_H

#include "base/buf.h"
#include "base/span.h"

#define TRAILER_SUM_BYTES 27    /* ,"$sum":"0123456789abcdef"} */
#define TRAILER_STREAM_MAX 1024 /* bytes of a stream's name */
#define TRAILER_MAX 7168        /* bytes a trailer can have: each byte of a name may need six */

struct trailer {
	int64_t pos, ver;
	struct span stream;            /* as written, with its quotes */
	struct span rec;               /* RFC 3339, without quotes */
	int64_t batch_at, batch_count; /* $b: 1/3 */
	uint64_t sum;
	size_t at; /* offset of the trailer in the line */
};

/* Appends the line and its newline; t->sum and t->at are not read. body is an object. Returns the sum. */
uint64_t trailer_put(struct buf *b, struct span body, const struct trailer *t, uint64_t seed);
/* False when the line does not end in a trailer. Spans lie in the line. The sum is read, not checked. */
bool trailer_parse(struct span line, struct trailer *t);
/* The sum that stands in the last TRAILER_SUM_BYTES bytes. */
bool trailer_sum(struct span line, uint64_t *sum);
/* Is the written sum that of the bytes before it? */
bool trailer_holds(struct span line, uint64_t sum, uint64_t seed);
/* The sum that the line should have. */
uint64_t trailer_compute(struct span line, uint64_t seed);
/* The stream's name, decoded; inside the line when it has no escapes, else in b, which is cleared. */
struct span trailer_stream(const struct trailer *t, struct buf *b);
/* Room for a stored line: makes it the producer's again, in place. */
struct span trailer_strip(char *line, const struct trailer *t);

#endif
