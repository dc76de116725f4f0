/*
 * expr: the native engine answers as libjq does.
 *
 * Generated expressions of the native language over generated events; every output and whether it is an error
 * must agree. Allowed differences are two, looked for exactly: a number in the event or in the expression that
 * libjq cannot hold, and contains on strings with a NUL. They are counted, as are the evaluations that the
 * native engine leaves to libjq (punts).
 *
 *	expr [PAIRS [SEED]]
 */
#include "event/expr.h"
#include "base/num.h"
#include "ext/jq.h"
#include "tap.h"
#include "world.h"

#define BATCH 50  /* expressions in one program of libjq: starting one is dear */
#define EVENTS 40 /* that each expression sees */
#define DEPTH 4

static uint64_t state;

static uint32_t
draw(uint32_t n)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) >> 32) % n;
}

#define PICK(list) ((list)[draw(ARRAY_LEN(list))])

static const char *const names[] = {"a", "b", "c", "n", "s", "eventType", "data"};
static const char *const numbers[] = {"0", "1", "2", "3", "-1", "-2", "7", "10", "100", "1.5",
	"2.50", "-0.25", "1e2", "3E-1", "1.0", "999999999999999", "0.1", "-0", "123456",
	"4503599627370497"};
static const char *const long_numbers[] = {"12345678901234567890", "0.1234567890123456789", "1e400",
	"9007199254740993", "9007199254740992", "12345678901234567891", "1e-400"};
static const char *const strings[] = {"\"\"", "\"a\"", "\"b\"", "\"ab\"", "\"a,b\"", "\"A\"",
	"\"1\"", "\"-2.5\"", "\"x y\"", "\"h\\u00e9\"", "\"h\303\251\"", "\"\\n\"", "\"\\\"q\\\\\"",
	"\"\\ud83d\\ude00\"", "\"\360\237\230\200\"", "\"content.watched\"", "\"\\t\\u001f\"",
	"\"a\\nb\"", "\"\\u007f\"", "\"abcdefghijklmnop\""};

/* --- events ------------------------------------------------------------------------------------- */

static void
put_number(struct buf *b)
{
	buf_puts(b, draw(12) ? PICK(numbers) : PICK(long_numbers));
}

static void
put_string(struct buf *b)
{
	buf_puts(b, draw(15) ? PICK(strings) : "\"a\\u0000b\"");
}

static void put_value(struct buf *b, int depth);

/* One in twelve is written with an escape. */
static void
put_name(struct buf *b, const char *name)
{
	if (draw(12))
		buf_print(b, "\"%s\":", name);
	else
		buf_print(b, "\"\\u%04x%s\":", (unsigned)name[0], name + 1);
}

static void
put_object(struct buf *b, int depth)
{
	uint32_t used = 0;

	buf_putc(b, '{');
	for (uint32_t n = draw(6); n > 0; n--) {
		uint32_t name = draw(ARRAY_LEN(names));

		if ((used & 1u << name) && draw(20)) /* a duplicated name now and then */
			continue;
		if (used)
			buf_putc(b, ',');
		used |= 1u << name;
		put_name(b, names[name]);
		put_value(b, depth - 1);
	}
	buf_putc(b, '}');
}

static void
put_array(struct buf *b, int depth)
{
	buf_putc(b, '[');
	for (uint32_t n = draw(5), i = 0; i < n; i++) {
		if (i)
			buf_puts(b, draw(5) ? "," : " , ");
		put_value(b, depth - 1);
	}
	buf_putc(b, ']');
}

static void
put_value(struct buf *b, int depth)
{
	static const char *const words[] = {"null", "true", "false"};
	uint32_t kind = draw(depth > 0 ? 10 : 6);

	if (kind < 1)
		buf_puts(b, PICK(words));
	else if (kind < 3)
		put_number(b);
	else if (kind < 6)
		put_string(b);
	else if (kind < 8)
		put_array(b, depth);
	else
		put_object(b, depth);
}

