/* glob: matching with one point of return, linear in pattern times text at worst. */
#include "base/glob.h"

/* One set "[...]" at p against c; *next is past the ']'. A set without end matches nothing. */
static bool
match_set(const char *p, const char *end, char c, const char **next)
{
	bool invert = p + 1 < end && (p[1] == '!' || p[1] == '^'), hit = false;
	const char *first = p + 1 + invert, *q = first;

	for (; q < end && (*q != ']' || q == first); q++) {
		if (q + 2 < end && q[1] == '-' && q[2] != ']') {
			hit |= (unsigned char)c >= (unsigned char)q[0] &&
			       (unsigned char)c <= (unsigned char)q[2];
			q += 2;
			continue;
		}
		hit |= *q == c;
	}
	*next = q < end ? q + 1 : end;
	return q < end && hit != invert;
}

/* One pattern element other than '*' against c. */
static bool
match_one(const char *p, const char *end, char c, const char **next)
{
	*next = p + 1;
	if (*p == '?')
		return true;
	if (*p == '[')
		return match_set(p, end, c, next);
	if (*p == '\\' && p + 1 < end) {
		*next = p + 2;
		return p[1] == c;
	}
	return *p == c;
}

bool
glob_match(struct span pattern, struct span text)
{
	/* No arithmetic on the NULL of an absent span. */
	const char *p = pattern.n ? pattern.p : "", *pe = p + pattern.n;
	const char *t = text.n ? text.p : "", *te = t + text.n;
	const char *star = NULL, *mark = NULL, *next;

	while (t < te) {
		if (p < pe && *p == '*') {
			star = ++p;
			mark = t;
			continue;
		}
		if (p < pe && match_one(p, pe, *t, &next)) {
			p = next;
			t++;
			continue;
		}
		if (!star)
			return false;
		p = star;
		t = ++mark;
	}
	while (p < pe && *p == '*')
		p++;
	return p == pe;
}

bool
glob_match_list(struct span patterns, struct span text)
{
	struct span one, rest = patterns;

	do {
		span_cut(rest, ',', &one, &rest);
		if (glob_match(one, text))
			return true;
	} while (rest.p);
	return false;
}
