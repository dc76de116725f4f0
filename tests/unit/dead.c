/* dead: letters written, opened again, byte for byte. */
#include "tap.h"

#include "base/alloc.h"
#include "cli/dead.h"

static struct doc doc;
static struct arena arena;
static struct buf line;
static struct err err;

static int
reopen(const struct dead *d, struct span raw, struct dead_opened *out)
{
	buf_clear(&line);
	dead_put(&line, d, raw);
	if (doc_parse(&doc, span_of(line.p, line.n - 1), &err))
		return -1;
	return dead_open(&doc, &arena, out, &err);
}

TEST(round_trip)
{
	static const struct {
		const char *name;
		struct span raw;
	} cases[] = {
		{"plain", SPAN_INIT("{\"a\":1}")},
		{"quotes and controls", SPAN_INIT("{\"a\\\"\t\x01\r")},
		{"a NUL byte", SPAN_INIT("x\0y")},
		{"UTF-8", SPAN_INIT("\xc3\xa9\xf0\x9f\x98\x80")},
		{"not UTF-8, one over", SPAN_INIT("\xff\xfe\xfd\xfc")},
		{"not UTF-8, two over", SPAN_INIT("\xff\xfe\xfd\xfc\xfb")},
		{"not UTF-8, even", SPAN_INIT("\xff\xfe\xfd")},
		{"empty", SPAN_INIT("")},
	};
	struct dead d = {.reason = "r",
		.code = "json",
		.program = "p",
		.input = "f",
		.line_no = 3,
		.attempts = 1};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dead_opened got;

		is_int(reopen(&d, cases[i].raw, &got), 1, "%s is opened", cases[i].name);
		ok(span_equal(got.raw, cases[i].raw), "%s has its bytes", cases[i].name);
		arena_reset(&arena);
	}
}

TEST(attempts)
{
	struct dead d = {.reason = "r",
		.code = "json",
		.program = "p",
		.input = "f",
		.line_no = 1,
		.attempts = 4,
		.first = SPAN("2021-01-01T00:00:00Z"),
		.now_ms = 1637572532123,
		.byte = 9};
	struct dead_opened got;

	is_int(reopen(&d, SPAN("x"), &got), 1, "opened");
	is_int(got.attempts, 4, "attempts are kept");
	ok(span_is(got.first, "2021-01-01T00:00:00Z"), "and the first time");
	buf_putc(&line, '\0');
	is_str(line.p,
		"{\"$dead\":{\"reason\":\"r\",\"code\":\"json\",\"program\":\"p\",\"input\":\"f\","
		"\"line\":1,\"byte\":9,"
		"\"attempts\":4,\"first\":\"2021-01-01T00:00:00Z\",\"last\":\"2021-11-22T09:15:32."
		"123Z\"},\"raw\":\"x\"}\n",
		"the exact form");
}

static int
open_text(const char *text)
{
	struct dead_opened got;

	buf_clear(&line);
	buf_puts(&line, text);
	if (doc_parse(&doc, buf_view(&line), &err))
		return -2;
	return dead_open(&doc, &arena, &got, &err);
}

TEST(what_is_none)
{
	is_int(open_text("{\"a\":1}"), 0, "an ordinary line");
	is_int(open_text("[1]"), 0, "no object");
	is_int(open_text("{\"$dead\":1,\"raw\":\"x\"}"), -1, "$dead that is no object");
	is_int(open_text("{\"$dead\":{}}"), -1, "without raw");
	is_int(open_text("{\"$dead\":{},\"rawBase64\":\"a\"}"), -1, "broken base64");
	is_int(open_text("{\"$dead\":{},\"rawBase64\":\"a=b=\"}"), -1, "padding inside base64");
	is_int(open_text("{\"$dead\":{\"length\":9},\"raw\":\"x\"}"), -1,
		"only the start of a long line");
}

int
main(void)
{
	doc_init(&doc, DOC_KERNEL_BEST);
	arena_init(&arena);
	buf_init(&line, 1 << 16);
	RUN(round_trip);
	RUN(attempts);
	RUN(what_is_none);
	buf_release(&line);
	arena_release(&arena);
	doc_release(&doc);
	return tap_done();
}
