/*
 * front: where the log begins: position 0, or after retention the first segment that is left.
 */
#ifndef STORE_FRONT_H
#define STORE_FRONT_H

#include "store/head.h"
#include "store/segment.h"

/*
 * The place of the first line; of an empty store position 0. A store without segments whose mark says that there were
 * lines is damaged: nobody may begin it anew.
 */
int front_read(struct root *r, struct place *first, struct err *err);
/* The same where the list of segments is at hand. */
int front_of(struct root *r, const struct segment_list *list, struct place *first, struct err *err);
/*
 * Damage where no reader would find what is added: the segments do not begin where the log does; or the log ends well after a
 * durable mark, and there is a segment further on, of a backup that was broken off (ferry.h). Reads only where the mark is
 * before the last segment, or there is none: then the last line of each segment. 0, -1.
 */
int front_gap(struct root *r, const struct segment_list *list, const struct head_record *mark,
	struct err *err);

#endif
