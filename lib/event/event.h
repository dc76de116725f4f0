/*
 * event: one line of input, seen through its index.
 *
 * The line belongs to the reader and is gone after the handler; so is everything that points into it or
 * into scratch. The envelope is scanned at the first question about it, then remembered. Both dialects
 * answer the same questions (DESIGN section 3): ours, and CloudEvents 1.0, told apart by a string member
 * specversion.
 *
 *	accessor          ours            CloudEvents
 *	EVENT_ID          eventId         id
 *	EVENT_TYPE        eventType       type
 *	EVENT_VERSION     eventVersion    eventversion
 *	EVENT_TIME        timestamp       time
 *	EVENT_SOURCE      source          source
 *	EVENT_AGGREGATE   aggregateId     subject
 *	EVENT_KIND        aggregateType   aggregatetype
 *	EVENT_DATA        data            data
 *	EVENT_CORRELATION correlationId   correlationid
 *	EVENT_CAUSATION   causationId     causationid
 *	EVENT_USER        userId          userid
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "base/arena.h"
#include "event/value.h"
#include "json/doc.h"

enum event_member {
	EVENT_ID,
	EVENT_TYPE,
	EVENT_VERSION,
	EVENT_TIME,
	EVENT_SOURCE,
	EVENT_AGGREGATE,
	EVENT_KIND,
	EVENT_DATA,
	EVENT_CORRELATION,
	EVENT_CAUSATION,
	EVENT_USER,
	EVENT_MEMBERS
};

enum event_dialect { EVENT_OURS, EVENT_CLOUDEVENTS };

struct event {
	struct span line;  /* as it came, the newline left out; a CR stays */
	struct span body;  /* from the first to the last non-blank byte */
	struct doc *doc;   /* index of body */
	const char *input; /* name of the operand, "stdin" for - */
	int64_t line_no;   /* from 1, in this input */
	int64_t offset;    /* of the line's first byte in this input (decompressed) */
	struct arena *scratch;
	struct value key; /* of -k, bound to $key; VALUE_ABSENT where the program has none */
	int64_t time_ms;  /* bound to $ts; set by event_time and timing_ms */
	bool has_time;

	/* filled by the scan */
	bool scanned;
	enum event_dialect dialect;
	uint32_t member[EVENT_MEMBERS]; /* tokens, DOC_NONE where absent */
	uint32_t
		duplicate; /* token of the second name of a duplicated envelope member, or DOC_NONE */
};

/* A fresh view of a parsed line; scratch and doc are set by the caller before. */
void event_reset(struct event *ev);
/* Looks the envelope up once. -1 (code "envelope") when it is no object or a member of it is duplicated. */
int event_scan(struct event *ev, struct err *err);
/* The member's value; VALUE_ABSENT when missing or the event is no object. Never an error. */
struct value event_get(struct event *ev, enum event_member which);
/* The member's bytes when it is a string, decoded; SPAN_NONE otherwise. */
struct span event_text(struct event *ev, enum event_member which);
/* The envelope's time. -1, code "time", when it is missing or unreadable. */
int event_time(struct event *ev, int64_t *ms, struct err *err);
/* The name of the member in the event's dialect, for messages. */
const char *event_member_name(enum event_dialect dialect, enum event_member which);
/* The identity: eventId in our dialect, source NUL id in CloudEvents. In scratch; empty when it has none. */
struct span event_identity(struct event *ev);

#endif
