/* help: what the option tables say to people (--help) and to programs (--describe, NDJSON). */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "base/buf.h"
#include "cli/cmd.h"

/* parent is the program of a subcommand, else NULL. */
void help_put(
	struct buf *b, const struct cmd *parent, const struct cmd *cmd, const struct opt *common);
/*
 * {"program":…,"purpose":…,"usage":…}, then a line for each option:
 * {"program":…,"command":…,"option":"--where","letter":"w","arg":"EXPR","type":"expr","default":null,
 * "common":true,"help":…}; for a program with subcommands all of theirs.
 */
void help_describe(
	struct buf *b, const struct cmd *parent, const struct cmd *cmd, const struct opt *common);

#endif
