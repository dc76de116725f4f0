/*
 * exprmake: [..] and {..}, written as JSON texts into the scratch.
 *
 * They are indexed only if somebody looks inside them.
 */
#ifndef EVENT_EXPRMAKE_H
#define EVENT_EXPRMAKE_H

#include "event/expreval.h"

/* All outputs of n->a as one array. */
int exprmake_array(struct expreval *x, const struct exprnode *n, const struct exprval *in,
	struct exprval *out);
/* An object for each output of the one pair that may have several. */
int exprmake_object(struct expreval *x, const struct exprnode *n, const struct exprval *in,
	expreval_fn *fn, void *ctx);

#endif
