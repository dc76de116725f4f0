/* doc: the index of a text: tokens, links, types, spans, and what is said about bad ones. */
#include "json/doc.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "tap.h"

static const enum doc_kernel kernels[] = {DOC_KERNEL_PORTABLE, DOC_KERNEL_AVX2, DOC_KERNEL_AVX512};

/* The bytes past the end are hostile: whatever they are, they must not count. */
static int
parse_before(struct doc *d, const char *json, size_t n, char pad, struct err *err)
{
	static char text[70000];

	memcpy(text, json, n);
	memset(text + n, pad, BUF_PAD);
	return doc_parse(d, span_of(text, n), err);
}

static int
parse(struct doc *d, const char *json, struct err *err)
{
	return parse_before(d, json, strlen(json), '\0', err);
}

TEST(tokens_and_links)
{
	struct doc d;
	struct err err;
	const uint32_t want[] = {0, 1, 3, 4, 5, 6, 7, 8, 10, 11, 12};

	doc_init(&d, DOC_KERNEL_BEST);
	ok(parse(&d, "{\"a\":[1,\"x\"]}", &err) == 0, "the example of the header");
	is_int(d.count, 11, "eleven tokens");
	ok(memcmp(d.at, want, sizeof(want)) == 0, "their offsets");
	is_int(d.at[d.count], 13, "the sentinel is the length");
	is_int(d.link[0], 10, "object linked to its close");
	is_int(d.link[4], 9, "array linked to its close");
	is_int(doc_after(&d, 4), 10, "after an array comes what follows its close");
	is_int(doc_after(&d, 5), 6, "after a number");
	is_int(doc_after(&d, 7), 9, "after a string");
	doc_release(&d);
}

TEST(types_and_spans)
{
	struct doc d;
	struct err err;
	struct span s;

	doc_init(&d, DOC_KERNEL_BEST);
	parse(&d, " [null ,true,false, -1.5e3 ,\"a\\\"b\",[ ], {\"k\":1} ] ", &err);
	is_int(doc_type(&d, 0), DOC_ARRAY, "array");
	is_int(doc_type(&d, 1), DOC_NULL, "null");
	is_int(doc_type(&d, 3), DOC_TRUE, "true");
	is_int(doc_type(&d, 5), DOC_FALSE, "false");
	is_int(doc_type(&d, 7), DOC_NUMBER, "number");
	is_int(doc_type(&d, 9), DOC_STRING, "string");
	is_int(doc_type(&d, 12), DOC_ARRAY, "array in it");
	is_int(doc_type(&d, 15), DOC_OBJECT, "object in it");
	is_int(doc_type(&d, DOC_NONE), DOC_ABSENT, "no value");
	s = doc_span(&d, 7);
	is_mem(s.p, s.n, "-1.5e3", "a number ends before the blank");
	s = doc_span(&d, 9);
	is_mem(s.p, s.n, "\"a\\\"b\"", "a string has its quotes");
	s = doc_span(&d, 15);
	is_mem(s.p, s.n, "{\"k\":1}", "an object has its brackets");
	ok(doc_span(&d, DOC_NONE).p == NULL, "no span of no value");
	doc_release(&d);
}

struct verdict {
	const char *json;
	int64_t byte; /* -1: good */
	const char *text;
};

