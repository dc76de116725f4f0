/*
 * assay: is a segment what was written there? For whoever is about to take it elsewhere.
 *
 * All its lines are held to the chain, from the one before it to its end, and of a sealed one everything else as well
 * (sealed_check). Damage is ERR_DAMAGE and is told as scan and sealed do. It is read as readers do: the plain form where both
 * are there.
 */
#ifndef STORE_ASSAY_H
#define STORE_ASSAY_H

#include "store/segment.h"

/*
 * The segment at this index. bound: where what is durable ends, in this segment or a later one. 0; -1, with code "gone" when
 * it is not there any more. When its first line does not rest on the segment before, and that is damaged, that is told.
 */
int assay(struct root *r, const struct segment_list *list, size_t index, const struct place *bound,
	struct err *err);

#endif
