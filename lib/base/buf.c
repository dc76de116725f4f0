/* buf: growth and formatting. */
#include "base/buf.h"

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void
buf_release(struct buf *b)
{
	alloc_free(b->p);
	*b = (struct buf){.max = b->max};
}

bool
buf_grow(struct buf *b, size_t n)
{
	size_t want, cap;

	if (n > b->max || b->n > b->max - n) {
		b->over = true;
		return false;
	}
	want = b->n + n;
	cap = b->cap ? b->cap : 256;
	while (cap < want)
		cap += cap / 2;
	b->cap = MIN(cap, MAX(b->max, want));
	b->p = alloc_resize(b->p, b->cap + BUF_PAD);
	return true;
}

void
buf_print(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n <= 0 || !buf_room(b, (size_t)n))
		return;
	va_start(ap, fmt); /* the NUL goes into the pad */
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

void
buf_i64(struct buf *b, int64_t v)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		digits[--at] = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (v < 0)
		digits[--at] = '-';
	buf_put(b, digits + at, sizeof(digits) - at);
}
