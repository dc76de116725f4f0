/* edit: exact bytes after sets and deletes, and which edits exclude each other. */
#include "json/edit.h"

#include "tap.h"

static struct doc doc;
static struct arena arena;
static struct edit edit;
static struct buf out;
static struct err err;

static void
load(const char *json)
{
	static char text[1000];

	memset(text, 0, sizeof(text));
	memcpy(text, json, strlen(json));
	if (doc_parse(&doc, span_of(text, strlen(json)), &err))
		printf("Bail out! %s\n", err.text);
	arena_reset(&arena);
	edit_start(&edit, &doc, &arena);
}

/* "a/b/2": digits and a minus are indexes, everything else names. */
static struct edit_path
path(const char *text)
{
	struct edit_step *steps = arena_get(&arena, 10 * sizeof(*steps));
	struct span rest = span_str(text), head;
	size_t n = 0;

	while (rest.n > 0) {
		char *end;
		int64_t index;

		span_cut(rest, '/', &head, &rest);
		index = strtoll(arena_string(&arena, head), &end, 10);
		steps[n++] = *end ? (struct edit_step){.name = head}
				  : (struct edit_step){.index = index};
	}
	return (struct edit_path){steps, n};
}

static int
set(const char *at, const char *json)
{
	return edit_set(&edit, path(at), span_str(json), &err);
}

static int
del(const char *at)
{
	return edit_delete(&edit, path(at), &err);
}

static void
gives(const char *want, const char *name)
{
	buf_clear(&out);
	is_int(edit_write(&edit, &out, &err), 0, "%s: written", name);
	is_mem(out.p, out.n, want, "%s", name);
}

TEST(no_change)
{
	load("  {\"a\" :  [1 , 2]}\t");
	gives("  {\"a\" :  [1 , 2]}\t", "every byte stays");
}

TEST(setting)
{
	load("{\"a\": 1, \"b\": {\"c\":[1,2]} }");
	set("a", "\"x\"");
	set("b/c/1", "[]");
	gives("{\"a\": \"x\", \"b\": {\"c\":[1,[]]} }", "two places");
	load("{\"a\":1,\"a\":2}");
	set("a", "3");
	gives("{\"a\":1,\"a\":3}", "the last of duplicates");
	load("{\"a\":1}");
	set("a", "2");
	set("a", "3");
	gives("{\"a\":3}", "the later wins");
	load("[1]");
	set("", "{}");
	gives("{}", "the whole value");
	load("[1,2,3]");
	set("-1", "9");
	gives("[1,2,9]", "counted from the end");
	load("{\"\\u0061\":1}");
	set("a", "2");
	gives("{\"\\u0061\":2}", "a name written with escapes");
}

TEST(adding)
{
	load("{\"a\":1 }");
	set("b\"", "2");
	gives("{\"a\":1,\"b\\\"\":2 }", "after the last member");
	load("{}");
	set("a", "1");
	gives("{\"a\":1}", "to an empty object");
	load("{}");
	set("a/b/c", "1");
	set("a/b/d", "2");
	set("a/e/0", "3");
	set("a/e/1", "4");
	gives("{\"a\":{\"b\":{\"c\":1,\"d\":2},\"e\":[3,4]}}", "objects and arrays on the way");
	load("{\"l\":[1]}");
	set("l/1", "2");
	set("l/2/x", "3");
	gives("{\"l\":[1,2,{\"x\":3}]}", "items after the last");
}

TEST(deleting)
{
	load("{\"a\":1, \"b\":2 , \"c\":3}");
	del("a");
	gives("{\"b\":2 , \"c\":3}", "the first");
	load("{\"a\":1, \"b\":2 , \"c\":3}");
	del("b");
	gives("{\"a\":1, \"c\":3}", "the middle");
	load("{\"a\":1, \"b\":2 , \"c\":3}");
	del("c");
	gives("{\"a\":1, \"b\":2}", "the last");
	load("{\"a\":1, \"b\":2 , \"c\":3}");
	del("b");
	del("c");
	gives("{\"a\":1}", "the last two");
	load("{\"a\":1, \"b\":2 , \"c\":3}");
	del("c");
	del("a");
	gives("{\"b\":2}", "both ends");
	load("{\"a\":1,\"b\":2}");
	del("a");
	del("b");
	gives("{}", "all");
	load("[1,2,3,4]");
	del("0");
	del("-2");
	gives("[2,4]", "items; indexes are those of the text as it was");
	load("{\"a\":1,\"b\":2,\"\\u0061\":3,\"a\":4}");
	del("a");
	gives("{\"b\":2}", "all duplicates, however written");
	load("{\"a\":{\"b\":1,\"c\":2}}");
	del("a/b");
	gives("{\"a\":{\"c\":2}}", "inside");
}

