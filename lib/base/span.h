/*
 * span: a borrowed run of bytes.
 *
 * A span owns nothing and need not end in NUL. Whoever hands one out says how long it lives.
 * The empty span has n == 0; SPAN_NONE also has p == NULL and means "absent".
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include "base/base.h"

struct span {
	const char *p;
	size_t n;
};

#define SPAN_NONE ((struct span){NULL, 0})
/* The same for a static initialiser. */
#define SPAN_INIT(lit)                  \
	{                               \
		"" lit, sizeof(lit) - 1 \
	}
/* A span over a string literal. */
#define SPAN(lit) ((struct span){"" lit, sizeof(lit) - 1})

static inline struct span
span_of(const char *p, size_t n)
{
	return (struct span){p, n};
}

static inline struct span
span_str(const char *z)
{
	return (struct span){z, z ? strlen(z) : 0};
}

static inline bool
span_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
span_is(struct span a, const char *z)
{
	return span_equal(a, span_str(z));
}

/* Bytewise order, as memcmp; a prefix comes first. */
int span_compare(struct span a, struct span b);
bool span_starts(struct span s, struct span prefix);
bool span_ends(struct span s, struct span suffix);
/* Without the blanks (space, tab, CR, LF) at both ends. */
struct span span_trim(struct span s);
/* Cuts at the first byte c: *head is before it, *tail after it. False, *head whole, when there is none. */
bool span_cut(struct span s, char c, struct span *head, struct span *tail);
/* Offset of the first needle in s, or -1. An empty needle is found at 0. */
ptrdiff_t span_find(struct span s, struct span needle);

#endif
