/* launch: from parsed options to a program that is ready to read. */
#include "cli/launch.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "cli/bad.h"
#include "cli/diag.h"
#include "cli/in.h"
#include "cli/memory.h"
#include "cli/sigs.h"
#include "json/text.h"

#define NAME_BYTES 100
#define MERGE_BYTES ((size_t)256 << 20) /* of pipes that are ahead of others */

/*
 * A descriptor of 0 to 2 that is closed would be given to the next file opened. What takes its place fails as
 * a closed one does: 0 cannot be read, 1 cannot be written; 2 is silent.
 */
void
launch_descriptors(void)
{
	static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
			return;
}

static void
note_expr(void *ctx, const struct expr *e)
{
	struct driver *d = ctx;

	if (!d->common.explain)
		return;
	buf_print(&d->out.b, "%s\t%s\n", expr_text(e), expr_explain(e));
}

/* --arg and --argjson as JSON texts in the environment of every expression. */
static int
set_args(struct driver *d, struct err *err)
{
	struct opt_list *lists[] = {&d->common.args, &d->common.json_args};
	size_t n = 0;

	d->args = alloc_array((lists[0]->count + lists[1]->count) / 2, sizeof(*d->args));
	for (size_t l = 0; l < 2; l++) {
		for (size_t i = 0; i + 1 < lists[l]->count; i += 2) {
			struct span value = span_str(lists[l]->items[i + 1].text);
			struct buf b;

			if (l == 0 && utf8_check(value) < value.n)
				return err_usage(err, "--arg %s: '%.100s' is not valid UTF-8",
					lists[l]->items[i].text, value.p);
			buf_init(&b, 8 * value.n + 8);
			if (l == 0)
				text_put(&b, value);
			else
				buf_span(&b, value);
			buf_room(&b, 1);
			d->args[n++] = (struct expr_arg){lists[l]->items[i].text, buf_view(&b)};
			d->run.env = (struct expr_env){d->args, n, note_expr, d};
			if (doc_parse(&d->doc, buf_view(&b), err)) {
				err->kind = ERR_USAGE;
				return err_prefix(err, "--argjson %s", lists[l]->items[i].text);
			}
		}
	}
	d->run.env = (struct expr_env){d->args, n, note_expr, d};
	return 0;
}

static int
take_operands(struct driver *d, struct err *err)
{
	const struct cmd *cmd = d->cmd;
	bool none = cmd->instead && opt_given(&d->parser, cmd->instead);
	size_t n = d->parser.operand_count;

	if (!none && n < cmd->minimum)
		return err_usage(err, "missing operand: %s %s%s%s",
			d->parent ? d->parent->name : cmd->name, d->parent ? cmd->name : "",
			d->parent ? " " : "", cmd->usage);
	d->run.arguments = d->parser.operands;
	d->run.argument_count = none ? 0 : MIN(n, cmd->arguments);
	if (cmd->input == CMD_NONE && n > d->run.argument_count)
		return err_usage(err, "unexpected operand '%.100s'",
			d->parser.operands[d->run.argument_count]);
	return 0;
}

/* Environment variables that stand for options. */
static void
read_environment(struct driver *d)
{
	const char *stats = getenv("EV_STATS"), *dir = getenv("EV_METRICS");

	if (stats && strcmp(stats, "1") == 0)
		d->common.stats = true;
	if (dir && *dir && !d->common.metrics)
		d->common.metrics = cmd_print(&d->run, "%s/%s.prom", dir, d->run.name);
}

/* It becomes a file name, a prefix of messages and a source of events. */
static int
check_name(const char *name, struct err *err)
{
	size_t n = strlen(name);

	if (n == 0 || n > NAME_BYTES || name[0] == '.' || strchr(name, '/') ||
		utf8_check(span_of(name, n)) < n)
		return err_usage(err,
			"--name: '%.100s' is no name of 1 to %d bytes without '/' and without '.' "
			"in front",
			name, NAME_BYTES);
	return 0;
}

static int
set_options(struct driver *d, struct err *err)
{
	if (opt_apply(&d->parser, opt_last(&d->parser, "tz"), clock_wall_ms(), err))
		return -1;
	if (d->common.name && check_name(d->common.name, err))
		return -1;
	if (d->common.name)
		d->run.name = d->common.name;
	diag_name(d->run.name);
	if (!d->common.max_memory)
		d->common.max_memory = memory_default();
	d->run.max_memory = d->common.max_memory;
	d->run.max_keys = d->common.max_keys;
	d->run.max_line = d->common.max_line ? d->common.max_line : (uint64_t)4 << 20;
	d->common.progress = d->common.progress && isatty(2);
	read_environment(d);
	if (set_args(d, err) || opt_compile(&d->parser, &d->run.env, err) || take_operands(d, err))
		return -1;
	d->run.timing = (struct timing){d->common.time, (enum timing_unit)d->common.time_unit};
	return 0;
}

/* What defines the results of a stage: every option and argument but those of the driver's own business. */
static void
start_stage(struct driver *d)
{
	static const char *const ours[] = {
		"type", "where", "time", "time-unit", "arg", "argjson", NULL};
	struct buf b;

	buf_init(&b, 1 << 20);
	opt_put_uses(&d->parser, d->state, NULL, &b);
	opt_put_uses(&d->parser, &d->common, ours, &b);
	for (size_t i = 0; i < d->run.argument_count; i++)
		buf_print(&b, " %s", d->run.arguments[i]);
	build_stage_init(&d->run.stage, span_str(d->run.name), buf_view(&b));
	d->run.stage.flat = d->common.flat;
	d->run.stage.cloudevents = d->common.cloudevents;
	buf_release(&b);
}

/* The operands one after another, or merged by event time. */
static void
open_operands(struct driver *d)
{
	char **files;
	size_t n = cmd_files(&d->run, &files);

	d->source = d->common.merge && n > 1 ? cmd_merge(&d->run, files, n, MERGE_BYTES)
					     : in_new(files, n, d->run.max_line);
}

int
launch_start(struct driver *d, struct err *err)
{
	if (set_options(d, err) || sigs_start(err) || bad_open(d, err))
		return -1;
	if (d->cmd->features & CMD_DERIVES)
		start_stage(d);
	if (d->cmd->start && d->cmd->start(&d->run, d->state, err))
		return -1;
	if (d->cmd->input == CMD_LINES && !d->source)
		open_operands(d);
	d->ended_by_stop = opt_given(&d->parser, "limit") && d->common.limit == 0;
	arena_reset(&d->scratch);
	return 0;
}