static const struct verdict verdicts[] = {
	{"{}", -1, ""},
	{"[]", -1, ""},
	{" 12 ", -1, ""},
	{"-0", -1, ""},
	{"0.5E+10", -1, ""},
	{"\"x\"", -1, ""},
	{"\"\\u00e9\\n\"", -1, ""},
	{"\"\\ud800\"", -1, ""},
	{"true", -1, ""},
	{"\t\r\n null\n", -1, ""},
	{"{\"a\":1,\"a\":2}", -1, ""},
	{"[[],{},[{}]]", -1, ""},
	{"\"\x7f\"", -1, ""},
	{"", 0, "blank text where a value must be"},
	{"  ", 2, "blank text where a value must be"},
	{"{\"a\" 1}", 5, "expected ':' after member name, found '1'"},
	{"{\"a\":1,}", 7, "expected a member name, found '}'"},
	{"{,}", 1, "expected a member name or '}', found ','"},
	{"{\"a\":1 \"b\":2}", 7, "expected ',' or '}' after member, found '\"'"},
	{"{1:2}", 1, "expected a member name or '}', found '1'"},
	{"[1 2]", 3, "expected ',' or ']' after item, found '2'"},
	{"[1,]", 3, "expected a value, found ']'"},
	{"[1", 2, "expected ',' or ']' after item, found the end"},
	{"[", 1, "expected a value, found the end"},
	{"[1}", 2, "expected ',' or ']' after item, found '}'"},
	{"{\"a\":[}", 6, "expected a value, found '}'"},
	{"[]]", 2, "expected nothing after the value, found ']'"},
	{"1 2", 2, "expected nothing after the value, found '2'"},
	{"\"a\" \"b\"", 4, "expected nothing after the value, found '\"'"},
	{"[\"a\"b]", 4, "expected ',' or ']' after item, found 'b'"},
	{"[1\"a\"]", 2, "expected ',' or ']' after item, found '\"'"},
	{"[tru]", 4, "expected 'true', found ']'"},
	{"[truex]", 5, "expected ',' or ']' after item, found 'x'"},
	{"nul", 3, "expected 'null', found the end"},
	{"[01]", 2, "a number cannot start with a superfluous zero"},
	{"[1.]", 3, "expected a digit, found ']'"},
	{"[.5]", 1, "expected a value, found '.'"},
	{"[+1]", 1, "expected a value, found '+'"},
	{"[-]", 2, "expected a digit, found ']'"},
	{"[1e]", 3, "expected a digit, found ']'"},
	{"[1e5.2]", 4, "expected ',' or ']' after item, found '.'"},
	{"1.", 2, "expected a digit, found the end"},
	{"[NaN]", 1, "expected a value, found 'N'"},
	{"\"a", 2, "expected '\"' at the end of a string, found the end"},
	{"[\"a\\\"]", 6, "expected '\"' at the end of a string, found the end"},
	{"\"\\x\"", 2, "expected one of \"\\/bfnrtu after backslash, found 'x'"},
	{"\"\\u12g4\"", 5, "expected four hexadecimal digits after \\u, found 'g'"},
	{"[\"a\nb\"]", 3, "control byte 0x0a in string must be escaped"},
	{"[1,\x01]", 3, "expected a value, found byte 0x01"},
	{"[1\x0c,2]", 2, "expected ',' or ']' after item, found byte 0x0c"},
	{"{\"a\"\x1a"
	 "1}",
		4, "expected ':' after member name, found byte 0x1a"},
	{"\xef\xbb\xbf{}", 0, "expected a value, found byte 0xef"},
	{"'a'", 0, "expected a value, found '''"},
	{"[1]//x", 3, "expected nothing after the value, found '/'"},
};

TEST(verdicts_under_every_kernel)
{
	for (size_t k = 0; k < ARRAY_LEN(kernels); k++) {
		struct doc d;

		if (!doc_kernel_exists(kernels[k])) {
			tap_skip("verdicts of a kernel", "another processor");
			continue;
		}
		doc_init(&d, kernels[k]);
		for (size_t i = 0; i < ARRAY_LEN(verdicts); i++) {
			const struct verdict *v = &verdicts[i];
			struct err err;
			int r;

			err_clear(&err);
			r = parse(&d, v->json, &err);
			is_int(err.byte, v->byte, "%s: byte of verdict %zu", doc_kernel_name(&d),
				i);
			is_str(err.text, v->text, "%s: words of verdict %zu", doc_kernel_name(&d),
				i);
			ok((r == 0) == (d.count > 0), "no index of bad text");
		}
		doc_release(&d);
	}
}

