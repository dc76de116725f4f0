/* expr: what the language means, in both engines. */
#include "event/expr.h"
#include "base/clock.h"
#include "tap.h"
#include "world.h"
#include "json/edit.h"

static const char event_json[] = "{\"eventId\":\"e-1\",\"eventType\":\"content.watched\","
				 "\"timestamp\":\"2021-11-22T09:15:32.123Z\","
				 "\"n\":3,\"big\":12345678901234567890,\"neg\":-7,\"dec\":1.50,"
				 "\"s\":\"a,b,c\",\"u\":\"h\\u00e9llo\","
				 "\"t\":true,\"f\":false,\"z\":null,\"a\":[1,2,3],\"o\":{\"x\":1,"
				 "\"y\":[\"p\",\"q\"]},\"e\":[],"
				 "\"dup\":1,\"dup\":2}";

static const struct expr_arg args[] = {
	{"who", {"\"ann\"", 5}},
	{"list", {"[1,{\"k\":2}]", 11}},
};
static const struct expr_env env = {.args = args, .count = 2};

static struct world w;

static const char *
eval_with(const char *text, enum expr_engine engine)
{
	static char out[4096];
	struct expr *e;

	world_line(&w, event_json);
	w.ev.key = (struct value){DOC_STRING, {"\"k1\"", 4}};
	if (expr_new_with(&e, span_str(text), &env, engine, &w.err))
		snprintf(out, sizeof(out), "? %s", w.err.text);
	else {
		snprintf(out, sizeof(out), "%s", world_run(&w, e));
		expr_free(e);
	}
	return out;
}

/* Expression, expected outputs; both engines must give them. */
static const char *const both[][2] = {
	{".n", "3"},
	{".a[0]", "1"},
	{".a[-1]", "3"},
	{".a[9]", "null"},
	{".o.x", "1"},
	{".o.y[1]", "\"q\""},
	{".o[\"x\"]", "1"},
	{".\"o\".\"x\"", "1"},
	{".missing.deeper[2].x", "null"},
	{".a[]", "1 2 3"},
	{".o[]", "1 [\"p\",\"q\"]"},
	{".n[]?", ""},
	{".s.x?", ""},
	{".n.x", "! cannot index number with \"x\""},
	{".o[0]", "! cannot index object with number"},
	{".n[]", "! cannot iterate over number (3)"},
	{".z[]", "! cannot iterate over null (null)"},
	{".dup", "2"},
	{".n == 3", "true"},
	{".n == 3.0", "true"},
	{"3 != .n", "false"},
	{".n < 4 and .n >= 3", "true"},
	{".eventType==\"content.watched\"", "true"},
	{".u == \"h\\u00e9llo\"", "true"},
	{".a == [1,2,3]", "true"},
	{".a < [1,3]", "true"},
	{".o == {y:[\"p\",\"q\"],x:1}", "true"},
	{"null < false, false < true, true < 0, 0 < \"\", \"\" < [], [] < {}",
		"true true true true true true"},
	{"(1,2)+(10,20)", "11 12 21 22"},
	{"(true,false) and (true,false)", "true false false"},
	{"(true,false) or (true,false)", "true true false"},
	{".z // .f // .n", "3"},
	{".a[] // 9", "1 2 3"},
	{".e[] // 9", "9"},
	{"(.f,.z) // (1,2)", "1 2"},
	{".n + 4 * 2 - 1", "10"},
	{"7 % 4, -7 % 4", "3 -3"},
	{"8 / 2", "4"},
	{"10 / 4", "2.5"},
	{"-.n", "-3"},
	{"1 / .f", "! number (1) and boolean (false) cannot be divided"},
	{".n / 0.0 == 1", "?"},
	{"\"a\" + .s", "\"aa,b,c\""},
	{"null + 1, 1 + null", "1 1"},
	{".a + [4]", "[1,2,3,4]"},
	{".a - [1]", "[2,3]"},
	{".s + 1", "! string (\"a,b,c\") and number (1) cannot be added"},
	{".a | length", "3"},
	{".u | length", "5"},
	{".neg | length", "7"},
	{".z | length", "0"},
	{".t | length", "! boolean (true) has no length"},
	{"[.a[] | select(. > 1)]", "[2,3]"},
	{".a | map(. * 2)", "[2,4,6]"},
	{".a | map(select(. > 1), empty)", "[2,3]"},
	{".n | map(.)", "! cannot iterate over number (3)"},
	{"select(.n == 3) | .s", "\"a,b,c\""},
	{"empty", ""},
	{"[empty]", "[]"},
	{".t | not", "false"},
	{".s | startswith(\"a\"), endswith(\"c\"), contains(\"b\")", "true true true"},
	{".n | startswith(\"a\")", "! startswith() requires string inputs"},
	{".s | test(\"^a,\"), test(\"c$\"), test(\"^b$\"), test(\",b,\")", "true true false true"},
	{".s | test(\"[ab]\")", "true"},
	{".n | test(\"a\")", "! number (3) cannot be matched, as it is not a string"},
	{"has(\"n\"), has(\"nope\"), (.a | has(0,3))", "true false true false"},
	{".n | IN(1,3), IN(.)", "true true"},
	{".n | IN(1,2)", "false"},
	{".n | in([1,2])", "false"},
	{".n | tostring", "\"3\""},
	{"\"1.5\" | tonumber", "1.5"},
	{".s | split(\",\") | join(\"-\")", "\"a-b-c\""},
	{".s | split(\",\") | .[1]", "\"b\""},
	{"\"ABCé\" | ascii_downcase", "\"abcé\""},
	{"{n, s: .s, \"k l\": .n, $who}", "{\"n\":3,\"s\":\"a,b,c\",\"k l\":3,\"who\":\"ann\"}"},
	{"[.a[] | {v: .}]", "[{\"v\":1},{\"v\":2},{\"v\":3}]"},
	{"{v: .a[]}", "{\"v\":1} {\"v\":2} {\"v\":3}"},
	{"$type, $id, $key, $ts", "\"content.watched\" \"e-1\" \"k1\" 1637572532123"},
	{"$who, $list[1].k", "\"ann\" 2"},
	{"# a comment\n.n # another", "3"},
	{"", NULL},
	{"[.a[] | . as $x | $x * 2] | add", "12"},
	{"if .n > 2 then \"big\" else \"small\" end", "\"big\""},
	{"\"\\(.n)-\\($id)\"", "\"3-e-1\""},
	{"def f: .n; f", "3"},
};

