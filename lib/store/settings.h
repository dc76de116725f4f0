/*
 * settings: what the operator says of one stream: which of its events are shown, and whether it takes more.
 *
 * The settings of stream S are events of the stream "$$S", which producers cannot write to; the last one counts:
 *
 *	{"eventId":"…","eventType":"system.stream-settings","eventVersion":"1.0","timestamp":"…","source":"ev-store",
 *	 "aggregateId":"S","aggregateType":"Stream","data":{"maxAgeMs":86400000,"maxCount":100,"before":5,"tombstone":false}}
 *
 * of data only what is set. They hide events from those who read the stream; nothing is removed, and reading all streams
 * shows every event. Versions go on as if nothing were hidden.
 */
#ifndef STORE_SETTINGS_H
#define STORE_SETTINGS_H

#include "base/buf.h"
#include "base/err.h"

struct settings {
	int64_t max_age_ms; /* since it was recorded; 0: any */
	int64_t max_count;  /* only the last so many; 0: all */
	int64_t before;     /* versions under it are hidden */
	bool is_tombstoned; /* all are hidden, and no more are taken, for ever */
};

#define SETTINGS_PREFIX "$$"

/* The stream that has the settings of another; ERR_USAGE when the name is too long to have any. */
int settings_stream(struct span stream, struct buf *out, struct err *err);
/* Does a stream hold settings? */
bool settings_is_of(struct span stream);
/* body: the event without its final '}'. ERR_DAMAGE when it is no settings event. */
int settings_parse(struct span body, struct settings *out, struct err *err);
/* The event, with a new id. */
void settings_put(
	struct buf *out, struct span stream, const struct settings *settings, int64_t now_ms);
/* The first version that is shown of a stream that is at this version; version + 1: none is. */
int64_t settings_first(const struct settings *s, int64_t version);
/* The time from which what was recorded is shown; INT64_MIN: all. */
int64_t settings_since(const struct settings *s, int64_t now_ms);

#endif
