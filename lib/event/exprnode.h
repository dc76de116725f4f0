/*
 * exprnode: an expression as a tree.
 *
 * Nodes are made by exprparse in the expression's own arena and never change, so one tree serves every
 * event. A node is *single* when it has exactly one output, or an error, for every input; most of what people
 * write is, and runs without callbacks.
 */
#ifndef EVENT_EXPRNODE_H
#define EVENT_EXPRNODE_H

#include "event/exprval.h"

enum exprnode_kind {
	EXPRNODE_PATH,    /* a: what it starts from (NULL: the input); steps */
	EXPRNODE_CONST,   /* constant */
	EXPRNODE_VAR,     /* which: enum exprnode_var */
	EXPRNODE_COMPARE, /* which: enum exprnode_order */
	EXPRNODE_ARITH,   /* which: one of + - * / % */
	EXPRNODE_NEGATE,
	EXPRNODE_AND,
	EXPRNODE_OR,
	EXPRNODE_ALT, /* a // b */
	EXPRNODE_COMMA,
	EXPRNODE_PIPE,
	EXPRNODE_SELECT,
	EXPRNODE_EMPTY,
	EXPRNODE_CALL,   /* function, a: its argument or NULL */
	EXPRNODE_IN,     /* IN(a) */
	EXPRNODE_MEMBER, /* in(a): a | has(the input) */
	EXPRNODE_ARRAY,  /* [a]; a NULL: empty */
	EXPRNODE_OBJECT, /* pairs */
};

enum exprnode_order {
	EXPRNODE_EQ,
	EXPRNODE_NE,
	EXPRNODE_LT,
	EXPRNODE_LE,
	EXPRNODE_GT,
	EXPRNODE_GE,
};

enum exprnode_var { EXPRNODE_TYPE, EXPRNODE_ID, EXPRNODE_KEY, EXPRNODE_TS, EXPRNODE_VARS };

struct exprnode_step {
	enum { EXPRNODE_NAME, EXPRNODE_INDEX, EXPRNODE_EACH } kind;
	bool optional; /* followed by ? */
	struct span name;
	int64_t index;
};

struct exprnode_pair {
	struct span name; /* JSON string */
	struct exprnode *value;
};

struct exprnode;
struct expreval;

/* One output from one input and one argument (NULL when it takes none). 0, or as expreval_one. */
typedef int exprnode_function(struct expreval *x, const struct exprval *in,
	const struct exprval *arg, struct exprval *out);

struct exprnode {
	enum exprnode_kind kind;
	unsigned which;
	bool single;
	bool names; /* a path from the input by names alone, such as .data.rating */
	struct exprnode *a, *b;
	struct exprval constant;
	struct span text; /* decoded constant, where it is a string */
	exprnode_function *function;
	struct exprnode_step *steps;
	struct exprnode_pair *pairs;
	size_t count; /* of steps or pairs */
};

#endif
