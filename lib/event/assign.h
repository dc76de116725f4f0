/*
 * assign: members given as arguments, "key=text" and "key:=json".
 *
 * The key is a path ("a.b", ".a.b[0]"): objects on the way are made where they are missing. What follows the
 * first '=' is the value; a ':' right before it says that the value is JSON and not text.
 */
#ifndef EVENT_ASSIGN_H
#define EVENT_ASSIGN_H

#include "json/edit.h"

/* Lives in the arena it was parsed into. */
struct assign {
	struct edit_path path;
	struct span json;
};

/* -1: a usage error that quotes the argument. */
int assign_parse(struct span argument, struct arena *a, struct assign *out, struct err *err);
/*
 * Sets all of them, in order, in a JSON text that d can parse. *data becomes the new text, in scratch, and d its
 * index. -1: a path runs through something that is no container.
 */
int assign_all(const struct assign *list, size_t count, struct doc *d, struct span *data,
	struct arena *scratch, struct err *err);

#endif
