/* sift: filters over scan, retro and strand. */
#include "store/sift.h"

#include "base/when.h"
#include "store/consumer.h"
#include "store/shown.h"

enum match { MATCH_NO, MATCH_YES, MATCH_BEFORE, MATCH_AFTER };

void
sift_init(struct sift *s, struct view *view, const struct query_conf *conf)
{
	*s = (struct sift){.conf = conf, .view = view, .left = -1};
	strand_init(&s->strand, view);
	s->strand.misses_nothing = conf->who || conf->follow;
	s->strand.who = conf->who;
}

static enum match
compare(int64_t v, struct query_range r)
{
	return v < r.first ? MATCH_BEFORE : v > r.last ? MATCH_AFTER : MATCH_YES;
}

/*
 * Does the line match, and if not, can a later one (MATCH_BEFORE), an earlier one (MATCH_AFTER), either
 * (MATCH_NO)? Positions and times grow over the whole log. A strand selects by stream and version itself.
 */
static enum match
match_line(struct sift *s, const struct scan_line *line)
{
	const struct query_conf *c = s->conf;
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
	return compare(line->t.ver, c->ver) == MATCH_YES ? MATCH_YES : MATCH_NO;
}

static bool
is_of_all(const struct sift *s)
{
	return s->strand.count == 0;
}

/* --- where to read ----------------------------------------------------------------------------- */

static void
leave(struct sift *s)
{
	if (s->has_scan)
		scan_release(&s->scan);
	if (s->has_retro)
		retro_release(&s->retro);
	s->has_scan = s->has_retro = false;
}

void
sift_release(struct sift *s)
{
	leave(s);
	strand_release(&s->strand);
}

void
sift_clear(struct sift *s)
{
	leave(s);
	strand_clear(&s->strand);
}

static int
start_scan(struct sift *s, int64_t pos, struct err *err)
{
	struct place at;

	leave(s);
	if (view_place(s->view, pos, &at, err))
		return -1;
	scan_init(&s->scan, &s->view->root, &at, &s->view->bound);
	s->has_scan = true;
	return 0;
}

static int
start_retro(struct sift *s, int64_t pos, struct err *err)
{
	struct place at;

	leave(s);
	if (view_place(s->view, pos, &at, err))
		return -1;
	retro_init(&s->retro, &s->view->root, &s->view->list, &at);
	s->has_retro = true;
	return 0;
}

int
sift_range(struct sift *s, struct err *err)
{
	const struct query_conf *c = s->conf;
	int64_t low, high;

	s->low = MIN(MAX(c->pos.first, s->view->front.pos), s->view->bound.pos);
	s->high = c->pos.last < s->view->bound.pos ? c->pos.last + 1 : s->view->bound.pos;
	if (c->from_ms != INT64_MIN) {
		if (view_time(s->view, c->from_ms, &low, &high, err))
			return -1;
		s->low = MAX(s->low, low);
	}
	if (c->to_ms != INT64_MAX) {
		if (view_time(s->view, c->to_ms, &low, &high, err))
			return -1;
		s->high = MIN(s->high, high);
	}
	s->high = MAX(s->high, s->low);
	return 0;
}

static int next_match(struct sift *s, bool backwards, struct scan_line *line, struct err *err);

static bool
has_times(const struct sift *s)
{
	return s->conf->from_ms != INT64_MIN || s->conf->to_ms != INT64_MAX;
}

/* Every position that is selected is a match. */
static bool
is_whole(const struct sift *s)
{
	return is_of_all(s) && !has_times(s) && s->conf->ver.first <= 1 &&
	       s->conf->ver.last == INT64_MAX;
}

/* The position of the match before the one found last. */
static int
find_before(struct sift *s, int64_t *pos, struct err *err)
{
	struct scan_line line;
	int r;

	if (!is_of_all(s) && !has_times(s))
		return strand_next_pos(&s->strand, pos, err);
	r = next_match(s, true, &line, err);
	if (r == 1)
		*pos = line.t.pos;
	return r;
}

/* Walks back over the last so many matches: the oldest of them is where reading starts. */
static int
find_last(struct sift *s, struct err *err)
{
	int64_t first = s->high, last = MAX(s->conf->last, 0);
	int r = 1;

	if (is_whole(s) || last == 0) {
		s->low = last < s->high - s->low ? s->high - last : s->low;
		return 0;
	}
	if (is_of_all(s) && start_retro(s, s->high, err))
		return -1;
	if (!is_of_all(s))
		strand_start(&s->strand, s->low, s->high, true);
	for (int64_t n = 0; r == 1 && n < last; n++)
		r = find_before(s, &first, err);
	s->low = MAX(s->low, first);
	s->is_past = false;
	return r < 0 ? -1 : 0;
}

