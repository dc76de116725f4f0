/*
 * when: points in time as text and as integer milliseconds since 1970-01-01T00:00:00Z.
 *
 * RFC 3339 in, with these readings: 'T' and 'Z' in either case, a space for the 'T', any number of
 * fraction digits (floored to milliseconds), offsets to the minute. Second 60 is accepted where a leap
 * second can be (23:59 UTC on the last day of a month) and read as the first moment of the next day.
 * Years 0000 to 9999. Written times are UTC with 'Z' and a fraction of three digits only when it is
 * not zero. The day number follows Howard Hinnant, "chrono-compatible low-level date algorithms".
 */
#ifndef BASE_WHEN_H
#define BASE_WHEN_H

#include "base/err.h"
#include "base/span.h"

#define WHEN_MAX 32 /* bytes that when_put needs, the NUL included */

/* The whole span is one RFC 3339 date-time. -1 when it is not; *ms is then untouched. */
int when_parse(struct span s, int64_t *ms);
/* Writes the text and a NUL; returns the length. Outside the years 0000 to 9999: the integer. */
size_t when_put(char out[WHEN_MAX], int64_t ms);
/*
 * TIME of the command line (DESIGN section 4): RFC 3339; a date or date-time without zone, which is
 * UTC or in tz (an IANA name, NULL for UTC); an integer (epoch milliseconds); now, today; -2h, +5m
 * (relative to now_ms).
 */
int when_option(struct span s, int64_t now_ms, const char *tz, int64_t *ms, struct err *err);
/* Days since 1970-01-01 of a proleptic Gregorian date. */
int64_t when_days(int64_t year, unsigned month, unsigned day);

#endif
