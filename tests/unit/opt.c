/* opt: tables, arguments, option files. */
#include "tap.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "cli/opt.h"
#include "io/durable.h"

struct state {
	bool flag, other;
	const char *text;
	int64_t n, gap, at;
	double x;
	uint64_t size;
	int unit;
	struct opt_policy policy;
	struct opt_list list, pairs;
};

static const struct opt rows[] = {
	OPT_ROW('v', "flag", OPT_FLAG, struct state, flag, NULL, NULL, "a flag"),
	OPT_ROW('q', "other", OPT_FLAG, struct state, other, NULL, NULL, "another"),
	OPT_ROW('o', "text", OPT_STRING, struct state, text, "TEXT", NULL, "a text"),
	OPT_RANGE('n', "count", OPT_INT, struct state, n, "N", "7", 1, 10, "a number"),
	OPT_ROW(0, "gap", OPT_DURATION, struct state, gap, "D", "5s", "a duration"),
	OPT_ROW(0, "at", OPT_TIME, struct state, at, "T", NULL, "a time"),
	OPT_ROW(0, "ratio", OPT_DOUBLE, struct state, x, "X", "0.5", "a ratio"),
	OPT_ROW(0, "size", OPT_SIZE, struct state, size, "SIZE", "4k", "a size"),
	OPT_ROW(0, "unit", OPT_CHOICE, struct state, unit, "s|ms|us", "ms", "a unit"),
	OPT_ROW(0, "policy", OPT_POLICY, struct state, policy, "skip|divert=FILE", "skip",
		"a policy"),
	OPT_ROW('a', "add", OPT_LIST, struct state, list, "X", NULL, "repeatable"),
	OPT_ROW(0, "put", OPT_LIST, struct state, list, "X", NULL, "shares the list"),
	OPT_ROW(0, "pair", OPT_PAIR, struct state, pairs, "A B", NULL, "two"), OPT_END};

static struct opt_parser parser;
static struct state state;
static struct err err;

/* Parses the words up to NULL; the result stays in state and parser until the next call. */
static int
parse(char *const *words)
{
	int argc = 0;

	opt_release(&parser);
	state = (struct state){.flag = false};
	parser.sets[0] = (struct opt_set){rows, &state};
	parser.set_count = 1;
	err_clear(&err);
	while (words[argc])
		argc++;
	if (opt_parse(&parser, argc, (char **)(uintptr_t)words, &err))
		return -1;
	return opt_apply(&parser, NULL, 1000000, &err);
}

#define PARSE(...) parse((char *const[]){(char *)(uintptr_t) "prog", __VA_ARGS__, NULL})
#define W(text) ((char *)(uintptr_t)(text))

TEST(defaults)
{
	is_int(PARSE(W("operand")), 0, "an operand alone");
	is_int(state.n, 7, "integer default");
	is_int(state.gap, 5000, "duration default");
	is_int((int64_t)state.size, 4096, "size default");
	is_int(state.unit, 1, "choice default");
	is_int(state.policy.choice, 0, "policy default");
	ok(state.x == 0.5, "number default");
	is_int((int64_t)parser.operand_count, 1, "one operand");
	ok(!opt_given(&parser, "count"), "a default is not given");
}

TEST(forms)
{
	is_int(PARSE(W("-vq"), W("-n3"), W("--text=a=b"), W("x"), W("--gap"), W("1h30m")), 0,
		"all forms");
	ok(state.flag && state.other, "joined flags");
	is_int(state.n, 3, "value behind the letter");
	is_str(state.text, "a=b", "value behind the first =");
	is_int(state.gap, 5400000, "joined duration");
	ok(opt_given(&parser, "count"), "given");
	is_int(PARSE(W("--"), W("-v"), W("@x")), 0, "-- ends options");
	is_int((int64_t)parser.operand_count, 2, "both are operands");
	ok(!state.flag, "and no option");
	is_int(PARSE(W("-")), 0, "- is an operand");
	is_int((int64_t)parser.operand_count, 1, "which is kept");
	is_int(PARSE(W("--at"), W("-2s")), 0, "a value may start with a dash");
	is_int(state.at, 998000, "relative to now");
}

