/* ident: a stored line seen as an event once more. */
#include "store/ident.h"

void
ident_init(struct ident *i)
{
	doc_init(&i->doc, DOC_KERNEL_BEST);
	arena_init(&i->scratch);
	buf_init(&i->copy, (size_t)1 << 30);
}

void
ident_release(struct ident *i)
{
	doc_release(&i->doc);
	arena_release(&i->scratch);
	buf_release(&i->copy);
}

struct span
ident_of(struct ident *i, struct span body)
{
	struct event ev = {.doc = &i->doc, .scratch = &i->scratch};
	struct err err;

	arena_reset(&i->scratch);
	buf_clear(&i->copy);
	buf_span(&i->copy, body);
	buf_putc(&i->copy, '}');
	ev.line = ev.body = buf_view(&i->copy);
	if (doc_parse(&i->doc, ev.body, &err))
		return SPAN_NONE;
	event_reset(&ev);
	return event_identity(&ev);
}
