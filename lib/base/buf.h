/*
 * buf: a growing run of bytes with a maximum.
 *
 * The maximum is given at buf_init and holds for ever; a put that would pass it adds nothing and sets
 * over, which the owner checks once at the end instead of after every put. 64 bytes past the last
 * one are always allocated and readable (kernels of the JSON room load whole blocks); their content
 * is unspecified.
 *
 *	struct buf b;
 *
 *	buf_init(&b, 1 << 20);
 *	buf_puts(&b, "{\"n\":");
 *	buf_print(&b, "%d}", n);
 *	if (b.over)
 *		...
 *	buf_release(&b);
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/alloc.h"
#include "base/span.h"

#define BUF_PAD 64

struct buf {
	char *p;
	size_t n;
	size_t cap; /* usable bytes, the pad not counted */
	size_t max;
	bool over;
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);
/* Room for n more bytes. False, and over set, when the maximum forbids it. */
bool buf_grow(struct buf *b, size_t n);
void buf_print(struct buf *b, const char *fmt, ...) PRINTF(2, 3);

static inline void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->over = false;
}

static inline bool
buf_room(struct buf *b, size_t n)
{
	return likely(b->cap - b->n >= n) || buf_grow(b, n);
}

static inline void
buf_put(struct buf *b, const void *p, size_t n)
{
	if (n && buf_room(b, n)) {
		memcpy(b->p + b->n, p, n);
		b->n += n;
	}
}

static inline void
buf_putc(struct buf *b, char c)
{
	if (buf_room(b, 1))
		b->p[b->n++] = c;
}

static inline void
buf_span(struct buf *b, struct span s)
{
	buf_put(b, s.p, s.n);
}

static inline void
buf_puts(struct buf *b, const char *z)
{
	buf_put(b, z, strlen(z));
}

/* Borrowed; valid until the next change of b. */
static inline struct span
buf_view(const struct buf *b)
{
	return span_of(b->p, b->n);
}

void buf_i64(struct buf *b, int64_t v);

#endif
