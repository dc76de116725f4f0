/*
 * diag: the only way to stderr.
 *
 * One line a message, "PROGRAM: SEVERITY: text". Control bytes, DEL, C1 controls and bidirectional overrides are
 * written as \xNN, whatever they came from, so data cannot steer a terminal. A line is one write(2).
 */
#ifndef CLI_DIAG_H
#define CLI_DIAG_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* The prefix; a string that lives as long as the process. */
void diag_name(const char *name);
void diag_error(const char *fmt, ...) PRINTF(1, 2);
void diag_warn(const char *fmt, ...) PRINTF(1, 2);
/* Without a severity: counters, progress reports. */
void diag_say(const char *fmt, ...) PRINTF(1, 2);
/* Appends text as messages have it: nothing in it steers a terminal. */
void diag_put_safe(struct buf *b, struct span text);
/* Raw bytes to stderr, for the progress bar. */
void diag_raw(struct span s);
/* "FILE: line N, byte N: text" of an error in an input line; byte is counted from 1 and left out below 0. */
void diag_at(const char *input, int64_t line_no, int64_t byte, const char *text);

#endif
