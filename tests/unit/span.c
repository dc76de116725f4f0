/* span: comparing, cutting, finding. */
#include "tap.h"

#include "base/span.h"

static bool
is(struct span s, const char *z)
{
	return span_is(s, z);
}

TEST(equality)
{
	ok(span_equal(SPAN("ab"), span_str("ab")), "the same bytes");
	ok(!span_equal(SPAN("ab"), SPAN("ac")), "other bytes");
	ok(!span_equal(SPAN("ab"), SPAN("abc")), "another length");
	ok(span_equal(SPAN_NONE, SPAN("")), "nothing equals the empty span");
	ok(span_equal(span_str(NULL), SPAN_NONE), "a NULL string is the absent span");
	ok(!span_equal(span_of("a\0b", 3), span_of("a\0c", 3)), "NUL is a byte like any other");
}

TEST(order)
{
	ok(span_compare(SPAN("a"), SPAN("b")) < 0, "a before b");
	ok(span_compare(SPAN("b"), SPAN("a")) > 0, "b after a");
	ok(span_compare(SPAN("ab"), SPAN("a")) > 0, "a prefix comes first");
	ok(span_compare(SPAN("a"), SPAN("\xff")) < 0, "bytes are unsigned");
	is_int(span_compare(SPAN_NONE, SPAN("")), 0, "empty spans are equal");
	ok(span_compare(SPAN_NONE, SPAN("a")) < 0, "the empty span is first");
}

TEST(ends)
{
	ok(span_starts(SPAN("abc"), SPAN("ab")) && span_starts(SPAN("abc"), SPAN("")), "starts");
	ok(!span_starts(SPAN("ab"), SPAN("abc")), "is shorter than the prefix");
	ok(span_ends(SPAN("abc"), SPAN("bc")) && span_ends(SPAN("abc"), SPAN("abc")), "ends");
	ok(!span_ends(SPAN("c"), SPAN("bc")), "is shorter than the suffix");
}

TEST(trim)
{
	ok(is(span_trim(SPAN(" \t\r\na b\r\n")), "a b"), "blanks at both ends go");
	ok(is(span_trim(SPAN(" \n ")), ""), "all blank is empty");
	ok(is(span_trim(SPAN("\v"
			     "a\f")),
		   "\v"
		   "a\f"),
		"other controls stay");
	ok(is(span_trim(SPAN_NONE), ""), "the absent span");
}

TEST(cut)
{
	struct span head, tail;

	ok(span_cut(SPAN("k=v=w"), '=', &head, &tail), "there is a separator");
	ok(is(head, "k") && is(tail, "v=w"), "at the first one");
	ok(span_cut(SPAN("k="), '=', &head, &tail), "at the end");
	ok(is(head, "k") && tail.n == 0 && tail.p, "the tail is empty but there");
	ok(!span_cut(SPAN("k"), '=', &head, &tail), "none");
	ok(is(head, "k") && tail.p == NULL, "the head is whole, the tail absent");
	ok(!span_cut(SPAN_NONE, '=', &head, &tail) && head.n == 0, "the absent span");
}

TEST(find)
{
	is_int(span_find(SPAN("hello"), SPAN("l")), 2, "the first");
	is_int(span_find(SPAN("hello"), SPAN("lo")), 3, "at the end");
	is_int(span_find(SPAN("hello"), SPAN("")), 0, "nothing is at 0");
	is_int(span_find(SPAN("hello"), SPAN("hellos")), -1, "longer than the text");
	is_int(span_find(SPAN_NONE, SPAN("a")), -1, "in the absent span");
	is_int(span_find(span_of("a\0b", 3), span_of("\0b", 2)), 1, "through NUL");
}

int
main(void)
{
	RUN(equality);
	RUN(order);
	RUN(ends);
	RUN(trim);
	RUN(cut);
	RUN(find);
	return tap_done();
}