static void
make_event(struct buf *b)
{
	buf_clear(b);
	if (draw(20) == 0) {
		put_value(b, 3);
	} else if (draw(3) == 0) {
		put_object(b, 4);
	} else {
		buf_puts(b, "{\"n\":");
		put_number(b);
		buf_puts(b, ",\"s\":");
		put_string(b);
		buf_puts(b, ",\"a\":");
		put_array(b, 3);
		buf_puts(b, ",\"data\":");
		put_object(b, 3);
		buf_puts(b, ",\"b\":");
		put_value(b, 3);
		buf_putc(b, '}');
	}
	buf_putc(b, '\0');
}

/* --- expressions -------------------------------------------------------------------------------- */

static void put_expr(struct buf *b, int depth);

static void
put_path(struct buf *b)
{
	static const char *const steps[] = {
		"[]", "[0]?", "[1]", "[-1]?", "[\"a\"]?", "[]?", "[]?", "[0]?"};
	uint32_t n = draw(4);

	if (draw(8) == 0)
		buf_putc(b, '.');
	else
		buf_print(b, ".%s%s", PICK(names), draw(3) ? "" : "?");
	for (uint32_t i = 0; i < n; i++)
		if (draw(2) && b->p[b->n - 1] != '.')
			buf_print(b, ".%s%s", PICK(names), draw(2) ? "" : "?");
		else
			buf_puts(b, PICK(steps));
}

static void
put_literal(struct buf *b)
{
	static const char *const words[] = {
		"null", "true", "false", "[]", "{}", "$type", "$id", "$key", "$ts", "$arg"};

	switch (draw(3)) {
	case 0: buf_puts(b, PICK(words)); break;
	case 1: put_number(b); break;
	default: put_string(b); break;
	}
}

static void
put_binary(struct buf *b, int depth)
{
	static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">=", "+", "+", "-", "*", "/",
		"%", " and ", " or ", "//", ",", "|", "|", "|"};

	buf_putc(b, '(');
	put_expr(b, depth - 1);
	buf_puts(b, PICK(ops));
	put_expr(b, depth - 1);
	buf_putc(b, ')');
}

static void
put_test(struct buf *b)
{
	static const char *const patterns[] = {
		"a", "^a", "b$", "^ab$", "", "^", "$", "^$", ",", "h\303\251"};

	buf_print(b, "test(\"%s\")", PICK(patterns));
}

static void
put_call(struct buf *b, int depth)
{
	static const char *const plain[] = {"length", "not", "tostring", "tonumber",
		"ascii_downcase", "ascii_upcase", "type", "empty"};
	static const char *const with[] = {"select", "startswith", "endswith", "contains", "has",
		"in", "IN", "split", "join", "select", "contains", "IN"};

	if (draw(3) == 0) {
		buf_putc(b, '(');
		put_expr(b, depth - 1);
		buf_puts(b, " | ");
	} else {
		buf_putc(b, '(');
	}
	if (draw(9) == 0) {
		put_test(b);
	} else if (draw(2)) {
		buf_puts(b, PICK(plain));
	} else {
		buf_print(b, "%s(", PICK(with));
		put_expr(b, depth - 1);
		buf_putc(b, ')');
	}
	buf_putc(b, ')');
}

static void
put_construction(struct buf *b, int depth)
{
	if (draw(2)) {
		buf_putc(b, '[');
		put_expr(b, depth - 1);
		buf_putc(b, ']');
		return;
	}
	buf_puts(b, "{x:(");
	put_expr(b, depth - 1);
	buf_puts(b, draw(2) ? "),a}" : "),\"y z\":.n?}");
}

static void
put_expr(struct buf *b, int depth)
{
	uint32_t kind = draw(depth > 0 ? 12 : 5);

	if (kind < 4)
		put_path(b);
	else if (kind < 5)
		put_literal(b);
	else if (kind < 9)
		put_binary(b, depth);
	else if (kind < 10)
		put_construction(b, depth);
	else if (kind < 11)
		put_call(b, depth);
	else {
		buf_puts(b, "-");
		put_path(b);
	}
}

