/*
 * durable: small files replaced whole or not at all, and output files opened safely.
 *
 * durable_replace writes DIR/.NAME.tmp, fsyncs it, renames it over path and fsyncs the directory, so that a
 * reader or a crash sees the old or the new content. With sync false the two fsyncs are left out
 * (metrics). durable_open_append opens an output file O_APPEND|O_CREAT|O_CLOEXEC, never truncates, and refuses
 * what is no regular file, fifo or character device.
 */
#ifndef IO_DURABLE_H
#define IO_DURABLE_H

#include "base/err.h"
#include "base/span.h"

/*
 * Could it be replaced? ERR_USAGE for what is no name of a file, or of what is no regular one, also behind a link. Leaves
 * nothing behind.
 */
int durable_check(const char *path, struct err *err);
int durable_replace(const char *path, struct span content, bool sync, struct err *err);
int durable_open_append(const char *path, struct err *err); /* the descriptor, or -1 */
/* Whole file into an allocated, NUL-terminated buffer (alloc_free); at most max bytes. */
int durable_read(const char *path, size_t max, char **content, size_t *n, struct err *err);

#endif
