/*
 * log: the writer of a store.
 *
 * Appending is: take the lock; read what others have written since, and cut off what one of them left unfinished (every
 * append is a recovery); decide; put the new lines into the pending group. log_commit writes the group with one pwrite,
 * drops the lock and waits until the group is durable (commit.h). Nothing may be answered before the commit that follows
 * it. Any number of processes may write; each waits for a lock at most lock_ms.
 *
 *	log_open(&l, root, &conf, err);
 *	log_append(&l, expect, &event, 1, err);     event.pos, event.ver, event.is_known
 *	...                                         until it would block, or log_pending(&l) is large
 *	log_commit(&l, err);                        now they are durable
 *
 * A batch (the n events of one log_append) is stored whole or not at all. When it is refused nothing changes, and what the
 * refusal rests on is durable: ERR_VERSION (wrong expected version) or ERR_DATA (conflict, partly known, an event over
 * LOG_EVENT_MAX bytes, a tombstoned stream).
 *
 * In memory are the lines that are in no run of the index yet, about 1 MiB of text, and the versions of the streams met, at
 * most max_keys of them at a time.
 *
 * After a write or a sync that failed the group was not stored, and the log is closed for writing; the events of that
 * group were never acknowledged. Repeating them is safe.
 */
#ifndef STORE_LOG_H
#define STORE_LOG_H

#include "base/table.h"
#include "store/commit.h"
#include "store/decide.h"
#include "store/index.h"
#include "store/past.h"
#include "store/reindex.h"
#include "store/ring.h"

#define LOG_EVENT_MAX (SEGMENT_LINE_MAX - TRAILER_MAX)
#define LOG_GROUP_BYTES ((size_t)1 << 20) /* a caller commits when so much is pending */

struct log_conf {
	int64_t lock_ms;
	uint64_t max_keys;   /* streams in memory; 0: no limit */
	int64_t flush_bytes; /* of text that make a run of the index; 0: INDEX_FLUSH_BYTES */
	bool is_reader;      /* only makes durable what is there; never cuts */
	/* Told of bytes that were kept in lost/ and cut off. May be NULL. */
	void (*lost)(void *ctx, const char *name, int64_t bytes);
	void *ctx;
};

struct log_stream {
	int64_t ver;
	int64_t before;     /* versions under it are hidden: a soft delete */
	bool is_tombstoned; /* it takes no events */
	struct hash128 hash;
};

struct log_event {
	struct span body;     /* the event's bytes, '{' to '}' */
	struct span identity; /* not empty */
	struct span stream;   /* decoded; valid UTF-8, 1 to TRAILER_STREAM_MAX bytes */
	/* the answer */
	int64_t pos, ver;
	bool is_known; /* it was stored already, as this pos and ver */
	bool is_wrong; /* the batch was refused for this event, the first that may not be stored */
	/* the log's own */
	int64_t twin; /* index of the same event earlier in the batch, or -1 */
	struct hash128 hash;
};

struct log {
	struct root *root; /* borrowed */
	struct log_conf conf;
	struct commit commit;
	struct index index;
	struct segfile file;  /* the last segment, for writing */
	struct segfile other; /* the one that was read last besides it */
	struct place tail;    /* where the log on the disk ends */
	struct place end;     /* where the next line goes: after the pending group */
	uint64_t epoch;
	struct table streams; /* name -> struct log_stream */
	struct ring ring;
	struct reindex reindex;
	struct past past;            /* what retention has removed, once an event of it is met */
	struct buf group;            /* lines to be written at tail */
	struct buf name, line, text; /* scratch */
	char rec[32];                /* $rec of the last line, then of the group */
	bool is_locked, is_loaded, is_broken, has_index;
	bool has_settings; /* in the group: their names are to be read */
	bool has_unnamed;  /* lines came from the ring: see known.h */
	int64_t runs_end;  /* when the first of them came */
};

/* Reads where the log ends; takes the lock for that. */
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
/* After the answers were given, when there is time: merges files of the index. 1 there may be more to do, 0, -1. */
int log_merge(struct log *l, struct err *err);
static inline size_t
log_pending(const struct log *l)
{
	return l->group.n;
}
/* The version of a stream, pending events included; 0 when it has none. Only between log_begin and log_commit. */
int log_version(struct log *l, struct span stream, int64_t *ver, struct err *err);
/*
 * The stored or pending line at a position, without its newline; it lives until the next call. Only between log_begin and
 * log_commit. Code "gone" for what retention has taken away.
 */
int log_line(struct log *l, int64_t pos, struct span *line, struct err *err);

#endif