/*
 * Expressions whose parts fit together, from rows in which a letter stands for a part: N a number, S a string, A an
 * array, B a boolean, V any value. Most events have numbers at .n, strings at .s, arrays at .a.
 */
static const char *const number_rows[] = {".n", ".n", "(N+N)", "(N-N)", "(N*N)", "(N/N)", "(N%N)",
	"(S|length)", "(A|length)", "(V|length)", "(S|tonumber)", "(.n,N)", ".b", "-N", ".data.n"};
static const char *const string_rows[] = {".s", ".s", "(S+S)", "(N|tostring)", "(S|ascii_downcase)",
	"(A|join(S))", "(S|split(S)|.[0]?)", ".data.s", "(V|type)", "(.s,S)", "(B|tostring)",
	".a[0]", "(S|ascii_upcase)"};
static const char *const array_rows[] = {".a", ".a", "[V]", "[.a[]|V]", "(S|split(S))", "(A+A)",
	"[.a[]|select(B)]", "[V,V]", "(A|[.[]])", "[.data[]?]"};
static const char *const bool_rows[] = {"(N==N)", "(.n==N)", "(N<N)", "(N>=N)", "(S==S)", "(S!=S)",
	"(S<S)", "(V==V)", "(V<V)", "(V<=V)", "(A==A)", "(A<A)", "(S|startswith(S))",
	"(S|endswith(S))", "(S|contains(S))", "(A|contains(A))", "(.data|contains({a:V}))", "(S|T)",
	"(.data|has(S))", "(A|has(N))", "(S|in(.data))", "(V|IN(V,V))", "(.n==9007199254740992)",
	"(.n>12345678901234567890)", "(S|contains(\"b\"))", "(V|IN(.a[]))", "(B and B)", "(B or B)",
	"(B|not)"};
static const char *const value_rows[] = {"N", "S", "A", "B", ".data", ".a[]", ".data[]?", ".b?",
	"(V//V)", "(.a[]//V)", "{x:V,a}", "{n,s,\"y\":S}", "(V,V)", "(select(B)|V)", "(V|.a?)",
	"(V|.[0]?)", ".a[-1]", "(V|.[]?)", "null", "empty", "$arg", "$type", "(V|tostring)"};

static void
put_row(struct buf *b, char kind, int depth)
{
	const char *row;

	if (kind == 'T') {
		put_test(b);
		return;
	}
	if (depth <= 0 && kind == 'N') {
		put_number(b);
		return;
	}
	if (depth <= 0 && (kind == 'S' || kind == 'V')) {
		put_string(b);
		return;
	}
	row = depth <= 0 && kind == 'A' ? ".a"
	      : depth <= 0              ? "true"
	      : kind == 'N'             ? PICK(number_rows)
	      : kind == 'S'             ? PICK(string_rows)
	      : kind == 'A'             ? PICK(array_rows)
	      : kind == 'B'             ? PICK(bool_rows)
					: PICK(value_rows);
	for (; *row; row++)
		if (strchr("NSABVT", *row))
			put_row(b, *row, depth - 1);
		else
			buf_putc(b, *row);
}

/* --- the comparison ----------------------------------------------------------------------------- */

struct tally {
	long pairs, punts, errors, digits, nuls, wrong, refused;
};

static struct tally tally;
static struct world w;
static struct jq *identity;
static const struct expr_arg arg = {"arg", {"{\"a\":[1,\"b\"]}", 13}};
static const struct expr_env env = {.args = &arg, .count = 1};

static int
add_output(void *ctx, struct span json, struct err *err)
{
	struct buf *b = ctx;

	(void)err;
	if (b->n > 1)
		buf_putc(b, ',');
	buf_span(b, json);
	return 0;
}

static int
add_value(void *ctx, struct value v, struct err *err)
{
	return add_output(ctx, v.json, err);
}

/* As libjq writes it. */
static void
normalise(struct buf *b)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	buf_putc(b, ' ');
	jq_run(identity, span_of(b->p, b->n - 1), NULL, add_output, &out, &w.err);
	buf_clear(b);
	buf_span(b, buf_view(&out));
	buf_release(&out);
}