TEST(language)
{
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		const char *want = both[i][1];

		if (!want || want[0] == '?')
			continue;
		is_str(eval_with(both[i][0], EXPR_AUTO), want, "%s", both[i][0]);
	}
	/* jq 1.6 writes 'with string "x"'; the sentences of errors may differ, that they are errors may not. */
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		const char *want = both[i][1], *got;

		if (!want || want[0] == '?')
			continue;
		got = eval_with(both[i][0], EXPR_JQ);
		if (want[0] == '!')
			ok(got[0] == '!', "libjq: %s is an error: %s", both[i][0], got);
		else
			is_str(got, want, "libjq: %s", both[i][0]);
	}
}

TEST(digits)
{
	is_str(eval_with(".big == 12345678901234567890", EXPR_AUTO), "true", "20 digits");
	is_str(eval_with(".big == 12345678901234567891", EXPR_AUTO), "false",
		"the last digit counts");
	is_str(eval_with(".big", EXPR_AUTO), "12345678901234567890", "numbers keep their text");
	is_str(eval_with(".dec", EXPR_AUTO), "1.50", "zeros too");
	is_str(eval_with(".dec + 1", EXPR_AUTO), "2.5", "libjq adds fractions");
}

TEST(engines)
{
	static const char *const explained[][2] = {
		{".a.b == 1", "native"},
		{".s | test(\"^x\")", "native"},
		{".s | test(\"x+\")", "jq: test"},
		{".a | map(. + 1)", "native"},
		{".a | add", "jq: add"},
		{"reduce .a[] as $x (0; . + $x)", "jq: reduce"},
		{".. | numbers", "jq: .."},
		{".a[1:2]", "jq: [ ]"},
		{".a += 1", "jq: +="},
		{"(.n)?", "jq: ?"},
		{"@base64", "jq: @base64"},
		{"\"\\(1)\"", "jq: \"\\(1)\""},
	};
	struct expr *e;

	for (size_t i = 0; i < ARRAY_LEN(explained); i++) {
		if (expr_new(&e, span_str(explained[i][0]), NULL, &w.err)) {
			ok(false, "%s: %s", explained[i][0], w.err.text);
			continue;
		}
		is_str(expr_explain(e), explained[i][1], "%s", explained[i][0]);
		is_str(expr_text(e), explained[i][0], "its text");
		expr_free(e);
	}
}

