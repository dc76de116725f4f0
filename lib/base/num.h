/*
 * num: numbers that people and files write, read strictly.
 *
 * The whole span must be the number: no blanks, no trailing bytes, no overflow. On failure the output
 * is untouched and -1 is returned; the caller knows which option or member to name.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include "base/span.h"

int num_i64(struct span s, int64_t *out);
int num_u64(struct span s, uint64_t *out);
/* JSON's grammar (RFC 8259), at most 63 bytes; what a double cannot hold (1e999) is refused. */
int num_double(struct span s, double *out);
/* DURATION: integers with ms s m h d w, joinable ("1h30m"); milliseconds. A bare number but 0 is refused. */
int num_duration(struct span s, int64_t *ms);
/* SIZE: an integer and an optional k M G, powers of 1024; bytes. */
int num_size(struct span s, uint64_t *bytes);
/* The shortest joined form, "1h30m"; out holds at least 32 bytes. Returns its length. */
size_t num_put_duration(char *out, int64_t ms);

#endif
