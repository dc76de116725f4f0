/*
 * ev-filter: pass the events for which an expression is true.
 *
 * Reads any JSON values, a line each; writes those that match, byte for byte; keeps nothing.
 */
#include "cli/cmd.h"

struct filter {
	bool invert, quiet;
	const char *file;

	struct expr *expr;
};

static const char usage[] = "[options] EXPR [file ...]";

static const struct opt options[] = {OPT_ROW('v', "invert", OPT_FLAG, struct filter, invert, NULL,
					     NULL, "pass what does not match"),
	OPT_ROW('q', "quiet", OPT_FLAG, struct filter, quiet, NULL, NULL,
		"write nothing; status 0 at the first match, else 1"),
	OPT_ROW('f', "file", OPT_STRING, struct filter, file, "FILE", NULL,
		"read EXPR from FILE; all operands are input"),
	OPT_END};

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct filter *f = state;
	const char *text = f->file ? cmd_read(run, f->file, err) : run->arguments[0];

	if (!text)
		return -1;
	return expr_new(&f->expr, span_str(text), &run->env, err);
}

static enum cmd_verdict
event(struct cmd_run *run, void *state, struct event *ev, struct err *err)
{
	struct filter *f = state;
	int r = expr_test(f->expr, ev, err);

	(void)run;
	if (r < 0)
		return CMD_BAD;
	if ((r > 0) == f->invert)
		return CMD_DROP;
	return f->quiet ? CMD_STOP : CMD_PASS;
}

static int
end(struct cmd_run *run, void *state, struct err *err)
{
	const struct filter *f = state;

	(void)err;
	if (f->quiet && cmd_counts(run)->used == 0)
		cmd_status(run, 1);
	return 0;
}

static void
release(struct cmd_run *run, void *state)
{
	struct filter *f = state;

	(void)run;
	expr_free(f->expr);
}

static const struct cmd ev_filter = {
	.name = "ev-filter",
	.purpose = "pass the events for which an expression is true",
	.usage = usage,
	.options = options,
	.input = CMD_LINES,
	.features = CMD_SELECTS | CMD_LIMITS_N,
	.minimum = 1,
	.arguments = 1,
	.instead = "file",
	.state_size = sizeof(struct filter),
	.start = start,
	.event = event,
	.end = end,
	.release = release,
};

int
main(int argc, char **argv)
{
	return cmd_main(&ev_filter, argc, argv);
}
