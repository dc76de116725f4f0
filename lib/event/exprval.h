/*
 * exprval: the values that run through the native engine.
 *
 * doc is the index the value was found in, or NULL for a text that has none yet. json is NULL until somebody
 * needs the bytes of a value found in a doc: its end is not looked for before.
 *
 * Texts made while evaluating are indexed only when somebody looks inside them; a pool keeps those indexes for
 * reuse from event to event.
 */
#ifndef EVENT_EXPRVAL_H
#define EVENT_EXPRVAL_H

#include "event/value.h"

struct exprval {
	enum doc_type type;
	uint32_t token;
	const struct doc *doc;
	struct span json;
};

/* The words, with the readable bytes behind them that every text here has. */
extern const char exprval_null[4 + BUF_PAD], exprval_true[4 + BUF_PAD], exprval_false[5 + BUF_PAD];

#define EXPRVAL_NULL ((struct exprval){DOC_NULL, DOC_NONE, NULL, {exprval_null, 4}})
#define EXPRVAL_TRUE ((struct exprval){DOC_TRUE, DOC_NONE, NULL, {exprval_true, 4}})
#define EXPRVAL_FALSE ((struct exprval){DOC_FALSE, DOC_NONE, NULL, {exprval_false, 5}})

struct exprval_pool;

struct exprval_pool *exprval_pool_new(void);
void exprval_pool_free(struct exprval_pool *p);
/* All its indexes may be used again. */
void exprval_pool_clear(struct exprval_pool *p);

struct exprval exprval_at(const struct doc *d, uint32_t token);
struct exprval exprval_bool(bool is_true);
/* The text of a number; in the arena. */
struct exprval exprval_i64(int64_t v, struct arena *a);
/* The JSON string that means these bytes; in the arena. */
struct exprval exprval_string(struct span decoded, struct arena *a);
struct exprval exprval_from(struct value v);
struct value exprval_value(const struct exprval *v);

static inline bool
exprval_is_true(const struct exprval *v)
{
	return v->type > DOC_FALSE;
}

/* The bytes of the value, of a string with its quotes. */
struct span exprval_json(const struct exprval *v);
/* The bytes that a string means. */
struct span exprval_text(const struct exprval *v, struct arena *a);
/* Is it a string that means these bytes? The fast way for constants. */
bool exprval_token_equals(const struct doc *d, uint32_t token, struct span decoded);
bool exprval_equals(const struct exprval *v, struct span decoded);
/* The value with an index: itself where it has one. For arrays and objects, and what doc-level code takes. */
struct exprval exprval_indexed(const struct exprval *v, struct exprval_pool *p);
/* -1, 0, 1 in jq's order. */
int exprval_compare(const struct exprval *a, const struct exprval *b, struct exprval_pool *p,
	struct arena *scratch);
/* An integer whose text jq would write as it stands: no fraction, exponent, "-0"; at most 15 digits. */
bool exprval_small(const struct exprval *v, int64_t *out);
/* Has the text at most 15 significant digits and a usual exponent, so that a double tells it from others? */
bool exprval_is_short(struct span number);
/* jq's name of the type. */
const char *exprval_type(const struct exprval *v);
/* "string (\"abc\")", cut as in jq's messages. */
struct exprval_shown {
	char text[48];
};
struct exprval_shown exprval_show(const struct exprval *v);

#endif
