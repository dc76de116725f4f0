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

static bool
take(const char **p, const char *end, const char *what, size_t n)
{
	if ((size_t)(end - *p) < n || memcmp(*p, what, n) != 0)
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

static bool
take_string(const char **p, const char *end, struct span *out)
{
	const char *start = *p, *at = start + 1;

	if (start >= end || *start != '"')
		return false;
	while (at < end && *at != '"')
		at += *at == '\\' ? 2 : 1;
	if (at >= end)
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

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

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
		if (hex(p[i]) < 0)
			return false;
		v = v << 4 | (unsigned)hex(p[i]);
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
	return take(&p, end, POS, sizeof(POS) - 1) && take_number(&p, end, &t->pos) &&
	       take(&p, end, STREAM, sizeof(STREAM) - 1) && take_string(&p, end, &t->stream) &&
	       take(&p, end, VER, sizeof(VER) - 1) && take_number(&p, end, &t->ver) &&
	       take(&p, end, REC, sizeof(REC) - 1) && take_text(&p, end, &t->rec) &&
	       take(&p, end, BATCH, sizeof(BATCH) - 1) && take_number(&p, end, &t->batch_at) &&
	       take(&p, end, "/", 1) && take_number(&p, end, &t->batch_count) &&
	       take(&p, end, "\"", 1) && p == end && t->at > 0;
}

bool
trailer_holds(struct span line, uint64_t sum, uint64_t seed)
{
	return hash_seeded(span_of(line.p, line.n - TRAILER_SUM_BYTES), seed) == sum;
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
