/*
 * glob: event type patterns, "user.*", "content.*,payment.processed".
 *
 * '*' is any run of bytes (dots included), '?' one byte, '[a-z]' and '[!a-z]' one of a set, '\' takes
 * the next byte literally. A list is split at commas.
 */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include "base/span.h"

bool glob_match(struct span pattern, struct span text);
bool glob_match_list(struct span patterns, struct span text);

#endif
