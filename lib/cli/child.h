/*
 * child: a shell command that reads what we write.
 *
 * The text is the operator's own and goes to "/bin/sh -c" as it is; data never becomes part of it. The child's
 * standard input is a pipe; its standard output and error are ours; every other descriptor of ours is
 * close-on-exec. It starts with no signal blocked and with the default SIGPIPE and SIGXFSZ, which the driver
 * ignores for itself.
 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include "base/err.h"

#include <sys/types.h>

struct child {
	pid_t pid; /* 0: none */
	int fd;    /* the writing end of its standard input; -1 when closed */
};

/* topic: the value of EV_TOPIC in its environment. */
int child_start(struct child *c, const char *command, const char *topic, struct err *err);
void child_close(struct child *c);
/* Closes, and waits for its end. -1, code "child": it failed; the text is "exit status N" or "killed by signal N". */
int child_wait(struct child *c, struct err *err);

#endif
