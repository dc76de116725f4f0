/*
 * cloud: an event of our dialect as a CloudEvents 1.0 event, its envelope renamed in place.
 *
 *	{"eventId":"e1", "eventType":"a.done","timestamp":1637572532123,"traceId":"t","data":{"n":1.50}}
 *	{"specversion":"1.0","id":"e1", "type":"a.done","time":"2021-11-22T09:15:32.123Z","traceid":"t","data":{"n":1.50}}
 *
 * Members keep their places, and values their bytes, but for a timestamp that is a number. The names are those of
 * event.h; aggregateId becomes subject and, so that a broker keeps its events in order, partitionkey too. What is not
 * of the envelope is an extension, whose name is written in lower case; one that would then be an attribute is refused.
 *
 * The result is held to the rules of CloudEvents (envelope.h): what has no id, a source that is no
 * URI-reference, or a member at the top that is an object, cannot be said in that dialect and is an error.
 */
#ifndef EVENT_CLOUD_H
#define EVENT_CLOUD_H

#include "base/buf.h"
#include "event/event.h"

#define CLOUD_EXTENSIONS_MAX 100
#define CLOUD_GROWTH 256

/* Owned by the program for the run. */
struct cloud {
	struct doc doc; /* of the result */
	struct buf text;
};

/* max_bytes: of a result, which may need CLOUD_GROWTH more than the event, and its aggregateId once more. */
void cloud_init(struct cloud *c, size_t max_bytes);
void cloud_release(struct cloud *c);
/*
 * The line with its event in the other dialect, valid until the next call; a CloudEvents line as it is. -1, code
 * "cloudevents": it cannot be said, with every reason.
 */
int cloud_line(struct cloud *c, struct event *ev, struct span *line, struct err *err);

#endif
