/* dedup: repetitions, the bound, the window; against a list that remembers everything. */
#include "op/dedup.h"
#include "tap.h"

static bool
see(struct dedup *d, int key, int64_t time_ms)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "\"key-%d\"", key);

	return dedup_is_new(d, span_of(text, (size_t)n), time_ms);
}

TEST(repetitions)
{
	struct dedup d;

	dedup_init(&d, 100, INT64_MAX);
	ok(see(&d, 1, 0), "a first sight");
	ok(!see(&d, 1, 0), "its repetition");
	ok(see(&d, 2, 0), "another key");
	ok(!see(&d, 1, INT64_MAX), "without a window the time does not count");
	ok(dedup_is_new(&d, SPAN_NONE, 0), "the empty key is a key");
	ok(!dedup_is_new(&d, SPAN_NONE, 0), "and is repeated");
	is_int((int64_t)d.count, 3, "keys held");
	dedup_release(&d);
}

TEST(bound)
{
	struct dedup d;

	dedup_init(&d, 3, INT64_MAX);
	for (int k = 0; k < 3; k++)
		see(&d, k, 0);
	ok(!see(&d, 0, 0), "at the bound all are known");
	is_int((int64_t)d.forgotten, 0, "and none is forgotten");
	ok(see(&d, 3, 0), "one past it is new");
	is_int((int64_t)d.forgotten, 1, "for which the first was forgotten");
	ok(!see(&d, 1, 0) && !see(&d, 2, 0) && !see(&d, 3, 0), "the others are known");
	ok(see(&d, 0, 0), "the first passes again");
	is_int((int64_t)d.count, 3, "keys held");
	dedup_release(&d);

	dedup_init(&d, 1, INT64_MAX);
	ok(see(&d, 1, 0) && !see(&d, 1, 0) && see(&d, 2, 0) && see(&d, 1, 0), "a bound of one");
	dedup_release(&d);
}

TEST(window)
{
	struct dedup d;

	dedup_init(&d, 100, 1000);
	ok(see(&d, 1, 5000), "a first sight");
	ok(!see(&d, 1, 5999), "just inside the window");
	ok(see(&d, 1, 6000), "the window is over, counted from the first");
	ok(!see(&d, 1, 6999), "and begins again there");
	is_int((int64_t)d.count, 1, "one key held");
	ok(see(&d, 2, 9000), "time goes on");
	is_int((int64_t)d.count, 1, "and the old key is forgotten");
	is_int((int64_t)d.forgotten, 0, "which is no loss");
	ok(see(&d, 3, 8500) && !see(&d, 3, 9300) && !see(&d, 3, 7700), "out of order, both ways");
	ok(see(&d, 4, INT64_MIN) && see(&d, 5, INT64_MAX), "the ends of time");
	dedup_release(&d);
}

/* The same questions to a list of (key, time): the last pass of a key within the last max keys counts. */
struct model {
	int key[20000];
	int64_t time[20000];
	size_t n;
};

static bool
model_is_new(struct model *m, int key, int64_t time, int64_t within)
{
	for (size_t i = m->n; i-- > 0;)
		if (m->key[i] == key) {
			if (llabs(time - m->time[i]) < within)
				return false;
			break;
		}
	m->key[m->n] = key;
	m->time[m->n++] = time;
	return true;
}

TEST(as_the_model)
{
	static struct model m;
	struct dedup d;
	uint64_t seed = 42;
	bool agrees = true;

	dedup_init(&d, 5000, 700);
	for (int i = 0; i < 20000; i++) {
		int key;

		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		key = (int)(seed >> 33) % 300;
		agrees = agrees && see(&d, key, i) == model_is_new(&m, key, i, 700);
	}
	ok(agrees, "20000 questions with a window");
	ok(d.count <= 300 && d.used <= 701, "what is over is forgotten");
	dedup_release(&d);
}

TEST(growth)
{
	struct dedup d;
	bool known = true, fresh = true;

	dedup_init(&d, 50000, INT64_MAX);
	for (int k = 0; k < 80000; k++)
		fresh = fresh && see(&d, k, 0);
	for (int k = 30000; k < 80000; k++)
		known = known && !see(&d, k, 0);
	ok(fresh, "80000 keys are new");
	ok(known, "the last 50000 are known");
	is_int((int64_t)d.forgotten, 30000, "the others forgotten");
	is_int(d.cap, 50000, "the ring has no more places than keys are allowed");
	dedup_release(&d);
}

int
main(void)
{
	RUN(repetitions);
	RUN(bound);
	RUN(window);
	RUN(as_the_model);
	RUN(growth);
	return tap_done();
}
