/* table: put, get, remove, walk, count bytes. */
#include "tap.h"

#include "base/alloc.h"
#include "base/table.h"

struct user {
	int64_t n;
};

TEST(basics)
{
	struct table t;
	struct user *u, *v;
	bool is_new = false;
	size_t before = alloc_used(), at = 0;

	table_init(&t, sizeof(struct user));
	ok(table_get(&t, SPAN("a")) == NULL && table_next(&t, &at) == NULL, "empty at first");
	u = table_put(&t, SPAN("a"), &is_new);
	ok(is_new && u->n == 0 && t.count == 1, "a new record is zeroed");
	u->n = 7;
	v = table_put(&t, SPAN("a"), &is_new);
	ok(!is_new && v == u && v->n == 7 && t.count == 1, "put again finds it");
	ok(table_get(&t, SPAN("a")) == u && table_get(&t, SPAN("b")) == NULL, "get");
	ok(span_is(table_key(u), "a"), "its key");
	v = table_put(&t, SPAN(""), &is_new);
	ok(is_new && table_get(&t, SPAN_NONE) == v, "the empty key is a key");
	u = table_put(&t, span_of("a\0b", 3), &is_new);
	ok(is_new && table_get(&t, SPAN("a")) != u, "NUL is a byte of a key");
	table_remove(&t, v);
	ok(table_get(&t, SPAN("")) == NULL && t.count == 2, "removed");
	table_release(&t);
	ok(t.count == 0 && t.bytes == 0, "released");
	is_int((int64_t)alloc_used(), (int64_t)before, "all is given back");
}

TEST(collisions)
{
	struct table t;
	bool is_new, found = true;
	char key[16];

	table_init(&t, sizeof(struct user));
	for (int i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		((struct user *)table_put_hashed(&t, span_str(key), 15, &is_new))->n = i;
	}
	for (int i = 0; i < 40; i += 2) {
		snprintf(key, sizeof(key), "k%d", i);
		table_remove(&t, table_get_hashed(&t, span_str(key), 15));
	}
	for (int i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		struct user *u = table_get_hashed(&t, span_str(key), 15);

		found &= i % 2 ? u && u->n == i : !u;
	}
	ok(found && t.count == 20, "keys of one hash are told apart, also after removals");
	table_release(&t);
}

TEST(many)
{
	struct table t;
	struct user *u;
	char key[24];
	bool is_new;
	int64_t sum = 0;
	struct user *first = NULL;

	table_init(&t, sizeof(struct user));
	for (int i = 0; i < 100000; i++) {
		snprintf(key, sizeof(key), "user-%d", i);
		u = table_put(&t, span_str(key), &is_new);
		u->n = i;
		first = first ? first : u;
	}
	ok(first == table_get(&t, SPAN("user-0")), "a record never moves");
	for (size_t at = 0; (u = table_next(&t, &at));)
		sum += u->n;
	is_int(sum, 4999950000, "each record is visited once");
	ok((t.mask + 1) * 3 >= t.count * 4, "a quarter of the slots is free");
	ok(t.bytes >= 100000 * (sizeof(struct user) + 6), "bytes are counted");
	table_clear(&t);
	ok(t.count == 0 && t.bytes == 0 && t.record_size == sizeof(struct user), "cleared");
	u = table_put(&t, SPAN("x"), &is_new);
	ok(is_new && u->n == 0, "and usable again");
	table_release(&t);
}

int
main(void)
{
	RUN(basics);
	RUN(collisions);
	RUN(many);
	return tap_done();
}