/* text repeated n times between head and tail: which engine takes it? */
static void
is_taken_by(const char *engine, const char *head, const char *text, size_t n, const char *tail)
{
	struct buf b;
	struct expr *e;

	buf_init(&b, SIZE_MAX);
	buf_puts(&b, head);
	for (size_t i = 0; i < n; i++)
		buf_puts(&b, text);
	buf_puts(&b, tail);
	if (expr_new(&e, buf_view(&b), NULL, &w.err)) {
		ok(false, "%s", w.err.text);
	} else {
		is_str(expr_explain(e), engine, "%s%s (%zu) %s", head, text, n, tail);
		world_line(&w, event_json);
		ok(expr_test(e, &w.ev, &w.err) == 1, "and runs");
		expr_free(e);
	}
	buf_release(&b);
}

TEST(limits)
{
	is_taken_by("native", "1", "+1", 900, "");
	is_taken_by("jq: a long expression", "1", "+1", 1100, "");
	is_taken_by("native", ".n", "|.", 150, "");
	is_taken_by("jq: .", ".n", "|.", 250, "");
	is_taken_by("native", "{a:.n", "|.", 900, "}");
	is_taken_by("jq: .", "{a:.n", "|.", 2100, "}");
}

TEST(refusals)
{
	static const char *const wrong[][2] = {
		{".a ==", "expression '.a ==', column 6: it ends too early"},
		{"\"abc", "expression '\"abc', column 1: the string has no end"},
		{".a & .b", "expression '.a & .b', column 4: unexpected '&'"},
		{".a)", "expression '.a)', column 3: unexpected ')'"},
		{".n + 1/0", "expression '.n + 1/0': Division by zero?"},
		{"1 / (2 - 2)", "expression '1 / (2 - 2)': Division by zero?"},
		{"nope(1)", "expression 'nope(1)': nope/1 is not defined"},
		{"$nope", "expression '$nope': $nope is not defined"},
		{"1 == 1 == 1", "expression '1 == 1 == 1', column 8: syntax error, unexpected =="},
	};
	struct expr *e = NULL;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		is_int(expr_new(&e, span_str(wrong[i][0]), NULL, &w.err), -1, "%s", wrong[i][0]);
		is_int(w.err.kind, ERR_USAGE, "usage");
		is_str(w.err.text, wrong[i][1], "names what is wrong");
	}
	ok(e == NULL, "the output is untouched");
}

TEST(truth)
{
	struct expr *e;
	struct value v;

	world_line(&w, event_json);
	expr_new(&e, SPAN(".f, .z, .n, .n.x"), NULL, &w.err);
	is_int(expr_test(e, &w.ev, &w.err), 1,
		"some output is true; what comes later is not asked");
	is_int(expr_value(e, &w.ev, &v, &w.err), 0, "value");
	is_mem(v.json.p, v.json.n, "false", "is the first output");
	expr_free(e);
	expr_new(&e, SPAN("empty"), NULL, &w.err);
	is_int(expr_test(e, &w.ev, &w.err), 0, "no output is not true");
	is_int(expr_value(e, &w.ev, &v, &w.err), 0, "no output");
	is_int(v.type, DOC_ABSENT, "is absent");
	expr_free(e);
	expr_new(&e, SPAN(".n.x"), NULL, &w.err);
	is_int(expr_test(e, &w.ev, &w.err), -1, "an error");
	is_str(w.err.code, "expr", "has the code");
	is_int(w.err.kind, ERR_DATA, "and is the line's fault");
	expr_free(e);
}

TEST(time_is_not_settled)
{
	struct expr *e;

	world_line(&w, event_json);
	expr_new(&e, SPAN("$ts > 0"), NULL, &w.err);
	is_int(expr_test(e, &w.ev, &w.err), 1, "$ts is the envelope's time");
	ok(!w.ev.has_time, "asking for it does not settle it");
	expr_free(e);
}

TEST(unreadable)
{
	static char deep[2000];
	struct expr *e;

	expr_new_with(&e, SPAN(".a"), NULL, EXPR_JQ, &w.err);
	memset(deep, '[', 600);
	memset(deep + 600, ']', 600);
	world_line(&w, deep);
	is_int(expr_test(e, &w.ev, &w.err), -1, "libjq does not read what is too deep");
	is_str(w.err.code, "expr", "a bad line");
	world_line(&w, "{\"a\":\"\\ud83d\"}");
	is_int(expr_test(e, &w.ev, &w.err), -1, "nor half a surrogate pair");
	expr_free(e);
	expr_new_with(&e, SPAN(".a"), NULL, EXPR_NATIVE, &w.err);
	is_str(world_run(&w, e), "\"\\ud83d\"", "natively its bytes pass");
	expr_free(e);
}

