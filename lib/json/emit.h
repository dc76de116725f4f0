/*
 * emit: JSON written member by member into a buf.
 *
 * Commas and colons are its own business; nesting is the caller's. Depth is at most 64 (asserted).
 *
 *	struct emit e;
 *
 *	emit_init(&e, &b);
 *	emit_open(&e, '{');
 *	emit_name(&e, SPAN("key"));
 *	emit_string(&e, key);
 *	emit_close(&e);            -> {"key":"…"}
 */
#ifndef JSON_EMIT_H
#define JSON_EMIT_H

#include "base/buf.h"
#include "base/dec.h"

struct emit {
	struct buf *b;
	uint64_t arrays;   /* bit per open level: 1 = array */
	uint64_t has_some; /* bit per open level: something was written */
	unsigned depth;
};

void emit_init(struct emit *e, struct buf *b);
void emit_open(struct emit *e, char bracket); /* '{' or '[' */
void emit_close(struct emit *e);
void emit_name(struct emit *e, struct span decoded); /* in an object, before each value */
void emit_string(struct emit *e, struct span decoded);
void emit_raw(struct emit *e, struct span json); /* one valid JSON value, as it is */
void emit_i64(struct emit *e, int64_t v);
void emit_dec(struct emit *e, struct dec d);
void emit_double(struct emit *e, double v); /* as dec_put_double */
void emit_bool(struct emit *e, bool v);
void emit_null(struct emit *e);
void emit_time(struct emit *e, int64_t ms); /* an RFC 3339 string */

#endif
