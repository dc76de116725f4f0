/*
 * edge against a model that is simple: a table of all keys and all batches.
 *
 * In each batch some keys have a score, or two. The model knows of every key whether it is up; after each batch it
 * lets fall, in the order of their names, those that are up and had no score. Argument: rounds of 50 batches.
 */
#include "op/edge.h"

#include "tap.h"

#define KEYS 12

static uint64_t state;
static struct edge edge;
static struct model {
	bool is_up, is_seen;
	int64_t since_ms;
} keys[KEYS];
static struct edge_fall falls[KEYS]; /* those of the batch that ended, names as static strings */
static size_t fall_count;
static int64_t bad;

static unsigned
below(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static struct span
name(size_t key)
{
	static const char letters[KEYS + 1] = "abcdefghijkl";

	return span_of(letters + key, 1);
}

static int
fallen(void *ctx, const struct edge_fall *fall, struct err *err)
{
	(void)ctx, (void)err;
	falls[fall_count] = *fall;
	falls[fall_count++].key = name((size_t)(*fall->key.p - 'a'));
	return 0;
}

/* The batch of batch_ms is over: what fell must be what the model lets fall. */
static void
check_falls(int64_t batch_ms)
{
	size_t n = 0;

	for (size_t k = 0; k < KEYS; k++) {
		if (keys[k].is_up && !keys[k].is_seen) {
			bad += n >= fall_count || !span_equal(falls[n].key, name(k)) ||
			       falls[n].since_ms != keys[k].since_ms ||
			       falls[n].time_ms != batch_ms;
			keys[k].is_up = false;
			n++;
		}
		keys[k].is_seen = false;
	}
	bad += n != fall_count;
	fall_count = 0;
}

static void
put(size_t k, int64_t batch_ms)
{
	double score = below(11) / 10.0;
	bool rises = !keys[k].is_up && score > edge.up,
	     falls_now = keys[k].is_up && score <= edge.clear;
	int64_t since_ms = -1;
	enum edge_change change = edge_put(&edge, name(k), score, SPAN("n"), &since_ms);

	bad += change != (rises ? EDGE_UP : falls_now ? EDGE_DOWN : EDGE_SAME);
	bad += falls_now && since_ms != keys[k].since_ms;
	if (rises)
		keys[k].since_ms = batch_ms;
	keys[k].is_up = rises || (keys[k].is_up && !falls_now);
	keys[k].is_seen = true;
}

static void
round_of(unsigned batches)
{
	int64_t batch_ms = below(100);
	struct err err;

	edge_init(&edge, 0.7, below(2) ? 0.7 : 0.4, KEYS);
	memset(keys, 0, sizeof(keys));
	for (unsigned b = 0; b < batches; b++) {
		int64_t last_ms = batch_ms;

		batch_ms += 1 + below(3);
		edge_advance(&edge, batch_ms, fallen, NULL, &err);
		check_falls(last_ms);
		for (unsigned n = below(2 * KEYS); n > 0; n--)
			put(below(KEYS), batch_ms);
	}
	edge_end(&edge, fallen, NULL, &err);
	check_falls(batch_ms);
	edge_release(&edge);
}

int
main(int argc, char **argv)
{
	long rounds = argc > 1 ? (long)strtoull(argv[1], NULL, 10) : 2000;

	state = 20211122;
	for (long i = 0; i < rounds; i++)
		round_of(50);
	is_int(bad, 0, "%ld rounds of 50 batches as the model has them", rounds);
	return tap_done();
}
