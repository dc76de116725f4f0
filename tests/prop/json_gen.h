/*
 * json_gen: random JSON texts, and small damage to them. Everything follows from the seed.
 *
 * Strings favour what breaks parsers: runs of backslashes, quotes, lengths about 64, bytes of every UTF-8
 * length; numbers favour long digits and odd exponents.
 */
#ifndef TESTS_JSON_GEN_H
#define TESTS_JSON_GEN_H

#include "base/buf.h"
#include "base/utf8.h"

struct gen {
	uint64_t state;
	int depth_left;
};

/* splitmix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (2014). */
static uint64_t
gen_next(struct gen *g)
{
	uint64_t z = (g->state += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint32_t
gen_below(struct gen *g, uint32_t n)
{
	return (uint32_t)((gen_next(g) >> 32) * n >> 32);
}

static void
gen_blanks(struct gen *g, struct buf *b)
{
	static const char blanks[] = " \t\n\r";

	if (gen_below(g, 4))
		return;
	for (uint32_t n = gen_below(g, 8) ? gen_below(g, 3) : gen_below(g, 70); n > 0; n--)
		buf_putc(b, blanks[gen_below(g, 4)]);
}

static uint32_t
gen_code(struct gen *g)
{
	uint32_t code;

	switch (gen_below(g, 8)) {
	case 0: return gen_below(g, 0x20);
	case 1: return 0x80 + gen_below(g, 0x780);
	case 2:
		code = 0x800 + gen_below(g, 0xf800);
		return code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
	case 3: return 0x10000 + gen_below(g, 0x100000);
	case 4: return (uint32_t) "\"\\/\x7f"[gen_below(g, 4)];
	default: return 0x20 + gen_below(g, 0x5f);
	}
}

/* \uXXXX in either case of letters. */
static void
gen_hex(struct gen *g, struct buf *b, uint32_t unit)
{
	buf_print(b, gen_below(g, 2) ? "\\u%04x" : "\\u%04X", (unsigned)unit);
}

/* One of the ways to write a code point inside a string. */
static void
gen_written(struct gen *g, struct buf *b, uint32_t code)
{
	static const char letters[] = "\"\"\\\\//\bb\ff\nn\rr\tt";
	bool must = code < 0x20 || code == '"' || code == '\\';
	char bytes[4];

	for (const char *l = letters; code && *l; l += 2) {
		if ((unsigned char)*l == code && gen_below(g, 2)) {
			buf_putc(b, '\\');
			buf_putc(b, l[1]);
			return;
		}
	}
	if (!must && gen_below(g, 8)) {
		buf_put(b, bytes, utf8_put(bytes, code));
	} else if (code < 0x10000) {
		gen_hex(g, b, code);
	} else {
		gen_hex(g, b, 0xd800 + ((code - 0x10000) >> 10));
		gen_hex(g, b, 0xdc00 + ((code - 0x10000) & 0x3ff));
	}
}

static void
gen_string(struct gen *g, struct buf *b)
{
	uint32_t n = gen_below(g, 10) ? gen_below(g, 12) : gen_below(g, 140);
	bool plain = gen_below(g, 3) != 0;

	buf_putc(b, '"');
	for (; n > 0; n--) {
		if (plain)
			buf_putc(b, (char)('a' + gen_below(g, 26)));
		else if (gen_below(g, 30) == 0)
			gen_hex(g, b, 0xd800 + gen_below(g, 0x800)); /* a lone surrogate, mostly */
		else
			gen_written(g, b, gen_code(g));
	}
	for (n = gen_below(g, 12) ? 0 : gen_below(g, 70); n > 0; n--)
		buf_puts(b, "\\\\");
	buf_putc(b, '"');
}

static void
gen_digits(struct gen *g, struct buf *b)
{
	uint32_t n = gen_below(g, 10) ? 1 + gen_below(g, 4) : 1 + gen_below(g, 80);

	for (; n > 0; n--)
		buf_putc(b, (char)('0' + gen_below(g, 10)));
}

static void
gen_number(struct gen *g, struct buf *b)
{
	if (gen_below(g, 4) == 0)
		buf_putc(b, '-');
	if (gen_below(g, 3) == 0) {
		buf_putc(b, '0');
	} else {
		buf_putc(b, (char)('1' + gen_below(g, 9)));
		if (gen_below(g, 2))
			gen_digits(g, b);
	}
	if (gen_below(g, 3) == 0) {
		buf_putc(b, '.');
		gen_digits(g, b);
	}
	if (gen_below(g, 5) == 0) {
		buf_putc(b, "eE"[gen_below(g, 2)]);
		if (gen_below(g, 2))
			buf_putc(b, "+-"[gen_below(g, 2)]);
		gen_digits(g, b);
	}
}

static void
gen_value(struct gen *g, struct buf *b)
{
	static const char *const words[] = {"true", "false", "null"};
	uint32_t kind = gen_below(g, g->depth_left > 0 ? 10 : 6), n;
	bool object = kind >= 8;

	gen_blanks(g, b);
	if (kind < 2) {
		gen_number(g, b);
	} else if (kind < 5) {
		gen_string(g, b);
	} else if (kind < 6) {
		buf_puts(b, words[gen_below(g, 3)]);
	} else {
		g->depth_left--;
		buf_putc(b, object ? '{' : '[');
		n = gen_below(g, 6);
		for (uint32_t i = 0; i < n; i++) {
			if (i > 0)
				buf_putc(b, ',');
			if (object) {
				gen_blanks(g, b);
				gen_string(g, b);
				gen_blanks(g, b);
				buf_putc(b, ':');
			}
			gen_value(g, b);
		}
		gen_blanks(g, b);
		buf_putc(b, object ? '}' : ']');
		g->depth_left++;
	}
	gen_blanks(g, b);
}

/* Brackets about as deep as the limit, closed or not. */
static void
gen_nest(struct gen *g, struct buf *b)
{
	uint32_t n = gen_below(g, 2) ? 240 + gen_below(g, 30) : 1015 + gen_below(g, 20);
	static char opened[1100];

	for (uint32_t i = 0; i < n; i++) {
		opened[i] = "[{"[gen_below(g, 2)];
		buf_puts(b, opened[i] == '[' ? "[" : "{\"\":");
	}
	gen_value(g, b);
	for (uint32_t i = gen_below(g, 20) ? n : n - 1; i > 0; i--)
		buf_putc(b, opened[i - 1] == '[' ? ']' : '}');
}

static inline void
gen_text(struct gen *g, struct buf *b)
{
	buf_clear(b);
	g->depth_left = 1 + (int)gen_below(g, 5);
	if (gen_below(g, 500) == 0)
		gen_nest(g, b);
	else
		gen_value(g, b);
}

static void
gen_insert(struct buf *b, size_t at, const char *z)
{
	size_t n = strlen(z);

	if (!buf_room(b, n))
		return;
	memmove(b->p + at + n, b->p + at, b->n - at);
	memcpy(b->p + at, z, n);
	b->n += n;
}

/* One small damage, which may happen to leave the text good. */
static inline void
gen_mutate(struct gen *g, struct buf *b)
{
	static const char *const bits[] = {"\"", "\\", "{", "}", "[", "]", ",", ":", "0", "1", "-",
		"+", ".", "e", "E", " ", "\n", "\x01", "\x0c", "\x1a", "\x1f", "\x7f", "\x80",
		"\xc3", "\xc3\xa9", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xef\xbb\xbf", "\\u",
		"\\x", "\\\"", "nan", "NaN", "true", "nul", "//", "'", "01", "1.", ".5", "1e", "\r",
		"\t"};
	size_t at = b->n ? gen_below(g, (uint32_t)b->n) : 0, n;

	switch (b->n ? gen_below(g, 6) : 0) {
	case 0: gen_insert(b, at, bits[gen_below(g, ARRAY_LEN(bits))]); break;
	case 1: b->p[at] = (char)gen_below(g, 256); break;
	case 2: b->p[at] = bits[gen_below(g, ARRAY_LEN(bits))][0]; break;
	case 3: b->p[at] ^= (char)(1 << gen_below(g, 8)); break;
	case 4: b->n = at; break;
	default:
		n = 1 + gen_below(g, 3);
		n = MIN(n, b->n - at);
		memmove(b->p + at, b->p + at + n, b->n - at - n);
		b->n -= n;
	}
}

#endif