TEST(deleting_what_is_not_there)
{
	load("{\"a\":1,\"l\":[]}");
	is_int(del("b"), 0, "a member");
	is_int(del("a/b/c"), 0, "inside a number");
	is_int(del("l/0"), 0, "an item");
	is_int(del("l/-1"), 0, "an item from the end");
	gives("{\"a\":1,\"l\":[]}", "changes nothing");
}

TEST(set_and_delete)
{
	load("{\"a\":1,\"b\":2}");
	del("a");
	del("b");
	set("c", "3");
	gives("{\"c\":3}", "a new member alone");
	load("{\"a\":1,\"b\":2}");
	del("a");
	set("a", "9");
	gives("{\"a\":9,\"b\":2}", "the later wins: set");
	load("{\"a\":1,\"b\":2}");
	set("a", "9");
	set("n", "9");
	del("a");
	del("n");
	gives("{\"b\":2}", "the later wins: deleted");
	load("[1,2]");
	del("1");
	set("2", "3");
	gives("[1,3]", "an item in the place of another");
}

TEST(refusals)
{
	load("{\"a\":1,\"o\":{},\"l\":[1]}");
	is_int(set("a/b", "1"), -1, "through a number");
	is_int(err.kind, ERR_DATA, "is bad data");
	is_str(err.text, "no member 'b' in a value that is no object", "in words");
	is_int(err.byte, 5, "at the number");
	is_int(set("l/b", "1"), -1, "a member of an array");
	is_int(set("o/0", "1"), -1, "an item of an object");
	is_int(set("l/2", "1"), -1, "an item past the next");
	is_int(set("l/-2", "1"), -1, "an item before the first");
	is_int(set("new/x/1", "1"), -1, "an item past the first of a new array");
	gives("{\"a\":1,\"o\":{},\"l\":[1]}", "a refused edit leaves nothing behind");
	is_int(del(""), -1, "the whole value cannot be deleted");
	is_int(err.kind, ERR_USAGE, "nor asked for");
}

TEST(exclusions)
{
	load("{\"a\":{\"b\":1,\"c\":2}}");
	set("a/b", "5");
	is_int(set("a", "6"), -1, "a value around an edit");
	is_int(err.kind, ERR_USAGE, "is the caller's mistake");
	is_int(del("a"), -1, "deleted around an edit");
	gives("{\"a\":{\"b\":5,\"c\":2}}", "the first edit holds");
	load("{\"a\":{\"b\":1,\"c\":2}}");
	set("a", "{}");
	is_int(set("a/b", "6"), -1, "an edit inside a value that is set");
	is_int(del("a/b"), -1, "a deletion inside a value that is set");
	load("{\"a\":{\"b\":1,\"c\":2}}");
	del("a/b");
	is_int(del("a"), 0, "a deletion around a deletion");
	is_int(del("a/c"), 0, "and inside one");
	is_int(set("a/c", "1"), -1, "but no set inside one");
	gives("{}", "all is gone");
}

TEST(at_the_maximum)
{
	struct buf small;

	buf_init(&small, 8);
	load("{\"a\":1}");
	set("a", "12");
	is_int(edit_write(&edit, &small, &err), 0, "eight bytes fit");
	is_int(edit_write(&edit, &small, &err), -1, "more do not");
	is_mem(small.p, small.n, "{\"a\":12}", "and out is as before");
	ok(!small.over, "nor is it marked as over");
	buf_release(&small);
}

int
main(void)
{
	doc_init(&doc, DOC_KERNEL_BEST);
	arena_init(&arena);
	buf_init(&out, 1000);
	RUN(no_change);
	RUN(setting);
	RUN(adding);
	RUN(deleting);
	RUN(deleting_what_is_not_there);
	RUN(set_and_delete);
	RUN(refusals);
	RUN(exclusions);
	RUN(at_the_maximum);
	buf_release(&out);
	arena_release(&arena);
	doc_release(&doc);
	return tap_done();
}
