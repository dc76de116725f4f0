/* cmd: how a run starts and how it ends, and what handlers may call. */
#include "cli/cmd.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/bad.h"
#include "cli/diag.h"
#include "cli/help.h"
#include "cli/in.h"
#include "cli/launch.h"
#include "cli/loop.h"
#include "cli/parallel.h"
#include "cli/sigs.h"
#include "io/durable.h"

#define FILE_MAX ((size_t)16 << 20)

/* --- what handlers call ------------------------------------------------------------------------ */

int
cmd_line(struct cmd_run *run, struct err *err)
{
	struct driver *d = driver_of(run);

	if (likely(d->out.b.n < WRITER_FULL) || d->cmd->idle)
		return 0;
	return cmd_flush(run, err);
}

int
cmd_flush(struct cmd_run *run, struct err *err)
{
	struct driver *d = driver_of(run);

	if (!writer_flush(&d->out, err))
		return bad_flush(d, err);
	d->closed_pipe = strcmp(err->code, "epipe") == 0;
	return -1;
}

void
cmd_wake(struct cmd_run *run, int64_t deadline_ns)
{
	driver_of(run)->wake_ns = deadline_ns;
}

void
cmd_hold(struct cmd_run *run, int64_t due_ns)
{
	driver_of(run)->hold_ns = due_ns;
}

void
cmd_watch(struct cmd_run *run, int fd, cmd_watch_fn *fn, void *ctx)
{
	struct driver *d = driver_of(run);

	assert(d->watch_count < DRIVER_WATCHES);
	d->watches[d->watch_count++] = (struct driver_watch){fd, fn, ctx};
}

void
cmd_unwatch(struct cmd_run *run, int fd)
{
	struct driver *d = driver_of(run);

	for (size_t i = 0; i < d->watch_count; i++) {
		if (d->watches[i].fd == fd) {
			d->watches[i] = d->watches[--d->watch_count];
			return;
		}
	}
}

void
cmd_source(struct cmd_run *run, struct source *s)
{
	driver_of(run)->source = s;
}

struct source *
cmd_open(struct cmd_run *run, const char *path)
{
	struct driver *d = driver_of(run);
	char **files = arena_get(&d->kept, 2 * sizeof(*files));

	files[0] = arena_string(&d->kept, span_str(path));
	files[1] = NULL;
	return in_new(files, 1, run->max_line);
}

struct source *
cmd_merge(struct cmd_run *run, char *const *files, size_t count, uint64_t max_buffer)
{
	return parallel_new(files, count,
		&(struct parallel_conf){.timing = &run->timing,
			.max_line = run->max_line,
			.max_buffer = (size_t)max_buffer});
}

const char *
cmd_read(struct cmd_run *run, const char *path, struct err *err)
{
	struct driver *d = driver_of(run);
	char *content, *kept;
	size_t n;

	if (durable_read(path, FILE_MAX, &content, &n, err))
		return NULL;
	if (strlen(content) != n) {
		alloc_free(content);
		err_usage(err, "%s: a NUL byte in it", path);
		return NULL;
	}
	kept = arena_string(&d->kept, span_of(content, n));
	alloc_free(content);
	return kept;
}

struct cmd_spot
cmd_spot(struct cmd_run *run, struct arena *kept)
{
	return bad_keep(driver_of(run), kept);
}

int
cmd_bad(struct cmd_run *run, const struct cmd_spot *spot, const struct err *why, struct err *err)
{
	return bad_spot(driver_of(run), spot, why, err);
}

const struct tally *
cmd_counts(const struct cmd_run *run)
{
	const struct driver *d = run->private;

	return &d->tally;
}

