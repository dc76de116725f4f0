/* bad: what becomes of lines that are bad or late: a message, a dead letter, the end. */
#ifndef CLI_BAD_H
#define CLI_BAD_H

#include "cli/driver.h"

/* Opens the files of --on-bad and --on-late; again after HUP. */
int bad_open(struct driver *d, struct err *err);
/* Both return 0 to go on, -1 to end the run with err. why is the reason; the line is d->ev. */
int bad_line(struct driver *d, const struct err *why, int64_t full_length, struct err *err);
int bad_late(struct driver *d, int64_t lateness_ms, struct err *err);
/* A line that is kept: cmd_spot and cmd_bad of cmd.h. */
struct cmd_spot bad_keep(struct driver *d, struct arena *kept);
int bad_spot(struct driver *d, const struct cmd_spot *spot, const struct err *why, struct err *err);
int bad_flush(struct driver *d, struct err *err);
/* Closing messages: how many more bad lines, the late ones. */
void bad_close(struct driver *d);

#endif
