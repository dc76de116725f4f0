/*
 * dec: exact decimal numbers, coefficient * 10^exponent.
 *
 * The coefficient is a 128-bit integer, so integers of up to 38 digits and money never lose a digit.
 * An operation that would need more (a product: before its trailing zeros are dropped) says so by
 * returning false; the caller then goes on in double and says so in its result. Values are kept reduced
 * (no trailing zeros in the coefficient; 0 is 0e0), so equal numbers have equal members.
 */
#ifndef BASE_DEC_H
#define BASE_DEC_H

#include "base/buf.h"

struct dec {
	int128 coefficient;
	int32_t exponent;
};

#define DEC_ZERO ((struct dec){0, 0})

struct dec dec_i64(int64_t v);
/* Text in JSON's number grammar (already checked). False: it does not fit exactly; *out untouched. */
bool dec_parse(struct span text, struct dec *out);
bool dec_add(struct dec a, struct dec b, struct dec *out);
bool dec_sub(struct dec a, struct dec b, struct dec *out);
bool dec_mul(struct dec a, struct dec b, struct dec *out);
int dec_compare(struct dec a, struct dec b); /* exact, whatever the exponents */
bool dec_to_i64(struct dec d, int64_t *out); /* false: not an integer, or out of range */
double dec_to_double(struct dec d);
/* Plain digits where that is short (up to 39 digits, as 1200 or 0.05), else 12e40. */
void dec_put(struct buf *b, struct dec d);
/*
 * A double in the shortest form that reads back as the same double. Not finite: null. Integers below
 * 1e17 have no exponent and no fraction.
 */
void dec_put_double(struct buf *b, double v);

#endif
