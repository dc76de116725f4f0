/*
 * common: the options that the driver gives to programs, and where they go.
 *
 * Which of them a program has follows from its input and its features; common_rows picks them from one table.
 */
#ifndef CLI_COMMON_H
#define CLI_COMMON_H

#include "cli/cmd.h"

struct common {
	struct opt_policy on_bad, on_late;
	const char *type, *name, *metrics, *tz;
	struct expr *where, *time;
	int time_unit;
	int64_t limit;
	uint64_t max_line, max_memory, max_keys;
	int64_t grace_ms;
	int64_t max_attempts;
	struct opt_list args, json_args;
	bool stats, progress, merge, redrive, flat, cloudevents;
	bool explain, help, version, describe;
};

enum common_bad { COMMON_BAD_SKIP, COMMON_BAD_FAIL, COMMON_BAD_DIVERT };
enum common_late { COMMON_LATE_DROP, COMMON_LATE_DIVERT };

#define COMMON_ROWS_MAX 40

/* Fills rows with those of cmd, OPT_END last. */
void common_rows(const struct cmd *cmd, struct opt rows[COMMON_ROWS_MAX]);

#endif
