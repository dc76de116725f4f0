/* glob: patterns of event types. */
#include "tap.h"

#include "base/base.h"
#include "base/glob.h"

static const struct {
	const char *pattern, *text;
	bool match;
} cases[] = {
	{"", "", true},
	{"", "a", false},
	{"*", "", true},
	{"*", "content.watched", true},
	{"content.*", "content.watched", true},
	{"content.*", "content.a.b", true},
	{"content.*", "content.", true},
	{"content.*", "contents.watched", false},
	{"*.watched", "content.watched", true},
	{"*.watched", "content.watched.late", false},
	{"c*t*d", "content.watched", true},
	{"c*t*x", "content.watched", false},
	{"**", "a", true},
	{"a?c", "abc", true},
	{"a?c", "ac", false},
	{"?", "", false},
	{"[a-c]x", "bx", true},
	{"[a-c]x", "dx", false},
	{"[!a-c]x", "dx", true},
	{"[^a-c]x", "bx", false},
	{"[]a]", "]", true},
	{"[!]a]", "]", false},
	{"[a-]", "-", true},
	{"[abc", "a", false},
	{"[", "[", false},
	{"\\*", "*", true},
	{"\\*", "a", false},
	{"a\\", "a\\", true},
	{"[\xc0-\xff]", "\xe9", true},
	{"A", "a", false},
};

TEST(patterns)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		ok(glob_match(span_str(cases[i].pattern), span_str(cases[i].text)) ==
				cases[i].match,
			"'%s' with '%s': %s", cases[i].pattern, cases[i].text,
			cases[i].match ? "yes" : "no");
	ok(glob_match(SPAN_NONE, SPAN_NONE), "absent spans are empty");
}

/* What makes naive matchers take exponential time. */
TEST(stars)
{
	char pattern[201], text[2001];

	for (int i = 0; i < 200; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[200] = '\0';
	memset(text, 'a', 2000);
	text[2000] = '\0';
	ok(glob_match(span_str(pattern), span_str(text)), "100 stars match");
	text[1999] = 'b';
	ok(!glob_match(span_str(pattern), span_str(text)), "100 stars do not match, soon");
}

TEST(lists)
{
	ok(glob_match_list(SPAN("a.*,b.*"), SPAN("b.c")), "the second");
	ok(glob_match_list(SPAN("a.*,b.*"), SPAN("a.c")), "the first");
	ok(!glob_match_list(SPAN("a.*,b.*"), SPAN("c.a")), "none");
	ok(glob_match_list(SPAN("a"), SPAN("a")), "one alone");
	ok(!glob_match_list(SPAN("a,"), SPAN("b")), "an empty one matches nothing but the empty");
	ok(!glob_match_list(SPAN(""), SPAN("b")) && glob_match_list(SPAN(""), SPAN("")), "empty");
}

int
main(void)
{
	RUN(patterns);
	RUN(stars);
	RUN(lists);
	return tap_done();
}
