/* span: comparisons and cuts on borrowed bytes. */
#define _GNU_SOURCE /* memmem */
#include "base/span.h"

int
span_compare(struct span a, struct span b)
{
	size_t n = MIN(a.n, b.n);
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool
span_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && span_equal(span_of(s.p, prefix.n), prefix);
}

bool
span_ends(struct span s, struct span suffix)
{
	return s.n >= suffix.n && span_equal(span_of(s.p + s.n - suffix.n, suffix.n), suffix);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span
span_trim(struct span s)
{
	while (s.n && is_blank(s.p[0]))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool
span_cut(struct span s, char c, struct span *head, struct span *tail)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	if (!at) {
		*head = s;
		*tail = SPAN_NONE;
		return false;
	}
	*head = span_of(s.p, (size_t)(at - s.p));
	*tail = span_of(at + 1, s.n - head->n - 1);
	return true;
}

ptrdiff_t
span_find(struct span s, struct span needle)
{
	const char *at;

	if (needle.n == 0)
		return 0;
	at = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
	return at ? at - s.p : -1;
}
