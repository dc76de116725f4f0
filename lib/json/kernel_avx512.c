/*
 * kernel_avx512: 64-byte vectors. A comparison gives the mask of a block in one instruction, and a compression
 * gathers the positions of the set bits. The check of UTF-8 is that of kernel_avx2.
 */
#if defined(__x86_64__)

#define KERNEL_TARGET \
	__attribute__((target("avx512f,avx512bw,avx512vbmi2,avx2,bmi,bmi2,popcnt,pclmul")))
#define KERNEL_FLATTENS

#include <immintrin.h>

#include "json/kernel_loop.h"

/*
 * A table holds at index x the one byte with low nibble x that belongs to the class, so a byte is in the
 * class when the shuffle gives back the byte itself. Bytes over 0x7f shuffle to 0, and never match.
 */
KERNEL_INLINE __m512i
shuffled(__m128i table, __m512i v)
{
	return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(table), v);
}

KERNEL_INLINE struct kernel_masks
classify(const char *p)
{
	const __m128i blanks =
		_mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0);
	const __m128i structurals =
		_mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0);
	__m512i v = _mm512_loadu_si512((const void *)p);
	/* Bit 0x20 makes braces of brackets, and leaves comma and colon as they are. */
	__m512i braced = _mm512_or_si512(v, _mm512_set1_epi8(0x20));

	return (struct kernel_masks){
		.quote = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('"')),
		.backslash = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\\')),
		.structural = _mm512_cmpeq_epi8_mask(braced, shuffled(structurals, v)),
		.blank = _mm512_cmpeq_epi8_mask(v, shuffled(blanks, v)),
		.control = _mm512_cmplt_epu8_mask(v, _mm512_set1_epi8(0x20)),
		.high = _mm512_movepi8_mask(v),
	};
}

/* Multiplying by all ones without carries adds up every lower bit, modulo two. */
KERNEL_INLINE uint64_t
prefix_xor(uint64_t bits)
{
	__m128i ones = _mm_set1_epi8((char)0xff);
	__m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), ones, 0);

	return (uint64_t)_mm_cvtsi128_si64(product);
}

/* Sixteen positions as words. */
KERNEL_INLINE void
put_words(uint32_t *out, __m512i base, __m128i places)
{
	_mm512_storeu_si512(out, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(places)));
}

/*
 * Blocks of up to 32 tokens, which is nearly all, take no branch that depends on their number. The
 * compression goes to a register: to memory it is very slow on some processors.
 */
KERNEL_INLINE uint32_t *
flatten(uint32_t *out, uint32_t base, uint64_t bits)
{
	const __m512i iota = _mm512_set_epi64(0x3f3e3d3c3b3a3938, 0x3736353433323130,
		0x2f2e2d2c2b2a2928, 0x2726252423222120, 0x1f1e1d1c1b1a1918, 0x1716151413121110,
		0x0f0e0d0c0b0a0908, 0x0706050403020100);
	__m512i places = _mm512_maskz_compress_epi8(bits, iota);
	__m512i bases = _mm512_set1_epi32((int)base);
	int n = __builtin_popcountll(bits);

	put_words(out, bases, _mm512_castsi512_si128(places));
	put_words(out + 16, bases, _mm512_extracti32x4_epi32(places, 1));
	if (unlikely(n > 32)) {
		put_words(out + 32, bases, _mm512_extracti32x4_epi32(places, 2));
		put_words(out + 48, bases, _mm512_extracti32x4_epi32(places, 3));
	}
	return out + n;
}

KERNEL_TARGET uint32_t
kernel_avx512_scan(struct doc *d, bool *control)
{
	return scan_text(d, control);
}

#else
typedef int kernel_avx512_is_for_x86_64_only;
#endif
