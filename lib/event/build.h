/*
 * build: the only place that makes events: ids, envelope defaults, both dialects.
 *
 * A derived event's id is UUIDv5 of (namespace of the stage and its options, identity of the result), so the
 * same result has the same id whenever it is computed. The namespace is fixed once by build_stage_init.
 * Output is one line with its newline, appended to a buf. An identity of at most 39 bytes is the fast case
 * (one block of SHA-1): use 8-byte integers for times, not their text.
 *
 *	build_stage_init(&s, SPAN("ev-window"), SPAN("--tumbling 60000"));
 *	build_put(&s, &(struct build_event){.type = SPAN("window.closed"), .time_ms = end - 1,
 *			      .identity = identity, .data = buf_view(&data)}, out);
 */
#ifndef EVENT_BUILD_H
#define EVENT_BUILD_H

#include "base/buf.h"
#include "base/when.h"
#include "event/event.h"
#include "ext/uuid.h"

#define BUILD_ID_MAX UUID_TEXT /* a UUID as text and its NUL */

/* Owned by the program for the run. */
struct build_stage {
	struct span name; /* the source of what it makes */
	struct uuid_space space;
	bool flat; /* --flat: the members of data alone */
	bool cloudevents;
	struct buf source; /* the name as a JSON string, written once */
	int64_t time_ms; /* of the event before, and its text: results come with the same time in a row */
	char time[WHEN_MAX];
	size_t time_n; /* 0: none */
};

/* One event to make. Texts are decoded bytes; absent ones have p == NULL and leave their member out. */
struct build_event {
	struct span type, version; /* version: default "1.0" */
	int64_t time_ms;
	struct span time_text; /* RFC 3339, kept as written where given */
	struct span id;        /* given, or made from identity; one of the two is there */
	struct span identity;  /* bytes that name the result, for UUIDv5 */
	struct span source;    /* default: the stage's name */
	struct span aggregate_id, aggregate_type;
	struct span correlation, causation, user;
	struct span data; /* one JSON value */
};

/* options: the text of all options that define a result ("--tumbling 60000 -k .userId …"). */
void build_stage_init(struct build_stage *s, struct span name, struct span options);
void build_stage_release(struct build_stage *s);
void build_put(struct build_stage *s, const struct build_event *ev, struct buf *out);

/*
 * build_put in three parts, for who makes many events that differ in little. The front reads version, type, id, identity,
 * time and (CloudEvents) source; the back reads all else, and ends where data begins. Without data there is no other way than
 * build_put. Not with --flat.
 *
 *	build_put_front(&s, &ev, out);
 *	build_put_back(&s, &ev, out);    or the bytes that it put for an event with the same members
 *	buf_span(out, data);
 *	build_put_end(out);
 */
void build_put_front(struct build_stage *s, const struct build_event *ev, struct buf *out);
void build_put_back(const struct build_stage *s, const struct build_event *ev, struct buf *out);
void build_put_end(struct buf *out);

/* Ids as text with a NUL. */
void build_id_v7(struct uuid_pool *pool, char out[BUILD_ID_MAX], int64_t now_ms);
void build_id_v4(struct uuid_pool *pool, char out[BUILD_ID_MAX]);

#endif
