/*
 * parallel: operands merged by event time, with the disk behind the merge.
 *
 * What event/merge holds of pipes that are ahead goes to memory up to max_buffer, then to a temporary file of each
 * such pipe (io/spill).
 */
#ifndef CLI_PARALLEL_H
#define CLI_PARALLEL_H

#include "event/ahead.h"
#include "event/source.h"
#include "event/timing.h"

struct parallel_conf {
	const struct timing *timing; /* borrowed */
	size_t max_line, max_buffer;
};

/* Temporary files for event/merge, also of other merges. */
const struct ahead_disk *parallel_disk(void);

/* files: borrowed for the life of the source; count at least 1. */
struct source *parallel_new(char *const *files, size_t count, const struct parallel_conf *conf);

#endif
