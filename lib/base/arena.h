/*
 * arena: memory that is given back all at once.
 *
 * For what lives exactly as long as one event: the driver resets the scratch arena after each
 * handler call. A reset keeps the first block, so a steady stream allocates nothing. Under
 * AddressSanitizer reset memory is poisoned, and a span kept too long is caught at its first use.
 * Blocks are aligned to 16 bytes; every piece has BUF_PAD readable bytes after it.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

struct arena_block;

struct arena {
	struct arena_block *first, *last;
};

void arena_init(struct arena *a);
void arena_release(struct arena *a);
void arena_reset(struct arena *a);
/* Uninitialised, aligned to 16. Lives until the next reset. */
void *arena_get(struct arena *a, size_t n);
struct span arena_copy(struct arena *a, struct span s);
/* A copy with a NUL after it. */
char *arena_string(struct arena *a, struct span s);

#endif
