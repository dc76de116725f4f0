/* torn: walking back from the end of the last segment. */
#include "store/torn.h"

#include "store/trailer.h"

#define STEP 4096

/*
 * The offset after the last newline in [from, size); from when there is none. What follows is half a line;
 * should it be a whole one with another byte for its newline, that byte was damaged.
 */
static int
find_newline(struct torn *t, struct segfile *file, int64_t from, struct err *err)
{
	char block[STEP];
	uint64_t sum;

	for (int64_t at = t->size; at > from;) {
		size_t n = (size_t)MIN((int64_t)STEP, at - from);
		ssize_t got = segfile_read(file, block, n, at - (int64_t)n, err);

		if (got < 0)
			return -1;
		if (got != (ssize_t)n)
			return err_set(err, ERR_SYSTEM, "store", -1, "a segment shrank");
		if (at == t->size && n > TRAILER_SUM_BYTES && block[n - 1] != '\n')
			t->is_wrong = trailer_sum(
				span_of(block + n - 1 - TRAILER_SUM_BYTES, TRAILER_SUM_BYTES),
				&sum);
		const char *nl = memrchr(block, '\n', n);
		if (nl) {
			t->end = at - (int64_t)n + (nl + 1 - block);
			return 0;
		}
		at -= (int64_t)n;
	}
	t->end = from;
	return 0;
}

/*
 * Lines after the end that are right when each rests on what the sum before it should be: then a sum was
 * damaged, and the end is after them. seed: the sum before the end.
 */
static int
look_again(struct torn *t, struct segment_lines *l, struct segfile *file, uint64_t seed,
	struct err *err)
{
	bool has_newline = true, seen_wrong = false;
	struct trailer tr;
	struct span line;
	int64_t offset;
	int r;

	segment_lines_start(l, file, t->end, t->size);
	while ((r = segment_lines_next(l, &line, &offset, &has_newline, err)) == 1 && has_newline) {
		bool is_right = trailer_parse(line, &tr) && trailer_holds(line, tr.sum, seed);

		if (is_right && seen_wrong)
			t->end = offset + (int64_t)line.n + 1;
		seen_wrong = seen_wrong || !is_right;
		seed = trailer_compute(line, seed);
	}
	return r < 0 ? -1 : 0;
}

int
torn_find(struct torn *t, struct segment_lines *l, struct segfile *file, int64_t from,
	uint64_t seed, struct err *err)
{
	struct span line;
	uint64_t before;
	int64_t offset;
	bool has_seed;
	int r;

	*t = (struct torn){.end = from, .size = segfile_size(file, err)};
	if (t->size < 0)
		return -1;
	if (t->size <= from)
		return 0;
	if (find_newline(t, file, from, err))
		return -1;
	segment_lines_start_back(l, file, from, t->end);
	while ((r = segment_lines_prev(l, &line, &offset, &before, &has_seed, err)) == 1) {
		struct trailer tr;
		bool is_first = offset == from;

		t->end = offset + (int64_t)line.n + 1;
		if (!(is_first || has_seed) || !trailer_parse(line, &tr) ||
			!trailer_holds(line, tr.sum, is_first ? seed : before))
			t->is_wrong = true;
		else if (tr.batch_at == tr.batch_count) {
			seed = tr.sum;
			break;
		}
		t->end = offset;
	}
	return r < 0 ? -1 : t->is_wrong ? look_again(t, l, file, seed, err) : 0;
}
