/*
 * past: what is remembered of events that retention has removed: that they were stored, for ever.
 *
 *	retired/FIRST-LAST.ndjson  the account of these positions; it says that their lines are gone
 *	retired/FIRST-LAST.prints  of each its version, and a print of its bytes and its stream
 *	retired/….run              identities and streams, as in index/ (run.h); several accounts may share one
 *
 * An account is lines of JSON: one about the whole, one for each stream that had lines there, a last one:
 *
 *	{"retired":1,"first":0,"last":999,"bytes":523000,"recorded":["…","…"],"streams":2,"ends":"0123456789abcdef","$sum":"…"}
 *	{"stream":"user-1","version":5,"$sum":"…"}
 *	{"stream":"user-2","version":995,"$sum":"…"}
 *	{"end":true,"$sum":"…"}
 *
 * ends is the sum of the last line that is gone, to which the first one that is left is chained. $sum is XXH3-64 of the
 * line's bytes before it, seeded with that of the line before; of the first line with the store's seed.
 *
 * Prints are blocks of 4096 bytes: 170 records of 24 (print, low and high, version, little-endian), 8 zeros, and the XXH3-64
 * of all this, seeded with the store's seed, the first position and the number of the block.
 *
 * None of this can be made again: damage is ERR_DAMAGE. Accounts follow each other without a gap from position 0; the log begins
 * where the last one ends. A backup copies them the last one first: after a gap they count only when it is closed, and a gap
 * is damage only where its first segment is gone. An account gets its name when everything it speaks of is durable, and
 * before a line is removed.
 */
#ifndef STORE_PAST_H
#define STORE_PAST_H

#include "base/hash.h"
#include "base/table.h"
#include "store/segfile.h"

#define PAST_NAME_MAX 64
#define PAST_BLOCK 4096
#define PAST_CONTENT 4088
#define PAST_RECORD 24
#define PAST_RECORDS (PAST_CONTENT / PAST_RECORD) /* of a block */

struct past_set {
	int64_t first, end; /* positions; end is one past the last */
};

struct past {
	struct root *root;     /* borrowed */
	struct past_set *sets; /* by position */
	size_t count, cap;
	/* the block of prints that was read last */
	char *block;
	int64_t block_set, block_number; /* first position of its set; -1: none */
};

/* 0, also when nothing was ever retired. */
int past_open(struct past *p, struct root *r, struct err *err);
void past_close(struct past *p);
/* Where the log begins. */
static inline int64_t
past_end(const struct past *p)
{
	return p->count ? p->sets[p->count - 1].end : 0;
}
/* The same as a place; reads the last account. */
int past_front(struct root *r, struct place *out, struct err *err);
/* Where the account of a position before past_end begins; reads the account before that. */
int past_start(struct past *p, int64_t pos, struct place *out, struct err *err);

struct past_event {
	struct hash128 print;
	int64_t ver;
};

/* body: the producer's bytes without the final '}'; stream: decoded. */
struct hash128 past_print(struct root *r, struct span body, struct span stream);
/* The event at a position before past_end. 0, -1. */
int past_find(struct past *p, int64_t pos, struct past_event *out, struct err *err);

/* Each stream of each account, oldest first; a stream may come several times, with growing versions. */
typedef int past_stream_fn(void *ctx, struct span name, int64_t ver, struct err *err);
int past_streams(struct past *p, past_stream_fn *fn, void *ctx, struct err *err);
/* Reads everything but runs once; fn is told of each damage. -1: the system failed. */
typedef void past_damage_fn(void *ctx, const char *name, int64_t byte, const char *what);
int past_check(struct past *p, past_damage_fn *fn, void *ctx, struct err *err);

/* The sum of a block of prints. */
uint64_t past_block_sum(uint64_t seed, int64_t first, int64_t number, const char *block);
void past_name(char out[PAST_NAME_MAX], struct past_set set, const char *end);

#endif
