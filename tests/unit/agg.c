#include "op/agg.h"

#include "tap.h"

static struct agg_list list;
static struct buf out;
static struct err err;
static struct arena texts;

static struct value
value(const char *json)
{
	static const char first[] = "nft-\"[{";
	static const enum doc_type types[] = {
		DOC_NULL, DOC_FALSE, DOC_TRUE, DOC_NUMBER, DOC_STRING, DOC_ARRAY, DOC_OBJECT};
	const char *at = strchr(first, *json);

	return (struct value){
		at ? types[at - first] : DOC_NUMBER, arena_copy(&texts, span_str(json))};
}

static void
setup(const char *function)
{
	struct span argument;

	agg_list_init(&list);
	buf_init(&out, 1 << 20);
	arena_init(&texts);
	if (agg_list_add(&list, span_str(function), &argument, &err))
		printf("# %s\n", err.text);
}

static void
teardown(void)
{
	agg_list_release(&list);
	buf_release(&out);
	arena_release(&texts);
}

/* Values parted by blanks, with times 0, 1, 2 …; the result's text. */
static void
take_all(void *state, const char *values, int64_t time_ms)
{
	struct span rest = span_str(values), one;

	while (rest.n) {
		char *z;
		struct value v;

		span_cut(rest, ' ', &one, &rest);
		z = arena_string(&texts, one);
		v = value(z);
		if (agg_accepts(&list, 0, v, &err) == 1)
			agg_take(&list, 0, state, v, time_ms++);
		if (one.p + one.n == rest.p + rest.n)
			break;
	}
}

static void
check(const char *function, const char *values, const char *want)
{
	char *state;

	setup(function);
	state = alloc_zero(list.state_size);
	take_all(state, values, 0);
	agg_put(&list, 0, state, &out);
	is_mem(out.p, out.n, want, "%s of %s", function, values);
	agg_release(&list, state);
	alloc_free(state);
	teardown();
}

/* a, then b, in two states that are merged; the order of values is kept. */
static void
check_merge(const char *function, const char *a, const char *b, const char *want)
{
	char *x, *y;

	setup(function);
	x = alloc_zero(list.state_size);
	y = alloc_zero(list.state_size);
	take_all(x, a, 0);
	take_all(y, b, 100);
	agg_merge(&list, x, y);
	agg_put(&list, 0, x, &out);
	is_mem(out.p, out.n, want, "%s of %s | %s", function, a, b);
	agg_release(&list, x);
	agg_release(&list, y);
	alloc_free(x);
	alloc_free(y);
	teardown();
}

TEST(results)
{
	check("count(x)", "true false null 0 \"\" [] {}", "5");
	check("sum(x)", "1 2 null 3", "6");
	check("sum(x)", "0.1 0.2", "0.3");
	check("sum(x)", "9007199254740993 1", "9007199254740994");
	check("sum(x)", "9223372036854775807 9223372036854775807", "18446744073709551614");
	check("sum(x)", "-999999999999999999 -1", "-1000000000000000000");
	check("sum(x)", "1e30 1 -1e30", "1");
	check("sum(x)", "", "0");
	check("avg(x)", "1 2", "1.5");
	check("avg(x)", "1 1 0", "0.6666666666666666");
	check("avg(x)", "0.1 0.1 0.1", "0.1");
	check("avg(x)", "null", "null");
	check("min(x)", "3 \"a\" 1 2", "1");
	check("max(x)", "3 \"a\" 1 2", "\"a\"");
	check("max(x)", "12345678901234567890 12345678901234567891 3", "12345678901234567891");
	check("min(x)", "1.50 1.5", "1.50");
	check("max(x)", "\"b\" \"a\"", "\"b\"");
	check("min(x)", "null", "null");
	check("distinct(x)", "1 1.0 10e-1 \"1\" \"a\" \"\\u0061\" null", "3");
	check("distinct(x)", "", "0");
	check("first(x)", "5 6 7", "5");
	check("last(x)", "5 6 7", "7");
	check("collect(x)", "3 null \"a\" [1]", "[3,\"a\",[1]]");
	check("collect(x)", "null", "[]");
}

TEST(merged)
{
	check_merge("count(x)", "1 1", "1", "3");
	check_merge("sum(x)", "1.25 2", "-0.25", "3");
	check_merge("avg(x)", "1 2", "6", "3");
	check_merge("min(x)", "3", "2 4", "2");
	check_merge("max(x)", "3", "null", "3");
	check_merge("distinct(x)", "1 2 3", "3 4", "4");
	check_merge("first(x)", "1 2", "3", "1");
	check_merge("last(x)", "1 2", "3", "3");
	check_merge("collect(x)", "1 2", "3 4", "[1,2,3,4]");
}

