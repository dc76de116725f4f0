/*
 * shed: bytes that are no part of the log are kept in lost/ before they are cut off.
 *
 * The file is named after the position at which they stood; bytes that were kept there before stay in front.
 */
#ifndef STORE_SHED_H
#define STORE_SHED_H

#include "store/segfile.h"

#define SHED_NAME_MAX 48

/* Copies [at->offset, size) of the segment, and syncs the copy. name is the file's, for messages. */
int shed(struct root *r, struct segfile *file, const struct place *at, int64_t size,
	char name[SHED_NAME_MAX], struct err *err);

#endif
