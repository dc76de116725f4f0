/*
 * rank: running results in order of the bytes of their keys, compared mostly without looking at the keys.
 *
 * A rank holds 8 bytes of the key, those after what all keys begin with ("content- of "content-00001", say), so
 * that sorting and searching stay inside one array. When a key comes that lacks part of the common beginning, that
 * gets shorter and all ranks are made again.
 */
#ifndef OP_RANK_H
#define OP_RANK_H

#include "op/cell.h"

struct rank {
	uint64_t order;
	struct cell_running *running;
};

/* Cuts common to what key has of it too. True when it got shorter: ranks made with it before are void. */
bool rank_shorten(struct buf *common, struct span key);
struct rank rank_of(struct cell_running *r, const struct buf *common);
void rank_again(struct rank *v, size_t n, const struct buf *common);
void rank_sort(struct rank *v, size_t n);
/* Where r belongs in the sorted v[low .. high). */
size_t rank_place(const struct rank *v, size_t low, size_t high, const struct rank *r);

#endif
