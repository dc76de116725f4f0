/*
 * cmd: the driver. A program is a table of options and a handler; this is everything else.
 *
 *	static const struct cmd ev_filter = {
 *		.name = "ev-filter", .purpose = "pass the events for which an expression is true",
 *		.usage = "[options] EXPR [file ...]", .options = options, .input = CMD_LINES, .arguments = 1,
 *		.state_size = sizeof(struct filter), .start = start, .event = event,
 *	};
 *	int main(int argc, char **argv) { return cmd_main(&ev_filter, argc, argv); }
 *
 * Order of calls: options are parsed into a zeroed state, OPT_EXPR rows compiled; start; then event for each
 * line that is valid JSON and passes -t and -w (without an event handler they pass), idle before blocking and
 * before each flush between two events, tick at the deadline
 * set with cmd_wake; end once, after the last line or a signal (not after a failure); release always.
 * Verdicts are counted, so in = passed + used + dropped + late + bad holds by construction.
 *
 * Every function that returns int: 0, or -1 with err filled; -1 ends the run with err's status. event: BAD and
 * FAIL come with err filled; BAD goes to --on-bad, LATE to --on-late, FAIL ends the run.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "base/buf.h"
#include "cli/opt.h"
#include "cli/tally.h"
#include "event/build.h"
#include "event/event.h"
#include "event/expr.h"
#include "event/source.h"
#include "event/timing.h"

enum cmd_verdict {
	CMD_PASS, /* the driver writes the line as it came */
	CMD_USED, /* taken into the program's state, or answered by its own output */
	CMD_DROP, /* filtered on purpose */
	CMD_LATE,
	CMD_BAD,
	CMD_STOP, /* counted as used; no more input is wanted: end, status 0 */
	CMD_FAIL,
};

enum cmd_input {
	CMD_NONE,  /* reads nothing; start and end do the work */
	CMD_LINES, /* operands or stdin, a line each */
	CMD_OWN,   /* start calls cmd_source */
};

/* What the driver offers beyond the common options. */
enum cmd_feature {
	CMD_SELECTS = 1,  /* -t, -w */
	CMD_TIMES = 2,    /* --time, --time-unit; run->timing */
	CMD_LATES = 4,    /* --on-late */
	CMD_LIMITS_N = 8, /* -n, for sources: passed lines */
	CMD_DERIVES = 16, /* --flat, --cloudevents; run->stage is initialised */
	CMD_MERGES = 32,  /* --merge */
	CMD_OBJECTS = 64, /* a line that is no object is bad, code "object" */
};

struct cmd_run;

struct cmd {
	const char *name, *purpose, *usage;
	const struct opt *options; /* may be NULL */
	enum cmd_input input;
	unsigned features;
	/* Operands before the files: at least minimum, at most arguments of them are taken off; SIZE_MAX: all. */
	size_t minimum, arguments;
	const char *
		instead; /* an option that stands for the operands: when it is given none are taken */
	size_t state_size;
	const struct cmd *const *subs; /* NULL-terminated; the first operand chooses */

	int (*start)(struct cmd_run *run, void *state, struct err *err);
	enum cmd_verdict (*event)(
		struct cmd_run *run, void *state, struct event *ev, struct err *err);
	int (*idle)(struct cmd_run *run, void *state, struct err *err);
	int (*tick)(struct cmd_run *run, void *state, struct err *err);
	/* HUP without a terminal: read rules and reference data again, reopen output files. */
	int (*reload)(struct cmd_run *run, void *state, struct err *err);
	int (*end)(struct cmd_run *run, void *state, struct err *err);
	void (*release)(struct cmd_run *run, void *state);
};

/* What a handler may see and use. */
struct cmd_run {
	const struct cmd *cmd;
	const char *name;    /* --name, default the program's */
	struct expr_env env; /* for expr_new */
	char **arguments;    /* the taken operands */
	size_t argument_count;
	struct timing timing;     /* CMD_TIMES */
	struct build_stage stage; /* CMD_DERIVES */
	struct buf *out;          /* lines for stdout: build one, then cmd_line */
	struct arena *scratch;    /* reset after each handler call */
	uint64_t max_memory;      /* bytes; 0: no limit */
	uint64_t max_keys;
	uint64_t max_line;
	bool raw;      /* set by start: lines are not parsed, and pass, unless -t or -w need it */
	bool quiet;    /* set by start: bad lines are counted, not reported */
	void *private; /* the driver's */
};

