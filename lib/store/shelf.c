/* shelf: positions around query. */
#include "store/shelf.h"

#include "base/alloc.h"
#include "store/query.h"

#include <poll.h>

struct shelf {
	struct source source; /* first */
	struct source *query;
	int64_t before, after;
};

static int
shelf_next(struct source *source, struct source_line *out, struct err *err)
{
	struct shelf *s = (struct shelf *)source;
	int r = s->query->next(s->query, out, err);

	source->bytes_done = s->query->bytes_done;
	source->deadline_ns = s->query->deadline_ns;
	if (r == SOURCE_LINE) {
		s->before = out->line_no - 1;
		s->after = out->line_no;
	}
	return r;
}

static size_t
shelf_fds(struct source *source, struct pollfd *fds, size_t max)
{
	struct shelf *s = (struct shelf *)source;

	return s->query->fds ? s->query->fds(s->query, fds, max) : 0;
}

static void
shelf_stop(struct source *source)
{
	struct shelf *s = (struct shelf *)source;

	s->query->stop(s->query);
}

static void
shelf_close(struct source *source)
{
	struct shelf *s = (struct shelf *)source;

	s->query->close(s->query);
	alloc_free(s);
}

struct shelf *
shelf_open(const char *store, int64_t pos, bool follows, struct err *err)
{
	struct query_conf conf = {.store = store,
		.pos = {pos, INT64_MAX},
		.ver = QUERY_ALL,
		.from_ms = INT64_MIN,
		.to_ms = INT64_MAX,
		.follow = follows};
	struct source *query = query_open(&conf, err);
	struct shelf *s;

	if (!query)
		return NULL;
	s = alloc_zero(sizeof(*s));
	s->source = (struct source){.next = shelf_next,
		.fds = shelf_fds,
		.stop = shelf_stop,
		.close = shelf_close,
		.deadline_ns = INT64_MAX,
		.bytes_total = -1};
	s->query = query;
	s->before = s->after = pos;
	return s;
}

struct source *
shelf_source(struct shelf *s)
{
	return &s->source;
}

int64_t
shelf_pos(const struct shelf *s, bool before)
{
	return before ? s->before : s->after;
}

bool
shelf_is_store(const char *dir)
{
	struct disk d;
	int fd;

	if (disk_open(&d, dir))
		return false;
	fd = d.calls->open(&d, "FORMAT", DISK_READ, 0);
	if (fd >= 0)
		d.calls->close(&d, fd);
	disk_close(&d);
	return fd >= 0;
}
