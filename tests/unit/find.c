/* find: members and items, duplicates, escaped names, iteration. */
#include "json/find.h"

#include "base/buf.h"
#include "tap.h"

static struct doc doc;

static void
load(const char *json)
{
	static char text[1000];
	struct err err;

	memset(text, 0, sizeof(text));
	memcpy(text, json, strlen(json));
	if (doc_parse(&doc, span_of(text, strlen(json)), &err))
		printf("Bail out! %s\n", err.text);
}

#define is_value(value, want, ...) \
	is_mem(doc_span(&doc, value).p, doc_span(&doc, value).n, want, __VA_ARGS__)

TEST(members)
{
	load("{\"a\":1,\"bb\":{\"a\":2},\"\":3,\"ab\":[4,{\"a\":5}],\"last\":null}");
	is_value(find_member(&doc, 0, SPAN("a")), "1", "the first");
	is_value(find_member(&doc, 0, SPAN("bb")), "{\"a\":2}", "an object");
	is_value(find_member(&doc, 0, SPAN("")), "3", "the empty name");
	is_value(find_member(&doc, 0, SPAN_NONE), "3", "the empty name without an address");
	is_value(find_member(&doc, 0, SPAN("last")), "null", "the last");
	is_int(find_member(&doc, 0, SPAN("b")), DOC_NONE, "a prefix is not the name");
	is_int(find_member(&doc, 0, SPAN("bbb")), DOC_NONE, "nor is a longer one");
	is_int(find_member(&doc, DOC_NONE, SPAN("a")), DOC_NONE, "nothing in nothing");
	is_int(find_member(&doc, find_member(&doc, 0, SPAN("a")), SPAN("a")), DOC_NONE,
		"nothing in a number");
	load("{}");
	is_int(find_member(&doc, 0, SPAN("a")), DOC_NONE, "nothing in an empty object");
	load("[\"a\",1]");
	is_int(find_member(&doc, 0, SPAN("a")), DOC_NONE, "no member in an array");
}

TEST(duplicates)
{
	load("{\"a\":1,\"b\":2,\"a\":3}");
	is_value(find_member(&doc, 0, SPAN("a")), "3", "the last counts");
	load("{\"a\":1,\"\\u0061\":2}");
	is_value(find_member(&doc, 0, SPAN("a")), "2", "however it is written");
}

TEST(escaped_names)
{
	load("{\"a\\nb\":1,\"\\u00e9\":2,\"\\ud834\\udd1e\":3,\"q\\\"\":4,\"plain\":5}");
	is_value(find_member(&doc, 0, SPAN("a\nb")), "1", "a newline");
	is_int(find_member(&doc, 0, SPAN("a\\nb")), DOC_NONE, "not the raw bytes");
	is_value(find_member(&doc, 0, SPAN("\xc3\xa9")), "2", "e acute");
	is_value(find_member(&doc, 0, SPAN("\xf0\x9d\x84\x9e")), "3", "a surrogate pair");
	is_value(find_member(&doc, 0, SPAN("q\"")), "4", "a quote");
	is_value(find_member(&doc, 0, SPAN("plain")), "5", "a plain one among them");
}

TEST(items)
{
	load(" [ 10 , [20,21], {\"a\":30} , \"40\" ] ");
	is_value(find_item(&doc, 0, 0), "10", "the first");
	is_value(find_item(&doc, 0, 2), "{\"a\":30}", "an object");
	is_value(find_item(&doc, 0, -1), "\"40\"", "the last");
	is_value(find_item(&doc, 0, -4), "10", "the first from the end");
	is_int(find_item(&doc, 0, 4), DOC_NONE, "one past the end");
	is_int(find_item(&doc, 0, -5), DOC_NONE, "one before the start");
	is_int(find_item(&doc, 0, INT64_MIN), DOC_NONE, "far before the start");
	is_int(find_count(&doc, 0), 4, "four items");
	is_int(find_count(&doc, find_item(&doc, 0, 0)), 0, "none in a scalar");
	is_int(find_count(&doc, DOC_NONE), 0, "none in nothing");
	is_int(find_item(&doc, find_item(&doc, 0, 2), 0), DOC_NONE, "no item in an object");
}

TEST(iteration)
{
	struct find_iter it;
	struct buf b;

	buf_init(&b, 1000);
	load("{\"a\":1,\"b\":[2,3],\"c\":{\"d\":4}}");
	for (find_start(&it, &doc, 0); find_next(&it);) {
		buf_span(&b, doc_span(&doc, it.name));
		buf_putc(&b, '=');
		buf_span(&b, doc_span(&doc, it.value));
		buf_putc(&b, ';');
	}
	is_mem(b.p, b.n, "\"a\"=1;\"b\"=[2,3];\"c\"={\"d\":4};", "members in order");
	buf_clear(&b);
	for (find_start(&it, &doc, find_member(&doc, 0, SPAN("b"))); find_next(&it);) {
		ok(it.name == DOC_NONE && !it.is_object, "an item has no name");
		buf_span(&b, doc_span(&doc, it.value));
	}
	is_mem(b.p, b.n, "23", "items in order");
	load("7");
	find_start(&it, &doc, 0);
	ok(!find_next(&it), "a scalar has nothing inside");
	load("[]");
	find_start(&it, &doc, 0);
	ok(!find_next(&it), "nor has an empty array");
	buf_release(&b);
}

int
main(void)
{
	doc_init(&doc, DOC_KERNEL_BEST);
	RUN(members);
	RUN(duplicates);
	RUN(escaped_names);
	RUN(items);
	RUN(iteration);
	doc_release(&doc);
	return tap_done();
}
