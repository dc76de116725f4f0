/* runwrite: sorting what recent has, section by section. */
#include "store/runwrite.h"

#include "base/alloc.h"
#include "store/runbuild.h"

#define BUCKET_MAX 32 /* larger ones are sorted by qsort */

struct keyed {
	struct hash128 hash;
	uint32_t index;
};

static int
by_hash(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int order = runform_compare(x->hash, y->hash);

	return order ? order : (x->index > y->index) - (x->index < y->index);
}

static void
sort_bucket(struct keyed *a, size_t n)
{
	if (n > BUCKET_MAX) {
		qsort(a, n, sizeof(*a), by_hash);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct keyed item = a[i];
		size_t j = i;

		for (; j > 0 && by_hash(&a[j - 1], &item) > 0; j--)
			a[j] = a[j - 1];
		a[j] = item;
	}
}

/* Hashes are even: one pass over their top bits leaves about two to a bucket. Frees a, returns it sorted. */
static struct keyed *
sort(struct keyed *a, size_t n)
{
	unsigned bits = 1;
	struct keyed *sorted = alloc_get(n * sizeof(*sorted));
	uint32_t *starts;

	while (((size_t)2 << bits) < n && bits < 20)
		bits++;
	starts = alloc_array(((size_t)1 << bits) + 1, sizeof(*starts));
	for (size_t i = 0; i < n; i++)
		starts[(a[i].hash.high >> (64 - bits)) + 1]++;
	for (size_t i = 0; i < (size_t)1 << bits; i++)
		starts[i + 1] += starts[i];
	for (size_t i = 0; i < n; i++)
		sorted[starts[a[i].hash.high >> (64 - bits)]++] = a[i];
	for (size_t i = 0, from = 0; i < (size_t)1 << bits; from = starts[i++])
		sort_bucket(sorted + from, starts[i] - from);
	alloc_free(starts);
	alloc_free(a);
	return sorted;
}

struct place
runwrite_stop(const struct recent *r, size_t n)
{
	const struct index_item *last = &r->entries[n - 1].item;

	return (struct place){.pos = last->pos + 1,
		.segment = last->segment,
		.offset = last->offset + last->length,
		.sum = last->sum};
}

static void
put_ids(struct runbuild *b, const struct recent *r, size_t n)
{
	struct keyed *a = alloc_get(n * sizeof(*a));

	for (size_t i = 0; i < n; i++)
		a[i] = (struct keyed){r->entries[i].item.id, (uint32_t)i};
	a = sort(a, n);
	for (size_t i = 0; i < n; i++)
		runbuild_id(b, a[i].hash, a[i].index);
	alloc_free(a);
}

/* The last line of each stream; the number of them. */
static size_t
last_lines(const struct recent *r, size_t n, struct keyed *out)
{
	uint8_t *has_later = alloc_zero(n);
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (r->entries[i].before)
			has_later[r->entries[i].before - 1] = true;
	for (size_t i = 0; i < n; i++)
		if (!has_later[i])
			out[count++] = (struct keyed){r->entries[i].item.stream, (uint32_t)i};
	alloc_free(has_later);
	return count;
}

/* One stream's lines into LIST; -1 when their versions do not follow each other. */
static int
put_stream(struct runbuild *b, const struct recent *r, const struct keyed *last, uint32_t *scratch)
{
	int64_t ver = r->entries[last->index].item.ver;
	uint32_t count = 0;

	for (uint32_t i = last->index + 1; i; i = r->entries[i - 1].before) {
		if (r->entries[i - 1].item.ver != ver - count)
			return -1;
		scratch[count++] = i - 1;
	}
	runbuild_stream(b, last->hash, ver - count + 1, count);
	for (uint32_t i = count; i > 0; i--)
		runbuild_u32(b, RUNFORM_LIST, scratch[i - 1]);
	return 0;
}

static int
put_streams(struct runbuild *b, const struct recent *r, size_t n, struct keyed *streams,
	size_t n_streams)
{
	uint32_t *scratch = alloc_get(n * sizeof(*scratch));
	int result = 0;

	for (size_t i = 0; i < n_streams && result == 0; i++)
		result = put_stream(b, r, &streams[i], scratch);
	alloc_free(scratch);
	return result;
}

static uint32_t
count_segments(const struct recent *r, size_t n)
{
	uint32_t count = 1;

	for (size_t i = 1; i < n; i++)
		count += r->entries[i].item.segment != r->entries[i - 1].item.segment;
	return count;
}

static int
put_places(struct runbuild *b, const struct recent *r, size_t n, const struct place *start)
{
	uint64_t sum = start->sum;

	for (size_t i = 0, from = 0; i < n; i++) {
		const struct index_item *item = &r->entries[i].item;
		bool is_last = i + 1 == n || item[0].segment != r->entries[i + 1].item.segment;

		if (item->offset > UINT32_MAX)
			return -1;
		runbuild_u32(b, RUNFORM_OFFSETS, (uint32_t)item->offset);
		if (item->pos % RUNFORM_STRIDE == 0)
			runbuild_u64(b, RUNFORM_TIMES, (uint64_t)item->rec_ms);
		if (!is_last)
			continue;
		runbuild_segment(b, item->segment, item->offset + item->length,
			r->entries[from].item.offset ? 0 : sum);
		from = i + 1;
		sum = item->sum;
	}
	return 0;
}

static int
put_all(struct runbuild *b, const struct recent *r, size_t n, const struct place *start,
	struct keyed *streams, size_t n_streams, struct err *err)
{
	put_ids(b, r, n);
	if (put_streams(b, r, n, streams, n_streams))
		return err_set(err, ERR_DAMAGE, "damage", -1,
			"the versions of a stream do not follow each other between positions "
			"%lld and %lld",
			(long long)start->pos, (long long)r->entries[n - 1].item.pos);
	if (put_places(b, r, n, start))
		return err_set(err, ERR_DAMAGE, "damage", -1,
			"seg/%020lld.ndjson: has more than 4 GiB",
			(long long)r->entries[n - 1].item.segment);
	return 0;
}

int
runwrite(struct root *root, const struct recent *r, size_t n, const struct place *start,
	const char *name, struct err *err)
{
	struct keyed *streams = alloc_get(n * sizeof(*streams));
	size_t n_streams = last_lines(r, n, streams);
	struct runform form = {.first = start->pos,
		.end = start->pos + (int64_t)n,
		.start = *start,
		.stop = runwrite_stop(r, n),
		.first_ms = r->entries[0].item.rec_ms,
		.last_ms = r->entries[n - 1].item.rec_ms,
		.segments = count_segments(r, n),
		.streams = (uint32_t)n_streams};
	struct runbuild b;
	int result;

	assert(n > 0 && r->entries[0].item.pos == start->pos);
	for (size_t i = 0; i < n; i++)
		form.bytes += r->entries[i].item.length;
	streams = sort(streams, n_streams);
	result = runbuild_start(&b, root, name, &form, err);
	if (result == 0) {
		result = put_all(&b, r, n, start, streams, n_streams, err);
		if (result)
			runbuild_drop(&b);
		else
			result = runbuild_finish(&b, "index", false, err);
	}
	alloc_free(streams);
	return result;
}
