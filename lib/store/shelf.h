/*
 * shelf: a store as an input of a replay: all its events in order of position, as their producers wrote them.
 *
 * query does the reading; shelf knows the positions around the line that was given last, so that a replay can go on.
 */
#ifndef STORE_SHELF_H
#define STORE_SHELF_H

#include "event/source.h"

struct shelf;

/* From position pos on; follows: at the end wait for more. NULL and err. */
struct shelf *shelf_open(const char *store, int64_t pos, bool follows, struct err *err);
struct source *shelf_source(struct shelf *s);
/* Of the line that next gave last, before: itself; else of the one after it. */
int64_t shelf_pos(const struct shelf *s, bool before);
/* Is there a store in this directory? */
bool shelf_is_store(const char *dir);

#endif
