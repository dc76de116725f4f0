/* run: looking up identities, streams, positions and times. */
#include "store/run.h"

/* What stands there is impossible although its block's hash holds. */
static int
nonsense(struct run *r, struct err *err)
{
	return runfile_bad(r, "contradicts itself", err);
}

static struct hash128
hash_at(const char *record)
{
	return (struct hash128){.high = runform_u64(record), .low = runform_u64(record + 8)};
}

/* How many of the fences are under high; -1. */
static int64_t
fences_under(struct run *r, enum runform_section fences, uint64_t high, struct err *err)
{
	int64_t low = 0, top = r->form.parts[fences].count;

	while (low < top) {
		int64_t middle = low + (top - low) / 2;
		const char *fence = runfile_record(r, fences, middle, err);

		if (!fence)
			return -1;
		if (runform_u64(fence) < high)
			low = middle + 1;
		else
			top = middle;
	}
	return low;
}

/* The first record of IDS or STREAMS that is not before the hash; -1. */
static int64_t
lower_bound(struct run *r, enum runform_section section, struct hash128 h, struct err *err)
{
	const struct runform_part *p = &r->form.parts[section];
	int64_t block = fences_under(
		r, section == RUNFORM_IDS ? RUNFORM_ID_FENCES : RUNFORM_NAME_FENCES, h.high, err);
	int64_t low, top;
	const char *at;

	if (block < 0)
		return -1;
	block = MAX(block - 1, 0);
	at = runfile_block(r, p->block + block, err);
	if (!at)
		return -1;
	low = 0;
	top = MIN((int64_t)p->per_block, p->count - block * p->per_block);
	while (low < top) {
		int64_t middle = low + (top - low) / 2;

		if (runform_compare(hash_at(at + middle * p->width), h) < 0)
			low = middle + 1;
		else
			top = middle;
	}
	return block * p->per_block + low;
}

int
run_find(struct run *r, struct hash128 id, size_t skip, int64_t *pos, struct err *err)
{
	int64_t n = r->form.end - r->form.first, i;
	int held = runfile_may_hold(r, RUNFORM_ID_LINES, id, err);

	if (held <= 0)
		return held;
	i = lower_bound(r, RUNFORM_IDS, id, err);
	if (i < 0)
		return -1;
	for (; i < n; i++) {
		const char *record = runfile_record(r, RUNFORM_IDS, i, err);
		int order;

		if (!record)
			return -1;
		order = runform_compare(hash_at(record), id);
		if (order > 0)
			return 0;
		if (order == 0 && skip-- == 0) {
			int64_t delta = runform_u32(record + 16);

			if (delta >= n)
				return nonsense(r, err);
			*pos = r->form.first + delta;
			return 1;
		}
	}
	return 0;
}

static int
take_stream(struct run *r, const char *record, int64_t *first_ver, int64_t *count,
	struct run_cursor *cursor, struct err *err)
{
	struct run_cursor c = {
		.count = runform_u32(record + 24), .start = runform_u32(record + 28)};
	int64_t ver = (int64_t)runform_u64(record + 16);

	if (c.count == 0 || (int64_t)c.start + c.count > r->form.end - r->form.first || ver < 1 ||
		ver > INT64_MAX - c.count)
		return nonsense(r, err);
	*first_ver = ver;
	*count = c.count;
	*cursor = c;
	return 1;
}

int
run_stream(struct run *r, struct hash128 stream, int64_t *first_ver, int64_t *count,
	struct run_cursor *cursor, struct err *err)
{
	int64_t n = r->form.streams, i;
	int held = runfile_may_hold(r, RUNFORM_NAME_LINES, stream, err);

	if (held <= 0)
		return held;
	i = lower_bound(r, RUNFORM_STREAMS, stream, err);
	if (i < 0)
		return -1;
	for (; i < n; i++) {
		const char *record = runfile_record(r, RUNFORM_STREAMS, i, err);
		int order;

		if (!record)
			return -1;
		order = runform_compare(hash_at(record), stream);
		if (order >= 0)
			return order ? 0 : take_stream(r, record, first_ver, count, cursor, err);
	}
	return 0;
}

int
run_stream_at(struct run *r, int64_t i, struct hash128 *stream, int64_t *first_ver, int64_t *count,
	struct run_cursor *cursor, struct err *err)
{
	const char *record;

