/*
 * sha1: SHA-1 (FIPS 180-4) by the instructions that the processor has for it.
 *
 * Only for the ids of derived events, one hash each: the instructions do a block in about 50 ns, a portable
 * loop needs five times that. Where they are missing the caller has another implementation (ext/uuid: libuuid's).
 * SHA-1 names things here, it protects nothing.
 */
#ifndef BASE_SHA1_H
#define BASE_SHA1_H

#include "base/span.h"

#define SHA1_BYTES 20
#define SHA1_HEAD_MAX 63

/* Asks the processor, which is slow: once for each run, not for each hash. */
bool sha1_is_native(void);
/* Of head, at most SHA1_HEAD_MAX bytes, followed by tail. Only where sha1_is_native. */
void sha1_native(unsigned char out[SHA1_BYTES], struct span head, struct span tail);

#endif
