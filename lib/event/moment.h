/*
 * moment: a point in time as events write it: an RFC 3339 string, or a number since the epoch.
 *
 * Milliseconds come out; what is finer is floored. A number is read exactly, fractions too.
 */
#ifndef EVENT_MOMENT_H
#define EVENT_MOMENT_H

#include "event/value.h"

/* The number counts units of 10^shift milliseconds: 3 is seconds, -6 nanoseconds. -1: not a time; *ms untouched. */
int moment_read(struct value v, int shift, struct arena *scratch, int64_t *ms);

#endif