TEST(codes)
{
	struct doc d;
	struct err err;

	doc_init(&d, DOC_KERNEL_BEST);
	ok(parse(&d, "[\"\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e\"]", &err) == 0, "UTF-8 passes");
	ok(parse(&d, "[\"ab\xed\xa0\x80\"]", &err) == -1, "a surrogate in UTF-8 does not");
	is_str(err.code, "utf8", "code utf8");
	is_int(err.byte, 4, "byte of the bad sequence");
	is_int(err.kind, ERR_DATA, "the data is bad");
	ok(parse_before(&d, "[1,\0]", 5, 0, &err) == -1, "NUL is refused");
	is_str(err.code, "json", "code json");
	ok(parse_before(&d, "\"\0\"", 3, 0, &err) == -1, "NUL in a string too");
	doc_release(&d);
}

/* Arrays nested n deep. */
static size_t
nest(char *out, size_t n)
{
	memset(out, '[', n);
	memset(out + n, ']', n);
	return 2 * n;
}

TEST(depth)
{
	static char text[2 * 30000];

	for (size_t k = 0; k < ARRAY_LEN(kernels); k++) {
		struct doc d;
		struct err err;

		if (!doc_kernel_exists(kernels[k]))
			continue;
		doc_init(&d, kernels[k]);
		ok(parse_before(&d, text, nest(text, DOC_DEPTH_MAX), 0, &err) == 0, "%s: 1024 deep",
			doc_kernel_name(&d));
		ok(parse_before(&d, text, nest(text, DOC_DEPTH_MAX + 1), 0, &err) == -1,
			"one deeper is refused");
		is_str(err.code, "depth", "code depth");
		is_int(err.byte, DOC_DEPTH_MAX, "at the bracket that is too deep");
		ok(parse_before(&d, text, nest(text, 30000), 0, &err) == -1, "30,000 deep too");
		memset(text, '[', sizeof(text));
		ok(parse_before(&d, text, sizeof(text), '[', &err) == -1, "and 60,000 unclosed");
		doc_release(&d);
	}
}

TEST(width_is_not_depth)
{
	static char text[6001] = "[";
	struct doc d;
	struct err err;

	for (size_t i = 1; i < 5999; i += 3)
		memcpy(text + i, i % 2 ? "[]," : "{},", 3);
	memcpy(text + 5998, "7]", 3);
	doc_init(&d, DOC_KERNEL_BEST);
	is_int(parse(&d, text, &err), 0, "1999 brackets side by side");
	doc_release(&d);
}

TEST(bytes_past_the_end_do_not_count)
{
	static const char *const bad[] = {"[1", "[", "{", "{\"a\":{", "{\"a\"", "{\"a\":", "[1,",
		"[\"a\"", "tru", "1.", "[12", "\"a", "\"a\\", "-", "[[[", "[[1]"};
	static const char *const good[] = {"1", "true", "\"a\"", "[]", "12e1"};
	static const char pads[] = "0123456789]}[{,:\"\\eltu.- \n\x80\x01";
	int wrong = 0;

	for (size_t k = 0; k < ARRAY_LEN(kernels); k++) {
		struct doc d;
		struct err err;

		if (!doc_kernel_exists(kernels[k]))
			continue;
		doc_init(&d, kernels[k]);
		for (const char *pad = pads; *pad; pad++) {
			for (size_t i = 0; i < ARRAY_LEN(bad); i++)
				wrong += parse_before(&d, bad[i], strlen(bad[i]), *pad, &err) == 0;
			for (size_t i = 0; i < ARRAY_LEN(good); i++)
				wrong +=
					parse_before(&d, good[i], strlen(good[i]), *pad, &err) != 0;
		}
		doc_release(&d);
	}
	is_int(wrong, 0, "verdicts that the padding changed");
}

