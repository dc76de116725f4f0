/*
 * number: JSON numbers as they are written, compared exactly.
 *
 * number_compare works on the digits as they stand in the text, so it is exact for any number of them.
 * Exponents from 10^36 on, either way, are taken for 10^36.
 *
 * All but number_length take text that is a number by JSON's grammar.
 */
#ifndef JSON_NUMBER_H
#define JSON_NUMBER_H

#include "base/buf.h"
#include "base/span.h"

/* Length of the number at the front of s by RFC 8259's grammar, 0 when there is none. */
size_t number_length(struct span s);
int number_compare(struct span a, struct span b); /* -1, 0, 1 */
/* 1, 1.0 and 10e-1 are the same number: one canonical text for all, for keys and sets. */
void number_put_canonical(struct buf *b, struct span raw);
double number_to_double(struct span raw); /* nearest; beyond the range ±DBL_MAX, as jq reads it */

#endif
