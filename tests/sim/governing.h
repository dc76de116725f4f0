/*
 * governing: streams that are deleted or closed, and what those who read a stream may see of it then.
 *
 * The version that a delete hides last is known within bounds: those that were promised when it was asked for are hidden once
 * it was acknowledged, and no more than there can have been when it was over. While it is at work, and when its process died
 * over it, anything in between holds.
 */
#ifndef TESTS_SIM_GOVERNING_H
#define TESTS_SIM_GOVERNING_H

#include "sim/world.h"
#include "store/trailer.h"

/* The ids of settings are the same in a case each time. */
void governing_begin(uint64_t seed);
/* Deletes some stream, or closes it for ever. False when the log is not to be used any more. */
bool governing_act(struct world *w, struct log *l, int process);
/* Settings of which stream does the line hold? -1: of none. */
int governing_of(struct span line, const struct trailer *t);
/* A line of settings is (to stay) at this position. */
bool governing_promise(struct world *w, int64_t pos, uint64_t sum);
/* May the stream of the batch have been deleted, so that what expects none of it comes after versions? */
bool governing_may_be_deleted(const struct world *w, const struct world_batch *b);
/* Is one of the streams of the batch closed, or may it be? */
bool governing_is_closed(const struct world *w, const struct world_batch *b, bool for_sure);
/* One reading of some stream by a new process; as world_look. */
bool governing_look(struct world *w, enum sim_rights rights);

#endif
