/* emit: one bit a level for the kind of bracket, one for whether a comma is due. */
#include "json/emit.h"

#include "base/when.h"
#include "json/text.h"

#define DEPTH_MAX 64

void
emit_init(struct emit *e, struct buf *b)
{
	*e = (struct emit){.b = b};
}

static uint64_t
level(const struct emit *e)
{
	return (uint64_t)1 << (e->depth - 1);
}

static bool
in_array(const struct emit *e)
{
	return e->depth > 0 && (e->arrays & level(e));
}

static void
comma(struct emit *e)
{
	if (e->has_some & level(e))
		buf_putc(e->b, ',');
	e->has_some |= level(e);
}

/* Members are separated where their name is written, items where they are. */
static void
before_value(struct emit *e)
{
	if (in_array(e))
		comma(e);
}

void
emit_open(struct emit *e, char bracket)
{
	assert(bracket == '{' || bracket == '[');
	assert(e->depth < DEPTH_MAX);
	before_value(e);
	buf_putc(e->b, bracket);
	e->depth++;
	e->has_some &= ~level(e);
	if (bracket == '[')
		e->arrays |= level(e);
	else
		e->arrays &= ~level(e);
}

void
emit_close(struct emit *e)
{
	assert(e->depth > 0);
	buf_putc(e->b, in_array(e) ? ']' : '}');
	e->depth--;
}

void
emit_name(struct emit *e, struct span decoded)
{
	assert(e->depth > 0 && !in_array(e));
	comma(e);
	text_put(e->b, decoded);
	buf_putc(e->b, ':');
}

void
emit_string(struct emit *e, struct span decoded)
{
	before_value(e);
	text_put(e->b, decoded);
}

void
emit_raw(struct emit *e, struct span json)
{
	before_value(e);
	buf_span(e->b, json);
}

void
emit_i64(struct emit *e, int64_t v)
{
	before_value(e);
	buf_i64(e->b, v);
}

void
emit_dec(struct emit *e, struct dec d)
{
	before_value(e);
	dec_put(e->b, d);
}

void
emit_double(struct emit *e, double v)
{
	before_value(e);
	dec_put_double(e->b, v);
}

void
emit_bool(struct emit *e, bool v)
{
	emit_raw(e, v ? SPAN("true") : SPAN("false"));
}

void
emit_null(struct emit *e)
{
	emit_raw(e, SPAN("null"));
}

void
emit_time(struct emit *e, int64_t ms)
{
	char text[WHEN_MAX];
	size_t n = when_put(text, ms);

	emit_string(e, span_of(text, n));
}
