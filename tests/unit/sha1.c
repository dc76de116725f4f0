/* sha1: the vectors of FIPS 180 and RFC 3174, and every place where head and tail can meet a block's end. */
#include "base/sha1.h"
#include "tap.h"

static const char *
hex(struct span head, struct span tail)
{
	static char text[2 * SHA1_BYTES + 1];
	unsigned char digest[SHA1_BYTES];

	sha1_native(digest, head, tail);
	for (int i = 0; i < SHA1_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return text;
}

TEST(vectors)
{
	static char many[1000000];

	memset(many, 'a', sizeof(many));
	is_str(hex(SPAN_NONE, SPAN_NONE), "da39a3ee5e6b4b0d3255bfef95601890afd80709", "nothing");
	is_str(hex(SPAN_NONE, SPAN("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d", "abc");
	is_str(hex(SPAN("ab"), SPAN("c")), "a9993e364706816aba3e25717850c26c9cd0d89d", "ab, c");
	is_str(hex(SPAN("abc"), SPAN_NONE), "a9993e364706816aba3e25717850c26c9cd0d89d", "no tail");
	is_str(hex(SPAN_NONE, SPAN("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
		"84983e441c3bd26ebaae4aa1f95129e5e54670f1",
		"56 bytes: the length is in a second block");
	is_str(hex(SPAN_NONE, span_of(many, sizeof(many))),
		"34aa973cd4c4daa4f61eeb2bdbad27316534016f", "a million times a");
}

/* All of `text` given as tail, and cut after every number of bytes that a head may have. */
TEST(cuts)
{
	unsigned char whole[SHA1_BYTES], parts[SHA1_BYTES];
	char text[260];
	bool same = true;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7 + 1);
	for (size_t n = 0; n <= sizeof(text); n++) {
		sha1_native(whole, SPAN_NONE, span_of(text, n));
		for (size_t cut = 0; cut <= n && cut <= SHA1_HEAD_MAX; cut++) {
			sha1_native(parts, span_of(text, cut), span_of(text + cut, n - cut));
			same = same && memcmp(whole, parts, SHA1_BYTES) == 0;
		}
	}
	ok(same, "where the head ends makes no difference");
}

int
main(void)
{
	if (!sha1_is_native()) {
		ok(true, "# SKIP this processor has no instructions for SHA-1");
		return tap_done();
	}
	RUN(vectors);
	RUN(cuts);
	return tap_done();
}