TEST(outputs_are_limited)
{
	struct expr *e;
	int n = 0;

	world_line(&w, "{}");
	expr_new(&e, SPAN("range(1000001)"), NULL, &w.err);
	is_int(expr_each(e, &w.ev, world_add, &n, &w.err), -1, "a million outputs and one");
	is_str(w.err.text, "more than 1000000 outputs", "are refused");
	expr_free(e);
}

TEST(splitting)
{
	struct span rest = SPAN("a=f(x,y), b=\"q,\\(\"r,\")\" ,c[1,2]"), part, name, body;

	ok(expr_split(&rest, ',', &part), "first");
	is_mem(part.p, part.n, "a=f(x,y)", "brackets hold commas together");
	ok(expr_named(part, &name, &body), "it has a name");
	is_mem(name.p, name.n, "a", "name");
	is_mem(body.p, body.n, "f(x,y)", "body");
	ok(expr_split(&rest, ',', &part), "second");
	is_mem(part.p, part.n, "b=\"q,\\(\"r,\")\"", "strings too");
	ok(expr_split(&rest, ',', &part), "third");
	is_mem(part.p, part.n, "c[1,2]", "blanks are cut");
	ok(!expr_split(&rest, ',', &part), "no more");
	ok(!expr_named(SPAN("a==b"), &name, &body), "a comparison is no name");
	is_mem(body.p, body.n, "a==b", "the whole is the body");
	ok(!expr_named(SPAN(".a=b"), &name, &body), "a path is no name");
}

TEST(paths)
{
	struct arena a;
	struct edit_path path;

	arena_init(&a);
	is_int(expr_path(SPAN(".data.items[2].\"a b\""), &a, &path, &w.err), 0, "a path");
	is_int((int64_t)path.count, 4, "steps");
	is_mem(path.steps[1].name.p, path.steps[1].name.n, "items", "a name");
	ok(!path.steps[2].name.p && path.steps[2].index == 2, "an index");
	is_mem(path.steps[3].name.p, path.steps[3].name.n, "a b", "a quoted name");
	is_int(expr_path(SPAN("a.b"), &a, &path, &w.err), 0, "the first point may be left out");
	is_int((int64_t)path.count, 2, "steps");
	is_int(expr_path(SPAN(".a[]"), &a, &path, &w.err), -1, "many places are no path");
	is_int(expr_path(SPAN("a-b"), &a, &path, &w.err), -1, "nor is a difference");
	is_int(expr_path(SPAN(""), &a, &path, &w.err), -1, "nor is nothing");
	arena_release(&a);
}

TEST(arguments)
{
	struct expr_arg bad = {"x", {"{", 1}};
	struct expr_env bad_env = {.args = &bad, .count = 1};
	struct expr *e;

	is_int(expr_new(&e, SPAN("."), &bad_env, &w.err), -1, "--argjson wants JSON");
	is_str(w.err.text, "--argjson x: '{' is not JSON", "and says so");
}

TEST(arguments_come_first)
{
	struct expr_arg mine = {"type", {"\"mine\"", 6}};
	struct expr_env hiding = {.args = &mine, .count = 1};
	static const enum expr_engine engines[] = {EXPR_NATIVE, EXPR_JQ};
	struct expr *e;

	for (size_t i = 0; i < ARRAY_LEN(engines); i++) {
		if (expr_new_with(&e, SPAN("$type, $id"), &hiding, engines[i], &w.err)) {
			ok(false, "%s", w.err.text);
			continue;
		}
		world_line(&w, event_json);
		is_str(world_run(&w, e), "\"mine\" \"e-1\"", "--arg type hides the event's");
		expr_free(e);
	}
}

int
main(void)
{
	world_init(&w);
	RUN(language);
	RUN(digits);
	RUN(engines);
	RUN(limits);
	RUN(refusals);
	RUN(truth);
	RUN(time_is_not_settled);
	RUN(unreadable);
	RUN(outputs_are_limited);
	RUN(splitting);
	RUN(paths);
	RUN(arguments);
	RUN(arguments_come_first);
	world_release(&w);
	return tap_done();
}
