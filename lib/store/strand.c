/* strand: pieces of the log, and the lines of streams out of them. */
#include "store/strand.h"

#include "store/consumer.h"
#include "json/text.h"

void
strand_init(struct strand *s, struct view *view)
{
	*s = (struct strand){.view = view};
	fetch_init(&s->fetch, view);
	piece_init(&s->pieces, view);
}

/* Whatever the piece at hand holds. */
static void
leave_piece(struct strand *s)
{
	if (s->has_scan)
		scan_release(&s->scan);
	if (s->has_retro)
		retro_release(&s->retro);
	s->has_scan = s->has_retro = false;
	s->item_at = s->item_count = 0;
	s->piece.kind = PIECE_NONE;
}

void
strand_release(struct strand *s)
{
	leave_piece(s);
	piece_release(&s->pieces);
	fetch_release(&s->fetch);
	alloc_free(s->streams);
}

void
strand_clear(struct strand *s)
{
	leave_piece(s);
	s->count = 0;
}

void
strand_add(struct strand *s, struct span name, struct strand_limit limit)
{
	for (size_t i = 0; i < s->count; i++)
		if (span_equal(s->streams[i].name, name))
			return;
	if (s->count == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 4;
		s->streams = alloc_resize(s->streams, s->cap * sizeof(*s->streams));
	}
	s->streams[s->count++] = (struct strand_stream){
		.name = name, .hash = hash_wide_seeded(name, s->view->root.seed), .limit = limit};
}

void
strand_start(struct strand *s, int64_t low, int64_t high, bool backwards)
{
	leave_piece(s);
	s->low = MAX(low, s->view->front.pos);
	s->high = MIN(high, s->view->bound.pos);
	s->backwards = backwards;
	s->pieces.reads_on = false;
}

void
strand_extend(struct strand *s)
{
	assert(!s->backwards);
	s->high = s->view->bound.pos;
	s->pieces.reads_on = true;
	if (s->piece.kind == PIECE_LOG && s->has_scan) {
		s->piece.high = s->high;
		scan_extend(&s->scan, &s->view->bound);
	}
}

int
strand_check(const struct strand *s, struct err *err)
{
	const struct view *v = s->view;

	if (!s->misses_nothing || s->backwards || s->low >= v->front.pos)
		return 0;
	return consumer_gone(s->who, v->root.path, s->low, v->front.pos, err);
}

/* --- pieces ------------------------------------------------------------------------------------ */

/* The first of [at, end) that is at pos or after it; -1. */
static int64_t
first_from(struct strand *s, const struct run_cursor *cursor, int64_t at, int64_t end, int64_t pos)
{
	int64_t found;

	while (at < end) {
		int64_t middle = at + (end - at) / 2;

		if (piece_pos(&s->piece, cursor, middle, &found))
			return -1;
		if (found < pos)
			at = middle + 1;
		else
			end = middle;
	}
	return at;
}

/* The position of the stream's next line in the piece. */
static int
look_ahead(struct strand *s, struct strand_stream *t)
{
	if (t->at == t->end)
		return 0;
	return piece_pos(&s->piece, &t->cursor, s->backwards ? t->end - 1 : t->at, &t->pos);
}

/* Which lines of the piece the stream wants. */
static int
enter_stream(struct strand *s, struct strand_stream *t)
{
	int64_t count, low = MAX(s->piece.low, t->limit.pos_first);
	int r;

	t->at = t->end = 0;
	r = piece_stream(&s->piece, t->hash, &t->first_ver, &count, &t->cursor);
	if (r <= 0)
		return r;
	if (t->limit.ver_last < t->first_ver || t->limit.ver_first >= t->first_ver + count)
		return 0;
	t->at = MAX(t->limit.ver_first - t->first_ver, 0);
	t->end = MIN(t->limit.ver_last - t->first_ver + 1, count);
	t->end = first_from(s, &t->cursor, t->at, t->end, s->piece.high);
	if (t->end >= 0)
		t->at = first_from(s, &t->cursor, t->at, t->end, low);
	return t->end < 0 || t->at < 0 ? -1 : look_ahead(s, t);
}

static int
enter_streams(struct strand *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (enter_stream(s, &s->streams[i]) < 0)
			return -1;
	return 0;
}

/* Nothing more is asked of the piece. */
static void
give_up(struct strand *s)
{
	piece_give_up(&s->piece, &s->pieces);
	leave_piece(s);
}

/* Opens the log where the piece begins. */
static int
enter_log(struct strand *s, struct err *err)
{
	struct view *v = s->view;
	struct place at;

	if (view_place(v, s->backwards ? s->piece.high : s->piece.low, &at, err))
		return -1;
	if (s->backwards)
		retro_init(&s->retro, &v->root, &v->list, &at);
	else
		scan_init(&s->scan, &v->root, &at, &v->bound);
	s->has_retro = s->backwards;
	s->has_scan = !s->backwards;
	return 0;
}

/* The next piece. 1, 0 there is none, -1. */
static int
enter_piece(struct strand *s, struct err *err)
{
	while (s->low < s->high) {
		if (piece_at(&s->piece, &s->pieces, s->backwards ? s->high - 1 : s->low, err))
			return -1;
		s->piece.low = MAX(s->piece.low, s->low);
		s->piece.high = MIN(s->piece.high, s->high);
		if (s->piece.kind == PIECE_LOG)
			return enter_log(s, err) ? -1 : 1;
		if (enter_streams(s) == 0)
			return 1;
		give_up(s);
	}
	return 0;
}

/* All of the piece was seen. */
static void
finish_piece(struct strand *s)
{
	if (s->backwards)
		s->high = s->piece.low;
	else
		s->low = s->piece.high;
	leave_piece(s);
}

