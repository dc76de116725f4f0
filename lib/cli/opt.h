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
	OPT_CHOICE, /* int: index into arg, "skip|fail|divert=FILE"; with "=", the text after it goes to opt_list */
	OPT_LIST, /* struct opt_list, repeatable; rows may share one list, items know their row */
	OPT_EXPR, /* struct expr *, compiled by the driver before start; NULL when absent */
};

struct opt {
	char letter; /* 0: none */
	const char *name;
	enum opt_kind kind;
	size_t offset;
	const char *arg;   /* placeholder in help ("EXPR", "N", "D"); the choices of OPT_CHOICE */
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

#endif
