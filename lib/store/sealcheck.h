/*
 * sealcheck: packed text gone over frame by frame, everything that is said of it held to what it is.
 *
 *	struct sealcheck *c = sealcheck_new(s);
 *
 *	while ((r = sealcheck_next(c, &text, err)) == 1)
 *		...                                       the text of the next frame
 *	sealcheck_free(c);
 */
#ifndef STORE_SEALCHECK_H
#define STORE_SEALCHECK_H

#include "store/sealed.h"

struct sealcheck;

struct sealcheck *sealcheck_new(struct sealed *s); /* borrowed */
void sealcheck_free(struct sealcheck *c);          /* c may be NULL */
/* 1, and text until the next call; 0: that was all, and it is right; -1: damage, which sealed.h describes. */
int sealcheck_next(struct sealcheck *c, struct span *text, struct err *err);

#endif