TEST(lists)
{
	is_int(PARSE(W("-a"), W("1"), W("--put"), W("2"), W("--add=3"), W("--pair"), W("x"),
		       W("y z")),
		0, "lists");
	is_int((int64_t)state.list.count, 3, "one list for both rows");
	is_str(state.list.items[1].text, "2", "in the order given");
	is_str(state.list.items[1].row->name, "put", "each knows its row");
	is_int((int64_t)state.pairs.count, 2, "a pair is two items");
	is_str(state.pairs.items[1].text, "y z", "the second");
	is_int(PARSE(W("--policy"), W("divert=a=b")), 0, "a policy with a file");
	is_int(state.policy.choice, 1, "its choice");
	is_str(state.policy.text, "a=b", "its text");
}

TEST(refusals)
{
	static const struct {
		const char *words[3], *says;
	} cases[] = {
		{{"--nope"}, "unknown option '--nope'"},
		{{"-vz"}, "unknown option '-z'"},
		{{"--count"}, "option --count needs a value (N)"},
		{{"--flag=1"}, "option --flag takes no value"},
		{{"--count", "0"}, "--count: '0' is not within 1 and 10"},
		{{"--count", "11"}, "--count: '11' is not within 1 and 10"},
		{{"--count", "3x"}, "--count: '3x' is not an integer"},
		{{"--gap", "5"}, "--gap: '5' is not a duration such as 5s or 1h30m"},
		{{"--size", "4T"}, "--size: '4T' is not a size such as 64k"},
		{{"--unit", "m"}, "--unit: 'm' is none of s|ms|us"},
		{{"--policy", "divert"}, "--policy: 'divert' needs '=FILE'"},
		{{"--policy", "divert="}, "--policy: 'divert=' needs '=FILE'"},
		{{"--pair", "a"}, "option --pair needs two values (A B)"},
		{{"--ratio", "0x1p3"}, "--ratio: '0x1p3' is not a number"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		is_int(PARSE(W(cases[i].words[0]), W(cases[i].words[1])), -1, "%s is refused",
			cases[i].words[0]);
		is_str(err.text, cases[i].says, "and says why");
		is_int(err.kind, ERR_USAGE, "as the caller's error");
	}
	is_int(PARSE(W("--count"), W("1")), 0, "the least");
	is_int(PARSE(W("--count"), W("10")), 0, "the most");
}

TEST(option_files)
{
	static const char text[] =
		"# a comment\n\n-v\n--text  two words \n--pair name the rest\nop erand\n-n 4";
	char path[] = "/tmp/ev-opt-XXXXXX", at[64];
	int fd = mkstemp(path);

	ok(fd >= 0 && write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1,
		"a file of options");
	close(fd);
	snprintf(at, sizeof(at), "@%s", path);
	is_int(PARSE(at, W("last")), 0, "is read");
	ok(state.flag, "a flag");
	is_str(state.text, "two words", "a value to the end of the line");
	is_str(state.pairs.items[1].text, "the rest", "a pair, the second to the end of the line");
	is_int(state.n, 4, "a short option");
	is_str(parser.operands[0], "op erand", "an operand is a whole line");
	is_str(parser.operands[1], "last", "before what follows");
	fd = open(path, O_WRONLY | O_TRUNC);
	ok(fd >= 0 && dprintf(fd, "@%s\n", path) > 0, "a file that names itself");
	close(fd);
	is_int(PARSE(at), -1, "ends");
	ok(strstr(err.text, "nested over 8 deep") != NULL, "at the depth limit");
	unlink(path);
	is_int(PARSE(at), -1, "a missing file is refused");
	is_int(err.kind, ERR_USAGE, "as the caller's error");
}

int
main(void)
{
	RUN(defaults);
	RUN(forms);
	RUN(lists);
	RUN(refusals);
	RUN(option_files);
	opt_release(&parser);
	return tap_done();
}