/* --- lines of a run or of what was gleaned ----------------------------------------------------- */

static struct strand_stream *
nearest(struct strand *s)
{
	struct strand_stream *best = NULL;

	for (size_t i = 0; i < s->count; i++) {
		struct strand_stream *t = &s->streams[i];

		if (t->at < t->end &&
			(!best || (s->backwards ? t->pos > best->pos : t->pos < best->pos)))
			best = t;
	}
	return best;
}

/* Locates the lines that come next, as many as there is room for. -1: the run is bad. */
static int
gather(struct strand *s)
{
	struct strand_stream *t;

	s->item_at = s->item_count = 0;
	while (s->item_count < STRAND_ITEMS && (t = nearest(s))) {
		struct fetch_want *want = &s->wants[s->item_count];

		want->pos = t->pos;
		if (piece_locate(&s->piece, t->pos, &want->at))
			return -1;
		s->items[s->item_count++] = (struct strand_item){
			.ver = t->first_ver + (s->backwards ? t->end - 1 : t->at), .stream = t};
		if (s->backwards)
			t->end--;
		else
			t->at++;
		if (look_ahead(s, t))
			return -1;
	}
	return 0;
}

static void
pass(struct strand *s, int64_t pos)
{
	if (s->backwards)
		s->high = pos;
	else
		s->low = pos + 1;
}

/*
 * What an error while reading a line at pos means. A segment that is gone was retired, and so was all before it: reading
 * goes on after that, if it may. 1: go on, -1.
 */
static int
excuse(struct strand *s, int64_t pos, struct err *err)
{
	struct view *v = s->view;

	if (strcmp(err->code, "gone") != 0 || view_renew(v, err))
		return -1;
	if (v->front.pos <= pos || strand_check(s, err))
		return -1;
	leave_piece(s);
	piece_forget(&s->pieces);
	s->low = MAX(s->low, v->front.pos);
	return 1;
}

/* The line of the item at hand. 1, 0 the piece was given up, -1. */
static int
take_item(struct strand *s, struct scan_line *out, struct err *err)
{
	const struct strand_item *item = &s->items[s->item_at];
	const struct fetch_want *want = &s->wants[s->item_at];

	if (fetch_line(&s->fetch, want, s->item_count - s->item_at, out, err) == 0) {
		if (out->t.ver == item->ver && text_equals(out->t.stream, item->stream->name)) {
			s->item_at++;
			return 1;
		}
	} else if (strcmp(err->code, "index") != 0) {
		return excuse(s, want->pos, err) < 0 ? -1 : 0;
	}
	give_up(s);
	return 0;
}

/* 1 and the next item is at hand, 0 the piece is at its end or was given up. */
static int
next_item(struct strand *s)
{
	if (s->item_at < s->item_count)
		return 1;
	if (gather(s)) {
		give_up(s);
		return 0;
	}
	if (s->item_count)
		return 1;
	finish_piece(s);
	return 0;
}

/* --- lines of the log -------------------------------------------------------------------------- */

static bool
is_wanted(const struct strand *s, const struct trailer *t)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct strand_stream *w = &s->streams[i];

		if (t->ver >= w->limit.ver_first && t->ver <= w->limit.ver_last &&
			t->pos >= w->limit.pos_first && text_equals(t->stream, w->name))
			return true;
	}
	return false;
}

/* 1 and a line, 0 the piece is at its end, -1. */
static int
next_in_log(struct strand *s, struct scan_line *out, struct err *err)
{
	for (;;) {
		int64_t at = s->backwards ? s->retro.pos : s->scan.at.pos;
		int r;

		if (s->backwards ? at <= s->piece.low : at >= s->piece.high)
			break;
		r = s->backwards ? retro_next(&s->retro, out, err) : scan_next(&s->scan, out, err);
		if (r < 0)
			return excuse(s, s->backwards ? at - 1 : at, err) < 0 ? -1 : 0;
		if (r == 0)
			break;
		pass(s, out->t.pos);
		if (is_wanted(s, &out->t))
			return 1;
	}
	if (!s->pieces.reads_on || s->piece.high < s->high || s->backwards)
		finish_piece(s);
	else
		s->low = s->piece.high; /* the scan waits there for strand_extend */
	return 0;
}

/* --- all of it --------------------------------------------------------------------------------- */

/* The next line, or with reads false no more than its position in out->t. */
static int
advance(struct strand *s, bool reads, struct scan_line *out, struct err *err)
{
	int r;

	for (;;) {
		if (s->low >= s->high)
			return 0;
		if (s->piece.kind == PIECE_NONE) {
			r = enter_piece(s, err);
			if (r < 0 && !s->backwards)
				r = excuse(s, s->low, err);
			if (r <= 0)
				return r;
			if (s->piece.kind == PIECE_NONE)
				continue;
		}
		if (s->piece.kind == PIECE_LOG) {
			r = next_in_log(s, out, err);
			if (r)
				return r;
		} else if (next_item(s)) {
			int64_t pos = s->wants[s->item_at].pos;

			if (reads) {
				r = take_item(s, out, err);
				if (r < 0)
					return r;
				if (r == 0)
					continue;
			} else {
				s->item_at++;
			}
			out->t.pos = pos;
			pass(s, pos);
			return 1;
		}
	}
}

int
strand_next(struct strand *s, struct scan_line *out, struct err *err)
{
	return advance(s, true, out, err);
}

int
strand_next_pos(struct strand *s, int64_t *pos, struct err *err)
{
	struct scan_line line;
	int r = advance(s, false, &line, err);

	if (r == 1)
		*pos = line.t.pos;
	return r;
}
