/*
 * opt: option tables and what is made of them: parsing, defaults, --help, --describe.
 *
 * A row names the option, its type, where its value goes in the program's state (an offset), its default as
 * text, and its help in one line. Defaults are parsed by the same code as arguments. Long options take "--name
 * VALUE" or "--name=VALUE", short ones "-k VALUE" or "-kVALUE"; flags may be joined (-vq). "--" ends options;
 * options and operands may be mixed. "@FILE" stands for the options in FILE: one a line, "--name value" as it is,
 * without quoting (the value is the rest of the line), # comments and blank lines skipped; at most 8 deep.
 *
 *	static const struct opt options[] = {
 *		OPT_ROW('v', "invert", OPT_FLAG, struct filter, invert, NULL, NULL, "pass what does not match"),
 *		OPT_END
 *	};
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include "base/err.h"
#include "base/span.h"

enum opt_kind {
	OPT_NONE,     /* the last row */
	OPT_FLAG,     /* bool */
	OPT_STRING,   /* const char *; NULL when absent */
	OPT_INT,      /* int64_t within [min, max] */
	OPT_DOUBLE,   /* double within [min, max] */
	OPT_SIZE,     /* uint64_t bytes */
	OPT_DURATION, /* int64_t milliseconds */
	OPT_TIME,     /* int64_t milliseconds since the epoch */
	OPT_CHOICE,   /* int: index into the words of arg, "s|ms|us|ns" */
	OPT_POLICY,   /* struct opt_policy: "skip|fail|divert=FILE"; a word may take "=text" */
	OPT_LIST,     /* struct opt_list, repeatable; rows may share one, items know their row */
	OPT_PAIR,     /* struct opt_list, repeatable, two arguments: two items each time */
	OPT_EXPR,     /* struct expr *, compiled before start; NULL when absent */
};

struct opt {
	char letter; /* 0: none */
	const char *name;
	enum opt_kind kind;
	size_t offset;
	const char *
		arg; /* the word for the value in help ("EXPR", "N", "D"); the choices of OPT_CHOICE */
	const char *value; /* default as text, or NULL */
	double min, max;   /* inclusive; both 0: no limit */
	const char *help;
};

struct opt_item {
	const struct opt *row;
	const char *text; /* lives as long as the run */
};

struct opt_list {
	struct opt_item *items;
	size_t count, cap;
};

struct opt_policy {
	int choice;
	const char *text; /* what stood after "="; NULL without */
};

#define OPT_ROW(letter_, name_, kind_, type_, member_, arg_, value_, help_)           \
	{                                                                             \
		.letter = (letter_), .name = (name_), .kind = (kind_),                \
		.offset = offsetof(type_, member_), .arg = (arg_), .value = (value_), \
		.help = (help_)                                                       \
	}
#define OPT_RANGE(letter_, name_, kind_, type_, member_, arg_, value_, min_, max_, help_) \
	{                                                                                 \
		.letter = (letter_), .name = (name_), .kind = (kind_),                    \
		.offset = offsetof(type_, member_), .arg = (arg_), .value = (value_),     \
		.min = (min_), .max = (max_), .help = (help_)                             \
	}
#define OPT_END                  \
	{                        \
		.kind = OPT_NONE \
	}

struct expr_env;

/* A table and the struct its offsets count from. */
struct opt_set {
	const struct opt *rows;
	void *base;
};

#define OPT_SETS_MAX 2

struct opt_use; /* one option as it was given */

struct opt_parser {
	struct opt_set sets[OPT_SETS_MAX];
	size_t set_count;
	/* results */
	char **operands; /* argv's own strings, or parts of an @FILE; NULL-terminated */
	size_t operand_count;
	struct opt_use *uses;
	size_t use_count;
	char **texts; /* @FILE contents, owned */
	size_t text_count;
};

/* Reads argv[1...] into uses and operands; values are not looked at yet. */
int opt_parse(struct opt_parser *p, int argc, char **argv, struct err *err);
/* Defaults, then what was given, into the sets. OPT_EXPR rows keep their text until opt_compile. */
int opt_apply(struct opt_parser *p, const char *tz, int64_t now_ms, struct err *err);
/* Compiles every OPT_EXPR row that was given or has a default. */
int opt_compile(struct opt_parser *p, const struct expr_env *env, struct err *err);
bool opt_given(const struct opt_parser *p, const char *name);
/* The last text given for an option, before opt_apply; "" for a flag; NULL when it was not given. */
const char *opt_last(const struct opt_parser *p, const char *name);
/*
 * " --name value" of everything given for the struct at base, in order: what defines a stage's results. only:
 * the names that count, NULL-terminated; NULL: all.
 */
struct buf;
void opt_put_uses(
	const struct opt_parser *p, const void *base, const char *const *only, struct buf *b);
/* Frees lists, expressions and the parser's own memory. */
void opt_release(struct opt_parser *p);

#endif