	assert(i >= 0 && i < r->form.streams);
	record = runfile_record(r, RUNFORM_STREAMS, i, err);
	if (!record)
		return -1;
	*stream = hash_at(record);
	return take_stream(r, record, first_ver, count, cursor, err) == 1 ? 0 : -1;
}

int
run_stream_pos(
	struct run *r, const struct run_cursor *cursor, int64_t i, int64_t *pos, struct err *err)
{
	const char *record = runfile_record(r, RUNFORM_LIST, cursor->start + i, err);
	int64_t delta;

	assert(i >= 0 && i < cursor->count);
	if (!record)
		return -1;
	delta = runform_u32(record);
	if (delta >= r->form.end - r->form.first)
		return nonsense(r, err);
	*pos = r->form.first + delta;
	return 0;
}

/* The segment that pos is in, into r->last. */
static int
find_segment(struct run *r, int64_t pos, struct err *err)
{
	int64_t low = 0, top = r->form.segments;
	struct run_segment s = {.next = r->form.end};
	const char *record;

	if (pos >= r->last.first && pos < r->last.next)
		return 0;
	while (top - low > 1) {
		int64_t middle = low + (top - low) / 2;

		record = runfile_record(r, RUNFORM_SEGMENTS, middle, err);
		if (!record)
			return -1;
		if ((int64_t)runform_u64(record) <= pos)
			low = middle;
		else
			top = middle;
	}
	if (top < r->form.segments) {
		record = runfile_record(r, RUNFORM_SEGMENTS, top, err);
		if (!record)
			return -1;
		s.next = (int64_t)runform_u64(record);
	}
	record = runfile_record(r, RUNFORM_SEGMENTS, low, err);
	if (!record)
		return -1;
	s.first = (int64_t)runform_u64(record);
	s.end = (int64_t)runform_u64(record + 8);
	s.sum = runform_u64(record + 16);
	if (s.first < 0 || pos < s.first || pos >= s.next || s.next > r->form.end)
		return nonsense(r, err);
	r->last = s;
	return 0;
}

int
run_locate(struct run *r, int64_t pos, struct locus *out, struct err *err)
{
	struct locus at;
	const char *record;
	int64_t next;

	assert(pos >= r->form.first && pos < r->form.end);
	if (find_segment(r, pos, err))
		return -1;
	record = runfile_record(r, RUNFORM_OFFSETS, pos - r->form.first, err);
	if (!record)
		return -1;
	at = (struct locus){.segment = r->last.first, .offset = runform_u32(record)};
	next = r->last.end;
	if (pos + 1 < r->last.next) {
		record = runfile_record(r, RUNFORM_OFFSETS, pos + 1 - r->form.first, err);
		if (!record)
			return -1;
		next = runform_u32(record);
	}
	at.length = next - at.offset;
	if (at.length <= 0)
		return nonsense(r, err);
	*out = at;
	return 0;
}

int
run_time(struct run *r, int64_t ms, int64_t *pos, struct err *err)
{
	int64_t first = (r->form.first + RUNFORM_STRIDE - 1) / RUNFORM_STRIDE * RUNFORM_STRIDE;
	int64_t low = 0, top = r->form.parts[RUNFORM_TIMES].count;

	if (r->form.last_ms < ms) {
		*pos = r->form.end;
		return 0;
	}
	while (low < top) {
		int64_t middle = low + (top - low) / 2;
		const char *record = runfile_record(r, RUNFORM_TIMES, middle, err);

		if (!record)
			return -1;
		if ((int64_t)runform_u64(record) < ms)
			low = middle + 1;
		else
			top = middle;
	}
	*pos = low ? first + (low - 1) * RUNFORM_STRIDE + 1 : r->form.first;
	return 0;
}

int
run_place(struct run *r, int64_t pos, struct place *out, struct err *err)
{
	struct place p = {.pos = pos};
	struct locus at;
	int found;

	if (pos == r->form.first || pos == r->form.end) {
		*out = pos == r->form.first ? r->form.start : r->form.stop;
		return 0;
	}
	if (run_locate(r, pos, &at, err))
		return -1;
	p.segment = at.segment;
	p.offset = at.offset;
	p.sum = r->last.sum;
	found = at.offset ? runfile_sum_before(r->root, at.segment, at.offset, &p.sum, err) : 1;
	if (found < 0)
		return -1;
	if (found == 0)
		return runfile_bad(r, "no line of the log ends where it says", err);
	*out = p;
	return 0;
}
