/*
 * small: ev-store with small segments, so that a campaign's store has many.
 *
 * Linked in front of the library with --wrap=root_open. EV_FAULT_ROLL is the size at which a segment ends, in bytes.
 */
#include "base/num.h"
#include "store/root.h"

#include <stdlib.h>

int __real_root_open(struct root *r, const char *path, struct err *err);
int __wrap_root_open(struct root *r, const char *path, struct err *err);

int
__wrap_root_open(struct root *r, const char *path, struct err *err)
{
	int result = __real_root_open(r, path, err);

	if (result == 0)
		num_i64(span_str(getenv("EV_FAULT_ROLL")), &r->roll_bytes);
	return result;
}
