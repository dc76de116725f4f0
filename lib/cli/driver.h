/*
 * driver: the inside of the driver, shared by cmd.c (start and end), loop.c (the middle) and bad.c (what could not
 * be handled). Nobody else includes it.
 */
#ifndef CLI_DRIVER_H
#define CLI_DRIVER_H

#include "cli/common.h"
#include "cli/dead.h"
#include "cli/tally.h"
#include "io/writer.h"

#define DRIVER_WATCHES 64
#define DRIVER_REPORTS 10 /* bad lines named one by one */

struct driver_watch {
	int fd;
	cmd_watch_fn *fn;
	void *ctx;
};

struct driver {
	struct cmd_run run; /* first: the handlers' view */
	const struct cmd *cmd, *parent;
	struct opt common_rows[COMMON_ROWS_MAX];
	struct common common;
	struct opt_parser parser;
	struct expr_arg *args;
	void *state;

	struct source *source;
	bool source_ended;
	struct writer out, bad_out, late_out;
	struct doc doc;
	struct event ev;
	struct arena scratch;
	struct arena kept; /* lives as long as the run */

	struct tally tally;
	int status;
	bool ended_by_stop, closed_pipe; /* CMD_STOP or -n; EPIPE on stdout */
	bool lost_reader;          /* nobody reads stdout any more, as was seen while waiting */
	int64_t wake_ns, grace_ns; /* deadlines; INT64_MAX: none */
	int64_t hold_ns,
		clock_ns; /* when the line at hand may go; the clock when last read for it */
	int64_t read_ns, metrics_ns, progress_ns;
	int64_t in_told; /* events whose latency is counted */
	struct driver_watch watches[DRIVER_WATCHES];
	size_t watch_count;

	struct dead_opened letter; /* --redrive: what the line at hand was taken from */
	bool has_letter;
	int64_t warnings;
};

static inline struct driver *
driver_of(struct cmd_run *run)
{
	return run->private;
}

static inline bool
driver_wants_metrics(const struct driver *d)
{
	return d->common.metrics != NULL;
}

#endif
