/*
 * jq: the front door of libjq, which is loaded (libjq.so.1) when the first program is made and not before.
 *
 * A program takes one JSON text and gives JSON texts. Its names are bound as in jq --argjson: constants when it
 * is made, and a few more whose values change from run to run. Versions 1.6 to 1.8 have the same binary
 * interface. libjq needs 17 ms to start a program (1.6) and some microseconds for each run; numbers that pass
 * through it become doubles.
 *
 * Errors are jq's own sentences, one line, without its "jq: error:". A run that is over gives everything back, so
 * nothing of libjq outlives a call but the program.
 */
#ifndef EXT_JQ_H
#define EXT_JQ_H

#include "base/err.h"
#include "base/span.h"

struct jq;

struct jq_name {
	const char *name;
	struct span json;
};

/*
 * changing: names whose values are given to each run; at most JQ_CHANGING_MAX. -1: usage (the program is wrong, the
 * text is jq's) or system (libjq is not there).
 */
#define JQ_CHANGING_MAX 8
int jq_new(struct jq **out, struct span program, const struct jq_name *constants, size_t count,
	const char *const *changing, size_t changing_count, struct err *err);
void jq_free(struct jq *q);
/* Does the program mention the name of this changing value? Others need not be filled in. */
bool jq_needs(const struct jq *q, size_t changing);

/* Takes one output, borrowed for the call; 0 to go on, else the run ends with this value. */
typedef int jq_fn(void *ctx, struct span json, struct err *err);
/*
 * values: JSON texts of the changing names, in their order. -1, code "expr": libjq cannot read the input, or the
 * program failed.
 */
int jq_run(struct jq *q, struct span input, const struct span *values, jq_fn *fn, void *ctx,
	struct err *err);

#endif
