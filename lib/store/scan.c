/* scan: forwards over all segments, verifying. */
#include "store/scan.h"

#include "store/bisect.h"

void
scan_init_at(struct scan *s, struct root *r, struct segment_list *list, struct scan_place at)
{
	*s = (struct scan){.root = r, .list = list, .at = at, .file = SEGFILE_CLOSED};
	segment_lines_init(&s->lines);
}

void
scan_init(struct scan *s, struct root *r, struct segment_list *list)
{
	scan_init_at(s, r, list, (struct scan_place){.line_no = 1, .sum = r->seed});
}

int
scan_init_pos(
	struct scan *s, struct root *r, struct segment_list *list, int64_t pos, struct err *err)
{
	size_t index = segment_of_pos(list, pos);
	struct scan_place at = {.segment = index, .line_no = 1};
	struct segfile file;
	int done;

	if (segment_seed(r, list, index, &at.sum, err))
		return -1;
	at.pos = list->items[index].first;
	if (segfile_open(&file, r, at.pos, DISK_READ, err))
		return -1;
	done = bisect(&file, pos, &at, err);
	segfile_close(&file);
	if (done == 0)
		scan_init_at(s, r, list, at);
	return done;
}

void
scan_release(struct scan *s)
{
	segfile_close(&s->file);
	segment_lines_release(&s->lines);
}

int
scan_damage(const struct scan *s, int64_t offset, const char *what, struct err *err)
{
	long long first = (long long)s->list->items[s->at.segment].first;

	if (s->at.line_no)
		return err_set(err, ERR_DAMAGE, "damage", offset,
			"seg/%020lld.ndjson: line %lld, byte %lld: %s", first,
			(long long)s->at.line_no, (long long)offset, what);
	return err_set(err, ERR_DAMAGE, "damage", offset, "seg/%020lld.ndjson: byte %lld: %s",
		first, (long long)offset, what);
}

static int
open_last(struct scan *s, struct err *err)
{
	struct disk *d = &s->root->disk;

	if (torn_find(&s->torn, &s->lines, &s->file, s->at.offset, s->at.sum, err))
		return -1;
	if (!s->no_sync && d->calls->fdatasync(d, s->file.fd))
		return err_system(err, "cannot sync '%s/seg'", s->root->path);
	segment_lines_start(&s->lines, &s->file, s->at.offset, s->torn.end);
	return 0;
}

static int
open_segment(struct scan *s, struct err *err)
{
	const struct segment *seg = &s->list->items[s->at.segment];
	int64_t size;

	if (seg->first != s->at.pos && s->at.offset == 0)
		return scan_damage(s, 0, "its first position is not the one that follows", err);
	if (segfile_open(&s->file, s->root, seg->first, DISK_READ, err))
		return -1;
	if (s->at.segment + 1 == s->list->count)
		return open_last(s, err);
	size = segfile_size(&s->file, err);
	if (size < 0)
		return -1;
	segment_lines_start(&s->lines, &s->file, s->at.offset, size);
	return 0;
}

/* The end of a segment that is not the last. */
static void
leave_segment(struct scan *s)
{
	segfile_close(&s->file);
	s->list->items[s->at.segment + 1].base = s->list->items[s->at.segment].base + s->at.offset;
	s->at.segment++;
	s->at.offset = 0;
	s->at.line_no = 1;
}

static int
check(struct scan *s, struct scan_line *l, int64_t offset, bool has_newline, struct err *err)
{
	struct trailer *t = &l->t;
	bool goes_on = s->batch_at < s->batch_count;

	if (!has_newline)
		return scan_damage(s, offset, "line is cut short", err);
	if (!trailer_parse(l->line, t))
		return scan_damage(s, offset, "line has no trailer", err);
	if (!trailer_holds(l->line, t->sum, s->at.sum))
		return scan_damage(s, offset, "sum is wrong", err);
	if (t->pos != s->at.pos)
		return scan_damage(s, offset, "position is not the next one", err);
	if (goes_on ? t->batch_at != s->batch_at + 1 || t->batch_count != s->batch_count
		    : t->batch_at != 1 && s->batch_count)
		return scan_damage(s, offset, "batch is not whole", err);
	return 0;
}

int
scan_again(struct scan *s, struct err *err)
{
	segfile_close(&s->file);
	return segment_list_read(s->list, s->root, err);
}

int
scan_next(struct scan *s, struct scan_line *out, struct err *err)
{
	int64_t offset;
	bool has_newline;
	int r;

	for (;;) {
		if (s->at.segment >= s->list->count)
			return 0;
		if (s->file.fd < 0 && open_segment(s, err))
			return -1;
		r = segment_lines_next(&s->lines, &out->line, &offset, &has_newline, err);
		if (r < 0)
			return -1;
		if (r)
			break;
		if (s->at.segment + 1 == s->list->count)
			return 0;
		leave_segment(s);
	}
	if (check(s, out, offset, has_newline, err))
		return -1;
	out->address = s->list->items[s->at.segment].base + offset;
	s->at.offset = offset + (int64_t)out->line.n + 1;
	s->at.pos++;
	s->at.line_no += s->at.line_no > 0;
	s->at.sum = out->t.sum;
	s->batch_at = out->t.batch_at;
	s->batch_count = out->t.batch_count;
	return 1;
}
