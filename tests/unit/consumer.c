/* Positions of consumers: kept whole, refused when they are not what they seem. */
#include "tap.h"

#include "scratch_store.h"
#include "store/consumer.h"

static int
join(void *ctx, const char *name, struct err *err)
{
	struct buf *out = ctx;

	(void)err;
	buf_puts(out, name);
	buf_putc(out, ' ');
	return 0;
}

TEST(put_and_get)
{
	struct scratch s = {0};
	struct consumer_mark m = {0}, want = {1042, 0x0123456789abcdefULL};
	struct buf names;
	char *text;
	size_t n;

	buf_init(&names, 1000);
	scratch_make(&s);
	root_open(&s.root, s.dir, &s.err);
	is_int(consumer_get(&s.root, "mail", &m, &s.err), 0, "a new consumer has no position");
	is_int(consumer_each(&s.root, join, &names, &s.err), 0, "and there are none");
	is_int(consumer_put(&s.root, "mail", &want, &s.err), 0, "it gets one");
	is_int(consumer_get(&s.root, "mail", &m, &s.err), 1, "which is there");
	is_int(m.pos, want.pos, "the same position");
	ok(m.sum == want.sum, "the same sum");
	text = scratch_read(&s, "consumers/mail", &n);
	is_str(text, "{\"pos\":1042,\"sum\":\"0123456789abcdef\"}\n", "as one can read it");
	alloc_free(text);
	want.pos = 0;
	is_int(consumer_put(&s.root, "mail", &want, &s.err), 0, "it may go back");
	is_int(consumer_put(&s.root, "audit", &want, &s.err), 0, "and there may be others");
	is_int(consumer_each(&s.root, join, &names, &s.err), 0, "all are listed");
	is_mem(names.p, names.n, "audit mail ", "by name, and no file beside them");
	is_int(consumer_remove(&s.root, "mail", &s.err), 1, "one is removed");
	is_int(consumer_remove(&s.root, "mail", &s.err), 0, "once");
	is_int(consumer_get(&s.root, "mail", &m, &s.err), 0, "and is new again");
	buf_release(&names);
	root_close(&s.root);
	scratch_remove(&s);
}

TEST(names)
{
	static const char *const bad[] = {
		"", ".", "..", ".x", "a/b", "/etc/passwd", "../x", "a\nb", "a\x7f", "\xff"};
	static const char *const good[] = {"a", "mail-2", "\xc3\xa9", "a b", "-rf", "a..b"};
	struct err err;
	char name[CONSUMER_NAME_MAX + 2];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		is_int(consumer_name(bad[i], &err), -1, "%zu is no name", i);
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		is_int(consumer_name(good[i], &err), 0, "'%s' is one", good[i]);
	memset(name, 'a', sizeof(name));
	name[CONSUMER_NAME_MAX] = '\0';
	is_int(consumer_name(name, &err), 0, "100 bytes are a name");
	name[CONSUMER_NAME_MAX] = 'a';
	name[CONSUMER_NAME_MAX + 1] = '\0';
	is_int(consumer_name(name, &err), -1, "101 are none");
}

TEST(damage)
{
	static const char *const bad[] = {"", "{", "{}",
		"{\"pos\":-1,\"sum\":\"0123456789abcdef\"}", "{\"pos\":1}",
		"{\"pos\":1,\"sum\":\"0123456789abcde\"}",
		"{\"pos\":1,\"sum\":\"0123456789abcdeF\"}",
		"{\"pos\":1.5,\"sum\":\"0123456789abcdef\"}"};
	struct scratch s = {0};
	struct consumer_mark m = {0};

	scratch_make(&s);
	root_open(&s.root, s.dir, &s.err);
	consumer_put(&s.root, "c", &m, &s.err);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		scratch_write(&s, "consumers/c", bad[i], strlen(bad[i]));
		is_int(consumer_get(&s.root, "c", &m, &s.err), -1, "'%s' is no position", bad[i]);
		is_int(s.err.kind, ERR_DAMAGE, "but damage");
	}
	root_close(&s.root);
	scratch_remove(&s);
}

TEST(checks)
{
	struct consumer_mark m = {7, 99};
	struct place at = {.pos = 7, .sum = 99};
	struct err err;

	is_int(consumer_check("consumer 'c'", &m, &at, &err), 0, "the store that was read");
	at.sum = 98;
	is_int(consumer_check("consumer 'c'", &m, &at, &err), -1, "another store");
	is_int(err.kind, ERR_DAMAGE, "is damage");
	at = (struct place){.pos = 6, .sum = 99};
	is_int(consumer_check("consumer 'c'", &m, &at, &err), -1, "a shorter store");
	is_int(err.kind, ERR_DAMAGE, "too");
}

TEST(locks)
{
	struct scratch s = {0};
	int a = -1, b = -1;

	scratch_make(&s);
	root_open(&s.root, s.dir, &s.err);
	is_int(consumer_lock(&s.root, "c", &a, &s.err), 0, "one reads");
	is_int(consumer_lock(&s.root, "c", &b, &s.err), -1, "another may not");
	is_str(s.err.code, "lock", "because of the lock");
	s.root.disk.calls->close(&s.root.disk, a);
	is_int(consumer_lock(&s.root, "c", &b, &s.err), 0, "until the first is done");
	s.root.disk.calls->close(&s.root.disk, b);
	root_close(&s.root);
	scratch_remove(&s);
}

int
main(void)
{
	RUN(put_and_get);
	RUN(names);
	RUN(damage);
	RUN(checks);
	RUN(locks);
	return tap_done();
}
