/*
 * JSONTestSuite (Nicolas Seriot, MIT): every file of the manifest under every kernel.
 *
 * Where the suite says "either" RFC 8259 leaves the choice to the parser. Ours, in the table below: numbers of
 * any size and lone surrogate escapes pass as the text they are; what is not UTF-8 is refused, and so
 * is a byte order mark (the line reader takes it off the first line before the parser sees it).
 */
#include "base/buf.h"
#include "tap.h"
#include "json/doc.h"
#include "json/find.h"

#define SUITE "../shared/suites/json-parsing/"
#define CASES 318
#define FILE_MAX (1 << 20)

struct choice {
	const char *file;
	bool accept;
};

static const struct choice choices[] = {
	{"i_number_double_huge_neg_exp.json", true},
	{"i_number_huge_exp.json", true},
	{"i_number_neg_int_huge_exp.json", true},
	{"i_number_pos_double_huge_exp.json", true},
	{"i_number_real_neg_overflow.json", true},
	{"i_number_real_pos_overflow.json", true},
	{"i_number_real_underflow.json", true},
	{"i_number_too_big_neg_int.json", true},
	{"i_number_too_big_pos_int.json", true},
	{"i_number_very_big_negative_int.json", true},
	{"i_object_key_lone_2nd_surrogate.json", true},
	{"i_string_1st_surrogate_but_2nd_missing.json", true},
	{"i_string_1st_valid_surrogate_2nd_invalid.json", true},
	{"i_string_incomplete_surrogate_and_escape_valid.json", true},
	{"i_string_incomplete_surrogate_pair.json", true},
	{"i_string_incomplete_surrogates_escape_valid.json", true},
	{"i_string_invalid_lonely_surrogate.json", true},
	{"i_string_invalid_surrogate.json", true},
	{"i_string_inverted_surrogates_U+1D11E.json", true},
	{"i_string_lone_second_surrogate.json", true},
	{"i_structure_500_nested_arrays.json", true},
	{"i_string_UTF-16LE_with_BOM.json", false},
	{"i_string_UTF-8_invalid_sequence.json", false},
	{"i_string_UTF8_surrogate_U+D800.json", false},
	{"i_string_invalid_utf-8.json", false},
	{"i_string_iso_latin_1.json", false},
	{"i_string_lone_utf8_continuation_byte.json", false},
	{"i_string_not_in_unicode_range.json", false},
	{"i_string_overlong_sequence_2_bytes.json", false},
	{"i_string_overlong_sequence_6_bytes.json", false},
	{"i_string_overlong_sequence_6_bytes_null.json", false},
	{"i_string_truncated-utf-8.json", false},
	{"i_string_utf16BE_no_BOM.json", false},
	{"i_string_utf16LE_no_BOM.json", false},
	{"i_structure_UTF-8_BOM_empty_object.json", false},
};

static const enum doc_kernel kernels[] = {DOC_KERNEL_PORTABLE, DOC_KERNEL_AVX2, DOC_KERNEL_AVX512};

/* The unquoted string member of one manifest line. */
static struct span
member(const struct doc *d, const char *name)
{
	struct span s = doc_span(d, find_member(d, 0, span_str(name)));

	return s.n < 2 ? SPAN("") : span_of(s.p + 1, s.n - 2);
}

static const struct choice *
choice_of(struct span file)
{
	for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
		if (span_ends(file, span_str(choices[i].file)))
			return &choices[i];
	}
	return NULL;
}

static bool
read_case(struct span file, struct span *text)
{
	static char bytes[FILE_MAX + BUF_PAD];
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), SUITE "%.*s", (int)file.n, file.p);
	f = fopen(path, "rb");
	if (!f)
		return false;
	*text = span_of(bytes, fread(bytes, 1, FILE_MAX, f));
	fclose(f);
	return true;
}

static void
check_case(struct span file, bool accept)
{
	struct span text;

	if (!ok(read_case(file, &text), "%.*s can be read", (int)file.n, file.p))
		return;
	for (size_t k = 0; k < ARRAY_LEN(kernels); k++) {
		struct doc d;
		struct err err;

		if (!doc_kernel_exists(kernels[k])) {
			tap_skip("kernel", "another processor");
			continue;
		}
		doc_init(&d, kernels[k]);
		is_int(doc_parse(&d, text, &err), accept ? 0 : -1, "%s: %.*s", doc_kernel_name(&d),
			(int)file.n, file.p);
		doc_release(&d);
	}
}

int
main(void)
{
	FILE *manifest = fopen(SUITE "manifest.ndjson", "r");
	char line[1000 + BUF_PAD];
	struct doc d;
	struct err err;
	int cases = 0, chosen = 0;

	if (!manifest) {
		tap_skip("JSONTestSuite", "../shared/suites/json-parsing");
		return tap_done();
	}
	doc_init(&d, DOC_KERNEL_PORTABLE);
	while (fgets(line, 1000, manifest)) {
		struct span file, expect;
		const struct choice *choice;

		if (!ok(doc_parse(&d, span_str(line), &err) == 0, "manifest line %d", ++cases))
			continue;
		file = member(&d, "file");
		expect = member(&d, "expect");
		choice = choice_of(file);
		ok((choice != NULL) == span_is(expect, "either"), "a choice where there is one");
		chosen += choice != NULL;
		check_case(file, choice ? choice->accept : span_is(expect, "accept"));
	}
	is_int(cases, CASES, "all files of the suite");
	is_int(chosen, (int)ARRAY_LEN(choices), "all choices");
	doc_release(&d);
	fclose(manifest);
	return tap_done();
}
