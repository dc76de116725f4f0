/* kernel_avx2: stage 1 with 32-byte vectors, carry-less multiplication and bit counting (x86-64-v3). */
#if defined(__x86_64__)

#define KERNEL_TARGET __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))

#include <immintrin.h>

#include "json/kernel_loop.h"

/* Two vector results as the bits of one block. */
KERNEL_INLINE uint64_t
bits_of(__m256i lo, __m256i hi)
{
	uint64_t high = (uint32_t)_mm256_movemask_epi8(hi);

	return high << 32 | (uint32_t)_mm256_movemask_epi8(lo);
}

KERNEL_INLINE uint64_t
equal_to(__m256i lo, __m256i hi, char c)
{
	__m256i v = _mm256_set1_epi8(c);

	return bits_of(_mm256_cmpeq_epi8(lo, v), _mm256_cmpeq_epi8(hi, v));
}

/*
 * Each table holds at index x the one byte with low nibble x that belongs to the class, so a byte is in
 * the class when the shuffle gives back the byte itself. Bytes over 0x7f shuffle to 0, and never match.
 */
KERNEL_INLINE uint64_t
blanks(__m256i lo, __m256i hi)
{
	const __m256i table = _mm256_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r',
		0, 0, ' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0);

	return bits_of(_mm256_cmpeq_epi8(lo, _mm256_shuffle_epi8(table, lo)),
		_mm256_cmpeq_epi8(hi, _mm256_shuffle_epi8(table, hi)));
}

/* Bit 0x20 makes braces of brackets, and leaves comma and colon as they are. */
KERNEL_INLINE uint64_t
structurals(__m256i lo, __m256i hi)
{
	const __m256i table = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0);
	const __m256i bit = _mm256_set1_epi8(0x20);

	return bits_of(_mm256_cmpeq_epi8(_mm256_or_si256(lo, bit), _mm256_shuffle_epi8(table, lo)),
		_mm256_cmpeq_epi8(_mm256_or_si256(hi, bit), _mm256_shuffle_epi8(table, hi)));
}

KERNEL_INLINE uint64_t
controls(__m256i lo, __m256i hi)
{
	const __m256i last = _mm256_set1_epi8(0x1f);

	return bits_of(_mm256_cmpeq_epi8(_mm256_min_epu8(lo, last), lo),
		_mm256_cmpeq_epi8(_mm256_min_epu8(hi, last), hi));
}

KERNEL_INLINE struct kernel_masks
classify(const char *p)
{
	__m256i lo = _mm256_loadu_si256((const void *)p);
	__m256i hi = _mm256_loadu_si256((const void *)(p + 32));

	return (struct kernel_masks){
		.quote = equal_to(lo, hi, '"'),
		.backslash = equal_to(lo, hi, '\\'),
		.structural = structurals(lo, hi),
		.blank = blanks(lo, hi),
		.control = controls(lo, hi),
		.high = bits_of(lo, hi),
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

KERNEL_INLINE uint32_t
first_bit(uint64_t bits)
{
	return (uint32_t)_tzcnt_u64(bits);
}

KERNEL_TARGET uint32_t
kernel_avx2_scan(struct doc *d, bool *control)
{
	return scan_text(d, control);
}

#else
typedef int kernel_avx2_is_for_x86_64_only;
#endif
