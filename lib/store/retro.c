/* retro: backwards over all segments. */
#include "store/retro.h"

#include "store/front.h"

void
retro_init(struct retro *r, struct root *root, const struct segment_list *list,
	const struct place *end)
{
	*r = (struct retro){.root = root,
		.list = list,
		.file = SEGFILE_CLOSED,
		.end = *end,
		.pos = end->pos,
		.is_first = true};
	r->segment = list->count ? segment_of_pos(list, end->segment) + 1 : 0;
	segment_lines_init(&r->lines);
}

void
retro_release(struct retro *r)
{
	segfile_close(&r->file);
	segment_lines_release(&r->lines);
}

static int
damage(const struct retro *r, int64_t offset, const char *what, struct err *err)
{
	return segment_damage(r->root, r->list->items[r->segment].first, 0, offset, what, err);
}

static int
read_seed(struct retro *r, struct err *err)
{
	struct place first;

	if (r->segment)
		return segment_seed(r->root, r->list, r->segment, &r->seed, err);
	if (front_of(r->root, r->list, &first, err))
		return -1;
	r->seed = first.sum;
	return 0;
}

/* The segment before the one that was open. */
static int
open_before(struct retro *r, struct err *err)
{
	int64_t end, first;

	segfile_close(&r->file);
	r->segment--;
	first = r->list->items[r->segment].first;
	if (read_seed(r, err) || segfile_open(&r->file, r->root, first, DISK_READ, err))
		return -1;
	end = r->is_first && first == r->end.segment ? r->end.offset : segfile_size(&r->file, err);
	if (end < 0)
		return -1;
	r->is_first = false;
	segment_lines_start_back(&r->lines, &r->file, 0, end);
	return 0;
}

int
retro_next(struct retro *r, struct scan_line *out, struct err *err)
{
	uint64_t before = 0;
	bool has_seed;
	int got;

	while (!(got = r->file.fd < 0 ? 0
				      : segment_lines_prev(&r->lines, &out->line, &out->offset,
						&before, &has_seed, err))) {
		if (r->segment == 0)
			return 0;
		if (open_before(r, err))
			return -1;
	}
	if (got < 0)
		return -1;
	if (out->line.p[out->line.n] != '\n') /* the last line of what is read */
		return damage(r, out->offset, "line is cut short", err);
	if (!trailer_parse(out->line, &out->t))
		return damage(r, out->offset, "line has no trailer", err);
	if ((out->offset && !has_seed) ||
		!trailer_holds(out->line, out->t.sum, out->offset ? before : r->seed))
		return damage(r, out->offset, "sum is wrong", err);
	if (out->t.pos != r->pos - 1)
		return damage(r, out->offset, "position is not the next one", err);
	out->segment = r->file.first;
	r->pos = out->t.pos;
	return 1;
}
