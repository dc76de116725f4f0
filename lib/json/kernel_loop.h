/*
 * kernel_loop: stage 1 of doc, the loop that every instruction set shares.
 *
 * A kernel file defines KERNEL_TARGET (the attribute that lets the compiler use its instructions),
 * includes this header, and defines the functions below that differ: sorting 64 bytes into masks, the
 * running exclusive-or of 64 bits, the place of the lowest set bit; or, with KERNEL_FLATTENS defined, in
 * place of the last the whole of flatten. Everything else is arithmetic on the masks, bit i standing
 * for byte i of the block.
 *
 * Source of the method: Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (2019),
 * sections 3.1.1 to 3.1.4; ours emits both quotes of a string instead of one.
 */
#ifndef JSON_KERNEL_LOOP_H
#define JSON_KERNEL_LOOP_H

#include "json/kernel.h"

#ifndef KERNEL_TARGET
#define KERNEL_TARGET
#endif
#define KERNEL_INLINE static inline __attribute__((always_inline)) KERNEL_TARGET

/* structural may also hold 0x0c and 0x1a: stage 2 looks at the byte itself. */
struct kernel_masks {
	uint64_t quote, backslash, structural, blank, control, high;
};

/* The three that a kernel defines. p has 64 readable bytes. */
KERNEL_INLINE struct kernel_masks classify(const char *p);
KERNEL_INLINE uint64_t prefix_xor(uint64_t bits);
#ifndef KERNEL_FLATTENS
KERNEL_INLINE uint32_t first_bit(uint64_t bits); /* of 0: any number */
#endif
/*
 * Writes base plus the position of every set bit, and returns where the next word goes. It may write any of
 * the 64 words from out on, however few bits there are.
 */
KERNEL_INLINE uint32_t *flatten(uint32_t *out, uint32_t base, uint64_t bits);

/* What one block hands to the next: all ones or zero, but escaped and scalar, which are 1 or 0. */
struct kernel_state {
	uint64_t in_string, escaped, scalar;
	uint64_t control, backslash, high; /* all that was seen */
};

/*
 * The bytes that a backslash escapes. In a run of backslashes every second one is itself escaped; runs
 * that start on odd bits are told from the others by the carry of one addition.
 */
KERNEL_INLINE uint64_t
escaped_bytes(uint64_t backslash, uint64_t *carry)
{
	const uint64_t even = 0x5555555555555555;
	uint64_t follows, odd_starts, sum;

	backslash &= ~*carry;
	follows = backslash << 1 | *carry;
	odd_starts = backslash & ~even & ~follows;
	*carry = __builtin_add_overflow(odd_starts, backslash, &sum);
	return (even ^ sum << 1) & follows;
}

#ifndef KERNEL_FLATTENS
KERNEL_INLINE uint32_t *
flatten(uint32_t *out, uint32_t base, uint64_t bits)
{
	uint32_t *end = out + __builtin_popcountll(bits);

	while (bits) {
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++) {
			out[i] = base + first_bit(bits);
			bits &= bits - 1;
		}
		out += 8;
	}
	return end;
}
#endif

KERNEL_INLINE uint64_t
token_bits(struct kernel_state *st, const char *p, uint64_t valid)
{
	struct kernel_masks m = classify(p);
	uint64_t backslash = m.backslash & valid, quote = m.quote & valid;
	uint64_t in_string, scalar, starts;

	if (unlikely(backslash | st->escaped))
		quote &= ~escaped_bytes(backslash, &st->escaped);
	in_string = prefix_xor(quote) ^ st->in_string; /* opening quote in, closing quote out */
	st->in_string = (uint64_t)((int64_t)in_string >> 63);
	scalar = ~(m.structural | m.blank | in_string | quote) & valid;
	starts = scalar & ~(scalar << 1 | st->scalar);
	st->scalar = scalar >> 63;
	st->control |= m.control & in_string & valid;
	st->backslash |= backslash;
	st->high |= m.high & valid;
	return (m.structural & ~in_string & valid) | quote | starts;
}

KERNEL_INLINE uint32_t
scan_text(struct doc *d, bool *control)
{
	struct kernel_state st = {0};
	const char *p = d->text.p;
	uint32_t n = (uint32_t)d->text.n, i = 0;
	uint32_t *out = d->at;

	for (; i + 64 <= n; i += 64)
		out = flatten(out, i, token_bits(&st, p + i, UINT64_MAX));
	if (i < n)
		out = flatten(out, i, token_bits(&st, p + i, ((uint64_t)1 << (n - i)) - 1));
	d->has_escapes = st.backslash != 0;
	d->has_high = st.high != 0;
	*control = (st.control | st.in_string) != 0;
	return (uint32_t)(out - d->at);
}

#endif
