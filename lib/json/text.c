/* text: escapes read and written. */
#include "json/text.h"

#include "base/utf8.h"

#define REPLACEMENT 0xfffd

static struct span
inside(struct span raw)
{
	assert(raw.n >= 2 && raw.p[0] == '"');
	return span_of(raw.p + 1, raw.n - 2);
}

static uint32_t
hex4(const char *p)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++) {
		uint32_t c = (unsigned char)p[i];

		v = v << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return v;
}

/* The code point of \u and four digits at *p, or of a pair of them; p is left after it. */
static uint32_t
unicode_escape(const char **p, const char *end)
{
	uint32_t high = hex4(*p + 2), low;

	*p += 6;
	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high >= 0xdc00 || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
		return REPLACEMENT;
	low = hex4(*p + 2);
	if (low < 0xdc00 || low > 0xdfff)
		return REPLACEMENT;
	*p += 6;
	return 0x10000 + ((high - 0xd800) << 10 | (low - 0xdc00));
}

/* Decodes the escape at *p, leaves p after it, returns the number of bytes in out. */
static size_t
unescape(const char **p, const char *end, char out[4])
{
	switch ((*p)[1]) {
	case 'u': return utf8_put(out, unicode_escape(p, end));
	case 'b': out[0] = '\b'; break;
	case 'f': out[0] = '\f'; break;
	case 'n': out[0] = '\n'; break;
	case 'r': out[0] = '\r'; break;
	case 't': out[0] = '\t'; break;
	default: out[0] = (*p)[1];
	}
	*p += 2;
	return 1;
}

/* to has room for as many bytes as s has: no escape is shorter than what it means. */
static size_t
decode(struct span s, char *to)
{
	const char *p = s.p, *end = p + s.n;
	char *out = to;

	while (p < end) {
		const char *escape = memchr(p, '\\', (size_t)(end - p));
		size_t plain = (size_t)((escape ? escape : end) - p);
		char bytes[4];
		size_t n;

		memcpy(out, p, plain);
		out += plain;
		p += plain;
		if (!escape)
			break;
		n = unescape(&p, end, bytes);
		memcpy(out, bytes, n);
		out += n;
	}
	return (size_t)(out - to);
}

static bool
has_backslash(struct span s)
{
	return s.n && memchr(s.p, '\\', s.n);
}

struct span
text_decode(struct span raw, struct arena *a)
{
	struct span s = inside(raw);
	char *to;

	if (!has_backslash(s))
		return s;
	to = arena_get(a, s.n);
	return span_of(to, decode(s, to));
}

void
text_decode_to(struct buf *b, struct span raw)
{
	struct span s = inside(raw);

	if (s.n == 0 || !buf_room(b, s.n))
		return;
	b->n += decode(s, b->p + b->n);
}

bool
text_equals(struct span raw, struct span decoded)
{
	struct span s = inside(raw);
	const char *p = s.p, *end = p + s.n;
	const char *q = decoded.p, *q_end = q + decoded.n;

	if (s.n < decoded.n)
		return false;
	if (!has_backslash(s))
		return span_equal(s, decoded);
	while (p < end) {
		char bytes[4];
		size_t n = 1;

		if (*p == '\\')
			n = unescape(&p, end, bytes);
		else
			bytes[0] = *p++;
		if ((size_t)(q_end - q) < n || memcmp(q, bytes, n) != 0)
			return false;
		q += n;
	}
	return q == q_end;
}

/* Decoded bytes one at a time. */
struct byte_reader {
	const char *p, *end;
	char pending[4];
	size_t at, n;
};

static int
next_byte(struct byte_reader *r)
{
	if (r->at < r->n)
		return (unsigned char)r->pending[r->at++];
	if (r->p == r->end)
		return -1;
	if (*r->p != '\\')
		return (unsigned char)*r->p++;
	r->n = unescape(&r->p, r->end, r->pending);
	r->at = 1;
	return (unsigned char)r->pending[0];
}

int
text_compare(struct span raw_a, struct span raw_b)
{
	struct span a = inside(raw_a), b = inside(raw_b);
	struct byte_reader ra = {.p = a.p, .end = a.p + a.n}, rb = {.p = b.p, .end = b.p + b.n};
	int x, y;

	if (!has_backslash(a) && !has_backslash(b))
		return span_compare(a, b);
	do {
		x = next_byte(&ra);
		y = next_byte(&rb);
	} while (x == y && x >= 0);
	return (x > y) - (x < y);
}

/* Could a byte of these eight need an escape? True for high bytes when they are not known to be valid. */
static bool
eight_need_care(uint64_t x, uint64_t high)
{
	const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
	uint64_t quote = x ^ ones * '"', backslash = x ^ ones * '\\', del = x ^ ones * 0x7f;

	return (((x - ones * 0x20) | (quote - ones) | (backslash - ones) | (del - ones)) & ~x &
		       tops) ||
	       (x & high);
}

static bool
needs_care(unsigned char c, bool high)
{
	return c < 0x20 || c == '"' || c == '\\' || c == 0x7f || (c >= 0x80 && high);
}

static size_t
plain_run(struct span s, bool high)
{
	uint64_t mask = high ? 0x8080808080808080 : 0, eight;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		memcpy(&eight, s.p + i, 8);
		if (eight_need_care(eight, mask))
			break;
	}
	while (i < s.n && !needs_care((unsigned char)s.p[i], high))
		i++;
	return i;
}

static void
put_escape(struct buf *b, unsigned char c)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	static const char hex[] = "0123456789abcdef";

	for (const char *l = letters; *l; l += 2) {
		if ((unsigned char)*l == c) {
			buf_put(b, (char[]){'\\', l[1]}, 2);
			return;
		}
	}
	buf_put(b, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
}

/* The character at the front of s that plain_run stopped at; returns how many bytes it has. */
static size_t
put_special(struct buf *b, struct span s)
{
	unsigned char c = (unsigned char)s.p[0];
	uint32_t code;
	size_t n;

	if (c < 0x80) {
		put_escape(b, c);
		return 1;
	}
	n = utf8_get(s, &code);
	if (n == 0) {
		buf_puts(b, "\xef\xbf\xbd");
		return 1;
	}
	buf_put(b, s.p, n);
	return n;
}

/* Copies what is plain ASCII from the front of s, a word at a time, looking at it on the way; returns how much. */
static size_t
copy_plain(char *to, struct span s)
{
	uint64_t eight;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		memcpy(&eight, s.p + i, 8);
		if (eight_need_care(eight, 0x8080808080808080))
			return i;
		memcpy(to + i, &eight, 8);
	}
	for (; i < s.n && !needs_care((unsigned char)s.p[i], true); i++)
		to[i] = s.p[i];
	return i;
}

void
text_put(struct buf *b, struct span decoded)
{
	bool high;
	size_t n;

	if (likely(buf_room(b, decoded.n + 2))) {
		b->p[b->n] = '"';
		n = copy_plain(b->p + b->n + 1, decoded);
		if (likely(n == decoded.n)) {
			b->p[b->n + 1 + n] = '"';
			b->n += n + 2;
			return;
		}
	}
	high = utf8_check(decoded) != decoded.n;
	buf_putc(b, '"');
	for (struct span s = decoded; s.n > 0; s = span_of(s.p + n, s.n - n)) {
		n = plain_run(s, high);
		buf_put(b, s.p, n);
		if (n < s.n)
			n += put_special(b, span_of(s.p + n, s.n - n));
	}
	buf_putc(b, '"');
}
