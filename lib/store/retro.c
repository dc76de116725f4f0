/* retro: backwards over all segments. */
#include "store/retro.h"

void
retro_init(struct retro *r, struct root *root, const struct segment_list *list)
{
	*r = (struct retro){.root = root,
		.list = list,
		.segment = list->count,
		.pos = -1,
		.file = SEGFILE_CLOSED,
		.is_first = true};
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
	return err_set(err, ERR_DAMAGE, "damage", offset, "seg/%020lld.ndjson: byte %lld: %s",
		(long long)r->list->items[r->segment].first, (long long)offset, what);
}

/* Where the open segment's lines end; -1 on failure. */
static int64_t
find_end(struct retro *r, struct err *err)
{
	struct disk *d = &r->root->disk;
	struct torn torn;

	if (r->is_first) {
		if (torn_find(&torn, &r->lines, &r->file, 0, r->seed, err))
			return -1;
		if (d->calls->fdatasync(d, r->file.fd))
			return err_system(err, "cannot sync '%s/seg'", r->root->path);
		r->is_first = false;
		return torn.end;
	}
	return segfile_size(&r->file, err);
}

/* The segment before the one that was open. */
static int
open_before(struct retro *r, struct err *err)
{
	int64_t end;

	segfile_close(&r->file);
	r->segment--;
	if (segment_seed(r->root, r->list, r->segment, &r->seed, err))
		return -1;
	if (segfile_open(&r->file, r->root, r->list->items[r->segment].first, DISK_READ, err))
		return -1;
	end = find_end(r, err);
	if (end < 0)
		return -1;
	segment_lines_start_back(&r->lines, &r->file, 0, end);
	return 0;
}

int
retro_next(struct retro *r, struct scan_line *out, struct err *err)
{
	uint64_t before = 0;
	int64_t offset;
	bool has_seed;
	int got;

	while (!(got = r->file.fd < 0 ? 0
				      : segment_lines_prev(&r->lines, &out->line, &offset, &before,
						&has_seed, err))) {
		if (r->segment == 0)
			return 0;
		if (open_before(r, err))
			return -1;
	}
	if (got < 0)
		return -1;
	if (!trailer_parse(out->line, &out->t))
		return damage(r, offset, "line has no trailer", err);
	if ((offset && !has_seed) ||
		!trailer_holds(out->line, out->t.sum, offset ? before : r->seed))
		return damage(r, offset, "sum is wrong", err);
	if (r->pos >= 0 && out->t.pos != r->pos - 1)
		return damage(r, offset, "position is not the next one", err);
	r->pos = out->t.pos;
	return 1;
}
