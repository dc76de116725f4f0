#include "store/decide.h"
#include "tap.h"

#define V DECIDE_VERSION
#define A DECIDE_APPEND
#define K DECIDE_KNOWN
#define P DECIDE_PARTLY
#define C DECIDE_CONFLICT

static const struct row {
	const char *expect;
	struct decide_facts f; /* actual, fresh, known, conflicts, in_place */
	enum decide_answer want;
} rows[] = {
	{"any", {0, 1, 0, 0, false}, A},
	{"any", {5, 1, 0, 0, false}, A},
	{"any", {5, 0, 2, 0, false}, K},
	{"any", {5, 1, 2, 0, false}, P},
	{"any", {5, 1, 0, 1, false}, C},
	{"any", {0, 0, 0, 0, false}, K},
	{"none", {0, 2, 0, 0, false}, A},
	{"none", {1, 1, 0, 0, false}, V},
	{"none", {1, 0, 1, 0, true}, K},
	{"none", {2, 0, 1, 0, false}, V},
	{"none", {0, 0, 0, 1, false}, C},
	{"none", {1, 0, 0, 1, false}, V},
	{"none", {0, 0, 0, 0, false}, K},
	{"none", {3, 0, 0, 0, true}, V},
	{"0", {0, 2, 0, 0, false}, A},
	{"0", {1, 1, 0, 0, false}, V},
	{"exists", {0, 1, 0, 0, false}, V},
	{"exists", {0, 0, 0, 0, false}, V},
	{"exists", {0, 0, 2, 0, false}, K},
	{"exists", {0, 1, 1, 0, false}, V},
	{"exists", {0, 0, 0, 1, false}, V},
	{"exists", {1, 1, 0, 0, false}, A},
	{"exists", {1, 0, 1, 0, false}, K},
	{"exists", {1, 1, 1, 0, false}, P},
	{"exists", {1, 0, 0, 1, false}, C},
	{"5", {5, 1, 0, 0, false}, A},
	{"5", {5, 0, 1, 0, false}, K},
	{"5", {5, 1, 1, 0, false}, P},
	{"5", {5, 0, 0, 1, false}, C},
	{"5", {5, 0, 0, 0, false}, K},
	{"5", {6, 1, 0, 0, false}, V},
	{"5", {6, 0, 1, 0, true}, K},
	{"5", {6, 0, 1, 0, false}, V},
	{"5", {6, 1, 1, 0, false}, V},
	{"5", {6, 0, 0, 1, false}, V},
	{"5", {4, 1, 0, 0, false}, V},
	{"5", {4, 0, 1, 0, true}, V},
	{"5", {4, 0, 0, 0, false}, V},
};

TEST(table)
{
	struct decide_expect e;
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];

		decide_parse(span_str(r->expect), &e, &err);
		is_int(decide(e, r->f), r->want, "%s at %d: %zu new, %zu known, %zu conflicts",
			r->expect, (int)r->f.actual, r->f.fresh, r->f.known, r->f.conflicts);
	}
}

TEST(words)
{
	static const char *const bad[] = {
		"", "-1", "Any", "1.0", "latest", "9999999999999999999999"};
	struct decide_expect e;
	struct err err;
	char text[24];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		is_int(decide_parse(span_str(bad[i]), &e, &err), -1, "'%s' is refused", bad[i]);
		is_int(err.kind, ERR_USAGE, "as the caller's mistake");
	}
	is_int(decide_parse(SPAN("17"), &e, &err), 0, "a version");
	is_str(decide_text(e, text), "17", "in messages");
	is_int(decide_parse(SPAN("0"), &e, &err), 0, "version 0");
	is_str(decide_text(e, text), "none", "is none");
	is_int(decide_parse(SPAN("exists"), &e, &err), 0, "a word");
	is_str(decide_text(e, text), "exists", "in messages");
}

int
main(void)
{
	RUN(table);
	RUN(words);
	return tap_done();
}