const char *
cmd_print(struct cmd_run *run, const char *fmt, ...)
{
	struct driver *d = driver_of(run);
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return "";
	text = arena_get(&d->kept, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}

size_t
cmd_files(struct cmd_run *run, char ***files)
{
	static char dash[] = "-";
	static char *only_stdin[] = {dash, NULL};
	struct driver *d = driver_of(run);
	size_t n = d->parser.operand_count - run->argument_count;

	if (n == 0 && d->cmd->arguments != SIZE_MAX) {
		*files = only_stdin;
		return 1;
	}
	*files = d->parser.operands + run->argument_count;
	return n;
}

bool
cmd_given(const struct cmd_run *run, const char *name)
{
	const struct driver *d = run->private;

	return opt_given(&d->parser, name);
}

void
cmd_warn(struct cmd_run *run, const char *fmt, ...)
{
	struct driver *d = driver_of(run);
	char text[ERR_TEXT_MAX];
	va_list ap;

	if (d->warnings++ >= DRIVER_REPORTS)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_warn("%s", text);
}

void
cmd_status(struct cmd_run *run, int status)
{
	struct driver *d = driver_of(run);

	d->status = err_worse(d->status, status);
}

void
cmd_watermark(struct cmd_run *run, int64_t watermark_ms)
{
	struct driver *d = driver_of(run);

	d->tally.watermark_ms = watermark_ms;
	if (d->ev.has_time)
		d->tally.newest_ms = MAX(d->tally.newest_ms, d->ev.time_ms);
}

void
cmd_keys(struct cmd_run *run, uint64_t keys)
{
	driver_of(run)->tally.keys = keys;
}

void
cmd_used(struct cmd_run *run, int64_t lines, int64_t bytes)
{
	struct driver *d = driver_of(run);

	d->tally.in += lines;
	d->tally.used += lines;
	d->tally.bytes_in += bytes;
}

int64_t
cmd_now_ms(const struct cmd_run *run)
{
	(void)run;
	return clock_wall_ms();
}

bool
cmd_stopping(const struct cmd_run *run)
{
	(void)run;
	return sigs_number() != 0;
}

/* --- the end ----------------------------------------------------------------------------------- */

static int
finish(struct driver *d, struct err *err)
{
	if (d->cmd->end && d->cmd->end(&d->run, d->state, err))
		return -1;
	if (loop_flush(d, err))
		return -1;
	if (close(1) < 0 && errno != EBADF)
		return err_system(err, "stdout");
	return 0;
}

static void
report(struct driver *d)
{
	struct buf b;

	if (d->common.progress)
		diag_raw(SPAN("\r\033[K"));
	bad_close(d);
	d->tally.bytes_out = d->out.written;
	if (d->common.stats) {
		buf_init(&b, 4096);
		tally_line(&d->tally, clock_mono_ns(), &b);
		diag_say("%.*s", (int)b.n, b.p);
		buf_release(&b);
	}
	if (driver_wants_metrics(d))
		loop_metrics(d);
}

/*
 * After a failure: what was answered before it goes out all the same, to the last whole line. That nobody reads
 * it any more does not silence the failure.
 */
static void
keep_answers(struct driver *d)
{
	struct buf *b = &d->out.b;
	struct err ignored;

	if (d->closed_pipe)
		return;
	while (b->n && b->p[b->n - 1] != '\n')
		b->n--;
	(void)loop_flush(d, &ignored);
	d->closed_pipe = false;
}

static int
run_all(struct driver *d, struct err *err)
{
	if (launch_start(d, err))
		return -1;
	if (d->common.explain)
		return loop_flush(d, err);
	if ((d->source && loop_run(d, err)) || finish(d, err)) {
		keep_answers(d);
		return -1;
	}
	return 0;
}

static void
release(struct driver *d)
{
	struct err ignored;

	if (d->cmd->release && d->state)
		d->cmd->release(&d->run, d->state);
	if (d->source)
		d->source->close(d->source);
	if (d->cmd->features & CMD_DERIVES)
		build_stage_release(&d->run.stage);
	if (d->bad_out.name)
		writer_release(&d->bad_out, &ignored);
	if (d->late_out.name)
		writer_release(&d->late_out, &ignored);
	opt_release(&d->parser);
	for (size_t i = 0; i < d->run.env.count; i++)
		alloc_free((void *)(uintptr_t)d->args[i].json.p);
	alloc_free(d->args);
	d->out.b.n = 0;
	writer_release(&d->out, &ignored);
	doc_release(&d->doc);
	arena_release(&d->scratch);
	arena_release(&d->kept);
	alloc_free(d->state);
}

/* What is printed without running: --help, --version, --describe. 1 printed, 0 not asked. */
static int
print_about(struct driver *d)
{
	if (opt_given(&d->parser, "help"))
		help_put(&d->out.b, d->parent, d->cmd, d->common_rows);
	else if (opt_given(&d->parser, "describe"))
		help_describe(&d->out.b, d->parent, d->cmd, d->common_rows);
	else if (opt_given(&d->parser, "version"))
		buf_print(&d->out.b, "%s %s\n", d->parent ? d->parent->name : d->cmd->name,
			EV_VERSION);
	else
		return 0;
	return 1;
}

/* No command was named: says which there are. */
static int
need_command(struct driver *d, struct err *err)
{
	const char *names = "";

	for (size_t i = 0; d->cmd->subs[i]; i++)
		names = cmd_print(&d->run, "%s%s%s", names, i ? ", " : "", d->cmd->subs[i]->name);
	return err_usage(err, "a command is needed: %s", names);
}

static int
run_command(struct driver *d, int argc, char **argv, struct err *err)
{
	int r = opt_parse(&d->parser, argc, argv, err);

	if (r == 0 && print_about(d))
		r = writer_flush(&d->out, err);
	else if (r == 0 && d->cmd->subs)
		r = need_command(d, err);
	else if (r == 0)
		r = run_all(d, err);
	if (r && !d->closed_pipe) {
		if (strcmp(err->code, "usage") == 0)
			diag_error("%s; see %s --help", err->text,
				d->parent ? d->parent->name : d->cmd->name);
		else
			diag_error("%s", err->text);
		d->status = err_worse(d->status, (int)err->kind);
	} else if (d->lost_reader && !sigs_number())
		d->closed_pipe = true;
	if (!d->closed_pipe && d->tally.start_ns)
		report(d);
	return d->status;
}

/* The command that argv[1] names, when cmd has some; else cmd itself. */
static const struct cmd *
choose(const struct cmd *cmd, int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && cmd->subs && cmd->subs[i]; i++)
		if (strcmp(argv[1], cmd->subs[i]->name) == 0)
			return cmd->subs[i];
	return cmd;
}

