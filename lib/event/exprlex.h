/*
 * exprlex: the words of an expression.
 *
 * Lexing is jq's: a comment runs from # to the end of its line, .name is one token, numbers may start with a
 * point, the longest operator wins. A string token covers its quotes; one that holds an interpolation \( ends
 * at its own closing quote and is marked foreign, as are operators only libjq knows (|= .. @base64 …).
 */
#ifndef EVENT_EXPRLEX_H
#define EVENT_EXPRLEX_H

#include "base/span.h"

enum exprlex_kind {
	EXPRLEX_END,
	EXPRLEX_FIELD,  /* .name */
	EXPRLEX_WORD,   /* name */
	EXPRLEX_VAR,    /* $name */
	EXPRLEX_NUMBER, /* as JSON writes it */
	EXPRLEX_STRING,
	EXPRLEX_OPERATOR, /* op: its character, or one of the names below */
	EXPRLEX_FOREIGN,  /* libjq may know it */
	EXPRLEX_BAD,      /* nobody does: an open string, a strange byte */
};

/* Operators of two characters. */
enum { EXPRLEX_EQ = 256, EXPRLEX_NE, EXPRLEX_LE, EXPRLEX_GE, EXPRLEX_ALT };

struct exprlex {
	struct span text;
	size_t next; /* where the next token is looked for */
	/* the token at hand */
	enum exprlex_kind kind;
	int op;
	size_t at;
	struct span word; /* its bytes; for FIELD and VAR without the first */
};

/* At the first token. The text is borrowed. */
void exprlex_start(struct exprlex *x, struct span text);
void exprlex_next(struct exprlex *x);
/* Is the token at hand this operator? */
bool exprlex_is(const struct exprlex *x, int op);
/* Past the quote that closes the string opened at text.p[quote]; text.n when none does. */
size_t exprlex_string_end(struct span text, size_t quote);

#endif
