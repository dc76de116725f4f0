/* help: option tables as text and as NDJSON. */
#include "cli/help.h"

#include "cli/common.h"
#include "json/emit.h"

#define HELP_COLUMN 26
#define HELP_WIDTH 79

/* Words of text from column on, broken before HELP_WIDTH; ends the line. */
static void
put_wrapped(struct buf *b, const char *text, size_t at)
{
	struct span word, rest = span_str(text);
	size_t column = at;

	while (rest.p) {
		span_cut(rest, ' ', &word, &rest);
		if (column > at && column + 1 + word.n > HELP_WIDTH) {
			buf_print(b, "\n%*s", (int)at, "");
			column = at;
		}
		if (column > at) {
			buf_putc(b, ' ');
			column++;
		}
		buf_span(b, word);
		column += word.n;
	}
	buf_putc(b, '\n');
}

static void
put_row(struct buf *b, const struct opt *o)
{
	size_t start = b->n, width;

	if (o->letter)
		buf_print(b, "  -%c, --%s", o->letter, o->name);
	else
		buf_print(b, "      --%s", o->name);
	if (o->kind != OPT_FLAG)
		buf_print(b, " %s", o->arg);
	width = b->n - start;
	if (width + 2 > HELP_COLUMN)
		buf_print(b, "\n%*s", HELP_COLUMN, "");
	else
		buf_print(b, "%*s", (int)(HELP_COLUMN - width), "");
	if (o->value) {
		struct buf text;

		buf_init(&text, 4096);
		buf_print(&text, "%s [%s]", o->help, o->value);
		buf_putc(&text, '\0');
		put_wrapped(b, text.p, HELP_COLUMN);
		buf_release(&text);
		return;
	}
	put_wrapped(b, o->help, HELP_COLUMN);
}

static void
put_rows(struct buf *b, const struct opt *rows)
{
	for (const struct opt *o = rows; o && o->kind != OPT_NONE; o++)
		put_row(b, o);
}

void
help_put(struct buf *b, const struct cmd *parent, const struct cmd *cmd, const struct opt *common)
{
	struct buf usage;

	buf_init(&usage, 4096);
	buf_print(&usage, "%s%s%s %s", parent ? parent->name : "", parent ? " " : "", cmd->name,
		cmd->usage);
	buf_putc(&usage, '\0');
	buf_puts(b, "usage: ");
	put_wrapped(b, usage.p, 7);
	buf_release(&usage);
	put_wrapped(b, cmd->purpose, 0);
	if (cmd->subs) {
		buf_puts(b, "\ncommands:\n");
		for (size_t i = 0; cmd->subs[i]; i++) {
			buf_print(b, "  %-*s", HELP_COLUMN - 2, cmd->subs[i]->name);
			put_wrapped(b, cmd->subs[i]->purpose, HELP_COLUMN);
		}
		return;
	}
	if (cmd->options) {
		buf_puts(b, "\noptions:\n");
		put_rows(b, cmd->options);
	}
	buf_puts(b, "\noptions of every program, see ev(7):\n");
	put_rows(b, common);
}

static void
member(struct emit *e, const char *name, const char *value)
{
	emit_name(e, span_str(name));
	if (value)
		emit_string(e, span_str(value));
	else
		emit_null(e);
}

static void
describe_rows(struct buf *b, const struct cmd *parent, const struct cmd *cmd,
	const struct opt *rows, bool common)
{
	static const char *const types[] = {
		[OPT_FLAG] = "flag",
		[OPT_STRING] = "string",
		[OPT_INT] = "integer",
		[OPT_DOUBLE] = "number",
		[OPT_SIZE] = "size",
		[OPT_DURATION] = "duration",
		[OPT_TIME] = "time",
		[OPT_CHOICE] = "choice",
		[OPT_POLICY] = "policy",
		[OPT_LIST] = "list",
		[OPT_PAIR] = "pair",
		[OPT_EXPR] = "expr",
	};

	for (const struct opt *o = rows; o && o->kind != OPT_NONE; o++) {
		char name[64], letter[2] = {o->letter, '\0'};
		struct emit e;

		snprintf(name, sizeof(name), "--%s", o->name);
		emit_init(&e, b);
		emit_open(&e, '{');
		member(&e, "program", parent ? parent->name : cmd->name);
		if (parent)
			member(&e, "command", cmd->name);
		member(&e, "option", name);
		member(&e, "letter", o->letter ? letter : NULL);
		member(&e, "arg", o->kind == OPT_FLAG ? NULL : o->arg);
		member(&e, "type", types[o->kind]);
		member(&e, "default", o->value);
		emit_name(&e, SPAN("common"));
		emit_bool(&e, common);
		member(&e, "help", o->help);
		emit_close(&e);
		buf_putc(b, '\n');
	}
}

void
help_describe(
	struct buf *b, const struct cmd *parent, const struct cmd *cmd, const struct opt *common)
{
	struct emit e;

	emit_init(&e, b);
	emit_open(&e, '{');
	member(&e, "program", parent ? parent->name : cmd->name);
	if (parent)
		member(&e, "command", cmd->name);
	member(&e, "purpose", cmd->purpose);
	member(&e, "usage", cmd->usage);
	emit_close(&e);
	buf_putc(b, '\n');
	for (size_t i = 0; cmd->subs && cmd->subs[i]; i++) {
		struct opt rows[COMMON_ROWS_MAX];

		common_rows(cmd->subs[i], rows);
		help_describe(b, cmd, cmd->subs[i], rows);
	}
	if (cmd->subs)
		return;
	describe_rows(b, parent, cmd, cmd->options, false);
	describe_rows(b, parent, cmd, common, true);
}
