/*
 * known: the streams that a writer has met, their versions and settings.
 *
 * A table by name, kept right by whoever reads or puts lines; what is not in it the index knows. Lines that came from the
 * ring (ring.h) have the hash of their stream and no name: as long as they are in recent, a version in the table holds only
 * with what recent says; once the runs of the index end elsewhere than when the first of them came, the table is emptied.
 */
#ifndef STORE_KNOWN_H
#define STORE_KNOWN_H

#include "store/log.h"

struct hash128 known_hash(const struct log *l, struct span text);
/* The version and the settings of a stream, from memory or the index. The record lives until the next call. */
int known_stream(struct log *l, struct span name, struct log_stream **out, struct err *err);
/* An event was stored in this stream: if it has the settings of another, those are read anew when next asked for. */
void known_settings(struct log *l, struct span name);
void known_forget(struct log *l);

#endif
