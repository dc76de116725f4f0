/*
 * expreval: runs nodes over an event.
 *
 * Outputs come in jq's order, errors are jq's. Where a value cannot be answered exactly as jq would, the
 * evaluation stops with EXPREVAL_PUNT and is redone by libjq from the start. Nothing is decoded or copied that
 * need not be; what is made lives in the event's scratch.
 */
#ifndef EVENT_EXPREVAL_H
#define EVENT_EXPREVAL_H

#include "event/event.h"
#include "event/exprnode.h"

enum { EXPREVAL_STOP = 1, EXPREVAL_ERROR = -1, EXPREVAL_PUNT = -2 };

struct expreval {
	struct event *ev;
	struct arena *scratch;
	struct exprval_pool *pool;
	struct err *err;
};

/* Takes an output: 0 to go on, EXPREVAL_STOP, or a failure to pass on. */
typedef int expreval_fn(void *ctx, const struct exprval *v);

/* The one output of a single node. 0, EXPREVAL_ERROR, EXPREVAL_PUNT. */
int expreval_one(struct expreval *x, const struct exprnode *n, const struct exprval *in,
	struct exprval *out);
/* Every output of any node. 0, what fn returned, or a failure. */
int expreval_each(struct expreval *x, const struct exprnode *n, const struct exprval *in,
	expreval_fn *fn, void *ctx);

#endif
