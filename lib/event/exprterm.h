/*
 * exprterm: what stands between the operators of an expression: constants, variables, calls, [..] and {..}, and
 * paths behind any of them.
 *
 * The state of a parse is here, since terms and operators contain each other: exprparse has the operators.
 */
#ifndef EVENT_EXPRTERM_H
#define EVENT_EXPRTERM_H

#include "event/exprlex.h"
#include "event/exprparse.h"

struct exprterm {
	struct exprlex lex;
	struct arena *arena;
	const struct exprparse_arg *args;
	size_t arg_count;
	int depth, nodes;
	struct exprparse_result *out;
};

/* A term and the path behind it; NULL, and out->foreign set, where it is not native. */
struct exprnode *exprterm_postfix(struct exprterm *p);
/* Notes that the token at hand has no place here natively; the first obstacle counts. Returns NULL. */
struct exprnode *exprterm_refuse(struct exprterm *p);
/* A new node, single when its operands are. */
struct exprnode *exprterm_node(
	struct exprterm *p, enum exprnode_kind kind, struct exprnode *a, struct exprnode *b);
/* Steps over the operator if it is the token at hand. */
bool exprterm_take(struct exprterm *p, int op);

/* As expected at the token at hand; else refused, and false. */
bool exprterm_expect(struct exprterm *p, int op);
/* An obstacle at an earlier place, named by other bytes. */
struct exprnode *exprterm_refuse_at(struct exprterm *p, size_t at, struct span what, bool is_wrong);
struct exprnode *exprterm_constant(struct exprterm *p, struct exprval v);
/* At a string, at a variable. */
struct exprnode *exprterm_string(struct exprterm *p);
struct exprnode *exprterm_variable(struct exprterm *p);
/* The path n, or a path from the value n, with one step more. */
struct exprnode *exprterm_step(struct exprterm *p, struct exprnode *n, struct exprnode_step step);

#endif
