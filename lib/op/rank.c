/* rank: eight bytes of a key, most significant first. */
#include "op/rank.h"

static struct span
key_of(const struct rank *r)
{
	return table_key(r->running->key);
}

bool
rank_shorten(struct buf *common, struct span key)
{
	size_t n = 0, most = MIN(key.n, common->n);

	while (n < most && key.p[n] == common->p[n])
		n++;
	if (n == common->n)
		return false;
	common->n = n;
	return true;
}

struct rank
rank_of(struct cell_running *r, const struct buf *common)
{
	struct span key = table_key(r->key);
	unsigned char bytes[8] = {0};
	uint64_t order = 0;

	if (key.n > common->n)
		memcpy(bytes, key.p + common->n, MIN(key.n - common->n, sizeof(bytes)));
	for (size_t i = 0; i < sizeof(bytes); i++)
		order = order << 8 | bytes[i];
	return (struct rank){order, r};
}

void
rank_again(struct rank *v, size_t n, const struct buf *common)
{
	for (size_t i = 0; i < n; i++)
		v[i] = rank_of(v[i].running, common);
}

static int
compare(const struct rank *a, const struct rank *b)
{
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return span_compare(key_of(a), key_of(b));
}

static int
compare_ranks(const void *a, const void *b)
{
	return compare(a, b);
}

void
rank_sort(struct rank *v, size_t n)
{
	if (n)
		qsort(v, n, sizeof(*v), compare_ranks);
}

size_t
rank_place(const struct rank *v, size_t low, size_t high, const struct rank *r)
{
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare(&v[middle], r) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
