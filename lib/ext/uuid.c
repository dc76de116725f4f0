/* uuid: ids by libuuid, and version 7 composed. */
#include "ext/uuid.h"

#include "base/sha1.h"

#include <errno.h>
#include <sys/random.h>
#include <uuid/uuid.h>

#define LOW_BITS 62
#define LOW_MASK ((UINT64_C(1) << LOW_BITS) - 1)
#define HIGH_MASK 0xfff

/* getrandom gives up to 256 bytes whole; libuuid has other ways where the call is missing. */
static void
fill(struct uuid_pool *pool)
{
	ssize_t n;

	do
		n = getrandom(pool->bytes, sizeof(pool->bytes), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(pool->bytes))
		for (size_t i = 0; i < sizeof(pool->bytes); i += UUID_BYTES)
			uuid_generate_random(pool->bytes + i);
	pool->left = sizeof(pool->bytes);
}

static void
take(struct uuid_pool *pool, void *out, size_t n)
{
	if (pool->left < n)
		fill(pool);
	pool->left -= n;
	memcpy(out, pool->bytes + pool->left, n);
	memset(pool->bytes + pool->left, 0, n);
}

static void
stamp(unsigned char id[UUID_BYTES], unsigned version)
{
	id[6] = (unsigned char)((id[6] & 0x0f) | version << 4);
	id[8] = (unsigned char)((id[8] & 0x3f) | 0x80);
}

void
uuid_v4(struct uuid_pool *pool, unsigned char out[UUID_BYTES])
{
	take(pool, out, UUID_BYTES);
	stamp(out, 4);
}

void
uuid_v7_compose(unsigned char out[UUID_BYTES], int64_t ms, uint16_t rand_a, uint64_t rand_b)
{
	for (int i = 0; i < 6; i++)
		out[i] = (unsigned char)((uint64_t)ms >> (40 - 8 * i));
	out[6] = (unsigned char)(rand_a >> 8);
	out[7] = (unsigned char)rand_a;
	for (int i = 0; i < 8; i++)
		out[8 + i] = (unsigned char)(rand_b >> (56 - 8 * i));
	stamp(out, 7);
}

/* The bits after the last id's; a carry out of all 74 moves the time on by one. */
static void
step(struct uuid_pool *pool)
{
	uint32_t by;

	take(pool, &by, sizeof(by));
	pool->low += (uint64_t)by + 1;
	if (pool->low <= LOW_MASK)
		return;
	pool->low &= LOW_MASK;
	pool->high = (pool->high + 1) & HIGH_MASK;
	if (pool->high == 0)
		pool->last_ms++;
}

void
uuid_v7(struct uuid_pool *pool, int64_t ms, unsigned char out[UUID_BYTES])
{
	if (ms > pool->last_ms) {
		take(pool, &pool->low, sizeof(pool->low));
		take(pool, &pool->high, sizeof(pool->high));
		pool->low &= LOW_MASK;
		pool->high &= HIGH_MASK;
		pool->last_ms = ms;
	} else {
		step(pool);
	}
	uuid_v7_compose(out, pool->last_ms, pool->high, pool->low);
}

void
uuid_space_init(struct uuid_space *s, const unsigned char bytes[UUID_BYTES])
{
	memcpy(s->bytes, bytes, UUID_BYTES);
	s->native = sha1_is_native();
}

void
uuid_v5(unsigned char out[UUID_BYTES], const struct uuid_space *space, struct span name)
{
	unsigned char digest[SHA1_BYTES];

	if (!space->native) {
		uuid_generate_sha1(out, space->bytes, name.n ? name.p : "", name.n);
		return;
	}
	sha1_native(digest, span_of((const char *)space->bytes, UUID_BYTES), name);
	memcpy(out, digest, UUID_BYTES);
	stamp(out, 5);
}

/* Four bytes in hexadecimal, all digits at a time: nibbles spread over eight bytes, those over 9 raised to letters. */
static uint64_t
hex_of(const unsigned char *b)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t x = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];

	x = (x << 16 | x) & 0x0000ffff0000ffff;
	x = (x << 8 | x) & 0x00ff00ff00ff00ff;
	x = (x << 4 | x) & 0x0f0f0f0f0f0f0f0f;
	return x + ones * '0' + ((x + ones * 6) >> 4 & ones) * ('a' - '9' - 1);
}

static void
put_four(char *out, uint64_t digits)
{
	for (int i = 0; i < 4; i++)
		out[i] = (char)(digits >> (24 - 8 * i));
}

void
uuid_put(char out[UUID_TEXT], const unsigned char id[UUID_BYTES])
{
	static const unsigned char at[] = {0, 4, 9, 14, 19, 24, 28, 32};

	for (size_t i = 0; i < ARRAY_LEN(at); i += 2) {
		uint64_t digits = hex_of(id + 2 * i);

		put_four(out + at[i], digits >> 32);
		put_four(out + at[i + 1], digits);
	}
	out[8] = out[13] = out[18] = out[23] = '-';
	out[36] = '\0';
}
