/* query: a view, sifted; what waits for more, and what names streams. */
#include "store/query.h"

#include "base/num.h"
#include "io/notify.h"
#include "store/consumer.h"
#include "store/sift.h"

#include <errno.h>
#include <poll.h>

#define FAR 1024 /* lines behind */

struct query {
	struct source source; /* first */
	struct query_conf conf;
	struct view view;
	struct sift sift;
	int notify, consumer_fd; /* descriptors; -1: none */
	bool is_stopped;
	bool is_at_end; /* more is waited for */
	bool has_caught_up;

	struct buf name; /* the stream at hand of conf.names */
	bool has_name;
	char *stripped; /* a comma of the window that the line given last has a brace in place of */
	struct consumer_mark seen, done, committed; /* after the line given last; before it */
	char who[CONSUMER_NAME_MAX + 16];           /* the consumer */
};

int
query_parse_range(struct span text, struct query_range *out, struct err *err)
{
	ptrdiff_t dots = span_find(text, SPAN(".."));
	struct span a = dots < 0 ? text : span_of(text.p, (size_t)dots);
	struct span b = dots < 0 ? text : span_of(text.p + dots + 2, text.n - (size_t)dots - 2);
	struct query_range r = QUERY_ALL;

	if ((a.n && num_i64(a, &r.first)) || (b.n && num_i64(b, &r.last)) || text.n == 0 ||
		r.first < 0 || r.last < r.first)
		return err_usage(err, "'%.*s' is no range such as 3..7, 3.., ..7 or 3",
			(int)MIN(text.n, 64), text.p);
	*out = r;
	return 0;
}

/* --- the next line ----------------------------------------------------------------------------- */

/* A store never loses its FORMAT: its directory was removed, and nothing more will come. */
static int
check_there(struct query *q, struct err *err)
{
	if (disk_size(&q->view.root.disk, "FORMAT") >= 0 || errno != ENOENT)
		return 0;
	return err_set(err, ERR_SYSTEM, "store", -1, "'%s' has been removed", q->view.root.path);
}

/* The bound moves on, and what is read with it. Who was far behind does not read everything. */
static int
go_on(struct query *q, struct err *err)
{
	int64_t before = q->view.bound.pos;

	notify_drain(q->notify);
	if (check_there(q, err) || view_advance(&q->view, err))
		return -1;
	q->is_at_end = false;
	if (q->view.bound.pos - before >= FAR)
		return sift_renew(&q->sift, err);
	sift_extend(&q->sift);
	return 0;
}

/* Nothing more for now. */
static int
wait_for_more(struct query *q, struct err *err)
{
	q->is_at_end = true;
	if (!q->has_caught_up && q->conf.caught_up &&
		q->conf.caught_up(q->conf.ctx, q->view.bound.pos, err))
		return SOURCE_ERROR;
	q->has_caught_up = true;
	return SOURCE_WAIT;
}

/* All lines up to the bound were looked at. */
static void
see_all(struct query *q)
{
	if (!q->sift.is_past && !q->conf.backwards)
		q->seen = q->done = (struct consumer_mark){q->view.bound.pos, q->view.bound.sum};
}

/* 1 and a line; else as a source answers. */
static int
next_line(struct query *q, struct scan_line *line, struct err *err)
{
	int r;

	if (q->is_stopped)
		return SOURCE_END;
	if (q->is_at_end && go_on(q, err))
		return SOURCE_ERROR;
	r = sift_next(&q->sift, line, err);
	if (r != 0)
		return r;
	see_all(q);
	return q->notify >= 0 && !q->sift.is_past ? wait_for_more(q, err) : SOURCE_END;
}

/* --- one stream after another ------------------------------------------------------------------ */

/* After a wait: what has become durable meanwhile can be read too. */
static int
look_again(struct query *q, struct err *err)
{
	int64_t before = q->view.bound.pos;

	q->is_at_end = false;
	if (view_renew(&q->view, err))
		return -1;
	if (q->view.bound.pos == before)
		return 0;
	sift_clear(&q->sift);
	piece_forget(&q->sift.strand.pieces);
	return view_reindex(&q->view, err) || sift_range(&q->sift, err) ? -1 : 0;
}

