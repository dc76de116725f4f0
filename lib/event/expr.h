/*
 * expr: the front door of the expression language, which is jq's (DESIGN section 5).
 *
 * An expression is compiled once. What lies in the common part runs natively over the token index; the
 * rest goes to libjq, loaded only then. Both give jq's answer. $type $id $key $ts are bound in every
 * expression, --arg and --argjson names as the environment says.
 *
 *	struct expr *e;
 *
 *	if (expr_new(&e, SPAN(".data.rating > 3"), &env, err))
 *		return -1;                              status 2: a syntax error names the place
 *	r = expr_test(e, ev, err);                      1, 0, or -1: a bad line, code "expr"
 */
#ifndef EVENT_EXPR_H
#define EVENT_EXPR_H

#include "event/event.h"

struct expr;

/* Names from --arg and --argjson: value is JSON text. Owned by the driver, lives as long as the run. */
struct expr_arg {
	const char *name;
	struct span json;
};

struct expr_env {
	const struct expr_arg *args;
	size_t count;
	/* Called at the end of each successful expr_new, for --explain; may be NULL. */
	void (*note)(void *ctx, const struct expr *e);
	void *ctx;
};

enum expr_engine { EXPR_AUTO, EXPR_NATIVE, EXPR_JQ }; /* forced in tests */

int expr_new(struct expr **out, struct span text, const struct expr_env *env, struct err *err);
int expr_new_with(struct expr **out, struct span text, const struct expr_env *env,
	enum expr_engine engine, struct err *err);
void expr_free(struct expr *e);
const char *expr_text(const struct expr *e);
/* "native", or "jq: " and the first construct that is not native. */
const char *expr_explain(const struct expr *e);

/* True = some output is neither false nor null. Stops at the first such output. 1, 0, -1. */
int expr_test(struct expr *e, struct event *ev, struct err *err);
/* The first output; VALUE_ABSENT when there is none. 0, -1. Lives as long as the event. */
int expr_value(struct expr *e, struct event *ev, struct value *out, struct err *err);
/* Every output in order; fn returns 0 to go on, else its value ends the loop and is returned. */
typedef int expr_fn(void *ctx, struct value v, struct err *err);
int expr_each(struct expr *e, struct event *ev, expr_fn *fn, void *ctx, struct err *err);

/*
 * Splits at commas, or at another byte, that stand outside brackets and strings, as in "a=f(x,y),b=g". False
 * at the end. *rest starts as the whole text.
 */
bool expr_split(struct span *rest, char at, struct span *part);
/* "NAME=EXPR" cut at the first '=' after an identifier and not part of "=="; false, *name SPAN_NONE: no name. */
bool expr_named(struct span text, struct span *name, struct span *body);
/* ".a.b[0]"/"a.b" as edit steps, for options that take a PATH. In the arena. */
struct edit_path;
int expr_path(struct span text, struct arena *a, struct edit_path *out, struct err *err);

#endif
