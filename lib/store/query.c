/* query: filters over scan and retro. */
#include "store/query.h"

#include "base/num.h"
#include "base/when.h"
#include "io/notify.h"
#include "store/front.h"
#include "store/retro.h"
#include "store/visible.h"
#include "json/text.h"

#include <poll.h>

struct query {
	struct source source; /* first */
	struct query_conf conf;
	struct root root;
	struct segment_list list;
	struct scan scan;
	struct retro retro;
	struct visible visible;
	struct place bound;
	int notify; /* descriptor; -1: not following */
	bool is_stopped;
	bool is_past; /* nothing after this can match */
	bool is_at_end;
};

enum match { MATCH_NO, MATCH_YES, MATCH_BEFORE, MATCH_AFTER };

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

static enum match
compare(int64_t v, struct query_range r)
{
	return v < r.first ? MATCH_BEFORE : v > r.last ? MATCH_AFTER : MATCH_YES;
}

/*
 * Does the line match, and if not, can a later one (MATCH_BEFORE), an earlier one (MATCH_AFTER), either
 * (MATCH_NO)? Positions and times grow over the whole log, versions in their stream.
 */
static enum match
match_line(struct query *q, const struct scan_line *line)
{
	const struct query_conf *c = &q->conf;
	enum match m = compare(line->t.pos, c->pos);
	int64_t ms;

	if (m != MATCH_YES)
		return m;
	if (c->from_ms != INT64_MIN || c->to_ms != INT64_MAX) {
		if (when_parse(line->t.rec, &ms))
			return MATCH_NO;
		if (ms < c->from_ms)
			return MATCH_BEFORE;
		if (ms >= c->to_ms)
			return MATCH_AFTER;
	}
	if (!c->stream.p)
		return compare(line->t.ver, c->ver) == MATCH_YES ? MATCH_YES : MATCH_NO;
	if (!text_equals(line->t.stream, c->stream))
		return MATCH_NO;
	return compare(line->t.ver, c->ver);
}

static int
next_match(struct query *q, bool backwards, struct scan_line *line, struct err *err)
{
	enum match past = backwards ? MATCH_BEFORE : MATCH_AFTER, m;
	int r;

	while ((r = backwards ? retro_next(&q->retro, line, err)
			      : scan_next(&q->scan, line, err)) == 1) {
		m = match_line(q, line);
		if (m == MATCH_YES)
			return 1;
		if (m == past) {
			q->is_past = true;
			return 0;
		}
	}
	return r;
}

/* 1 and a line; else as a source answers. */
static int
next_line(struct query *q, struct scan_line *line, struct err *err)
{
	int r = 0;

	if (q->is_stopped || q->is_past)
		return SOURCE_END;
	if (q->conf.backwards && q->conf.last && q->conf.last-- == 1)
		q->is_stopped = true;
	if (q->is_at_end) {
		notify_drain(q->notify);
		if (visible_bound(&q->visible, &q->bound, err))
			return SOURCE_ERROR;
		scan_extend(&q->scan, &q->bound);
	}
	r = next_match(q, q->conf.backwards, line, err);
	q->is_at_end = r == 0 && q->notify >= 0;
	return q->is_at_end && !q->is_past ? SOURCE_WAIT : r;
}

static int
query_next(struct source *s, struct source_line *out, struct err *err)
{
	struct query *q = (struct query *)s;
	struct buf *window = q->conf.backwards ? &q->retro.lines.window : &q->scan.lines.window;
	struct scan_line line;
	int r = next_line(q, &line, err);

	if (r != SOURCE_LINE)
		return r;
	s->bytes_done += (int64_t)line.line.n + 1;
	*out = (struct source_line){.line = line.line,
		.input = q->root.path,
		.line_no = line.t.pos + 1,
		.ends_in_newline = true};
	if (!q->conf.meta)
		out->line = trailer_strip(window->p + (line.line.p - window->p), &line.t);
	out->full_length = (int64_t)out->line.n;
	return SOURCE_LINE;
}

static size_t
query_fds(struct source *s, struct pollfd *fds, size_t max)
{
	struct query *q = (struct query *)s;

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
	scan_release(&q->scan);
	retro_release(&q->retro);
	segment_list_release(&q->list);
	visible_release(&q->visible);
	root_close(&q->root);
	alloc_free(q);
}

/* Walks back over the last so many matches: the oldest of them is where reading starts. */
static int
find_last(struct query *q, struct err *err)
{
	struct scan_line line;
	int64_t first = INT64_MAX;
	int r = 1;

	for (int64_t n = 0; n < q->conf.last && r == 1; n++) {
		r = next_match(q, true, &line, err);
		if (r == 1)
			first = line.t.pos;
	}
	q->conf.pos.first = first == INT64_MAX ? q->conf.pos.first : first;
	q->is_stopped = first == INT64_MAX && !q->conf.follow;
	q->is_past = false;
	return r < 0 ? -1 : 0;
}

static int
watch(struct query *q, struct err *err)
{
	struct buf path;

	buf_init(&path, (size_t)1 << 20);
	buf_span(&path, span_str(q->root.path));
	buf_putc(&path, '\0');
	q->notify = notify_open(path.p, err);
	buf_release(&path);
	return q->notify < 0 ? -1 : 0;
}

static int
prepare(struct query *q, struct err *err)
{
	struct place from;

	if (q->conf.follow && watch(q, err))
		return -1;
	if (visible_bound(&q->visible, &q->bound, err) ||
		segment_list_read(&q->list, &q->root, err))
		return -1;
	retro_init(&q->retro, &q->root, &q->list, &q->bound);
	if (q->conf.last && !q->conf.backwards && find_last(q, err))
		return -1;
	if (q->conf.backwards)
		return 0;
	if (q->list.count == 0 || q->conf.pos.first >= q->bound.pos)
		from = q->list.count ? q->bound : (struct place){.sum = q->root.seed};
	else if (scan_seek(&q->root, &q->list, q->conf.pos.first, &from, err))
		return -1;
	scan_release(&q->scan);
	scan_init(&q->scan, &q->root, &from, &q->bound);
	return 0;
}

struct source *
query_open(const struct query_conf *conf, struct err *err)
{
	struct query *q = alloc_zero(sizeof(*q));

	q->conf = *conf;
	q->notify = -1;
	if (conf->disk ? root_open_on(&q->root, *conf->disk, conf->store, err)
		       : root_open(&q->root, conf->store, err)) {
		alloc_free(q);
		return NULL;
	}
	scan_init(&q->scan, &q->root, &q->bound, &q->bound);
	retro_init(&q->retro, &q->root, &q->list, &q->bound);
	visible_init(&q->visible, &q->root);
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
query_version(const char *store, struct span stream, int64_t *ver, struct err *err)
{
	struct query_conf conf = {.store = store,
		.stream = stream,
		.pos = QUERY_ALL,
		.ver = QUERY_ALL,
		.from_ms = INT64_MIN,
		.to_ms = INT64_MAX,
		.backwards = true};
	struct source *s = query_open(&conf, err);
	struct scan_line line;
	int r = 0;

	if (!s)
		return -1;
	r = next_match((struct query *)s, true, &line, err);
	if (r >= 0)
		*ver = r ? line.t.ver : 0;
	s->close(s);
	return r < 0 ? -1 : 0;
}
