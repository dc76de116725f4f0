/* launch: the start of a run: descriptors, values of options, environment, sources. */
#ifndef CLI_LAUNCH_H
#define CLI_LAUNCH_H

#include "cli/driver.h"

/* Before anything is opened. */
void launch_descriptors(void);
/* Options are parsed into d->parser; afterwards the program's start has run and its input stands ready. */
int launch_start(struct driver *d, struct err *err);

#endif
