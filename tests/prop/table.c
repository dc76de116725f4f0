/* table against the simplest map: an array indexed by the key's number. */
#include "tap.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/table.h"

#define KEYS 2000

struct item {
	int64_t n;
};

static uint64_t state;

static unsigned
below(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static struct span
key_of(unsigned k)
{
	static char text[40];

	memset(text, 'k', sizeof(text));
	return span_of(text, (size_t)snprintf(text, sizeof(text), "%u", k) + k % 3);
}

/* A weak hash on odd runs, so that probing and shifting back are exercised. */
static uint64_t
hash_of(struct span key, bool weak)
{
	return weak ? hash_bytes(key) & 0xf000000000000003 : hash_bytes(key);
}

static bool
all_there(const struct table *t, const int64_t *model, bool weak)
{
	size_t count = 0, seen = 0;
	struct item *item;

	for (unsigned k = 0; k < KEYS; k++) {
		struct span key = key_of(k);

		item = table_get_hashed(t, key, hash_of(key, weak));
		if (!item != !model[k] || (item && item->n != model[k]))
			return false;
		count += item != NULL;
	}
	for (size_t at = 0; (item = table_next(t, &at)); seen++)
		count -= item->n == 0;
	return count == t->count && seen == count;
}

static bool
run(uint64_t seed, unsigned keys)
{
	int64_t model[KEYS] = {0};
	bool weak = seed % 2, is_new, fine = true;
	size_t before = alloc_used();
	struct table t;

	state = seed;
	table_init(&t, sizeof(struct item));
	for (int64_t i = 1; i <= 3000 && fine; i++) {
		unsigned k = below(keys);
		struct span key = key_of(k);
		uint64_t hash = hash_of(key, weak);
		struct item *item = table_get_hashed(&t, key, hash);

		fine = !item == !model[k] && (!item || item->n == model[k]);
		if (below(5) < 2 && item) {
			table_remove(&t, item);
			model[k] = 0;
			continue;
		}
		item = table_put_hashed(&t, key, hash, &is_new);
		fine &= is_new == !model[k] && span_equal(table_key(item), key);
		item->n = model[k] = i;
	}
	fine = fine && all_there(&t, model, weak);
	table_release(&t);
	return fine && alloc_used() == before;
}

int
main(int argc, char **argv)
{
	unsigned long long count = argc > 1 ? strtoull(argv[1], NULL, 10) : 300;

	for (uint64_t seed = 0; seed < count; seed++) {
		unsigned keys = seed % 3 ? 50 : KEYS;

		if (!run(seed, keys))
			ok(false, "seed %" PRIu64 ", %u keys", seed, keys);
	}
	ok(tap_failed == 0, "%llu runs of 3000 operations equal the model", count);
	return tap_done();
}
