/*
 * batch: the two halves of log_append: what is known of the events of a batch, and their lines.
 *
 * batch_look changes nothing but the answers in the events. The events' bytes are compared with the stored ones, so
 * "known" is certain, and so is "new": a miss in the index is as sure as a hit.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "store/log.h"

/* 0 and facts; -1 when the store cannot be read. A conflict is described in why. */
int batch_look(struct log *l, struct decide_expect expect, struct log_event *events, size_t n,
	struct decide_facts *facts, struct err *why, struct err *err);
/* Puts the events that are new into the pending group, as one batch. */
int batch_put(struct log *l, struct log_event *events, size_t n, struct err *err);

#endif