/* A string whose end, escapes and neighbours fall on every place of a block of 64. */
TEST(every_alignment)
{
	static char text[400];
	int wrong = 0;

	for (size_t k = 0; k < ARRAY_LEN(kernels); k++) {
		struct doc d;
		struct err err;

		if (!doc_kernel_exists(kernels[k]))
			continue;
		doc_init(&d, kernels[k]);
		for (size_t lead = 0; lead < 130; lead++) {
			for (size_t slashes = 0; slashes < 8; slashes++) {
				size_t n = 0;
				bool open = slashes % 2;

				text[n++] = '[';
				text[n++] = '"';
				memset(text + n, 'x', lead);
				n += lead;
				memset(text + n, '\\', slashes);
				n += slashes;
				text[n++] = '"';
				if (open)
					text[n++] = '"';
				text[n++] = ']';
				wrong += parse_before(&d, text, n, 0, &err) != 0 || d.count != 4;
				wrong += d.has_escapes != (slashes > 0);
				text[n - 2] = 'x'; /* no closing quote any more */
				wrong += parse_before(&d, text, n, 0, &err) != -1;
			}
		}
		doc_release(&d);
	}
	is_int(wrong, 0, "wrong verdicts over all alignments");
}

TEST(kernel_choice)
{
	static const char *const names[] = {"portable", "avx2", "avx512"};
	const char *best = "none";
	struct doc d;

	for (size_t k = 0; k < ARRAY_LEN(kernels); k++) {
		if (!doc_kernel_exists(kernels[k])) {
			tap_skip(names[k], "a processor that has it");
			continue;
		}
		best = names[k];
		setenv("EV_KERNEL", names[k], 1);
		doc_init(&d, DOC_KERNEL_BEST);
		is_str(doc_kernel_name(&d), names[k], "the environment overrides the best");
		setenv("EV_KERNEL", names[(k + 1) % ARRAY_LEN(names)], 1);
		doc_init(&d, kernels[k]);
		is_str(doc_kernel_name(&d), names[k], "but not what is asked for");
	}
	setenv("EV_KERNEL", "mmx", 1);
	doc_init(&d, DOC_KERNEL_BEST);
	is_str(doc_kernel_name(&d), best, "the best for an unknown name");
	unsetenv("EV_KERNEL");
	doc_init(&d, DOC_KERNEL_BEST);
	is_str(doc_kernel_name(&d), best, "the best here");
}

/* n bytes, in each block of 64 as many blanks and then commas, with no more room than kernel.h promises. */
static int
wrong_offsets(enum doc_kernel kernel, size_t n, size_t blanks)
{
	static char text[400 + BUF_PAD];
	uint32_t count, want = 0;
	struct doc d;
	bool control;
	int wrong = 0;

	for (size_t i = 0; i < n; i++)
		text[i] = i % 64 < blanks ? ' ' : ',';
	doc_init(&d, kernel);
	d.text = span_of(text, n);
	d.at = alloc_get((n + 64) * sizeof(*d.at));
	count = d.scan(&d, &control);
	for (uint32_t i = 0; i < n; i++) {
		if (text[i] == ',')
			wrong += d.at[want++] != i;
	}
	doc_release(&d);
	return wrong + (count != want);
}

TEST(every_density)
{
	int wrong = 0;

	for (size_t k = 0; k < ARRAY_LEN(kernels); k++) {
		if (!doc_kernel_exists(kernels[k]))
			continue;
		for (size_t n = 1; n < 400; n++) {
			for (size_t blanks = 0; blanks <= 64; blanks++)
				wrong += wrong_offsets(kernels[k], n, blanks);
		}
	}
	is_int(wrong, 0, "wrong offsets over all densities");
}

int
main(void)
{
	RUN(tokens_and_links);
	RUN(types_and_spans);
	RUN(verdicts_under_every_kernel);
	RUN(codes);
	RUN(depth);
	RUN(width_is_not_depth);
	RUN(bytes_past_the_end_do_not_count);
	RUN(every_alignment);
	RUN(every_density);
	RUN(kernel_choice);
	return tap_done();
}
