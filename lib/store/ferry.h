/*
 * ferry: brings what a store has, and its backup has not, from the one to the other.
 *
 * Segments come before the account of what was retired before them, which moves the front to the first of them. Where there
 * is a gap before them they are seen when all are there, and the front moves at once; that takes the mark out of force, as
 * it is before the front (visible.h). Where there is none the new mark comes before the front moves: the old one at the front
 * would show nothing. Positions of consumers come after the log: none may be ahead of it. Nothing goes before it is not needed.
 * The index of what a retention that was killed has not retired after all comes after the segments as well; what a store
 * that is a backup which was broken off knows beyond its end is not taken.
 */
#ifndef STORE_FERRY_H
#define STORE_FERRY_H

#include "store/backup.h"
#include "store/segment.h"

/* The caller looks at both sides, and nothing is sealed or retired meanwhile. */
struct ferry {
	struct backup_result *out;
	struct root *from, *view; /* view: of the replica, as if it were a store */
	struct replica *to;
	bool is_copy;              /* no links */
	struct place first, bound; /* of the store: where its log begins, and where it is durable */
	struct segment_list list, there; /* of the store, of the backup */
};

/* 0; -1, with code "gone" when a segment is not there any more: look again. */
int ferry(struct ferry *f, struct err *err);

#endif
