/* emit: commas, colons and nesting. */
#include "json/emit.h"

#include "tap.h"

static struct buf b;
static struct emit e;

static void
fresh(void)
{
	buf_clear(&b);
	emit_init(&e, &b);
}

TEST(object)
{
	fresh();
	emit_open(&e, '{');
	emit_name(&e, SPAN("key"));
	emit_string(&e, SPAN("a\"b"));
	emit_name(&e, SPAN("n\n"));
	emit_i64(&e, INT64_MIN);
	emit_name(&e, SPAN("raw"));
	emit_raw(&e, SPAN("{\"x\": 1}"));
	emit_close(&e);
	is_mem(b.p, b.n, "{\"key\":\"a\\\"b\",\"n\\n\":-9223372036854775808,\"raw\":{\"x\": 1}}",
		"members");
}

TEST(array)
{
	fresh();
	emit_open(&e, '[');
	emit_bool(&e, true);
	emit_bool(&e, false);
	emit_null(&e);
	emit_double(&e, 0.5);
	emit_dec(&e, (struct dec){125, -2});
	emit_time(&e, 1637572532123);
	emit_close(&e);
	is_mem(b.p, b.n, "[true,false,null,0.5,1.25,\"2021-11-22T09:15:32.123Z\"]", "items");
}

TEST(nesting)
{
	fresh();
	emit_open(&e, '[');
	emit_open(&e, '{');
	emit_close(&e);
	emit_open(&e, '{');
	emit_name(&e, SPAN("a"));
	emit_open(&e, '[');
	emit_i64(&e, 1);
	emit_open(&e, '[');
	emit_close(&e);
	emit_close(&e);
	emit_name(&e, SPAN("b"));
	emit_null(&e);
	emit_close(&e);
	emit_i64(&e, 2);
	emit_close(&e);
	is_mem(b.p, b.n, "[{},{\"a\":[1,[]],\"b\":null},2]", "a level forgets nothing");
}

TEST(deepest)
{
	fresh();
	for (int i = 0; i < 64; i++)
		emit_open(&e, '[');
	emit_i64(&e, 1);
	emit_i64(&e, 2);
	for (int i = 0; i < 64; i++)
		emit_close(&e);
	is_int((int64_t)b.n, 64 + 3 + 64, "64 levels");
	is_mem(b.p + 63, 5, "[1,2]", "with a comma in the last");
}

TEST(scalar_at_the_top)
{
	fresh();
	emit_string(&e, SPAN("x"));
	is_mem(b.p, b.n, "\"x\"", "no comma, no bracket");
}

int
main(void)
{
	buf_init(&b, 1 << 16);
	RUN(object);
	RUN(array);
	RUN(nesting);
	RUN(deepest);
	RUN(scalar_at_the_top);
	buf_release(&b);
	return tap_done();
}
