/* sha1: the SHA extensions of x86-64. */
#include "base/sha1.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define SHA1_TARGET __attribute__((target("sha,sse4.1")))
#define BLOCK 64

/* Words from the highest lane down: a b c d, and e alone. */
struct digest {
	__m128i abcd, e;
};

bool
sha1_is_native(void)
{
	unsigned a, b, c, d;
	bool sse = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSSE3) && (c & bit_SSE4_1);

	return sse && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

/* Four rounds, five times over; the function f of the rounds has to be a constant. */
#define TWENTY_ROUNDS(f)                                     \
	for (int i = 0; i < 5; i++, w++) {                   \
		__m128i e = _mm_sha1nexte_epu32(before, *w); \
		before = abcd;                               \
		abcd = _mm_sha1rnds4_epu32(abcd, e, f);      \
	}

/* Each e is made from the a of four rounds before, turned by 30 bits; at the start from e turned back. */
SHA1_TARGET static void
rounds(struct digest *s, const __m128i *w)
{
	__m128i abcd = s->abcd, before;

	before = _mm_or_si128(_mm_slli_epi32(s->e, 2), _mm_srli_epi32(s->e, 30));
	TWENTY_ROUNDS(0)
	TWENTY_ROUNDS(1)
	TWENTY_ROUNDS(2)
	TWENTY_ROUNDS(3)
	s->e = _mm_sha1nexte_epu32(before, s->e);
	s->abcd = _mm_add_epi32(s->abcd, abcd);
}

/* All 80 words of the schedule, then the rounds: the processor overlaps the two. */
SHA1_TARGET static void
take_block(struct digest *s, const unsigned char block[BLOCK])
{
	const __m128i swap = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
	__m128i w[20];

	for (int i = 0; i < 4; i++)
		w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)block + i), swap);
	for (int i = 4; i < 20; i++) {
		w[i] = _mm_xor_si128(_mm_sha1msg1_epu32(w[i - 4], w[i - 3]), w[i - 2]);
		w[i] = _mm_sha1msg2_epu32(w[i], w[i - 1]);
	}
	rounds(s, w);
}

SHA1_TARGET static void
finish(const struct digest *s, unsigned char out[SHA1_BYTES])
{
	const __m128i swap = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
	uint32_t e = __builtin_bswap32((uint32_t)_mm_extract_epi32(s->e, 3));

	_mm_storeu_si128((__m128i *)out, _mm_shuffle_epi8(s->abcd, swap));
	memcpy(out + 16, &e, sizeof(e));
}

void
sha1_native(unsigned char out[SHA1_BYTES], struct span head, struct span tail)
{
	struct digest s = {
		_mm_set_epi32(0x67452301, (int)0xefcdab89, (int)0x98badcfe, 0x10325476),
		_mm_set_epi32((int)0xc3d2e1f0, 0, 0, 0),
	};
	uint64_t bits = __builtin_bswap64((uint64_t)(head.n + tail.n) * 8);
	unsigned char block[2 * BLOCK] = {0};
	size_t n = head.n, blocks;

	assert(head.n <= SHA1_HEAD_MAX);
	if (n)
		memcpy(block, head.p, n);
	for (; n + tail.n >= BLOCK; n = 0) {
		memcpy(block + n, tail.p, BLOCK - n);
		tail = span_of(tail.p + (BLOCK - n), tail.n - (BLOCK - n));
		take_block(&s, block);
		memset(block, 0, BLOCK);
	}
	if (tail.n)
		memcpy(block + n, tail.p, tail.n);
	n += tail.n;
	block[n] = 0x80;
	blocks = n + 1 + sizeof(bits) <= BLOCK ? 1 : 2;
	memcpy(block + blocks * BLOCK - sizeof(bits), &bits, sizeof(bits));
	for (size_t i = 0; i < blocks; i++)
		take_block(&s, block + i * BLOCK);
	finish(&s, out);
}

#else

bool
sha1_is_native(void)
{
	return false;
}

void
sha1_native(unsigned char out[SHA1_BYTES], struct span head, struct span tail)
{
	(void)out;
	(void)head;
	(void)tail;
	assert(!"this processor has no instructions for SHA-1");
}

#endif
