/*
 * ident: the identity of a stored line: eventId in our dialect, source and id in CloudEvents.
 *
 * Only lines that go into the writer's memory are parsed for it; readers never do.
 */
#ifndef STORE_IDENT_H
#define STORE_IDENT_H

#include "event/event.h"

struct ident {
	struct doc doc;
	struct arena scratch;
	struct buf copy;
};

void ident_init(struct ident *i);
void ident_release(struct ident *i);
/* body: the producer's bytes without their final '}'. The identity lives until the next call; empty: none. */
struct span ident_of(struct ident *i, struct span body);

#endif
