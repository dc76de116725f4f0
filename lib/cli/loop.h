/* loop: the middle of a run: lines in, verdicts counted, output flushed before the program blocks. */
#ifndef CLI_LOOP_H
#define CLI_LOOP_H

#include "cli/driver.h"

/* Until the source ends, a handler stops, or a signal does. -1: the run has failed. */
int loop_run(struct driver *d, struct err *err);
/* idle, then everything that waits is written. */
int loop_flush(struct driver *d, struct err *err);
/* The metrics file, when it is wanted. */
void loop_metrics(struct driver *d);

#endif
