/*
 * exprarith: + - * / % of the native engine.
 *
 * Numbers are computed where both operands and the result are small integers, so that no double is involved and
 * none of jq's roundings; strings and arrays are joined; null is the zero of +. Operands that have no such
 * operation are jq's error; all else punts.
 */
#ifndef EVENT_EXPRARITH_H
#define EVENT_EXPRARITH_H

#include "event/expreval.h"

/* op: one of + - * / %. 0, EXPREVAL_ERROR, EXPREVAL_PUNT. */
int exprarith_apply(struct expreval *x, unsigned op, const struct exprval *a,
	const struct exprval *b, struct exprval *out);
int exprarith_negate(struct expreval *x, const struct exprval *a, struct exprval *out);

#endif
