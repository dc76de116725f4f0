/* bisect: halving a segment. */
#include "store/bisect.h"

#include "base/alloc.h"

#define BLOCK ((size_t)64 << 10)

/* The first whole line after offset from. False when none is seen there whose sum holds. */
static bool
line_after(struct segfile *file, int64_t from, char *block, struct place *out)
{
	struct err ignored;
	ssize_t n = segfile_read(file, block, BLOCK, from, &ignored);
	const char *nl = n > 0 ? memchr(block, '\n', (size_t)n) : NULL;
	const char *end = nl ? memchr(nl + 1, '\n', (size_t)(block + n - nl - 1)) : NULL;
	struct trailer t;
	struct span line;
	uint64_t seed;

	if (!end || nl - block < TRAILER_SUM_BYTES ||
		!trailer_sum(span_of(nl - TRAILER_SUM_BYTES, TRAILER_SUM_BYTES), &seed))
		return false;
	line = span_of(nl + 1, (size_t)(end - nl - 1));
	if (!trailer_parse(line, &t) || !trailer_holds(line, t.sum, seed))
		return false;
	out->offset = from + (nl + 1 - block);
	out->pos = t.pos;
	out->sum = seed;
	return true;
}

int
bisect(struct segfile *file, int64_t pos, struct place *at, struct err *err)
{
	int64_t high = segfile_size(file, err);
	char *block;

	if (high < 0)
		return -1;
	if (pos <= at->pos || high - at->offset <= 2 * (int64_t)BLOCK)
		return 0;
	block = alloc_get(BLOCK);
	while (high - at->offset > 2 * (int64_t)BLOCK) {
		int64_t middle = at->offset + (high - at->offset) / 2;
		struct place next = *at;

		if (line_after(file, middle, block, &next) && next.pos <= pos)
			*at = next;
		else
			high = middle;
	}
	alloc_free(block);
	return 0;
}