int
cmd_main(const struct cmd *cmd, int argc, char **argv)
{
	struct driver *d;
	struct err err;
	bool closed_pipe;
	int status;

	launch_descriptors();
	alloc_name(cmd->name);
	diag_name(cmd->name);
	err_clear(&err);
	d = alloc_zero(sizeof(*d));
	d->cmd = choose(cmd, argc, argv);
	d->parent = d->cmd == cmd ? NULL : cmd;
	if (cmd->subs && !d->parent && argc > 1 && argv[1][0] != '-') {
		diag_error("unknown command '%.100s'; see %s --help", argv[1], cmd->name);
		alloc_free(d);
		return ERR_USAGE;
	}
	common_rows(d->cmd, d->common_rows);
	d->state = alloc_zero(d->cmd->state_size);
	d->parser.sets[0] = (struct opt_set){d->cmd->options, d->state};
	d->parser.sets[1] = (struct opt_set){d->common_rows, &d->common};
	d->parser.set_count = 2;
	writer_init(&d->out, 1, "stdout");
	doc_init(&d->doc, DOC_KERNEL_BEST);
	arena_init(&d->scratch);
	arena_init(&d->kept);
	d->ev = (struct event){.doc = &d->doc, .scratch = &d->scratch, .input = "-"};
	d->run = (struct cmd_run){.cmd = d->cmd,
		.name = cmd->name,
		.out = &d->out.b,
		.scratch = &d->scratch,
		.private = d};
	d->wake_ns = d->grace_ns = INT64_MAX;
	d->hold_ns = INT64_MIN;
	tally_start(&d->tally, clock_mono_ns());
	status = run_command(d, d->parent ? argc - 1 : argc, d->parent ? argv + 1 : argv, &err);
	closed_pipe = d->closed_pipe;
	release(d);
	alloc_free(d);
	if (closed_pipe)
		sigs_raise(SIGPIPE);
	if (sigs_number())
		sigs_raise(sigs_number());
	return status;
}
