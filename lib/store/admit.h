/*
 * admit: which events may be stored, and in which stream.
 *
 * The envelope must be there in either dialect: id, type and aggregate, each a string that is not empty, and
 * none of its members twice, and no NUL in what is its identity. Names that start with '$' are the store's own at the
 * top level. A stream's name is 1 to 1024 bytes of UTF-8, any bytes: it is data and never part of a path. Those that
 * begin with '$$' are the store's own.
 */
#ifndef STORE_ADMIT_H
#define STORE_ADMIT_H

#include "event/event.h"

int admit_event(struct event *ev, struct err *err);
/* May there be such a stream? May events go to it? */
int admit_name(struct span name, struct err *err);
int admit_stream(struct span name, struct err *err);
/*
 * The stream an event goes to by itself: its aggregate's type in lower case, '-', its aggregate's id, as in
 * "user-123". In the event's scratch.
 */
int admit_default_stream(struct event *ev, struct span *out, struct err *err);

#endif