int
sift_start(struct sift *s, struct err *err)
{
	const struct query_conf *c = s->conf;

	leave(s);
	s->is_past = false;
	s->left = c->backwards && c->last ? MAX(c->last, 0) : -1;
	if (c->last && !c->backwards && find_last(s, err))
		return -1;
	if (is_of_all(s))
		return c->backwards ? start_retro(s, s->high, err) : start_scan(s, s->low, err);
	strand_start(&s->strand, s->low, c->follow ? INT64_MAX : s->high, c->backwards);
	return 0;
}

void
sift_extend(struct sift *s)
{
	if (is_of_all(s))
		scan_extend(&s->scan, &s->view->bound);
	else
		strand_extend(&s->strand);
}

/* Which lines of the stream are asked for, and shown. */
static int
find_limit(struct sift *s, struct span name, struct strand_limit *limit, struct err *err)
{
	*limit = (struct strand_limit){
		.ver_first = s->conf->ver.first, .ver_last = s->conf->ver.last};
	return shown_limit(&s->strand.pieces, name, limit, err);
}

int
sift_renew(struct sift *s, struct err *err)
{
	struct strand *strand = &s->strand;

	if (is_of_all(s)) {
		sift_extend(s);
		return 0;
	}
	if (view_renew(s->view, err) || view_reindex(s->view, err))
		return -1;
	if (strand_check(strand, err))
		return -1;
	/* From where it stood, before what is looked up. */
	strand_start(strand, strand->low, INT64_MAX, false);
	piece_forget(&strand->pieces);
	for (size_t i = 0; i < strand->count; i++)
		if (find_limit(s, strand->streams[i].name, &strand->streams[i].limit, err))
			return -1;
	return 0;
}

int
sift_add(struct sift *s, struct span name, struct err *err)
{
	struct strand_limit limit;

	if (find_limit(s, name, &limit, err))
		return -1;
	strand_add(&s->strand, name, limit);
	return 0;
}

/* --- reading ----------------------------------------------------------------------------------- */

/*
 * The segment to read next is gone: it was retired, and so was all before it. Reading goes on with what is left; but not
 * for who follows, or keeps his position, and would miss what he has not read. 1: go on, -1.
 */
static int
skip_retired(struct sift *s, struct err *err)
{
	int64_t at = s->scan.at.pos;

	if (strcmp(err->code, "gone") != 0 || view_renew(s->view, err) ||
		s->view->front.pos <= s->scan.at.segment || s->view->front.pos < at)
		return -1;
	if (!s->strand.misses_nothing || s->view->front.pos == at)
		return start_scan(s, s->view->front.pos, err) ? -1 : 1;
	return consumer_gone(s->conf->who, s->view->root.path, at, s->view->front.pos, err);
}

/* The same backwards: what is before the place at hand is gone, or all but what its own segment has. 1, 0 the end, -1. */
static int
skip_retired_back(struct sift *s, struct err *err)
{
	int64_t at = s->retro.pos, front = s->view->front.pos;

	if (strcmp(err->code, "gone") != 0 || view_renew(s->view, err) ||
		s->view->front.pos <= front)
		return -1;
	if (s->view->front.pos < at)
		return start_retro(s, at, err) ? -1 : 1;
	s->is_past = true;
	return 0;
}

static int
next_back(struct sift *s, struct scan_line *line, struct err *err)
{
	int r = 1;

	while (r == 1 && s->retro.pos > s->view->front.pos) {
		r = retro_next(&s->retro, line, err);
		if (r >= 0)
			return r;
		r = skip_retired_back(s, err);
	}
	return r < 0 ? -1 : 0;
}

static int
next_of_all(struct sift *s, bool backwards, struct scan_line *line, struct err *err)
{
	int r;

	if (backwards)
		return next_back(s, line, err);
	while ((r = scan_next(&s->scan, line, err)) < 0 && skip_retired(s, err) == 1)
		continue;
	return r;
}

static int
next_match(struct sift *s, bool backwards, struct scan_line *line, struct err *err)
{
	enum match past = backwards ? MATCH_BEFORE : MATCH_AFTER, m;
	int r;

	while ((r = s->has_scan || s->has_retro ? next_of_all(s, backwards, line, err)
						: strand_next(&s->strand, line, err)) == 1) {
		m = match_line(s, line);
		if (m == MATCH_YES)
			return 1;
		if (m == past) {
			s->is_past = true;
			return 0;
		}
	}
	return r;
}

int
sift_next(struct sift *s, struct scan_line *line, struct err *err)
{
	int r;

	if (s->is_past || s->left == 0)
		return 0;
	r = next_match(s, s->conf->backwards, line, err);
	s->left -= r == 1 && s->left > 0;
	return r;
}
