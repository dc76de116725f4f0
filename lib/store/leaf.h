/*
 * leaf: one file of a log, from a place on, as lines.
 *
 * It is read by io/reader, or, when it has an index of times (archive.h) and only a range of time is wanted, by the
 * frames of that range. A sealed segment of a store is always read by its frames, as its events were given to the
 * store; of a plain one, where it lies in its store, the lines are peeled (peel.h), and one that is not whole is left out,
 * which say tells. An archive of which a range is wanted and that has no index is read whole, and say tells so, once for all that
 * share has_told.
 *
 * Its place is a mark: where the line given last begins or ends.
 */
#ifndef STORE_LEAF_H
#define STORE_LEAF_H

#include "event/source.h"
#include "event/timing.h"
#include "io/mark.h"

typedef void leaf_say_fn(void *ctx, const char *text);

struct leaf_conf {
	size_t max_line, window;     /* window 0: the reader's own */
	bool grows, may_thread;      /* as the reader's */
	int64_t from_ms, to_ms;      /* the range that is wanted; INT64_MIN, INT64_MAX: all */
	const struct timing *timing; /* what its times are; borrowed while it opens */
	leaf_say_fn *say;            /* a sentence for people; may be NULL */
	void *say_ctx;
	bool *has_told; /* borrowed; may be NULL */
};

struct leaf;

/* name, for messages, and path are borrowed. at NULL: from the start. 1; 0: no such file (err says so); -1. */
int leaf_open(struct leaf **out, const char *path, const char *name, const struct mark *at,
	const struct leaf_conf *conf, struct err *err);
void leaf_close(struct leaf *l);
/* As a source's next; SOURCE_WAIT: of a file that grows, at its end. */
int leaf_next(struct leaf *l, struct source_line *out, struct err *err);
/* Of the line given last. Not for what is no regular file. False: the file was cut short before it; m is of no use. */
bool leaf_place(struct leaf *l, bool before, struct mark *m);
/* The same without a look at the file: known by its first bytes as they were read. */
void leaf_recall(struct leaf *l, bool before, struct mark *m);
int64_t leaf_line_no(const struct leaf *l);
int64_t leaf_offset(const struct leaf *l, bool before);
bool leaf_is_file(const struct leaf *l); /* regular, and not standard input */
bool leaf_is_pipe(const struct leaf *l);
bool leaf_is_plain(const struct leaf *l); /* not decompressed; known after the first line */
bool leaf_is_whole(const struct leaf *l); /* no archive whose rest is still to come */
int leaf_fd(const struct leaf *l);
int64_t leaf_bytes_done(const struct leaf *l);
int64_t leaf_bytes_total(const struct leaf *l);
void leaf_finish(struct leaf *l); /* it grows no more */
/* After SOURCE_WAIT: it was cut short since it was read, and may have grown again. */
bool leaf_is_cut(const struct leaf *l);
/* As if it ended where it was read to: what is in it now was not in it before. */
void leaf_cut(struct leaf *l);
void leaf_stop(struct leaf *l);

#endif
