/*
 * catchup: what a writer does when it has the lock, before it decides anything.
 *
 * It reads the lines that others have written since, into the index; cuts off what one of them left unfinished; sees to
 * it that `head` is right; begins a new segment when the last one is full. Of a log that it reads for the first time it
 * makes durable what it finds, before anything is added: a mark that a power cut left behind may be older than what was
 * acknowledged, and only lines after the mark are ever taken back.
 *
 * What follows the end of the log is cut off silently where it is an unfinished write, and kept in lost/ where it is
 * anything else. Before the place that is known to be durable it is damage, and nothing is touched.
 */
#ifndef STORE_CATCHUP_H
#define STORE_CATCHUP_H

#include "store/log.h"

int catchup(struct log *l, struct err *err);
/* Forgets everything that was read: the next catchup begins anew. */
void catchup_forget(struct log *l);

#endif
