/*
 * sigs: signals become flags, and a readable descriptor while the program waits.
 *
 * Handlers set a flag and write one byte into a pipe, nothing else. SIGPIPE and SIGXFSZ are ignored: the failed
 * write tells. A signal that was ignored when the program started stays ignored.
 */
#ifndef CLI_SIGS_H
#define CLI_SIGS_H

#include "base/err.h"

enum sigs_flag { SIGS_NONE = 0, SIGS_STOP = 1, SIGS_AGAIN = 2, SIGS_RELOAD = 4, SIGS_REPORT = 8 };

int sigs_start(struct err *err);
/* True when anything is pending; one load, for the hot loop. */
bool sigs_pending(void);
/* Flags since the last call; SIGS_AGAIN: a second INT or TERM. */
unsigned sigs_take(void);
/* The signal that asked for the end, 0 when none did. */
int sigs_number(void);
/* Readable when a signal has come. */
int sigs_fd(void);
/* Dies of signal n as if it had never been caught. */
_Noreturn void sigs_raise(int n);

#endif
