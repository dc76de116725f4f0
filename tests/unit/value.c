/* value: text, identity and order. */
#include "event/value.h"
#include "tap.h"
#include "world.h"

static struct world w;

/* A value lives as long as the arena. */
static struct value
value_of(const char *json)
{
	struct span s = arena_copy(&w.scratch, span_str(json));
	struct value v;

	doc_parse(&w.doc, s, &w.err);
	v = (struct value){doc_type(&w.doc, 0), s};
	return v;
}

TEST(text)
{
	struct span s = value_text(value_of("\"a\\tb\""), &w.scratch);

	is_mem(s.p, s.n, "a\tb", "a string means its bytes");
	s = value_text(value_of("[1, 2]"), &w.scratch);
	is_mem(s.p, s.n, "[1, 2]", "other values mean their text");
}

TEST(numbers)
{
	struct dec d;
	char digits[60];

	ok(value_dec(value_of("12.50"), &d), "a decimal");
	ok(d.coefficient == 125 && d.exponent == -1, "exactly");
	ok(!value_dec(value_of("\"1\""), &d), "a string is no number");
	memset(digits, '7', 50);
	digits[50] = '\0';
	ok(!value_dec(value_of(digits), &d), "fifty digits are too many");
	ok(value_double(value_of("2.5e1")) == 25, "double");
}

TEST(identity)
{
	/* In pairs that are equal. */
	static const char *const same[][2] = {
		{"1", "1.0"},
		{"100", "1e2"},
		{"-0", "0"},
		{"0.50", "5E-1"},
		{"12345678901234567890", "12345678901234567890.0"},
		{"\"a\"", "\"\\u0061\""},
		{"\"\\/\"", "\"/\""},
		{"{\"a\":1,\"b\":[1.0]}", "{ \"b\" : [1] , \"\\u0061\":10e-1}"},
		{"{\"a\":1,\"a\":2}", "{\"a\":2}"},
		{"[]", " [ ] "},
		{"{}", "{ }"},
		{"\"\\u007f\"", "\"\177\""},
	};
	static const char *const differ[][2] = {
		{"1", "\"1\""},
		{"1", "1.00000000000000000000000000000000000000001"},
		{"[1,2]", "[2,1]"},
		{"null", "false"},
		{"{}", "[]"},
		{"{\"a\":1}", "{\"a\":1,\"b\":null}"},
		{"12345678901234567890", "12345678901234567891"},
	};

	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		struct value a = value_of(same[i][0]), b = value_of(same[i][1]);

		a.json = span_trim(a.json), b.json = span_trim(b.json);
		ok(span_equal(value_identity(a, &w.scratch), value_identity(b, &w.scratch)),
			"%s is %s", same[i][0], same[i][1]);
		is_int(value_compare(a, b, &w.scratch), 0, "and compares so");
	}
	for (size_t i = 0; i < ARRAY_LEN(differ); i++) {
		struct value a = value_of(differ[i][0]), b = value_of(differ[i][1]);

		ok(!span_equal(value_identity(a, &w.scratch), value_identity(b, &w.scratch)),
			"%s is not %s", differ[i][0], differ[i][1]);
		ok(value_compare(a, b, &w.scratch) != 0, "and compares so");
	}
}

TEST(identity_is_borrowed_where_it_can_be)
{
	static const char *const plain[] = {
		"12", "-7", "0", "\"abc\"", "\"h\303\251\"", "true", "null"};

	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		struct value v = value_of(plain[i]);

		ok(value_identity(v, &w.scratch).p == v.json.p, "%s is its own identity", plain[i]);
	}
}

TEST(order)
{
	static const char *const rising[] = {"null", "false", "true", "-1e400", "-2", "-1.5", "0",
		"0.1", "1", "12345678901234567890", "12345678901234567891", "1e30", "\"\"", "\"A\"",
		"\"a\"", "\"a\\u0000\"", "\"aa\"", "\"\303\251\"", "[]", "[null]", "[1]", "[1,0]",
		"[2]", "[[]]", "{}", "{\"a\":2}", "{\"a\":1,\"b\":1}", "{\"a\":1,\"c\":0}",
		"{\"b\":0}"};

	int wrong = 0;

	for (size_t i = 0; i < ARRAY_LEN(rising); i++)
		for (size_t j = 0; j < ARRAY_LEN(rising); j++) {
			int r = value_compare(value_of(rising[i]), value_of(rising[j]), &w.scratch);
			int want = (i > j) - (i < j);

			if (r != want) {
				printf("# %s against %s: %d\n", rising[i], rising[j], r);
				wrong++;
			}
		}
	is_int(wrong, 0, "%zu values in order, each against each", ARRAY_LEN(rising));
}

TEST(truth)
{
	ok(!value_is_true(VALUE_ABSENT) && !value_is_true(value_of("null")) &&
			!value_is_true(value_of("false")),
		"absent, null and false are not true");
	ok(value_is_true(value_of("0")) && value_is_true(value_of("\"\"")) &&
			value_is_true(value_of("[]")),
		"all else is");
}

int
main(void)
{
	world_init(&w);
	RUN(text);
	RUN(numbers);
	RUN(identity);
	RUN(identity_is_borrowed_where_it_can_be);
	RUN(order);
	RUN(truth);
	world_release(&w);
	return tap_done();
}
