/*
 * query: reading a store: a selection of its lines as a source.
 *
 * Lines are the producer's bytes, or with meta the lines as stored. No JSON is parsed: everything selected by
 * stands in the trailer. Every line read is checked (scan.h, retro.h, fetch.h). The source owns its view of the store.
 *
 * Without streams it is all lines, in order of position; with some it is theirs, merged by position (strand.h); with names
 * it is the lines of one stream after another, as names names them. A stream that has settings is shown as they say.
 *
 * Following, the end is SOURCE_WAIT: the source's descriptor is readable when the store has grown. Settings that are made
 * meanwhile hide nothing from who keeps up; who was far behind goes on with what is shown then. With names the end of
 * what is named so far is SOURCE_WAIT as well, and the next name sees what is durable then.
 *
 * With a consumer reading goes on where query_commit said last; the store is held to what was read (consumer.h).
 */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "base/span.h"
#include "event/source.h"
#include "store/root.h"

/* From the first to the last, both included. */
struct query_range {
	int64_t first, last;
};

struct consumer_mark;

#define QUERY_ALL ((struct query_range){0, INT64_MAX})
#define QUERY_NONE (-1) /* as last: nothing of what is there; followed, what comes later */

struct query_conf {
	const char *store; /* NULL: EV_STORE */
	const struct disk *
		disk; /* the store is on it, and store is its name in messages; NULL: the real one */
	struct span stream;         /* its decoded name, borrowed; p == NULL: none */
	const struct span *streams; /* and these */
	size_t stream_count;
	struct source
		*names; /* a name a line; closed with the query, also when it cannot be opened */
	const char *consumer; /* NULL: none; not with backwards, last or names */
	/* Without consumer: the mark of somebody who keeps it himself, and who he is; the same holds. NULL: none. */
	const struct consumer_mark *from;
	bool has_no_sum; /* of from no more than the position is known */
	/* "the replay of 'S'"; retention must take nothing that he has not read, as of all who follow */
	const char *who;
	struct query_range pos, ver;
	int64_t from_ms, to_ms; /* recorded in [from, to); INT64_MIN, INT64_MAX: no bound */
	int64_t last;           /* only the last so many, with names of each; 0: all; QUERY_NONE */
	bool backwards, meta;
	bool follow; /* at the end wait for more; not with backwards or names */
	/* Told once, when all that was durable is read and more is waited for. May be NULL. */
	int (*caught_up)(void *ctx, int64_t pos, struct err *err);
	void *ctx;
};

/* "A..B", "A..", "..B" or "A". */
int query_parse_range(struct span text, struct query_range *out, struct err *err);
/* NULL and err. */
struct source *query_open(const struct query_conf *conf, struct err *err);
/*
 * The consumer has done with what the source has given: with the line given last too when is_whole, else with those before
 * it. Durable when it returns.
 */
int query_commit(struct source *s, bool is_whole, struct err *err);
/* Without streams and bounds but of positions: around the line given last; at the end, both are that. */
void query_marks(const struct source *s, struct consumer_mark *before, struct consumer_mark *after);
/* The version of the stream, 0 when it has none. */
int query_version(const char *store, struct span stream, int64_t *ver, struct err *err);

#endif
