#include "op/anomaly.h"

#include <math.h>

#include "base/alloc.h"

#define NORMAL_QUARTILE 0.6745

/* The last numbers twice: as they came (a ring, oldest at `first`) and sorted. */
struct anomaly_key {
	struct anomaly_key *older, *newer;
	double *ring, *sorted;
	size_t count, first;
	int64_t last_ms;
};

void
anomaly_init(struct anomaly *a, const struct anomaly_conf *conf)
{
	assert(conf->history >= 2 && conf->history <= ANOMALY_HISTORY_MAX);
	assert(conf->warm_up >= 2 && conf->warm_up <= conf->history);
	assert(conf->floor > 0 && conf->share >= 0 && conf->max_keys > 0);
	*a = (struct anomaly){.conf = *conf};
	table_init(&a->keys, sizeof(struct anomaly_key));
}

void
anomaly_release(struct anomaly *a)
{
	struct anomaly_key *k;

	for (size_t at = 0; (k = table_next(&a->keys, &at));)
		alloc_free(k->ring);
	table_release(&a->keys);
}

size_t
anomaly_key_bytes(const struct anomaly_conf *conf)
{
	return sizeof(struct anomaly_key) + 2 * conf->history * sizeof(double);
}

static void
unlink_key(struct anomaly *a, struct anomaly_key *k)
{
	*(k->older ? &k->older->newer : &a->oldest) = k->newer;
	*(k->newer ? &k->newer->older : &a->newest) = k->older;
}

static void
append_key(struct anomaly *a, struct anomaly_key *k)
{
	k->older = a->newest;
	k->newer = NULL;
	*(a->newest ? &a->newest->newer : &a->oldest) = k;
	a->newest = k;
}

static void
evict(struct anomaly *a)
{
	struct anomaly_key *k = a->oldest;

	unlink_key(a, k);
	alloc_free(k->ring);
	table_remove(&a->keys, k);
	a->evicted++;
}

static struct anomaly_key *
open_key(struct anomaly *a, struct span key)
{
	struct anomaly_key *k = table_get(&a->keys, key);
	bool is_new;

	if (k) {
		unlink_key(a, k);
	} else {
		if (a->keys.count >= a->conf.max_keys)
			evict(a);
		k = table_put(&a->keys, key, &is_new);
		k->ring = alloc_array(2 * a->conf.history, sizeof(double));
		k->sorted = k->ring + a->conf.history;
		k->last_ms = INT64_MIN;
	}
	append_key(a, k);
	return k;
}

/* How many of the sorted numbers are less than x. */
static size_t
rank(const double *sorted, size_t n, double x)
{
	size_t low = 0;

	while (n) {
		size_t half = n / 2;

		if (sorted[low + half] < x) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return low;
}

static double
median(const double *sorted, size_t n)
{
	return n % 2 ? sorted[n / 2] : sorted[n / 2 - 1] / 2 + sorted[n / 2] / 2;
}

/* The median of |x - middle|: a walk outwards from the middle, the nearer neighbour first. */
static double
deviation(const double *sorted, size_t n, double middle)
{
	size_t right = rank(sorted, n, middle), left = right;
	double last = 0, before = 0;

	for (size_t taken = 0; taken <= n / 2; taken++) {
		bool goes_left = right == n ||
				 (left > 0 && middle - sorted[left - 1] <= sorted[right] - middle);

		before = last;
		last = goes_left ? middle - sorted[--left] : sorted[right++] - middle;
	}
	return n % 2 ? last : before / 2 + last / 2;
}

static void
forget_first(struct anomaly_key *k, size_t history)
{
	size_t at = rank(k->sorted, k->count, k->ring[k->first]);

	k->count--;
	memmove(k->sorted + at, k->sorted + at + 1, (k->count - at) * sizeof(double));
	k->first = (k->first + 1) % history;
}

static void
remember(struct anomaly_key *k, size_t history, double x)
{
	size_t at;

	if (k->count == history)
		forget_first(k, history);
	k->ring[(k->first + k->count) % history] = x;
	at = rank(k->sorted, k->count, x);
	memmove(k->sorted + at + 1, k->sorted + at, (k->count - at) * sizeof(double));
	k->sorted[at] = x;
	k->count++;
}

bool
anomaly_put(
	struct anomaly *a, struct span key, int64_t time_ms, double x, struct anomaly_result *out)
{
	struct anomaly_key *k = open_key(a, key);
	bool is_warm = k->count >= a->conf.warm_up;

	assert(isfinite(x) && time_ms >= k->last_ms);
	k->last_ms = time_ms;
	if (is_warm) {
		double middle = median(k->sorted, k->count);
		double scale = deviation(k->sorted, k->count, middle) / NORMAL_QUARTILE;

		scale = MAX(scale, a->conf.share * fabs(middle));
		scale = MAX(scale, a->conf.floor);
		*out = (struct anomaly_result){(x - middle) / scale, middle, scale, k->count};
	}
	remember(k, a->conf.history, x);
	return is_warm;
}

bool
anomaly_is_old(const struct anomaly *a, struct span key, int64_t time_ms)
{
	const struct anomaly_key *k = table_get(&a->keys, key);

	return k && time_ms < k->last_ms;
}
