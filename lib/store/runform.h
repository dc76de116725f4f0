/*
 * runform: the bytes of a run.
 *
 * A run is a row of blocks of 4096 bytes: 4088 of content, then 8, the XXH3-64 of these seeded with the number of the run
 * and of the block, so a block of another run, of another store or from another place is never believed. Numbers are
 * little-endian. The last block is the footer; everything before it is a section of records, each in whole blocks, as many
 * records to a block as fit. Where each section begins follows from the counts in the footer, and the size of the file
 * with it: there are no offsets to believe.
 *
 *	section    record                                                      order
 *	IDS        20: hash of the identity (high, low), u32 position          hash, position
 *	ID_LINES   64: a line of the Bloom filter of the identities            high word of the hash
 *	LIST       4: u32 position                                             streams, each by version
 *	OFFSETS    4: u32 offset of the line in its segment                    position
 *	TIMES      8: $rec in milliseconds of each line whose position is a    position
 *	           multiple of 64
 *	NAME_LINES 64: a line of the Bloom filter of the streams               high word of the hash
 *	SEGMENTS   24: first position, end in bytes as far as the run goes,    position
 *	           $sum before its first line (0 when the run begins inside)
 *	STREAMS    32: hash of the name (high, low), first version, u32        hash
 *	           count, u32 start in LIST
 *	ID_FENCES  8: high word of the first record of each block of IDS       the same
 *	NAME_FENCES 8: the same of STREAMS                                     the same
 *
 * A u32 position counts from the run's first. Both filters are of the blocked kind (Putze, Sanders, Singler, "Cache-,
 * Hash- and Space-Efficient Bloom Filters"): a hash sets 7 bits in one line of 512, about 16 bits a hash. The high word
 * chooses the line, in proportion, so filters are written in the order of the hashes; the low word chooses the bits.
 */
#ifndef STORE_RUNFORM_H
#define STORE_RUNFORM_H

#include "base/hash.h"
#include "store/segfile.h"

#define RUNFORM_BLOCK 4096
#define RUNFORM_CONTENT 4088
#define RUNFORM_STRIDE 64 /* positions from one time to the next */
#define RUNFORM_LINE 64   /* bytes of a line of a filter */
#define RUNFORM_LINES_IN_BLOCK (RUNFORM_CONTENT / RUNFORM_LINE)
#define RUNFORM_MAX_LINES ((int64_t)1 << 31) /* of the log in a run */

enum runform_section {
	RUNFORM_IDS,
	RUNFORM_ID_LINES,
	RUNFORM_LIST,
	RUNFORM_OFFSETS,
	RUNFORM_TIMES,
	RUNFORM_NAME_LINES,
	RUNFORM_SEGMENTS,
	RUNFORM_STREAMS,
	RUNFORM_ID_FENCES,
	RUNFORM_NAME_FENCES,
	RUNFORM_SECTIONS
};

struct runform_part {
	uint32_t width, per_block; /* bytes of a record, records of a block */
	int64_t count;             /* of records */
	int64_t block;             /* where it begins */
};

/* The footer, and what follows from it. */
struct runform {
	int64_t first, end;        /* positions, end is one past the last */
	struct place start, stop;  /* before the first line, after the last */
	int64_t bytes;             /* of text in its lines */
	int64_t first_ms, last_ms; /* $rec of the first and the last line */
	uint32_t id_lines, name_lines, segments, streams;
	/* what follows */
	uint64_t key; /* seed of the blocks */
	struct runform_part parts[RUNFORM_SECTIONS];
	int64_t blocks; /* all, with the footer */
};

/* Lines a filter of so many hashes has. */
uint32_t runform_lines(int64_t hashes);
/* Fills what follows from the rest, as far as the counts are known: sections after STREAMS need streams. */
void runform_layout(struct runform *f, uint64_t seed);
/* seed: the store's. The footer is the content and hash of a block. */
void runform_put(const struct runform *f, uint64_t seed, char block[RUNFORM_BLOCK]);
/* 0; -1 when it is no footer of a run first..end of this store, or size does not fit. */
int runform_get(struct runform *f, uint64_t seed, const char block[RUNFORM_BLOCK], int64_t first,
	int64_t end, int64_t size);
/* The hash of a block's content. */
uint64_t runform_sum(const char *block, uint64_t key, int64_t number);

/* Little-endian numbers; compilers make one load or store of each. */
static inline uint32_t
runform_u32(const char *p)
{
	const uint8_t *u = (const uint8_t *)p;

	return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

static inline uint64_t
runform_u64(const char *p)
{
	return runform_u32(p) | (uint64_t)runform_u32(p + 4) << 32;
}

static inline void
runform_put_u32(char *p, uint32_t v)
{
	p[0] = (char)v;
	p[1] = (char)(v >> 8);
	p[2] = (char)(v >> 16);
	p[3] = (char)(v >> 24);
}

static inline void
runform_put_u64(char *p, uint64_t v)
{
	runform_put_u32(p, (uint32_t)v);
	runform_put_u32(p + 4, (uint32_t)(v >> 32));
}

/* The filter's line of a hash. */
static inline uint32_t
runform_line(struct hash128 h, uint32_t lines)
{
	return (uint32_t)(((uint128)h.high * lines) >> 64);
}

/* The i-th of its 7 bits, 0 to 511. */
static inline unsigned
runform_bit(struct hash128 h, int i)
{
	return (unsigned)(h.low >> (9 * i)) & 511;
}

#define RUNFORM_BITS 7

/* The lowest bit says whether its i-th bit is set in a line. */
static inline unsigned
runform_test(const char *line, struct hash128 h, int i)
{
	unsigned bit = runform_bit(h, i);

	return (unsigned)(uint8_t)line[bit / 8] >> (bit % 8);
}

/* Are all its bits set in a line? With few branches: which bit is missing is a matter of luck. */
static inline bool
runform_has(const char *line, struct hash128 h)
{
	unsigned some = runform_test(line, h, 0) & runform_test(line, h, 1) &
			runform_test(line, h, 2) & runform_test(line, h, 3);

	if (likely(!(some & 1)))
		return false;
	return runform_test(line, h, 4) & runform_test(line, h, 5) & runform_test(line, h, 6) & 1;
}

static inline int
runform_compare(struct hash128 a, struct hash128 b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return (a.low > b.low) - (a.low < b.low);
}

#endif
