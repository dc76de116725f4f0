/* shelf: positions around query, and sealed segments by their index. */
#include "store/shelf.h"

#include "base/alloc.h"
#include "store/archive.h"
#include "store/query.h"
#include "store/segment.h"

#include <poll.h>

#define WHO_MAX 256

struct shelf {
	struct source source; /* first */
	struct shelf_conf conf;
	char *store;
	struct root root;
	struct segment_list list; /* read once, and for a range only */
	size_t at;                /* the next segment */
	struct source *part; /* what is read now: a query, or the frames of a segment; NULL: none */
	int64_t first;       /* position of the first line of a segment; -1: part is a query */
	struct consumer_mark before, after; /* around the line given last */
	bool is_begun;                      /* after is known */
	bool has_no_sum;                    /* but not its sum */
	char who[WHO_MAX];
	bool is_stopped;
};

/* --- parts ------------------------------------------------------------------------------------- */

static bool
has_range(const struct shelf *s)
{
	return s->conf.from_ms != INT64_MIN || s->conf.to_ms != INT64_MAX;
}

static bool
is_sealed(const struct shelf *s, size_t i)
{
	bool is_last = i + 1 == s->list.count;

	return s->list.items[i].is_sealed && !s->list.items[i].is_plain &&
	       !(is_last && s->conf.follows);
}

/* 1 the frames of the range; 0 they cannot be had that way: read it as any other segment. */
static int
open_frames(struct shelf *s, size_t i)
{
	const struct timing *t = s->conf.timing;
	struct err ignored; /* whatever it is, the query meets it again */
	struct archive *a;

	if (archive_open_segment(&a, &s->root, s->list.items[i].first, &ignored) != 1)
		return 0;
	if (!archive_has_time(a, t->expr ? expr_text(t->expr) : NULL, t->unit)) {
		archive_close(a);
		return 0;
	}
	s->part = archive_source(a, s->conf.from_ms, s->conf.to_ms, 0);
	s->first = s->list.items[i].first;
	return 1;
}

static int
open_query(struct shelf *s, int64_t first, int64_t last, struct err *err)
{
	bool is_open = last == INT64_MAX;
	struct query_conf conf = {.store = s->store,
		.from = s->conf.keeps && s->is_begun ? &s->after : NULL,
		.has_no_sum = s->has_no_sum,
		.who = s->conf.keeps ? s->who : NULL,
		.pos = {MAX(first, s->after.pos), last},
		.ver = QUERY_ALL,
		.from_ms = INT64_MIN,
		.to_ms = INT64_MAX,
		.follow = s->conf.follows && is_open};

	s->part = query_open(&conf, err);
	s->first = -1;
	if (!s->part)
		return -1;
	s->is_begun = true;
	s->has_no_sum = false;
	return 1;
}

/* 1 the next part is open; 0 there is none; -1. */
static int
open_part(struct shelf *s, struct err *err)
{
	int64_t first = s->at < s->list.count ? s->list.items[s->at].first : 0;

	if (s->at >= s->list.count)
		return 0;
	if (is_sealed(s, s->at) && first <= s->after.pos && open_frames(s, s->at)) {
		s->at++;
		return 1;
	}
	for (s->at++; s->at < s->list.count; s->at++)
		if (is_sealed(s, s->at))
			return open_query(s, first, s->list.items[s->at].first - 1, err);
	return open_query(s, first, INT64_MAX, err);
}

static void
close_part(struct shelf *s)
{
	if (s->part)
		s->part->close(s->part);
	s->part = NULL;
}

/* --- the source -------------------------------------------------------------------------------- */

/* Around the line at pos, which the part gave last. */
static void
mark_line(struct shelf *s, int64_t pos)
{
	if (s->first < 0) {
		query_marks(s->part, &s->before, &s->after);
		return;
	}
	s->before = (struct consumer_mark){pos, archive_sum(s->part, true)};
	s->after = (struct consumer_mark){pos + 1, archive_sum(s->part, false)};
}

/* All of the part was looked at, as far as it goes by now. */
static void
mark_end(struct shelf *s)
{
	struct consumer_mark past;

	if (s->first < 0)
		query_marks(s->part, &s->before, &past);
	else
		past.pos = archive_past(s->part, &past.sum);
	s->after = past.pos < s->after.pos ? s->after : past;
	s->before = s->after;
}

