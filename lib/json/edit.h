/*
 * edit: members set and deleted by splicing; every untouched byte stays.
 *
 * Edits are collected against one doc and written in one pass. A path is a list of steps, names (decoded)
 * or array indexes (negative: from the end); the empty path is the whole value. All paths are those of the
 * text as it was. Setting what exists replaces the value's bytes; setting what is missing appends the
 * member after the object's last (objects along the path are made where they are missing; array
 * indexes may only name what exists or the place right after the last). Of duplicated names the last
 * is set, all are deleted. Deleting takes one comma with it.
 *
 * Of two edits of one path the later wins. An edit inside a value that another edit replaces or deletes
 * is an error in either order, but for a deletion inside a deletion.
 */
#ifndef JSON_EDIT_H
#define JSON_EDIT_H

#include "base/arena.h"
#include "base/buf.h"
#include "json/doc.h"

struct edit_step {
	struct span name; /* decoded; p == NULL: an index */
	int64_t index;
};

struct edit_path {
	const struct edit_step *steps;
	size_t count;
};

struct edit_change;

struct edit {
	const struct doc *doc;
	struct arena *scratch; /* borrowed; the changes live there */
	struct edit_change *root;
};

void edit_start(struct edit *e, const struct doc *d, struct arena *scratch);
/*
 * json: one valid value. It and the path are borrowed until edit_write. -1 with kind ERR_DATA: the path runs
 * through a value that is no such container; ERR_USAGE: another edit forbids this one.
 */
int edit_set(struct edit *e, struct edit_path path, struct span json, struct err *err);
/* Deleting what is not there is no error. -1 with ERR_USAGE: as above, or the path is empty. */
int edit_delete(struct edit *e, struct edit_path path, struct err *err);
/* The whole text with the changes, appended to out. -1: out's maximum forbids it; out is as before. */
int edit_write(struct edit *e, struct buf *out, struct err *err);

#endif
