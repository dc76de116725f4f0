/* lookup: both forms of the file, keys of all kinds, broken files. */
#include "event/lookup.h"
#include "tap.h"

static struct arena scratch;
static struct err err;
static char padded[1024 + BUF_PAD];

static int
load(struct lookup *l, const char *text)
{
	err_clear(&err);
	snprintf(padded, 1024, "%s", text);
	return lookup_init(l, span_str(padded), &err);
}

static struct span
get(const struct lookup *l, enum doc_type type, const char *json)
{
	return lookup_get(l, (struct value){type, span_str(json)}, &scratch);
}

TEST(pairs)
{
	struct lookup l;

	is_int(load(&l,
		       "\n{\"key\":\"a\",\"value\":{\"x\": 1}}\r\n{\"value\":2,\"key\":7}\n"
		       "{\"key\":\"b\\u0041\",\"value\":3}\n{\"key\":\"b\\u0041\",\"value\":null}"),
		0, "pairs are read");
	ok(span_is(get(&l, DOC_STRING, "\"a\""), "{\"x\": 1}"), "a string key, value as written");
	ok(span_is(get(&l, DOC_NUMBER, "7"), "2"), "a number key");
	ok(span_is(get(&l, DOC_STRING, "\"7\""), "2"), "is the text it is written as");
	ok(span_is(get(&l, DOC_STRING, "\"bA\""), "null"), "of equal keys the last");
	ok(!get(&l, DOC_STRING, "\"c\"").p, "a missing key");
	ok(!lookup_get(&l, VALUE_ABSENT, &scratch).p, "no key");
	lookup_release(&l);
}

TEST(object)
{
	struct lookup l;

	is_int(load(&l, "{\n \"a\": [1,\n 2],\n \"\": true }\n"), 0,
		"an object over lines is read");
	ok(span_is(get(&l, DOC_STRING, "\"a\""), "[1,\n 2]"), "value as written");
	ok(span_is(get(&l, DOC_STRING, "\"\""), "true"), "the empty key");
	lookup_release(&l);
	is_int(load(&l, "{\"key\":\"a\"}"), 0, "a key without a value is no pair");
	ok(span_is(get(&l, DOC_STRING, "\"key\""), "\"a\""), "but an object");
	lookup_release(&l);
	is_int(load(&l, " \n\n"), 0, "an empty file has no keys");
	ok(!get(&l, DOC_STRING, "\"a\"").p, "none");
	lookup_release(&l);
}

TEST(broken)
{
	struct lookup l;

	is_int(load(&l, "{\"key\":1,\"value\":1}\n\n{\"key\":2}\n"), -1, "a line that is no pair");
	ok(strstr(err.text, "line 3") && err.kind == ERR_USAGE, "is named: %s", err.text);
	is_int(load(&l, "{\"key\":1,\"value\":1}\n{"), -1, "a line that is no JSON");
	ok(strstr(err.text, "line 2") && err.kind == ERR_USAGE, "is named: %s", err.text);
	is_int(load(&l, "[1]"), -1, "neither form: %s", err.text);
	is_int(load(&l, "a,b\n1,2\n"), -1, "no JSON at all: %s", err.text);
}

int
main(void)
{
	arena_init(&scratch);
	RUN(pairs);
	RUN(object);
	RUN(broken);
	arena_release(&scratch);
	return tap_done();
}