/* The next name becomes the stream at hand. 1; else as a source answers. */
static int
next_name(struct query *q, struct err *err)
{
	struct source *names = q->conf.names;
	struct source_line line;
	int r = names->next(names, &line, err);

	q->source.deadline_ns = names->deadline_ns;
	q->is_at_end = q->is_at_end || r == SOURCE_WAIT;
	if (r != SOURCE_LINE)
		return r;
	if (q->is_at_end && look_again(q, err))
		return SOURCE_ERROR;
	buf_clear(&q->name);
	if (line.ends_in_newline && span_ends(line.line, SPAN("\r")))
		line.line.n--;
	if (line.full_length <= TRAILER_STREAM_MAX + 1)
		buf_span(&q->name, line.line);
	sift_clear(&q->sift);
	if (sift_range(&q->sift, err) || sift_add(&q->sift, buf_view(&q->name), err) ||
		sift_start(&q->sift, err))
		return SOURCE_ERROR;
	q->has_name = true;
	return 1;
}

static int
next_of_names(struct query *q, struct scan_line *line, struct err *err)
{
	for (;;) {
		int r = q->is_stopped ? SOURCE_END : q->has_name ? 1 : next_name(q, err);

		if (r != 1)
			return r;
		r = sift_next(&q->sift, line, err);
		if (r != 0)
			return r;
		q->has_name = false;
	}
}

/* --- the source -------------------------------------------------------------------------------- */

static int
query_next(struct source *s, struct source_line *out, struct err *err)
{
	struct query *q = (struct query *)s;
	struct scan_line line;
	int r;

	if (q->stripped)
		*q->stripped = ',';
	q->stripped = NULL;
	q->done = q->seen;
	r = q->conf.names ? next_of_names(q, &line, err) : next_line(q, &line, err);
	if (r != SOURCE_LINE)
		return r;
	s->bytes_done += (int64_t)line.line.n + 1;
	q->seen = (struct consumer_mark){line.t.pos + 1, line.t.sum};
	*out = (struct source_line){.line = line.line,
		.input = q->view.root.path,
		.line_no = line.t.pos + 1,
		.ends_in_newline = true};
	if (!q->conf.meta) {
		char *p = (char *)(uintptr_t)line.line.p; /* a window of ours */

		out->line = trailer_strip(p, &line.t);
		q->stripped = p + line.t.at;
	}
	out->full_length = (int64_t)out->line.n;
	return SOURCE_LINE;
}

static size_t
query_fds(struct source *s, struct pollfd *fds, size_t max)
{
	struct query *q = (struct query *)s;

	if (q->conf.names)
		return q->conf.names->fds ? q->conf.names->fds(q->conf.names, fds, max) : 0;
	if (q->notify < 0 || max == 0)
		return 0;
	fds[0] = (struct pollfd){.fd = q->notify, .events = POLLIN};
	return 1;
}

static void
query_stop(struct source *s)
{
	((struct query *)s)->is_stopped = true;
}

static void
query_close(struct source *s)
{
	struct query *q = (struct query *)s;

	if (q->notify >= 0)
		notify_close(q->notify);
	if (q->consumer_fd >= 0)
		q->view.root.disk.calls->close(&q->view.root.disk, q->consumer_fd);
	if (q->conf.names)
		q->conf.names->close(q->conf.names);
	sift_release(&q->sift);
	buf_release(&q->name);
	view_close(&q->view);
	alloc_free(q);
}

/* Where who reads has come to: 1; 0 he begins; -1. */
static int
recall(struct query *q, struct err *err)
{
	const char *name = q->conf.consumer;

	if (name)
		return consumer_lock(&q->view.root, name, &q->consumer_fd, err)
			       ? -1
			       : consumer_get(&q->view.root, name, &q->committed, err);
	if (!q->conf.from)
		return 0;
	q->committed = *q->conf.from;
	return 1;
}