/* A line that was taken, kept for as long as it may still turn out to be bad. */
struct cmd_spot {
	const char *input;
	int64_t line_no, offset;
	struct span line, body;
	int64_t attempts; /* of the dead letter that it came from; 0: from none */
	struct span first;
};

int cmd_main(const struct cmd *cmd, int argc, char **argv);

/* After each complete line in run->out. Writes when enough waits. */
int cmd_line(struct cmd_run *run, struct err *err);
/* Writes out what waits now (ev-table's redraw, acknowledgements), dead letters too. */
int cmd_flush(struct cmd_run *run, struct err *err);
/* tick is called once the monotonic clock has reached this; INT64_MAX: never. */
void cmd_wake(struct cmd_run *run, int64_t deadline_ns);
/*
 * Called by event before it answers CMD_PASS: the line is written once the monotonic clock has reached due_ns. What
 * was written before is flushed, nothing is read meanwhile. INT or TERM ends the run; the line is then dropped.
 */
void cmd_hold(struct cmd_run *run, int64_t due_ns);
/* fn is called when fd is readable (or its peer is gone). fd -1 … cmd_unwatch. At most 64. */
typedef int cmd_watch_fn(struct cmd_run *run, void *ctx, int fd, struct err *err);
void cmd_watch(struct cmd_run *run, int fd, cmd_watch_fn *fn, void *ctx);
void cmd_unwatch(struct cmd_run *run, int fd);
/* The input of a CMD_OWN program; the driver closes it. */
void cmd_source(struct cmd_run *run, struct source *s);
/* A source over one operand (path or "-"), as CMD_LINES would open it. */
struct source *cmd_open(struct cmd_run *run, const char *path);
/*
 * A source over several operands merged by event time (event/merge.h; merge_time tells it of the line at hand). What
 * is held of pipes that are ahead of others takes max_buffer bytes of memory, then disk.
 */
struct source *cmd_merge(
	struct cmd_run *run, char *const *files, size_t count, uint64_t max_buffer);
/* Files that come after the taken operands; "-" alone when there are none. */
size_t cmd_files(struct cmd_run *run, char ***files);
/* Was the option on the command line or in an @FILE? */
bool cmd_given(const struct cmd_run *run, const char *name);
/* One line on stderr, "NAME: warning: …"; counted against the ten-message limit by its code. */
void cmd_warn(struct cmd_run *run, const char *fmt, ...) PRINTF(2, 3);
/* Raises the exit status at the end (5, 3, 4, 1 in that order). */
void cmd_status(struct cmd_run *run, int status);
/* Notes the watermark for --stats and --metrics, and the lateness of late events for the closing warning. */
void cmd_watermark(struct cmd_run *run, int64_t watermark_ms);
/* Counts lines, and their bytes, that the program's own source has used up without giving them. */
void cmd_used(struct cmd_run *run, int64_t lines, int64_t bytes);
/* The number of keys a program holds, for metrics. */
void cmd_keys(struct cmd_run *run, uint64_t keys);
/*
 * A whole small file (at most 16 MiB, no NUL byte) as text that lives as long as the run; NULL, and err, on failure.
 */
const char *cmd_read(struct cmd_run *run, const char *path, struct err *err);
/* Called by event: the line at hand, its bytes copied into kept. */
struct cmd_spot cmd_spot(struct cmd_run *run, struct arena *kept);
/* A line that was counted as used is bad after all, for the reason why: as if event had answered CMD_BAD for it. */
int cmd_bad(
	struct cmd_run *run, const struct cmd_spot *spot, const struct err *why, struct err *err);
/* What the driver has counted so far. */
const struct tally *cmd_counts(const struct cmd_run *run);
/* Text that lives as long as the run. */
const char *cmd_print(struct cmd_run *run, const char *fmt, ...) PRINTF(2, 3);
int64_t cmd_now_ms(const struct cmd_run *run);
/* A signal has asked for the end; long loops in handlers look here. */
bool cmd_stopping(const struct cmd_run *run);

#endif
