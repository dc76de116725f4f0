/*
 * uuid: the front door of libuuid, RFC 9562.
 *
 * An id is 16 bytes; uuid_put writes its text. Version 5 is libuuid's where the processor has no instructions
 * for SHA-1 (base/sha1). Versions 4 and 7
 * draw from a pool of random bytes that the kernel fills 256 at a time (a system call for each id would cost
 * more than the rest of an event); version 7 is composed here, since libuuid has it only from 2.41 on.
 *
 * Version 7 ids of one pool strictly increase, also within a millisecond and when the clock steps back: the
 * 74 random bits of the last id are then raised by a random step (RFC 9562 section 6.2, method 2).
 *
 * A pool copied by fork would give the same ids twice: a child that makes ids starts with a zeroed pool.
 */
#ifndef EXT_UUID_H
#define EXT_UUID_H

#include "base/err.h"
#include "base/span.h"

#define UUID_BYTES 16
#define UUID_TEXT 37 /* the text and its NUL */

/* Starts zeroed; owns nothing. */
struct uuid_pool {
	unsigned char bytes[256];
	size_t left;
	int64_t last_ms; /* of the last version 7 id */
	uint16_t high;   /* its rand_a, 12 bits */
	uint64_t low;    /* its rand_b, 62 bits */
};

void uuid_v4(struct uuid_pool *pool, unsigned char out[UUID_BYTES]);
/* ms: since 1970, 48 bits of it are kept. */
void uuid_v7(struct uuid_pool *pool, int64_t ms, unsigned char out[UUID_BYTES]);
/* The bits of a version 7 id: rand_a has 12 bits, rand_b 62. */
void uuid_v7_compose(unsigned char out[UUID_BYTES], int64_t ms, uint16_t rand_a, uint64_t rand_b);

/* A namespace of version 5. */
struct uuid_space {
	unsigned char bytes[UUID_BYTES];
	bool native; /* by base/sha1; the ids are the same either way */
};

void uuid_space_init(struct uuid_space *s, const unsigned char bytes[UUID_BYTES]);
/* SHA-1 of space and name, section 5.5. A name of up to 39 bytes costs one block, 40 to 103 two. */
void uuid_v5(unsigned char out[UUID_BYTES], const struct uuid_space *space, struct span name);
/* Lower case, with a NUL. */
void uuid_put(char out[UUID_TEXT], const unsigned char id[UUID_BYTES]);

#endif
