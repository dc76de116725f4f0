/* kernel_portable: stage 1 in plain C, one table look-up a byte. */
#include "base/utf8.h"
#include "json/kernel_loop.h"

/*
 * Byte k of an entry is 1 when the byte is in class k. Eight entries, each shifted by its position, add
 * up to one byte of mask for each class.
 */
enum { QUOTE = 0, BACKSLASH = 8, STRUCTURAL = 16, BLANK = 24, CONTROL = 32, HIGH = 40 };

#define IN(class) ((uint64_t)1 << (class))
#define FOUR(x) x, x, x, x
#define SIXTEEN(x) FOUR(x), FOUR(x), FOUR(x), FOUR(x)
#define C IN(CONTROL)
#define B (IN(CONTROL) | IN(BLANK))
#define S IN(STRUCTURAL)
#define H SIXTEEN(IN(HIGH))

/* clang-format off */
static const uint64_t classes[256] = {
	FOUR(C), FOUR(C), C, B, B, C, C, B, C, C, /* 0x09, 0x0a, 0x0d are blanks too */
	SIXTEEN(C),
	IN(BLANK), 0, IN(QUOTE), 0, FOUR(0), FOUR(0), S, 0, 0, 0, /* space " , */
	FOUR(0), FOUR(0), 0, 0, S, 0, FOUR(0), /* : */
	SIXTEEN(0),
	FOUR(0), FOUR(0), 0, 0, 0, S, IN(BACKSLASH), S, 0, 0, /* [ backslash ] */
	SIXTEEN(0),
	FOUR(0), FOUR(0), 0, 0, 0, S, 0, S, 0, 0, /* { } */
	H, H, H, H, H, H, H, H,
};
/* clang-format on */

KERNEL_INLINE struct kernel_masks
classify(const char *p)
{
	struct kernel_masks m = {0};

	for (int word = 0; word < 64; word += 8) {
		uint64_t sum = 0;

		for (int i = 0; i < 8; i++)
			sum |= classes[(unsigned char)p[word + i]] << i;
		m.quote |= (sum >> QUOTE & 0xff) << word;
		m.backslash |= (sum >> BACKSLASH & 0xff) << word;
		m.structural |= (sum >> STRUCTURAL & 0xff) << word;
		m.blank |= (sum >> BLANK & 0xff) << word;
		m.control |= (sum >> CONTROL & 0xff) << word;
		m.high |= (sum >> HIGH & 0xff) << word;
	}
	return m;
}

KERNEL_INLINE uint64_t
prefix_xor(uint64_t bits)
{
	for (int by = 1; by < 64; by *= 2)
		bits ^= bits << by;
	return bits;
}

KERNEL_INLINE uint32_t
first_bit(uint64_t bits)
{
	return (uint32_t)__builtin_ctzll(bits | (uint64_t)1 << 63);
}

uint32_t
kernel_portable_scan(struct doc *d, bool *control)
{
	return scan_text(d, control);
}

bool
kernel_portable_is_utf8(struct span text)
{
	return utf8_check(text) == text.n;
}
