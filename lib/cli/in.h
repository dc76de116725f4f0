/*
 * in: operands as one source, read one after another as cat does.
 *
 * "-" is standard input. Line numbers and offsets start again with each file. A file that cannot be opened is an
 * error when its turn comes.
 */
#ifndef CLI_IN_H
#define CLI_IN_H

#include "event/source.h"

/* files: borrowed for the life of the source, NULL-terminated. max_line as the driver's. */
struct source *in_new(char *const *files, size_t count, size_t max_line);
/* No second thread for archives: for merges of many. Before the first next. */
void in_one_thread(struct source *s);

#endif
