/*
 * exprgen: expressions of the native language and events for them, at random.
 *
 * Half of the expressions fit together (numbers are added, strings split), half are any. Events mostly have a number
 * at .n, a string at .s, an array at .a, an object at .data; now and then there are duplicated names, escapes, NULs
 * and numbers that no double can hold.
 */
#ifndef TESTS_EXPRGEN_H
#define TESTS_EXPRGEN_H

#include "base/buf.h"

static uint64_t exprgen_state;

static uint32_t
draw(uint32_t n)
{
	uint64_t z = (exprgen_state += 0x9e3779b97f4a7c15u);

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
exprgen_event(struct buf *b)
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
	"[.a[]|select(B)]", "[V,V]", "(A|[.[]])", "(A|map(V))", "map(V)", "[.data[]?]"};
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

static void
exprgen_expression(struct buf *b)
{
	if (draw(3))
		put_row(b, 'V', 4);
	else
		put_expr(b, 3);
}

#endif
