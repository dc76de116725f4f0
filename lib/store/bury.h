/*
 * bury: writing what is remembered of lines before they are removed (past.h).
 *
 * Prints and account come under temporary names and are synced. bury_commit gives them their names, the account last: with
 * it the lines are retired; before that moment nothing has changed. Their index is index_retire's, before it.
 *
 *	bury_open(&b, root, max_streams, err);
 *	bury_lines(&b, &from, &to, err);       reads and checks the lines, writes prints and account
 *	bury_commit(&b, err);                  now they are retired; with `lock`
 *	bury_close(&b);
 */
#ifndef STORE_BURY_H
#define STORE_BURY_H

#include "base/buf.h"
#include "store/past.h"

struct bury_stream {
	int64_t ver;
};

struct bury {
	struct root *root; /* borrowed */
	struct past_set set;
	struct table streams; /* name -> struct bury_stream: its last version in these lines */
	uint64_t max_streams; /* 0: no limit; past it status 3 */
	int64_t bytes;
	char recorded[2][40];
	struct buf block; /* of prints */
	int64_t blocks;
	int fd; /* of prints, then of the account */
};

void bury_open(struct bury *b, struct root *root, uint64_t max_streams);
void bury_close(struct bury *b);
int bury_lines(struct bury *b, const struct place *from, const struct place *to, struct err *err);
int bury_commit(struct bury *b, struct err *err);

#endif
