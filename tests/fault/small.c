/*
 * small: ev-store with small segments, so that a campaign's store has many.
 *
 * Linked in front of the library with --wrap=log_open. EV_FAULT_ROLL is the size at which a segment ends, in bytes.
 */
#include "base/num.h"
#include "store/log.h"

#include <stdlib.h>

int __real_log_open(struct log *l, struct root *root, const struct log_conf *conf, struct err *err);
int __wrap_log_open(struct log *l, struct root *root, const struct log_conf *conf, struct err *err);

int
__wrap_log_open(struct log *l, struct root *root, const struct log_conf *conf, struct err *err)
{
	struct log_conf small = *conf;

	num_i64(span_str(getenv("EV_FAULT_ROLL")), &small.roll_bytes);
	return __real_log_open(l, root, &small, err);
}
