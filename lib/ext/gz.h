/*
 * gz: the front door of zlib, for reading gzip files (RFC 1952).
 *
 * Members follow one another, as gzip -c a b >> c writes them; zero bytes after the last one (tapes) are ignored,
 * anything else there is an error. Errors: ERR_DAMAGE, code "archive". The calls work as in zst.h.
 */
#ifndef EXT_GZ_H
#define EXT_GZ_H

#include "base/err.h"
#include "base/span.h"

struct gz;

struct gz *gz_new(void);
void gz_free(struct gz *g);
int gz_decode(struct gz *g, struct span *in, char *out, size_t cap, size_t *n, struct err *err);
/* True between members: the input may end here. */
bool gz_is_whole(const struct gz *g);

#endif
