/*
 * exprcall: the functions of the native engine, by name and number of arguments.
 *
 * Each is one output for one input and one argument, and answers as jq does, its errors included; where it
 * cannot (numbers that are not small integers, …) it punts.
 */
#ifndef EVENT_EXPRCALL_H
#define EVENT_EXPRCALL_H

#include "event/exprnode.h"

/* NULL: no such native function. */
exprnode_function *exprcall_find(struct span name, unsigned arguments);
/* The same for --explain and tests: can this constant pattern be matched without libjq? */
bool exprcall_is_literal_pattern(struct span decoded);

#endif
