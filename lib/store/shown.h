/*
 * shown: what the settings of a stream leave of it for those who read it (settings.h).
 *
 * They are looked up once, when reading begins; what is appended while a stream is followed is younger than any age and
 * behind any count.
 */
#ifndef STORE_SHOWN_H
#define STORE_SHOWN_H

#include "store/settings.h"
#include "store/strand.h"

/* The settings in the line at pos, which is one of a stream that holds settings. */
int shown_settings(struct view *v, int64_t pos, struct settings *out, struct err *err);
/* Narrows what is wanted of a stream to what is shown. */
int shown_limit(
	struct pieces *all, struct span stream, struct strand_limit *limit, struct err *err);

#endif
