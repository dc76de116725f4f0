/* every: after each `step` events of a key, the last `every` of them. */
#include "op/every.h"

#include "op/cell.h"

static uint64_t
gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

void
every_start(struct window *w)
{
	if (w->conf.step == 0)
		w->conf.step = w->conf.every;
}

/* The window that ends with the key's latest event; cells that no later window has are freed. */
static void
give_out(struct window *w, struct cell_key *k, enum window_pane pane)
{
	uint64_t run = gcd(w->conf.every, w->conf.step), runs = w->conf.every / run;
	int64_t newest = k->newest->at, oldest = newest - (int64_t)runs + 1;
	struct cell *sum = w->sum;

	cell_clear(w, sum);
	for (struct cell *c = k->oldest; c; c = c->newer)
		if (c->at >= oldest)
			cell_merge(w, sum, c);
	sum->key = k;
	cell_emit(w, sum, sum->first_ms, watermark_plus(sum->last_ms, 1), pane, 0);
	sum->key = NULL;
	k->serial++;
}

static void
forget_before(struct window *w, struct cell_key *k, int64_t oldest)
{
	while (k->oldest && k->oldest->at < oldest)
		cell_free(w, k->oldest);
}

/* Runs that the next window will not reach back to. */
static void
forget(struct window *w, struct cell_key *k)
{
	uint64_t run = gcd(w->conf.every, w->conf.step);
	int64_t next_end = (int64_t)((k->seen / w->conf.step + 1) * w->conf.step / run);

	forget_before(w, k, next_end - (int64_t)(w->conf.every / run));
}

enum window_verdict
every_add(struct window *w, const struct window_event *ev)
{
	bool is_new;
	struct cell_key *k = cell_key(w, ev->key, &is_new);
	uint64_t run = gcd(w->conf.every, w->conf.step);
	int64_t at;

	if (!k)
		return WINDOW_LIMIT;
	at = (int64_t)(k->seen++ / run);
	if (!k->newest || k->newest->at != at) {
		cell_new(w, k, at);
		forget_before(w, k, at - (int64_t)(w->conf.every / run) + 1);
	}
	cell_take(w, k->newest, ev);
	if (k->seen % w->conf.step == 0) {
		give_out(w, k, WINDOW_ONTIME);
		forget(w, k);
	}
	return WINDOW_TAKEN;
}

static int
compare(const void *a, const void *b)
{
	return cell_key_compare(*(struct cell_key *const *)a, *(struct cell_key *const *)b);
}

void
every_finish(struct window *w)
{
	struct cell_key **keys = alloc_array(w->keys.count, sizeof(*keys)), *k;
	size_t n = 0;

	for (size_t at = 0; (k = table_next(&w->keys, &at));)
		if (k->seen % w->conf.step)
			keys[n++] = k;
	if (n)
		qsort(keys, n, sizeof(*keys), compare);
	for (size_t i = 0; i < n; i++)
		give_out(w, keys[i], WINDOW_EOF);
	alloc_free(keys);
}
