/* buf: growth, the maximum, the pad. */
#include "tap.h"

#include "base/buf.h"

TEST(growth)
{
	struct buf b;
	size_t before = alloc_used();

	buf_init(&b, 1 << 20);
	is_int((int64_t)buf_view(&b).n, 0, "empty at first");
	for (int i = 0; i < 100000; i++)
		buf_putc(&b, (char)('a' + i % 26));
	is_int((int64_t)b.n, 100000, "100000 bytes");
	ok(b.p[0] == 'a' && b.p[99999] == (char)('a' + 99999 % 26) && !b.over, "are there");
	buf_clear(&b);
	buf_puts(&b, "one ");
	buf_span(&b, SPAN("two "));
	buf_put(&b, NULL, 0);
	buf_print(&b, "%s %d", "three", 4);
	is_mem(b.p, b.n, "one two three 4", "every way to put");
	buf_release(&b);
	is_int((int64_t)alloc_used(), (int64_t)before, "all is given back");
}

TEST(maximum)
{
	struct buf b;

	buf_init(&b, 10);
	buf_puts(&b, "0123456789");
	ok(b.n == 10 && !b.over, "at the limit");
	buf_putc(&b, 'x');
	ok(b.n == 10 && b.over, "one past it adds nothing and is noted");
	buf_clear(&b);
	ok(!b.over, "clear forgets it");
	buf_puts(&b, "0123456789x");
	ok(b.n == 0 && b.over, "all or nothing");
	buf_clear(&b);
	buf_print(&b, "%s", "0123456789");
	ok(b.n == 10 && !b.over, "print at the limit");
	buf_clear(&b);
	buf_print(&b, "%s", "0123456789x");
	ok(b.n == 0 && b.over, "print one past it");
	buf_clear(&b);
	ok(!buf_room(&b, SIZE_MAX) && b.over, "no overflow in the sum");
	buf_release(&b);
	is_int((int64_t)b.max, 10, "the maximum outlives release");
}

TEST(pad)
{
	struct buf b;

	buf_init(&b, 1000);
	for (int i = 0; i < 1000; i++)
		buf_putc(&b, 'x');
	memset(b.p + b.n, 0, BUF_PAD);
	ok(b.p[b.n + BUF_PAD - 1] == 0, "64 bytes past a full buffer exist");
	buf_release(&b);
}

TEST(integers)
{
	static const struct {
		int64_t v;
		const char *text;
	} cases[] = {{0, "0"}, {-1, "-1"}, {10, "10"}, {INT64_MAX, "9223372036854775807"},
		{INT64_MIN, "-9223372036854775808"}};
	struct buf b;

	buf_init(&b, 100);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_clear(&b);
		buf_i64(&b, cases[i].v);
		is_mem(b.p, b.n, cases[i].text, "%s", cases[i].text);
	}
	buf_release(&b);
}

int
main(void)
{
	RUN(growth);
	RUN(maximum);
	RUN(pad);
	RUN(integers);
	return tap_done();
}
