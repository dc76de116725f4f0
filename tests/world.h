/* world: one parsed event and what evaluating expressions needs, for tests. */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "event/event.h"
#include "event/expr.h"

struct world {
	struct arena scratch;
	struct doc doc;
	struct buf line; /* padded */
	struct event ev;
	struct err err;
	struct buf out;
};

static inline void
world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	arena_init(&w->scratch);
	doc_init(&w->doc, DOC_KERNEL_BEST);
	buf_init(&w->line, SIZE_MAX);
	buf_init(&w->out, SIZE_MAX);
	w->ev.scratch = &w->scratch;
	w->ev.doc = &w->doc;
	w->ev.input = "-";
	err_clear(&w->err);
}

static inline void
world_release(struct world *w)
{
	doc_release(&w->doc);
	arena_release(&w->scratch);
	buf_release(&w->line);
	buf_release(&w->out);
}

/* The event is this line from now on. False: it is not JSON. */
static inline bool
world_line(struct world *w, const char *json)
{
	arena_reset(&w->scratch);
	buf_clear(&w->line);
	buf_puts(&w->line, json);
	w->ev.line = buf_view(&w->line);
	w->ev.body = span_trim(w->ev.line);
	event_reset(&w->ev);
	return doc_parse(&w->doc, w->ev.body, &w->err) == 0;
}

static inline int
world_add(void *ctx, struct value v, struct err *err)
{
	struct buf *out = ctx;

	(void)err;
	if (out->n)
		buf_putc(out, ' ');
	buf_span(out, v.json);
	return 0;
}

/* All outputs joined by blanks, or "! " and the message. Lives until the next call. */
static inline const char *
world_run(struct world *w, struct expr *e)
{
	buf_clear(&w->out);
	if (expr_each(e, &w->ev, world_add, &w->out, &w->err)) {
		buf_clear(&w->out);
		buf_puts(&w->out, "! ");
		buf_puts(&w->out, w->err.text);
	}
	buf_putc(&w->out, '\0');
	return w->out.p;
}

#endif