/* Does any number of this JSON text come out of libjq as another? */
static bool
loses_digits(struct span json)
{
	struct arena a;
	struct buf out;
	struct value before, after;
	struct doc d;
	bool lost;

	arena_init(&a);
	buf_init(&out, SIZE_MAX);
	jq_run(identity, json, NULL, add_output, &out, &w.err);
	doc_init(&d, DOC_KERNEL_BEST);
	doc_parse(&d, json, &w.err);
	before = (struct value){doc_type(&d, 0), json};
	after = (struct value){before.type, buf_view(&out)};
	lost = value_compare(before, after, &a) != 0;
	doc_release(&d);
	buf_release(&out);
	arena_release(&a);
	return lost;
}

static bool
uses_long_number(const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(long_numbers); i++)
		if (strstr(text, long_numbers[i]))
			return true;
	return false;
}

/* The documented differences; counted. */
static bool
is_allowed(const char *text)
{
	if (uses_long_number(text) || loses_digits(w.ev.body)) {
		tally.digits++;
		return true;
	}
	if (strstr(text, "contains") &&
		(strstr(text, "\\u0000") || span_find(w.ev.body, SPAN("\\u0000")) >= 0)) {
		tally.nuls++;
		return true;
	}
	return false;
}

static void
report(const char *text, const char *native, const char *jq)
{
	if (tally.wrong++ < 10)
		printf("# %s\n#   event  %.*s\n#   native %s\n#   libjq  %s\n", text,
			(int)w.ev.body.n, w.ev.body.p, native, jq);
}

/* What one engine says: "[outputs]", or "error". */
static bool
ask_native(struct expr *e, struct buf *out)
{
	buf_clear(out);
	buf_putc(out, '[');
	if (expr_each(e, &w.ev, add_value, out, &w.err)) {
		if (strcmp(w.err.code, "punt") == 0)
			return false;
		buf_clear(out);
		buf_puts(out, "error");
	} else {
		buf_putc(out, ']');
		normalise(out);
	}
	buf_putc(out, '\0');
	return true;
}

static void
ask_jq(struct jq *q, const struct span *values, struct buf *out)
{
	buf_clear(out);
	buf_putc(out, '[');
	if (jq_run(q, w.ev.body, values, add_output, out, &w.err)) {
		buf_clear(out);
		buf_puts(out, "error");
	} else {
		buf_putc(out, ']');
		normalise(out);
	}
	buf_putc(out, '\0');
}

struct batch {
	char *texts[BATCH];
	struct expr *native[BATCH];
	struct jq *jq;
	struct buf program;
};

static const char *const changing[] = {"type", "id", "key", "ts", "__i"};

/* All expressions of the batch as one program; $__i chooses. -1: libjq refuses one of them. */
static int
batch_compile(struct batch *t)
{
	struct jq_name constant = {arg.name, arg.json};

	buf_clear(&t->program);
	for (size_t i = 0; i < BATCH; i++)
		buf_print(
			&t->program, "%s $__i==%zu then (%s)\n", i ? "elif" : "if", i, t->texts[i]);
	buf_puts(&t->program, " else $type,$id,$key,$ts end");
	return jq_new(
		&t->jq, buf_view(&t->program), &constant, 1, changing, ARRAY_LEN(changing), &w.err);
}

static void
batch_make(struct batch *t)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < BATCH;) {
		buf_clear(&b);
		if (draw(3))
			put_row(&b, 'V', DEPTH);
		else
			put_expr(&b, DEPTH - 1);
		if (expr_new_with(&t->native[i], buf_view(&b), &env, EXPR_NATIVE, &w.err)) {
			tally.refused++;
			continue;
		}
		t->texts[i++] = alloc_terminated(b.p, b.n);
	}
	buf_release(&b);
}

static void
batch_free(struct batch *t)
{
	for (size_t i = 0; i < BATCH; i++) {
		expr_free(t->native[i]);
		alloc_free(t->texts[i]);
	}
	jq_free(t->jq);
	t->jq = NULL;
}

