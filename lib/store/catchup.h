/*
 * catchup: what a writer reads when it has taken the lock: all that others have appended since it last looked.
 *
 * Usually that is nothing, and costs one fstat. Else the new lines are checked and remembered (streams,
 * identities), an unfinished write at the end is cut off, and a new segment is begun when the last one is
 * full. Bytes with a wrong line among them are kept in lost/ first.
 */
#ifndef STORE_CATCHUP_H
#define STORE_CATCHUP_H

#include "store/log.h"

int catchup(struct log *l, struct err *err);
/* Notes that a line of stream is stored at address, under hash. Fails when a limit is passed. */
int catchup_note(struct log *l, uint64_t hash, int64_t address, struct err *err);
/* The stream's record; made where there is none. */
struct log_stream *catchup_stream(struct log *l, struct span name);
uint64_t catchup_hash(const struct log *l, struct span identity);

#endif
