/* scan: forwards over all segments, verifying. */
#include "store/scan.h"

#include "store/bisect.h"
#include "store/front.h"

void
scan_init(struct scan *s, struct root *r, const struct place *from, const struct place *bound)
{
	*s = (struct scan){.root = r, .at = *from, .bound = *bound, .file = SEGFILE_CLOSED};
	s->line_no = from->offset == 0;
	segment_lines_init(&s->lines);
}

void
scan_release(struct scan *s)
{
	segfile_close(&s->file);
	segment_lines_release(&s->lines);
}

void
scan_extend(struct scan *s, const struct place *bound)
{
	s->bound = *bound;
	segfile_close(&s->file);
}

int
scan_damage(const struct scan *s, int64_t offset, const char *what, struct err *err)
{
	return segment_damage(s->root, s->at.segment, s->line_no, offset, what, err);
}

int
scan_seek(struct root *r, const struct segment_list *list, int64_t pos, struct place *out,
	struct err *err)
{
	size_t index = segment_of_pos(list, pos);
	struct segfile file;
	struct place at;
	int done;

	if (!list->count)
		return err_set(err, ERR_DAMAGE, "damage", -1, "seg: no segment has position %lld",
			(long long)pos);
	at = (struct place){.pos = list->items[index].first, .segment = list->items[index].first};
	if (index == 0) {
		if (front_of(r, list, &at, err))
			return -1;
	} else if (segment_seed(r, list, index, &at.sum, err)) {
		return -1;
	}
	if (segfile_open(&file, r, at.segment, DISK_READ, err))
		return -1;
	done = bisect(&file, pos, &at, err);
	segfile_close(&file);
	if (done == 0)
		*out = at;
	return done;
}

/* The lines of the open file. */
static int
start_lines(struct scan *s, struct err *err)
{
	bool is_last = s->at.segment == s->bound.segment;
	int64_t limit;

	limit = is_last ? s->bound.offset : segfile_size(&s->file, err);
	if (limit >= 0) {
		segment_lines_start(&s->lines, &s->file, s->at.offset, limit);
		return 0;
	}
	segfile_close(&s->file);
	return -1;
}

static int
open_segment(struct scan *s, struct err *err)
{
	return segfile_open(&s->file, s->root, s->at.segment, DISK_READ, err) ? -1
									      : start_lines(s, err);
}

const char *
scan_check(struct span line, bool has_newline, const struct place *at, int64_t batch_at,
	int64_t batch_count, struct trailer *t)
{
	bool goes_on = batch_at < batch_count;

	if (!has_newline)
		return "line is cut short";
	if (!trailer_parse(line, t))
		return "line has no trailer";
	if (!trailer_holds(line, t->sum, at->sum))
		return "sum is wrong";
	if (t->pos != at->pos)
		return "position is not the next one";
	if (goes_on ? t->batch_at != batch_at + 1 || t->batch_count != batch_count
		    : t->batch_at != 1 && batch_count)
		return "batch is not whole";
	return NULL;
}

/* Is the segment at hand the one that should have the next line? */
static bool
is_short(const struct scan *s)
{
	struct segment_list list = {0};
	struct err err;
	bool found;

	if (segment_list_read(&list, s->root, &err))
		return false;
	found = list.count && list.items[segment_of_pos(&list, s->at.pos)].first == s->at.segment;
	segment_list_release(&list);
	return found;
}

/* The end of the file at hand, before the bound: the next segment is named after the next position. */
static int
next_segment(struct scan *s, struct err *err)
{
	struct segfile next;

	if (s->at.segment == s->bound.segment)
		return scan_damage(s, s->at.offset, "lines are missing", err);
	if (s->at.segment == s->at.pos)
		return scan_damage(s, s->at.offset, "the segment is empty", err);
	if (segfile_open(&next, s->root, s->at.pos, DISK_READ, err)) {
		if (strcmp(err->code, "gone") == 0 && is_short(s))
			return scan_damage(s, s->at.offset, "lines are missing", err);
		return -1;
	}
	segfile_close(&s->file);
	s->file = next;
	s->at.segment = s->at.pos;
	s->at.offset = 0;
	s->line_no = 1;
	return start_lines(s, err);
}

int
scan_next(struct scan *s, struct scan_line *out, struct err *err)
{
	const char *wrong;
	bool has_newline;
	int r;

	for (;;) {
		if (s->at.pos >= s->bound.pos)
			return 0;
		if (s->file.fd < 0 && open_segment(s, err))
			return -1;
		r = segment_lines_next(&s->lines, &out->line, &out->offset, &has_newline, err);
		if (r < 0)
			return -1;
		if (r)
			break;
		if (next_segment(s, err))
			return -1;
	}
	wrong = scan_check(out->line, has_newline, &s->at, s->batch_at, s->batch_count, &out->t);
	if (wrong)
		return scan_damage(s, out->offset, wrong, err);
	out->segment = s->at.segment;
	s->at.offset = out->offset + (int64_t)out->line.n + 1;
	s->at.pos++;
	s->at.sum = out->t.sum;
	s->line_no += s->line_no > 0;
	s->batch_at = out->t.batch_at;
	s->batch_count = out->t.batch_count;
	return 1;
}
