/* trailer: writing, finding and reading the end of a stored line. */
#include "store/trailer.h"

#include "base/hash.h"
#include "json/text.h"

#define POS ",\"$pos\":"
#define STREAM ",\"$stream\":"
#define VER ",\"$ver\":"
#define REC ",\"$rec\":\""
#define BATCH "\",\"$b\":\""
#define SUM ",\"$sum\":\""

static void
put_hex(struct buf *b, uint64_t v)
{
	char digits[16];

	for (int i = 15; i >= 0; i--, v >>= 4)
		digits[i] = "0123456789abcdef"[v & 15];
	buf_put(b, digits, sizeof(digits));
}

uint64_t
trailer_put(struct buf *b, struct span body, const struct trailer *t, uint64_t seed)
{
	size_t start = b->n;
	uint64_t sum;

	assert(body.n > 1 && body.p[body.n - 1] == '}');
	buf_put(b, body.p, body.n - 1);
	buf_put(b, POS, sizeof(POS) - 1);
	buf_i64(b, t->pos);
	buf_put(b, STREAM, sizeof(STREAM) - 1);
	buf_span(b, t->stream);
	buf_put(b, VER, sizeof(VER) - 1);
	buf_i64(b, t->ver);
	buf_put(b, REC, sizeof(REC) - 1);
	buf_span(b, t->rec);
	buf_put(b, BATCH, sizeof(BATCH) - 1);
	buf_i64(b, t->batch_at);
	buf_putc(b, '/');
	buf_i64(b, t->batch_count);
	buf_putc(b, '"');
	sum = hash_seeded(span_of(b->p + start, b->n - start), seed);
	buf_put(b, SUM, sizeof(SUM) - 1);
	put_hex(b, sum);
	buf_put(b, "\"}\n", 3);
	return sum;
}

/* Steps over a literal; its length is a constant, so the comparison is a load or two. */
#define TAKE(p, end, lit) take((p), (end), (lit), sizeof(lit) - 1)

static inline __attribute__((always_inline)) bool
take(const char **p, const char *end, const char *what, size_t n)
{
	if (unlikely((size_t)(end - *p) < n || memcmp(*p, what, n) != 0))
		return false;
	*p += n;
	return true;
}

/* 1 to 18 digits, no leading zero. */
static bool
take_number(const char **p, const char *end, int64_t *out)
{
	const char *at = *p;
	int64_t v = 0;

	while (at < end && at - *p < 18 && *at >= '0' && *at <= '9')
		v = v * 10 + (*at++ - '0');
	if (at == *p || (**p == '0' && at - *p > 1))
		return false;
	*p = at;
	*out = v;
	return true;
}

/* One byte or more up to the next quote; *p then stands on that quote. */
static bool
take_text(const char **p, const char *end, struct span *out)
{
	const char *quote = memchr(*p, '"', (size_t)(end - *p));

	if (!quote || quote == *p)
		return false;
	*out = span_of(*p, (size_t)(quote - *p));
	*p = quote;
	return true;
}

/* A whole string, quotes included. */
static bool
take_string(const char **p, const char *end, struct span *out)
{
	const char *start = *p, *at;

	if (start >= end || *start != '"')
		return false;
	at = memchr(start + 1, '"', (size_t)(end - start - 1));
	if (at && unlikely(memchr(start, '\\', (size_t)(at - start))))
		for (at = start + 1; at < end && *at != '"';)
			at += *at == '\\' ? 2 : 1;
	if (!at || at >= end)
		return false;
	*out = span_of(start, (size_t)(at + 1 - start));
	*p = at + 1;
	return true;
}

/* The last `,"$pos":` before end, or NULL. */
static const char *
find_start(const char *p, const char *end)
{
	const char *dollar = end;

	while ((dollar = memrchr(p, '$', (size_t)(dollar - p))) && dollar - p >= 2)
		if (end - dollar >= 6 && memcmp(dollar - 2, POS, sizeof(POS) - 1) == 0)
			return dollar - 2;
	return NULL;
}

/* Value of a lower-case hexadecimal digit plus one; 0: it is none. */
static const uint8_t hex[256] = {
	['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16,
};

bool
trailer_sum(struct span line, uint64_t *sum)
{
	const char *p = line.p + line.n - TRAILER_SUM_BYTES;
	uint64_t v = 0;

	if (line.n < TRAILER_SUM_BYTES || memcmp(p, SUM, sizeof(SUM) - 1) != 0 ||
		memcmp(p + TRAILER_SUM_BYTES - 2, "\"}", 2) != 0)
		return false;
	p += sizeof(SUM) - 1;
	for (int i = 0; i < 16; i++) {
		unsigned digit = hex[(uint8_t)p[i]];

		if (unlikely(!digit))
			return false;
		v = v << 4 | (digit - 1);
	}
	*sum = v;
	return true;
}

bool
trailer_parse(struct span line, struct trailer *t)
{
	const char *end, *p;

	if (!trailer_sum(line, &t->sum))
		return false;
	end = line.p + line.n - TRAILER_SUM_BYTES;
	p = find_start(line.p, end);
	if (!p)
		return false;
	t->at = (size_t)(p - line.p);
	return TAKE(&p, end, POS) && take_number(&p, end, &t->pos) && TAKE(&p, end, STREAM) &&
	       take_string(&p, end, &t->stream) && TAKE(&p, end, VER) &&
	       take_number(&p, end, &t->ver) && TAKE(&p, end, REC) && take_text(&p, end, &t->rec) &&
	       TAKE(&p, end, BATCH) && take_number(&p, end, &t->batch_at) && TAKE(&p, end, "/") &&
	       take_number(&p, end, &t->batch_count) && TAKE(&p, end, "\"") && p == end &&
	       t->at > 0;
}

uint64_t
trailer_compute(struct span line, uint64_t seed)
{
	return hash_seeded(span_of(line.p, line.n - MIN(line.n, TRAILER_SUM_BYTES)), seed);
}

bool
trailer_holds(struct span line, uint64_t sum, uint64_t seed)
{
	return trailer_compute(line, seed) == sum;
}

struct span
trailer_stream(const struct trailer *t, struct buf *b)
{
	struct span inner = span_of(t->stream.p + 1, t->stream.n - 2);

	if (!inner.n || !memchr(inner.p, '\\', inner.n))
		return inner;
	buf_clear(b);
	text_decode_to(b, t->stream);
	return buf_view(b);
}

struct span
trailer_strip(char *line, const struct trailer *t)
{
	line[t->at] = '}';
	return span_of(line, t->at + 1);
}