static void
compare_pair(struct batch *t, size_t i, struct span *values, struct buf *native, struct buf *jq)
{
	char index[8];

	tally.pairs++;
	if (!ask_native(t->native[i], native)) {
		tally.punts++;
		return;
	}
	snprintf(index, sizeof(index), "%zu", i);
	values[4] = span_str(index);
	ask_jq(t->jq, values, jq);
	tally.errors += strcmp(jq->p, "error") == 0;
	if (strcmp(native->p, jq->p) != 0 && !is_allowed(t->texts[i]))
		report(t->texts[i], native->p, jq->p);
}

static struct span
json_of(struct value v)
{
	return v.type == DOC_ABSENT ? SPAN("null") : v.json;
}

static void
batch_run(struct batch *t)
{
	struct buf event, native, jq;
	struct span values[5];

	buf_init(&event, SIZE_MAX);
	buf_init(&native, SIZE_MAX);
	buf_init(&jq, SIZE_MAX);
	for (int n = 0; n < EVENTS; n++) {
		make_event(&event);
		world_line(&w, event.p);
		w.ev.key = (struct value){DOC_STRING, {"\"key\"", 5}};
		values[0] = json_of(event_get(&w.ev, EVENT_TYPE));
		values[1] = SPAN("null");
		values[2] = SPAN("\"key\"");
		values[3] = SPAN("null");
		for (size_t i = 0; i < BATCH; i++)
			compare_pair(t, i, values, &native, &jq);
	}
	buf_release(&event);
	buf_release(&native);
	buf_release(&jq);
}

/* Whole expressions, through the front door, each engine by itself: punts included. */
static void
front_door(struct batch *t)
{
	struct expr *automatic, *forced;
	char *first;

	if (expr_new(&automatic, span_str(t->texts[0]), &env, &w.err) ||
		expr_new_with(&forced, span_str(t->texts[0]), &env, EXPR_JQ, &w.err)) {
		report(t->texts[0], w.err.text, "");
		return;
	}
	first = alloc_string(world_run(&w, automatic));
	if ((first[0] == '!') != (world_run(&w, forced)[0] == '!') && !is_allowed(t->texts[0]))
		report(t->texts[0], first, w.out.p);
	alloc_free(first);
	expr_free(automatic);
	expr_free(forced);
}

static int64_t
number_argument(const char *text)
{
	int64_t n = 0;

	return num_i64(span_str(text), &n) ? 0 : n;
}

int
main(int argc, char **argv)
{
	int64_t pairs = argc > 1 ? number_argument(argv[1]) : 100000;
	struct batch t = {.jq = NULL};

	state = argc > 2 ? (uint64_t)number_argument(argv[2]) : 20211122;
	printf("# seed %llu\n", (unsigned long long)state);
	world_init(&w);
	buf_init(&t.program, SIZE_MAX);
	if (jq_new(&identity, SPAN("."), NULL, 0, NULL, 0, &w.err)) {
		tap_skip("native = libjq", "libjq");
		return tap_done();
	}
	while (tally.pairs < pairs) {
		batch_make(&t);
		if (batch_compile(&t)) {
			ok(false, "libjq compiles what is native: %s", w.err.text);
			printf("# %.*s\n", (int)t.program.n, t.program.p);
			break;
		}
		batch_run(&t);
		front_door(&t);
		batch_free(&t);
	}
	printf("# %ld pairs, %ld left to libjq, %ld errors in both; allowed: %ld of digits, %ld of "
	       "NUL; "
	       "%ld expressions not native\n",
		tally.pairs, tally.punts, tally.errors, tally.digits, tally.nuls, tally.refused);
	is_int(tally.wrong, 0, "native = libjq on %ld pairs", tally.pairs);
	ok(tally.punts * 2 < tally.pairs, "most is answered natively");
	jq_free(identity);
	buf_release(&t.program);
	world_release(&w);
	return tap_done();
}
