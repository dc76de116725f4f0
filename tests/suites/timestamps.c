/*
 * timestamps: the date-time cases of the JSON Schema test suite's formats.
 *
 * The other formats of the file (date, time, duration, uuid) are not times of events and are left out. when reads
 * a space for the 'T' as well, which no case of the suite asks about.
 */
#include "tap.h"

#include "base/arena.h"
#include "base/when.h"
#include "io/reader.h"
#include "json/doc.h"
#include "json/find.h"
#include "json/text.h"

#define SUITE "../shared/suites/timestamps-uuid/rfc3339.ndjson"

static bool
check(const struct doc *d, int64_t line_no, struct arena *a)
{
	struct span format, value;
	bool valid, got;
	int64_t ms;

	format = text_decode(doc_span(d, find_member(d, 0, SPAN("format"))), a);
	if (!span_is(format, "date-time"))
		return false;
	value = text_decode(doc_span(d, find_member(d, 0, SPAN("value"))), a);
	valid = doc_type(d, find_member(d, 0, SPAN("valid"))) == DOC_TRUE;
	got = when_parse(value, &ms) == 0;
	ok(got == valid, "line %" PRId64 ", a value of %zu bytes, is %s", line_no, value.n,
		valid ? "valid" : "invalid");
	return true;
}

int
main(void)
{
	struct reader_conf conf = {.max_line = 1 << 20};
	struct reader_line line;
	struct reader *r;
	struct arena a;
	struct doc d;
	struct err err;
	int cases = 0, got;

	if (reader_open(&r, SUITE, &conf, &err)) {
		tap_skip("date-time formats", SUITE);
		return tap_done();
	}
	arena_init(&a);
	doc_init(&d, DOC_KERNEL_BEST);
	while ((got = reader_next(r, &line, &err)) == READER_LINE) {
		if (ok(doc_parse(&d, line.line, &err) == 0, "line %d is JSON", (int)line.line_no))
			cases += check(&d, line.line_no, &a);
		arena_reset(&a);
	}
	is_int(got, READER_END, "read to the end");
	is_int(cases, 27, "all cases of the format");
	reader_close(r);
	doc_release(&d);
	arena_release(&a);
	return tap_done();
}