TEST(rough)
{
	check("sum(x)", "1e38 1e38 1e-30", "2e+38");
	check("sum(x)", "1e40 1", "1e+40");
	check_merge("sum(x)", "1e40 1", "1", "1e+40");
	check("avg(x)", "1e40 1e-40", "5e+39");
}

TEST(order_of_time)
{
	struct span argument;
	char *state;

	setup("first(x)");
	agg_list_add(&list, SPAN("last(x)"), &argument, &err);
	agg_list_add(&list, SPAN("collect(x)"), &argument, &err);
	list.collect_max = 3;
	state = alloc_zero(list.state_size);
	for (int i = 0; i < 5; i++) {
		static const char *values[] = {"\"c\"", "\"a\"", "\"e\"", "\"b\"", "\"a2\""};
		static const int64_t times[] = {3, 1, 5, 2, 1};

		for (size_t j = 0; j < 3; j++)
			agg_take(&list, j, state, value(values[i]), times[i]);
	}
	for (size_t j = 0; j < 3; j++)
		agg_put(&list, j, state, &out);
	is_mem(out.p, out.n, "\"a\"\"e\"[\"a\",\"a2\",\"b\"]",
		"by event time, then arrival; collect keeps the earliest");
	is_int((int64_t)list.cut, 2, "what collect left out is counted");
	agg_release(&list, state);
	alloc_free(state);
	teardown();
}

TEST(many_values)
{
	char text[32], *state;

	setup("distinct(x)");
	state = alloc_zero(list.state_size);
	for (int i = 0; i < 30000; i++) {
		snprintf(text, sizeof(text), "%d", i * 7919 % 1000);
		agg_take(&list, 0, state, value(text), i);
	}
	agg_put(&list, 0, state, &out);
	is_mem(out.p, out.n, "1000", "repetitions among many");
	ok(((struct intern_bag *)state)->cap <= 4096,
		"memory goes with the values, not the events");
	agg_release(&list, state);
	alloc_free(state);
	teardown();
}

TEST(sweeps)
{
	struct intern in;
	struct intern_bag bag = {0};
	char text[32];
	uint32_t kept[100];
	bool same = true;

	intern_init(&in);
	for (int i = 0; i < 200000; i++) {
		uint32_t id;

		snprintf(text, sizeof(text), "value %d", i);
		id = intern_put(&in, span_str(text));
		if (i < 100) {
			kept[i] = id;
			intern_bag_add(&bag, id);
		}
		if (intern_is_full(&in)) {
			intern_mark_bag(&in, &bag);
			intern_sweep(&in);
		}
	}
	ok(in.live <= 65536, "what is not held is forgotten");
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "value %d", i);
		same &= intern_put(&in, span_str(text)) == kept[i] &&
			span_is(intern_get(&in, kept[i]), text);
	}
	ok(same, "what is held keeps its id");
	intern_bag_release(&bag);
	intern_release(&in);
}

static void
refuse(const char *function, const char *text)
{
	struct span argument;

	agg_list_init(&list);
	err_clear(&err);
	ok(agg_list_add(&list, span_str(function), &argument, &err) == -1 && err.kind == ERR_USAGE,
		"'%s' is refused", function);
	ok(strstr(err.text, text) != NULL, "saying '%s'", text);
	agg_list_release(&list);
}

TEST(usage)
{
	struct span argument;

	refuse("median(.x)", "no aggregate 'median'");
	refuse("sum()", "sum() needs an expression");
	refuse("sum", "expected FUNCTION(EXPR), not 'sum'");
	refuse("sum(.x", "expected FUNCTION(EXPR)");
	setup("count()");
	ok(!list.items[0].has_argument, "count() has no argument");
	is_int(agg_list_add(&list, SPAN(" distinct( .a | f(1) ) "), &argument, &err), 0, "blanks");
	is_mem(argument.p, argument.n, ".a | f(1)", "the argument without its blanks");
	teardown();
	setup("sum(x)");
	is_int(agg_accepts(&list, 0, value("\"1\""), &err), -1, "no sum of a string");
	is_str(err.code, "type", "code");
	teardown();
}

int
main(void)
{
	RUN(results);
	RUN(merged);
	RUN(rough);
	RUN(order_of_time);
	RUN(many_values);
	RUN(sweeps);
	RUN(usage);
	return tap_done();
}
