/* piece: runs, gleaned gaps and bare log behind one face. */
#include "store/piece.h"

#include "store/retro.h"
#include "json/text.h"

void
piece_init(struct pieces *all, struct view *view)
{
	*all = (struct pieces){.view = view};
}

void
piece_forget(struct pieces *all)
{
	if (all->has_glean)
		glean_release(&all->glean);
	all->has_glean = false;
}

void
piece_release(struct pieces *all)
{
	piece_forget(all);
}

/* The stretch around pos that no run covers. */
static void
find_gap(const struct view *v, int64_t pos, int64_t *low, int64_t *high)
{
	*low = v->front.pos;
	*high = v->bound.pos;
	for (size_t i = 0; i < v->runs.count; i++) {
		const struct run *run = v->runs.runs[i];

		if (run->is_bad)
			continue;
		if (run->form.end <= pos)
			*low = MAX(*low, run->form.end);
		else
			*high = MIN(*high, run->form.first);
	}
}

/* 1 the gap is gleaned, 0 it is better read through, -1. */
static int
glean_gap(struct pieces *all, int64_t low, int64_t high, struct err *err)
{
	if (all->has_glean && all->glean.first <= low && all->glean.end >= high)
		return 1;
	if (all->reads_on || high - low > GLEAN_LINES)
		return 0;
	piece_forget(all);
	if (glean_read(&all->glean, all->view, low, high, err))
		return -1;
	all->has_glean = true;
	return 1;
}

int
piece_at(struct piece *p, struct pieces *all, int64_t pos, struct err *err)
{
	struct run *run = runset_at(&all->view->runs, pos);
	int64_t low, high;
	int gleaned;

	if (run) {
		*p = (struct piece){.kind = PIECE_RUN,
			.low = run->form.first,
			.high = run->form.end,
			.run = run};
		return 0;
	}
	find_gap(all->view, pos, &low, &high);
	gleaned = glean_gap(all, low, high, err);
	if (gleaned < 0)
		return -1;
	*p = (struct piece){.kind = gleaned ? PIECE_GLEAN : PIECE_LOG,
		.low = low,
		.high = high,
		.glean = &all->glean};
	return 0;
}

void
piece_give_up(struct piece *p, struct pieces *all)
{
	if (p->kind == PIECE_RUN) {
		p->run->is_bad = true;
	} else {
		all->reads_on = true;
		piece_forget(all);
	}
	p->kind = PIECE_NONE;
}

int
piece_stream(const struct piece *p, struct hash128 stream, int64_t *first_ver, int64_t *count,
	struct run_cursor *cursor)
{
	struct err ignored;

	if (p->kind == PIECE_GLEAN)
		return glean_stream(p->glean, stream, first_ver, count, cursor);
	return run_stream(p->run, stream, first_ver, count, cursor, &ignored);
}

int
piece_pos(const struct piece *p, const struct run_cursor *cursor, int64_t i, int64_t *pos)
{
	struct err ignored;

	if (p->kind == PIECE_RUN)
		return run_stream_pos(p->run, cursor, i, pos, &ignored);
	*pos = glean_stream_pos(p->glean, cursor, i);
	return 0;
}

int
piece_locate(const struct piece *p, int64_t pos, struct locus *out)
{
	struct err ignored;

	if (p->kind == PIECE_RUN)
		return run_locate(p->run, pos, out, &ignored);
	*out = glean_locate(p->glean, pos);
	return 0;
}

/* --- versions ---------------------------------------------------------------------------------- */

struct latest {
	struct span stream;
	struct hash128 hash;
	int64_t ver, pos;
};

/* The last line of the stream in the piece: 1, 0 none, -1 it cannot be told. */
static int
ask(const struct piece *p, struct latest *l)
{
	struct run_cursor cursor;
	int64_t first_ver, count;
	int r = piece_stream(p, l->hash, &first_ver, &count, &cursor);

	if (r <= 0)
		return r;
	l->ver = first_ver + count - 1;
	return piece_pos(p, &cursor, count - 1, &l->pos) ? -1 : 1;
}

/* The same by reading from high back to low. */
static int
look(struct view *v, int64_t low, int64_t high, struct latest *l, struct err *err)
{
	struct scan_line line;
	struct retro retro;
	struct place end;
	int r = 1;

	if (view_place(v, high, &end, err))
		return -1;
	retro_init(&retro, &v->root, &v->list, &end);
	while (retro.pos > low && (r = retro_next(&retro, &line, err)) == 1)
		if (text_equals(line.t.stream, l->stream)) {
			l->ver = line.t.ver;
			l->pos = line.t.pos;
			break;
		}
	r = r < 0 ? -1 : r == 1 && l->ver > 0;
	retro_release(&retro);
	return r;
}

/* Before the front: retired runs alone know. */
static int
ask_retired(struct pieces *all, struct latest *l)
{
	const struct runset *set = &all->view->runs;

	for (size_t i = set->count; i-- > 0;) {
		struct piece p = {.kind = PIECE_RUN, .run = set->runs[i]};

		if (p.run->is_retired && !p.run->is_bad && ask(&p, l) == 1)
			return 1;
	}
	return 0;
}

int
piece_version(struct pieces *all, struct span stream, int64_t *ver, int64_t *pos, struct err *err)
{
	struct view *v = all->view;
	struct latest l = {.stream = stream, .hash = hash_wide_seeded(stream, v->root.seed)};
	struct piece p;
	int r = 0;

	for (int64_t at = v->bound.pos; r == 0 && at > v->front.pos;) {
		if (piece_at(&p, all, at - 1, err))
			return -1;
		if (p.kind == PIECE_LOG) {
			r = look(v, MAX(p.low, v->front.pos), at, &l, err);
			if (r < 0)
				return -1;
		} else {
			r = ask(&p, &l);
			if (r < 0) {
				piece_give_up(&p, all);
				r = 0;
				continue;
			}
		}
		at = p.low;
	}
	if (r == 0)
		r = ask_retired(all, &l);
	if (r == 1) {
		*ver = l.ver;
		*pos = l.pos;
	}
	return r;
}
