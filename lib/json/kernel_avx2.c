/* kernel_avx2: 32-byte vectors, carry-less multiplication and bit counting (x86-64-v3). */
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

/*
 * UTF-8: Keiser and Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte" (2021). Each bit is a way in
 * which two neighbouring bytes can be wrong. Three tables say which ways the high half of the first,
 * its low half and the high half of the second leave open; what all three leave open is an error.
 */
enum {
	SHORT = 1 << 0,      /* a lead byte, then no tail */
	LONG = 1 << 1,       /* ASCII, then a tail */
	OVERLONG_3 = 1 << 2, /* e0, then 80 to 9f */
	LARGE = 1 << 3,      /* f4 and more, then 90 to bf */
	SURROGATE = 1 << 4,  /* ed, then a0 to bf */
	OVERLONG_2 = 1 << 5, /* c0 or c1 */
	OVERLONG_4 = 1 << 6, /* f0, then 80 to 8f; also f5 and more, then 80 to 8f */
	TAILS = 1 << 7,      /* two tails: right after a lead of three or four */
	ANY = SHORT | LONG | TAILS,
	MORE = ANY | LARGE | OVERLONG_4,
	TAIL = LONG | OVERLONG_2 | TAILS,
};

/* One table for both halves of a vector. */
#define TWICE(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))

KERNEL_INLINE __m256i
look_up(__m256i table, __m256i nibbles)
{
	return _mm256_shuffle_epi8(table, _mm256_and_si256(nibbles, _mm256_set1_epi8(0x0f)));
}

/* The ways in which v and the byte before each of its bytes are wrong together. */
KERNEL_INLINE __m256i
wrong_pairs(__m256i v, __m256i before)
{
	const __m256i first_high = TWICE(LONG, LONG, LONG, LONG, LONG, LONG, LONG, LONG,
		(char)TAILS, (char)TAILS, (char)TAILS, (char)TAILS, SHORT | OVERLONG_2, SHORT,
		SHORT | OVERLONG_3 | SURROGATE, SHORT | LARGE | OVERLONG_4);
	const __m256i first_low = TWICE((char)(ANY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4),
		(char)(ANY | OVERLONG_2), (char)ANY, (char)ANY, (char)(ANY | LARGE), (char)MORE,
		(char)MORE, (char)MORE, (char)MORE, (char)MORE, (char)MORE, (char)MORE, (char)MORE,
		(char)(MORE | SURROGATE), (char)MORE, (char)MORE);
	const __m256i second_high = TWICE(SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT,
		(char)(TAIL | OVERLONG_3 | OVERLONG_4), (char)(TAIL | OVERLONG_3 | LARGE),
		(char)(TAIL | SURROGATE | LARGE), (char)(TAIL | SURROGATE | LARGE), SHORT, SHORT,
		SHORT, SHORT);
	__m256i pairs = _mm256_and_si256(
		look_up(first_high, _mm256_srli_epi16(before, 4)), look_up(first_low, before));

	return _mm256_and_si256(pairs, look_up(second_high, _mm256_srli_epi16(v, 4)));
}

/* Nonzero where v, which follows last in the text, is wrong. */
KERNEL_INLINE __m256i
wrong_bytes(__m256i v, __m256i last)
{
	__m256i middle = _mm256_permute2x128_si256(last, v, 0x21);
	__m256i before1 = _mm256_alignr_epi8(v, middle, 15);
	__m256i before2 = _mm256_alignr_epi8(v, middle, 14);
	__m256i before3 = _mm256_alignr_epi8(v, middle, 13);
	/* The top bit is left where two before is a lead of three, three before one of four. */
	__m256i third = _mm256_subs_epu8(before2, _mm256_set1_epi8((char)(0xe0 - 0x80)));
	__m256i fourth = _mm256_subs_epu8(before3, _mm256_set1_epi8((char)(0xf0 - 0x80)));
	__m256i tails =
		_mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));

	return _mm256_xor_si256(tails, wrong_pairs(v, before1));
}

KERNEL_TARGET bool
kernel_avx2_is_utf8(struct span text)
{
	__m256i last = _mm256_setzero_si256(), wrong = last, v;
	char tail[32] = {0}; /* what is left and at least one NUL, which ends what is unfinished */
	size_t i = 0;

	for (; i + 32 <= text.n; i += 32) {
		v = _mm256_loadu_si256((const void *)(text.p + i));
		if (_mm256_movemask_epi8(_mm256_or_si256(v, last)))
			wrong = _mm256_or_si256(wrong, wrong_bytes(v, last));
		last = v;
	}
	if (i < text.n)
		memcpy(tail, text.p + i, text.n - i);
	v = _mm256_loadu_si256((const void *)tail);
	wrong = _mm256_or_si256(wrong, wrong_bytes(v, last));
	return _mm256_testz_si256(wrong, wrong);
}

#else
typedef int kernel_avx2_is_for_x86_64_only;
#endif