/* Of the part that is open; as next. Lines before the position to begin with are passed over. */
static int
next_of_part(struct shelf *s, struct source_line *out, struct err *err)
{
	for (;;) {
		int r = s->part->next(s->part, out, err);

		if (unlikely(r != SOURCE_LINE)) {
			if (r != SOURCE_ERROR)
				mark_end(s);
			return r;
		}
		if (s->first >= 0) {
			out->line_no += s->first;
			out->input = s->store;
		}
		if (unlikely(out->line_no <= s->after.pos))
			continue;
		mark_line(s, out->line_no - 1);
		return r;
	}
}

static int
shelf_next(struct source *source, struct source_line *out, struct err *err)
{
	struct shelf *s = (struct shelf *)source;

	for (;;) {
		int r = s->part && !s->is_stopped ? next_of_part(s, out, err) : SOURCE_END;

		if (likely(r != SOURCE_END)) {
			source->bytes_done = s->part->bytes_done;
			source->deadline_ns = s->part->deadline_ns;
			return r;
		}
		close_part(s);
		if (s->is_stopped)
			return SOURCE_END;
		r = open_part(s, err);
		if (r <= 0)
			return r < 0 ? SOURCE_ERROR : SOURCE_END;
	}
}

static size_t
shelf_fds(struct source *source, struct pollfd *fds, size_t max)
{
	struct shelf *s = (struct shelf *)source;

	return s->part && s->part->fds ? s->part->fds(s->part, fds, max) : 0;
}

static void
shelf_stop(struct source *source)
{
	((struct shelf *)source)->is_stopped = true;
}

static void
shelf_close(struct source *source)
{
	struct shelf *s = (struct shelf *)source;

	close_part(s);
	segment_list_release(&s->list);
	root_close(&s->root);
	alloc_free(s->store);
	alloc_free(s);
}

/* One query over all, or the segments of the range in turn, once the store is known to be the one that was read. */
static int
start(struct shelf *s, struct err *err)
{
	if (open_query(s, s->after.pos, INT64_MAX, err) < 0)
		return -1;
	query_marks(s->part, &s->before, &s->after);
	s->before = s->after;
	if (!has_range(s))
		return 0;
	if (segment_list_read(&s->list, &s->root, err))
		return -1;
	if (s->list.count == 0)
		return 0;
	s->at = segment_of_pos(&s->list, s->after.pos);
	close_part(s);
	return 0;
}

struct shelf *
shelf_open(const char *store, const struct shelf_conf *conf, struct err *err)
{
	struct shelf *s = alloc_zero(sizeof(*s));

	if (root_open(&s->root, store, err)) {
		alloc_free(s);
		return NULL;
	}
	s->source = (struct source){.next = shelf_next,
		.fds = shelf_fds,
		.stop = shelf_stop,
		.close = shelf_close,
		.deadline_ns = INT64_MAX,
		.bytes_total = -1};
	s->conf = *conf;
	s->store = alloc_string(store);
	snprintf(s->who, sizeof(s->who), "the replay of '%.200s'", store);
	s->is_begun = conf->from != NULL;
	s->has_no_sum = conf->has_no_sum;
	if (conf->from)
		s->before = s->after = *conf->from;
	if (start(s, err) == 0)
		return s;
	shelf_close(&s->source);
	return NULL;
}

struct source *
shelf_source(struct shelf *s)
{
	return &s->source;
}

struct consumer_mark
shelf_mark(const struct shelf *s, bool before)
{
	return before ? s->before : s->after;
}

static bool
has_file(struct disk *d, const char *name)
{
	int fd = d->calls->open(d, name, DISK_READ, 0);

	if (fd >= 0)
		d->calls->close(d, fd);
	return fd >= 0;
}

static int
first(void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return 1;
}

bool
shelf_is_store(const char *dir)
{
	struct disk d;
	bool is_store;

	if (disk_open(&d, dir))
		return false;
	is_store = has_file(&d, "FORMAT") ||
		   (has_file(&d, "head") && d.calls->list(&d, "seg", first, NULL) >= 0);
	disk_close(&d);
	return is_store;
}
