/* sha256: libnettle's, and its digest in hexadecimal. */
#include "ext/sha256.h"

#include "base/alloc.h"

#include <nettle/sha2.h>

struct sha256 {
	struct sha256_ctx ctx;
};

struct sha256 *
sha256_new(void)
{
	struct sha256 *s = alloc_get(sizeof(*s));

	sha256_init(&s->ctx);
	return s;
}

void
sha256_free(struct sha256 *s)
{
	alloc_free(s);
}

void
sha256_put(struct sha256 *s, struct span bytes)
{
	sha256_update(&s->ctx, bytes.n, (const uint8_t *)bytes.p);
}

void
sha256_take(struct sha256 *s, char hex[SHA256_HEX])
{
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(&s->ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}
