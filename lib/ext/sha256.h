/*
 * sha256: SHA-256 (FIPS 180-4) by libnettle, which uses the processor's instructions where it has them.
 *
 *	struct sha256 *s = sha256_new();
 *
 *	sha256_put(s, text);
 *	sha256_take(s, hex);      and s begins anew
 *	sha256_free(s);
 */
#ifndef EXT_SHA256_H
#define EXT_SHA256_H

#include "base/span.h"

#define SHA256_HEX 65 /* 64 digits and a NUL */

struct sha256;

struct sha256 *sha256_new(void);
void sha256_free(struct sha256 *s); /* s may be NULL */
void sha256_put(struct sha256 *s, struct span bytes);
void sha256_take(struct sha256 *s, char hex[SHA256_HEX]);

#endif
