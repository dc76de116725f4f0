/*
 * position: how far each input of a replay has been written, in a file.
 *
 * One JSON object a line, sorted by path:
 *
 *	{"log":"app.log","line":3,"offset":96,"inode":7,"head":"96-0123456789abcdef","near":"96-0123456789abcdef"}
 *	{"store":"S","pos":17,"sum":"0123456789abcdef"}
 *
 * For a log the mark (io/mark.h) after the last line that was written; for a store the position of the next and the
 * sum of the line before it, as a consumer's (store/consumer.h); older files have no sum. The file is replaced whole (io/durable.h), at most 64 MiB. What is no line of this form is an error: nothing is guessed.
 */
#ifndef STORE_POSITION_H
#define STORE_POSITION_H

#include "base/buf.h"
#include "base/err.h"
#include "io/mark.h"

struct position_entry {
	char *path;
	bool is_store;
	struct mark mark; /* a log's */
	int64_t pos;      /* a store's */
	uint64_t sum;
	bool has_sum;
};

struct position {
	struct position_entry *items;
	size_t count, cap;
	struct buf text; /* as the file is */
};

/* A file that does not exist is an empty one; one that could not be saved (durable_check) is an error. */
int position_load(struct position *p, const char *file, struct err *err);
void position_release(struct position *p);
const struct position_entry *position_get(const struct position *p, const char *path);
/* Of the same path only the last counts. path is copied. */
void position_set(struct position *p, const struct position_entry *entry);
/* Writes the file when it would differ from what it is. */
int position_save(struct position *p, const char *file, struct err *err);

#endif
