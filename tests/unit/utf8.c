/* utf8: every code point, and the sequences that are none. */
#include "tap.h"

#include "base/base.h"
#include "base/utf8.h"

static const struct {
	const char *name, *bytes;
	size_t n;
} bad[] = {
	{"a lone tail", "\x80", 1},
	{"a tail at the end", "a\xbf", 2},
	{"two bytes cut", "\xc3", 1},
	{"three bytes cut", "\xe2\x82", 2},
	{"four bytes cut", "\xf0\x9f\x98", 3},
	{"overlong slash", "\xc0\xaf", 2},
	{"overlong in three", "\xe0\x80\xaf", 3},
	{"overlong in four", "\xf0\x80\x80\xaf", 4},
	{"overlong 7ff", "\xe0\x9f\xbf", 3},
	{"overlong ffff", "\xf0\x8f\xbf\xbf", 4},
	{"a high surrogate", "\xed\xa0\x80", 3},
	{"a low surrogate", "\xed\xbf\xbf", 3},
	{"past U+10FFFF", "\xf4\x90\x80\x80", 4},
	{"f5", "\xf5\x80\x80\x80", 4},
	{"five bytes", "\xf8\x88\x80\x80\x80", 5},
	{"fe", "\xfe", 1},
	{"ff", "\xff", 1},
	{"a head for a tail", "\xe2\xc3\xa9", 3},
};

TEST(invalid)
{
	char text[64];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		size_t lead = 0;

		ok(utf8_check(span_of(bad[i].bytes, bad[i].n)) < bad[i].n, "%s", bad[i].name);
		for (lead = 0; lead < 20; lead++) { /* at every place in a block of eight */
			memset(text, 'x', sizeof(text));
			memcpy(text + lead, bad[i].bytes, bad[i].n);
			if (utf8_check(span_of(text, lead + bad[i].n)) - lead > 1)
				break;
		}
		is_int((int64_t)lead, 20, "%s after ASCII is found where it stands", bad[i].name);
	}
}

TEST(every_code_point)
{
	int64_t wrong = 0;

	for (uint32_t c = 0; c <= 0x110000; c++) {
		bool valid = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
		char out[4];
		size_t n = utf8_put(out, c);
		uint32_t back = 0;

		wrong += utf8_check(span_of(out, n)) != (valid ? n : 0);
		wrong += utf8_get(span_of(out, n), &back) != (valid ? n : 0);
		wrong += valid && back != c;
	}
	is_int(wrong, 0, "written, checked and read back");
}

TEST(valid)
{
	uint32_t c = 7;

	is_int((int64_t)utf8_check(SPAN("")), 0, "empty");
	is_int((int64_t)utf8_check(SPAN("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z")), 11, "mixed");
	is_int((int64_t)utf8_check(span_of("a\0b", 3)), 3, "NUL is valid here");
	is_int((int64_t)utf8_get(SPAN_NONE, &c), 0, "nothing to read");
	is_int(c, 7, "and nothing touched");
}

TEST(width)
{
	is_int((int64_t)utf8_width(SPAN("abc")), 3, "ASCII");
	is_int((int64_t)utf8_width(SPAN("\xc3\xa9")), 1, "accented");
	is_int((int64_t)utf8_width(SPAN("e\xcc\x81")), 1, "combining");
	is_int((int64_t)utf8_width(SPAN("\xe6\x97\xa5\xe6\x9c\xac")), 4, "wide");
	is_int((int64_t)utf8_width(SPAN("\xf0\x9f\x98\x80\xf0\x9f\x9a\x80")), 4, "emoji");
	is_int((int64_t)utf8_width(SPAN("\xff\xfe")), 2, "invalid bytes count one each");
}

int
main(void)
{
	RUN(invalid);
	RUN(every_code_point);
	RUN(valid);
	RUN(width);
	return tap_done();
}
