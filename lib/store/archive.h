/*
 * archive: a range of time out of packed text, as a source, without reading what is outside of it.
 *
 *	switch (archive_open(&a, path, err)) {
 *	case 1:
 *		if (archive_has_time(a, NULL, TIMING_MS))
 *			s = archive_source(a, from_ms, to_ms);
 *		...
 *	case 0: it has no index, err says why: read it as any other file
 *
 * The source gives each line of the frames that may hold an event in [from, to): more than asked for, never less. A frame
 * with lines whose time cannot be read is always among them. Numbers of lines and offsets are those of the whole
 * text. Of a sealed segment it gives the producer's bytes, without what the store added.
 *
 * Memory: as sealed.h says, and a window of 256 KiB, grown to the longest line.
 */
#ifndef STORE_ARCHIVE_H
#define STORE_ARCHIVE_H

#include "event/source.h"
#include "event/timing.h"
#include "store/root.h"

#define ARCHIVE_FROM_FIRST INT64_MIN
#define ARCHIVE_TO_LAST INT64_MAX

struct archive;

/* 1; 0: the file has no index of ours; -1: it cannot be opened or read. */
int archive_open(struct archive **out, const char *path, struct err *err);
/* A sealed segment of a store, which outlives the archive. 1; -1, code "gone": there is no such file. */
int archive_open_segment(struct archive **out, struct root *root, int64_t first, struct err *err);
void archive_close(struct archive *a);
/* Were its times read by this expression (NULL: the envelope's) in this unit? Else its index says nothing. */
bool archive_has_time(const struct archive *a, const char *expr, enum timing_unit unit);
bool archive_is_segment(const struct archive *a);
/* Of all its lines: how many there are, and how many have no readable time. */
int64_t archive_lines(const struct archive *a);
int64_t archive_untimed(const struct archive *a);
/* First and last event time, both included; false when no line has one. */
bool archive_times(const struct archive *a, int64_t *from_ms, int64_t *to_ms);
/* Takes over the archive. Lines over max_line (0: no limit) come as source.h says. */
struct source *archive_source(struct archive *a, int64_t from_ms, int64_t to_ms, size_t max_line);
/* Of a segment's source: the sum of the line given last, or of the one before it. */
uint64_t archive_sum(const struct source *s, bool before);
/* The position after its last line, and that line's sum. */
int64_t archive_past(const struct source *s, uint64_t *sum);

#endif
