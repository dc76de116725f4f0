/*
 * clock: the only file that reads a clock.
 *
 * EV_NOW (an RFC 3339 time or epoch milliseconds) freezes the wall clock, for tests.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/base.h"

int64_t clock_wall_ms(void);
int64_t clock_mono_ns(void);
/* The monotonic time in ms milliseconds; INT64_MAX, which is never, where that would be past the end of the range. */
int64_t clock_deadline_ns(int64_t ms);

#endif
