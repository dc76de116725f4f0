/*
 * envelope: the rules an event must keep, and every one that a given event breaks.
 *
 * Ours: eventId, eventType, eventVersion, source, aggregateId, aggregateType are non-empty strings;
 * timestamp is an RFC 3339 string or integer epoch milliseconds; data is there and not null;
 * correlationId, causationId, userId are non-empty strings where they are there (null is absent). The
 * type is lower-case names joined by dots (naming.h).
 *
 * CloudEvents 1.0: specversion is "1.0"; id, source, type are non-empty strings; source is a
 * URI-reference, dataschema an absolute URI, time an RFC 3339 string, datacontenttype a media type, subject
 * a string (the empty one counts as absent, as in the specification's own examples); data and data_base64 exclude
 * each other; attribute names are [a-z0-9]+; extensions are strings, booleans or 32-bit integers; null is absent.
 *
 * Both: no duplicated envelope member, the sizes, the latest time.
 *
 * err->text lists all violations, joined by "; ", each beginning with the member's name; err->byte is the
 * place of the first one that has a place. err->code is "envelope", or "name", "time", "future", "size" when all
 * violations are of that one kind.
 */
#ifndef EVENT_ENVELOPE_H
#define EVENT_ENVELOPE_H

#include "event/event.h"

struct envelope_rules {
	uint64_t max_bytes;      /* of the whole event; 0: no limit */
	uint64_t max_data_bytes; /* of data as written; 0: no limit */
	int64_t latest_ms;       /* a later time is "future"; INT64_MAX: no limit */
	bool any_name;           /* the naming rule is left out */
};

/* 0, or -1 with every violation. */
int envelope_check(struct event *ev, const struct envelope_rules *rules, struct err *err);

#endif
