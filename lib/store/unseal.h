/*
 * unseal: the text of a sealed segment whose table or notes are damaged, as far as it can be had.
 *
 * Its frames are decoded one after the other without the table; where one is damaged, what follows begins with the next
 * that looks like one. Both the file and its text are in memory meanwhile.
 */
#ifndef STORE_UNSEAL_H
#define STORE_UNSEAL_H

#include "base/buf.h"
#include "store/root.h"

/* Appends to out, at most its maximum. -1: the file cannot be read. */
int unseal(struct root *root, int64_t first, struct buf *out, struct err *err);

#endif
