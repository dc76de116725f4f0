/*
 * naming: how an event type should be written: lower-case names joined by dots, the last one in the past tense
 * ("content.watched"), because an event has happened.
 */
#ifndef EVENT_NAMING_H
#define EVENT_NAMING_H

#include "base/span.h"

/* Names of [a-z][a-z0-9_-]*, at least two. */
bool naming_is_dotted(struct span type);
/*
 * Does the last name speak of the past? A heuristic for English: one of its words (split at '_' and '-') ends in
 * "ed" or is one of a list of irregular past forms. So it can only be the ground of a warning.
 */
bool naming_is_past(struct span type);

#endif
