/*
 * log: the writer of a store.
 *
 * Appending is: take the lock; read what others have written since, and cut off what one of them left
 * unfinished (every append is a recovery); decide; put the new lines into the pending group. log_commit then
 * writes the group with one pwrite, syncs it and drops the lock. Nothing may be answered before the commit
 * that follows it. Any number of processes may write; each waits for the lock at most lock_ms.
 *
 *	log_open(&l, root, &conf, err);
 *	log_append(&l, expect, &event, 1, err);     event.pos, event.ver, event.is_known
 *	...                                         until it would block, or log_pending(&l) is large
 *	log_commit(&l, err);                        now they are durable
 *
 * A batch (the n events of one log_append) is stored whole or not at all. When it is refused nothing changes:
 * ERR_VERSION (wrong expected version) or ERR_DATA (conflict, partly known, an event over LOG_EVENT_MAX bytes).
 *
 * In memory are the version of each stream and 21 to 43 bytes for each event (ids.h), read from the log when
 * the writer opens: over max_keys streams or max_memory bytes it refuses to go on, with status 3.
 *
 * After a write or a sync that failed the log is cut back to what was durable and is closed for writing;
 * the events of that group were never acknowledged.
 */
#ifndef STORE_LOG_H
#define STORE_LOG_H

#include "base/table.h"
#include "store/decide.h"
#include "store/ident.h"
#include "store/ids.h"
#include "store/scan.h"

#define LOG_ROLL_BYTES ((int64_t)64 << 20)
#define LOG_EVENT_MAX (SEGMENT_LINE_MAX - TRAILER_MAX)
#define LOG_GROUP_BYTES ((size_t)1 << 20) /* a caller commits when so much is pending */

struct log_conf {
	int64_t lock_ms;
	uint64_t max_memory, max_keys; /* 0: no limit */
	int64_t roll_bytes;            /* 0: LOG_ROLL_BYTES */
	/* Told of bytes that were kept in lost/ and cut off. May be NULL. */
	void (*lost)(void *ctx, const char *name, int64_t bytes);
	void *ctx;
};

struct log_stream {
	int64_t ver;
};

struct log_event {
	struct span body;     /* the event's bytes, '{' to '}' */
	struct span identity; /* not empty */
	struct span stream;   /* decoded; valid UTF-8, 1 to TRAILER_STREAM_MAX bytes */
	/* the answer */
	int64_t pos, ver;
	bool is_known; /* it was stored already, as this pos and ver */
	/* the log's own */
	int64_t twin; /* index of the same event earlier in the batch, or -1 */
	uint64_t hash;
};

struct log {
	struct root *root; /* borrowed */
	struct log_conf conf;
	struct segment_list list;
	struct scan_place
		end; /* where the next line goes; segment and offset of what is on the disk */
	struct ids ids;
	struct table streams; /* name -> struct log_stream */
	struct ident ident;
	struct buf group;      /* lines to be written at end.offset */
	struct buf name, line; /* scratch */
	char rec[32];          /* $rec of the group */
	int lock_fd, fd;       /* fd: the last segment */
	bool is_locked, is_loaded, is_broken;
	bool is_dirty; /* what an answer may rest on has not been synced by us */
};

/* Reads the log; takes the lock for that. */
int log_open(struct log *l, struct root *root, const struct log_conf *conf, struct err *err);
/* What is pending and not committed is dropped. */
void log_close(struct log *l);
/* Takes the lock and reads what is new; log_append does it by itself. */
int log_begin(struct log *l, struct err *err);
int log_append(struct log *l, struct decide_expect expect, struct log_event *events, size_t n,
	struct err *err);
/* The check of an expected version alone, as an append of no events. */
int log_check(struct log *l, struct decide_expect expect, struct span stream, struct err *err);
int log_commit(struct log *l, struct err *err);
static inline size_t
log_pending(const struct log *l)
{
	return l->group.n;
}
/* The version of a stream as this writer knows it; 0 when it has none. */
int64_t log_version(const struct log *l, struct span stream);

#endif
