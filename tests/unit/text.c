/* text: escapes decoded, compared and written. */
#include "json/text.h"

#include "tap.h"

struct pair {
	const char *raw, *decoded;
};

static const struct pair pairs[] = {
	{"\"\"", ""},
	{"\"plain\"", "plain"},
	{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
	{"\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac"},
	{"\"\\ud834\\udd1e\"", "\xf0\x9d\x84\x9e"},
	{"\"a\\ud834b\"", "a\xef\xbf\xbd"
			  "b"},
	{"\"\\udd1e\"", "\xef\xbf\xbd"},
	{"\"\\udd1e\\udd1e\"", "\xef\xbf\xbd\xef\xbf\xbd"},
	{"\"\\udd1e\\ud834\"", "\xef\xbf\xbd\xef\xbf\xbd"},
	{"\"\\ud834\\ud834\\udd1e\"", "\xef\xbf\xbd\xf0\x9d\x84\x9e"},
	{"\"\\ud834\\u0041\"", "\xef\xbf\xbd"
			       "A"},
	{"\"\\ud834\\n\"", "\xef\xbf\xbd\n"},
	{"\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf"},
	{"\"x\\\\u0041\"", "x\\u0041"},
};

TEST(decoding)
{
	struct arena a;
	struct buf b;

	arena_init(&a);
	buf_init(&b, 1000);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct span raw = span_str(pairs[i].raw), s = text_decode(raw, &a);

		is_mem(s.p, s.n, pairs[i].decoded, "%s", pairs[i].raw);
		ok((s.p == raw.p + 1) == !strchr(raw.p, '\\'), "copied only where it must be");
		buf_clear(&b);
		buf_putc(&b, '>');
		text_decode_to(&b, raw);
		is_mem(b.p + 1, b.n - 1, pairs[i].decoded, "%s, appended", pairs[i].raw);
		ok(text_equals(raw, span_str(pairs[i].decoded)), "%s means it", pairs[i].raw);
		ok(!text_equals(raw, SPAN("other")), "%s means nothing else", pairs[i].raw);
	}
	buf_release(&b);
	arena_release(&a);
}

TEST(nul)
{
	struct arena a;
	struct span s;

	arena_init(&a);
	s = text_decode(SPAN("\"a\\u0000b\""), &a);
	is_int((int64_t)s.n, 3, "three bytes");
	ok(s.p[1] == '\0', "a NUL among them");
	ok(text_equals(SPAN("\"a\\u0000b\""), SPAN("a\0b")), "equal with the NUL");
	ok(!text_equals(SPAN("\"a\\u0000b\""), SPAN("a")), "not equal without");
	arena_release(&a);
}

TEST(order)
{
	is_int(text_compare(SPAN("\"a\""), SPAN("\"b\"")), -1, "a before b");
	is_int(text_compare(SPAN("\"\\u0061\""), SPAN("\"a\"")), 0, "an escape is its letter");
	is_int(text_compare(SPAN("\"a\\u0062\""), SPAN("\"a\"")), 1, "a prefix comes first");
	is_int(text_compare(SPAN("\"a\""), SPAN("\"\\u0061c\"")), -1, "from both sides");
	is_int(text_compare(SPAN("\"\\u00e9\""), SPAN("\"z\"")), 1, "bytes are unsigned");
	is_int(text_compare(SPAN("\"\\uffff\""), SPAN("\"\\ud800\\udc00\"")), -1,
		"order of bytes, not of UTF-16");
	is_int(text_compare(SPAN("\"\""), SPAN("\"\"")), 0, "empty strings");
}

static const struct pair written[] = {
	{"\"\"", ""},
	{"\"a\\\"b\\\\c/\"", "a\"b\\c/"},
	{"\"\\b\\f\\n\\r\\t\"", "\b\f\n\r\t"},
	{"\"\\u0001\\u001f\\u007f\"", "\x01\x1f\x7f"},
	{"\"long enough for words of eight bytes\\n and more\"",
		"long enough for words of eight bytes\n and more"},
	{"\"\xc3\xa9\xf0\x9d\x84\x9e\"", "\xc3\xa9\xf0\x9d\x84\x9e"},
	{"\"a\xef\xbf\xbd"
	 "b\"",
		"a\xff"
		"b"},
	{"\"\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9 end\"", "\xc3\xa9\xe2\x82\xc3\xa9 end"},
};

TEST(writing)
{
	struct buf b;

	buf_init(&b, 1000);
	for (size_t i = 0; i < ARRAY_LEN(written); i++) {
		buf_clear(&b);
		text_put(&b, span_str(written[i].decoded));
		is_mem(b.p, b.n, written[i].raw, "%s", written[i].raw);
	}
	buf_clear(&b);
	text_put(&b, SPAN("a\0b"));
	is_mem(b.p, b.n, "\"a\\u0000b\"", "NUL");
	buf_release(&b);
}

TEST(at_the_maximum)
{
	struct buf b;

	buf_init(&b, 4);
	text_put(&b, SPAN("ab"));
	ok(!b.over, "four bytes fit");
	is_mem(b.p, b.n, "\"ab\"", "the string");
	buf_clear(&b);
	text_put(&b, SPAN("abc"));
	ok(b.over, "five do not");
	buf_clear(&b);
	text_decode_to(&b, SPAN("\"abcde\""));
	ok(b.over, "decoding has the maximum too");
	buf_release(&b);
}

int
main(void)
{
	RUN(decoding);
	RUN(nul);
	RUN(order);
	RUN(writing);
	RUN(at_the_maximum);
	return tap_done();
}