/* Reading goes on there; the store must be the one that was read. */
static int
resume(struct query *q, struct err *err)
{
	struct view *v = &q->view;
	struct place at;
	int r;

	q->seen = (struct consumer_mark){v->front.pos, v->front.sum};
	r = recall(q, err);
	if (r <= 0)
		return r;
	if (q->committed.pos < v->front.pos)
		return consumer_gone(
			q->conf.who, v->root.path, q->committed.pos, v->front.pos, err);
	at = v->bound;
	if (q->committed.pos < at.pos && view_place(v, q->committed.pos, &at, err))
		return -1;
	if (!q->conf.consumer && q->conf.has_no_sum)
		q->committed.sum = at.sum;
	if (consumer_check(q->conf.who, &q->committed, &at, err))
		return -1;
	q->seen = q->done = q->committed;
	q->sift.low = MAX(q->sift.low, at.pos);
	q->sift.high = MAX(q->sift.high, q->sift.low);
	return 0;
}

/* The watch comes first, then the bound: what happens in between is noticed. */
static int
watch(struct query *q, struct err *err)
{
	q->notify = notify_open(q->view.root.path, err);
	return q->notify < 0 || view_advance(&q->view, err) ? -1 : 0;
}

static int
prepare(struct query *q, struct err *err)
{
	if (q->conf.follow && watch(q, err))
		return -1;
	if (sift_range(&q->sift, err) || resume(q, err))
		return -1;
	if (q->conf.stream.p && sift_add(&q->sift, q->conf.stream, err))
		return -1;
	for (size_t i = 0; i < q->conf.stream_count; i++)
		if (sift_add(&q->sift, q->conf.streams[i], err))
			return -1;
	return q->conf.names ? 0 : sift_start(&q->sift, err);
}

struct source *
query_open(const struct query_conf *conf, struct err *err)
{
	struct query *q = alloc_zero(sizeof(*q));

	q->conf = *conf;
	snprintf(q->who, sizeof(q->who), "consumer '%.*s'", CONSUMER_NAME_MAX,
		conf->consumer ? conf->consumer : "");
	if (conf->consumer)
		q->conf.who = q->who;
	q->notify = q->consumer_fd = -1;
	if (view_open(&q->view, conf->store, conf->disk, err)) {
		if (conf->names)
			conf->names->close(conf->names);
		alloc_free(q);
		return NULL;
	}
	sift_init(&q->sift, &q->view, &q->conf);
	buf_init(&q->name, TRAILER_STREAM_MAX);
	q->source = (struct source){.next = query_next,
		.fds = query_fds,
		.stop = query_stop,
		.close = query_close,
		.deadline_ns = INT64_MAX,
		.bytes_total = -1};
	if (prepare(q, err) == 0)
		return &q->source;
	query_close(&q->source);
	return NULL;
}

int
query_commit(struct source *s, bool is_whole, struct err *err)
{
	struct query *q = (struct query *)s;
	const struct consumer_mark *mark = is_whole ? &q->seen : &q->done;

	if (mark->pos == q->committed.pos && mark->sum == q->committed.sum)
		return 0;
	if (consumer_put(&q->view.root, q->conf.consumer, mark, err))
		return -1;
	q->committed = *mark;
	return 0;
}

void
query_marks(const struct source *s, struct consumer_mark *before, struct consumer_mark *after)
{
	const struct query *q = (const struct query *)s;

	*before = q->done;
	*after = q->seen;
}

int
query_version(const char *store, struct span stream, int64_t *ver, struct err *err)
{
	struct pieces pieces;
	struct view view;
	int64_t pos;
	int r;

	if (view_open(&view, store, NULL, err))
		return -1;
	piece_init(&pieces, &view);
	r = piece_version(&pieces, stream, ver, &pos, err);
	if (r == 0)
		*ver = 0;
	piece_release(&pieces);
	view_close(&view);
	return r < 0 ? -1 : 0;
}
