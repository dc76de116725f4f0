/*
 * exprpath: .a.b[0] and .[] over the index of a text.
 *
 * null has every member and every item, all null; other values that cannot be looked into are an error, or with ?
 * no output. Objects give their values in the order of the text; one with a duplicated name punts, since jq
 * would merge the two.
 */
#ifndef EVENT_EXPRPATH_H
#define EVENT_EXPRPATH_H

#include "event/expreval.h"

/* The steps of n from v. For paths that are single. */
int exprpath_one(
	struct expreval *x, const struct exprnode *n, const struct exprval *v, struct exprval *out);
/*
 * The fast way of a path of names alone: the token it leads to, DOC_NONE for null. False: it leads through something
 * that is no object, or the value has no index.
 */
bool exprpath_token(const struct exprnode *n, const struct exprval *v, uint32_t *token);
int exprpath_each(struct expreval *x, const struct exprnode *n, const struct exprval *v,
	expreval_fn *fn, void *ctx);

#endif
