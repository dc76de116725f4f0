/*
 * exprparse: from text to nodes, for the part of jq's grammar that runs natively.
 *
 * Precedence is jq's: | (right) , (left) // (right) or and comparisons (none) + - * / %. What it meets first that
 * only libjq can know is named in foreign; is_wrong means that no jq could read it.
 */
#ifndef EVENT_EXPRPARSE_H
#define EVENT_EXPRPARSE_H

#include "event/exprnode.h"

/* A name from --arg or --argjson; the value's text has BUF_PAD readable bytes past it. */
struct exprparse_arg {
	struct span name;
	struct exprval value;
};

struct exprparse_result {
	struct exprnode *root; /* NULL: not native */
	bool is_wrong;         /* a syntax error, not a construct of libjq's */
	bool is_operator;      /* the obstacle is an operator in a strange place */
	size_t at;             /* where it was met */
	struct span foreign;   /* its bytes, from the text */
	bool has_alternative;  /* // is somewhere in it */
};

/* Nodes and decoded strings live in arena; constants that were copied too. */
void exprparse_text(struct span text, const struct exprparse_arg *args, size_t count,
	struct arena *arena, struct exprparse_result *out);

struct exprterm;
/* For terms that contain expressions: NULL as in exprterm_postfix. */
struct exprnode *exprparse_pipe(struct exprterm *p);

#endif
