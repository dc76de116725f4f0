/* shown: settings looked up and applied. */
#include "store/shown.h"

#include "base/clock.h"

int
shown_settings(struct view *v, int64_t pos, struct settings *out, struct err *err)
{
	struct scan_line line;
	struct place at;
	struct scan s;
	int r;

	if (view_place(v, pos, &at, err))
		return -1;
	scan_init(&s, &v->root, &at, &v->bound);
	r = scan_next(&s, &line, err);
	if (r == 1)
		r = settings_parse(span_of(line.line.p, line.t.at), out, err) ? -1 : 1;
	else if (r == 0)
		r = err_set(err, ERR_SYSTEM, "store", -1, "the log became shorter");
	scan_release(&s);
	return r < 0 ? -1 : 0;
}

static int
apply(struct pieces *all, struct span stream, const struct settings *s, struct strand_limit *limit,
	struct err *err)
{
	int64_t ver = 0, pos, since = settings_since(s, clock_wall_ms()), low, high;

	if (s->is_tombstoned) {
		limit->ver_last = 0;
		return 0;
	}
	if (piece_version(all, stream, &ver, &pos, err) < 0)
		return -1;
	limit->ver_first = MAX(limit->ver_first, settings_first(s, ver));
	if (since == INT64_MIN)
		return 0;
	if (view_time(all->view, since, &low, &high, err))
		return -1;
	limit->pos_first = MAX(limit->pos_first, high);
	return 0;
}

int
shown_limit(struct pieces *all, struct span stream, struct strand_limit *limit, struct err *err)
{
	struct settings s;
	struct err ignored;
	int64_t ver, pos;
	struct buf name;
	int r = 0;

	if (settings_is_of(stream))
		return 0;
	buf_init(&name, TRAILER_STREAM_MAX);
	if (settings_stream(stream, &name, &ignored) == 0)
		r = piece_version(all, buf_view(&name), &ver, &pos, err);
	buf_release(&name);
	if (r <= 0 || pos < all->view->front.pos) /* none, or retention has taken them away */
		return r < 0 ? -1 : 0;
	if (shown_settings(all->view, pos, &s, err))
		return -1;
	return apply(all, stream, &s, limit, err);
}
