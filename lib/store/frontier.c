/* frontier: forwards until a line does not follow. */
#include "store/frontier.h"

struct walk {
	struct frontier *f;
	struct root *root;
	struct segment_lines lines;
	struct segfile file;
	struct place at; /* after the last line that holds */
	int64_t batch_at, batch_count;
	frontier_fn *fn;
	void *ctx;
};

/* 1: the line follows, 0: it does not, -1. */
static int
take(struct walk *w, struct scan_line *line, bool has_newline, struct err *err)
{
	struct frontier *f = w->f;
	const char *wrong =
		scan_check(line->line, has_newline, &w->at, w->batch_at, w->batch_count, &line->t);

	if (wrong) {
		f->wrong = has_newline ? wrong : NULL;
		return 0;
	}
	line->segment = w->at.segment;
	if (w->fn && w->fn(w->ctx, line, err))
		return -1;
	w->at.pos++;
	w->at.offset = line->offset + (int64_t)line->line.n + 1;
	w->at.sum = line->t.sum;
	w->batch_at = line->t.batch_at;
	w->batch_count = line->t.batch_count;
	if (w->batch_at == w->batch_count)
		f->end = w->at;
	f->line_no += f->line_no > 0;
	return 1;
}

/* The lines of one segment; 0 when it ended well, 1 when something follows the end, -1. */
static int
walk_segment(struct walk *w, struct err *err)
{
	struct frontier *f = w->f;
	struct scan_line line;
	bool has_newline;
	int r;

	f->size = segfile_size(&w->file, err);
	if (f->size < 0)
		return -1;
	f->wrong_at = f->size;
	if (f->size < w->at.offset) {
		f->wrong = "lines are missing";
		f->wrong_at = f->size;
		return 1;
	}
	segment_lines_start(&w->lines, &w->file, w->at.offset, f->size);
	while ((r = segment_lines_next(&w->lines, &line.line, &line.offset, &has_newline, err)) ==
		1) {
		r = take(w, &line, has_newline, err);
		if (r == 0)
			f->wrong_at = line.offset;
		if (r != 1)
			break;
	}
	return r < 0 ? -1 : f->end.offset < f->size;
}

/* Is there a segment after this one? What follows the end is damage then. */
static int
check_last(struct walk *w, struct err *err)
{
	struct segment_list list = {0};
	bool is_last;

	if (segment_list_read(&list, w->root, err))
		return -1;
	is_last = list.count == 0 || list.items[list.count - 1].first <= w->file.first;
	segment_list_release(&list);
	return is_last ? 0 : frontier_damage(w->f, err);
}

/* The segment after the one that ended well: 1 it is open, 0 there is none, -1. */
static int
next_segment(struct walk *w, struct err *err)
{
	struct segfile next;

	if (w->at.pos == w->file.first)
		return 0;
	if (segfile_open(&next, w->root, w->at.pos, DISK_READ, err))
		return strcmp(err->code, "gone") == 0 ? 0 : -1;
	segfile_close(&w->file);
	w->file = next;
	w->at.segment = w->at.pos;
	w->at.offset = 0;
	w->f->start = w->f->end = w->at;
	w->f->line_no = 1;
	return 1;
}

int
frontier_find(struct frontier *f, struct root *r, const struct place *from, frontier_fn *fn,
	void *ctx, struct err *err)
{
	struct walk w = {.f = f, .root = r, .at = *from, .fn = fn, .ctx = ctx};
	int result;

	*f = (struct frontier){
		.root = r, .start = *from, .end = *from, .line_no = from->offset == 0};
	if (segfile_open(&w.file, r, from->segment, DISK_READ, err))
		return -1;
	segment_lines_init(&w.lines);
	do {
		result = walk_segment(&w, err);
		if (result)
			break;
		result = next_segment(&w, err);
	} while (result == 1);
	if (result == 1)
		result = check_last(&w, err);
	segment_lines_release(&w.lines);
	segfile_close(&w.file);
	return result;
}

int
frontier_damage(const struct frontier *f, struct err *err)
{
	const char *what = f->wrong                  ? f->wrong
			   : f->wrong_at < f->size   ? "line is cut short"
			   : f->end.offset < f->size ? "batch is not whole"
						     : "lines are missing";

	return segment_damage(f->root, f->end.segment, f->line_no, f->wrong_at, what, err);
}
