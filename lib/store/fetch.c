/* fetch: reading lines by their place. */
#include "store/fetch.h"

#define HOLE 4096                      /* bytes read in vain rather than a read more */
#define WINDOW ((int64_t)256 << 10)    /* read ahead at most */
#define BEFORE (TRAILER_SUM_BYTES + 1) /* bytes of the line before: its sum, its newline */

void
fetch_init(struct fetch *f, struct view *view)
{
	*f = (struct fetch){.view = view, .segment = -1};
	for (size_t i = 0; i < FETCH_FILES; i++)
		f->files[i].file = SEGFILE_CLOSED;
	buf_init(&f->window, SEGMENT_LINE_MAX + (size_t)WINDOW);
}

void
fetch_release(struct fetch *f)
{
	for (size_t i = 0; i < FETCH_FILES; i++)
		segfile_close(&f->files[i].file);
	buf_release(&f->window);
}

static bool
is_open(const struct fetch_file *file)
{
	return file->used > 0;
}

/* The segment's file, opened if need be in place of the one not used for longest. */
static struct segfile *
file_of(struct fetch *f, int64_t segment, struct err *err)
{
	struct fetch_file *oldest = &f->files[0];

	for (size_t i = 0; i < FETCH_FILES; i++) {
		struct fetch_file *file = &f->files[i];

		if (is_open(file) && file->file.first == segment) {
			file->used = ++f->uses;
			return &file->file;
		}
		if (file->used < oldest->used)
			oldest = file;
	}
	if (is_open(oldest))
		segfile_close(&oldest->file);
	oldest->used = 0;
	if (segfile_open(&oldest->file, &f->view->root, segment, DISK_READ, err))
		return NULL;
	oldest->used = ++f->uses;
	return &oldest->file;
}

/* From where a line must be read. */
static int64_t
start_of(const struct locus *l)
{
	return MAX(l->offset - BEFORE, 0);
}

/* What is read in one go: the first, and those that lie close to it. */
static void
reach(const struct fetch_want *wants, size_t n, int64_t *from, int64_t *to)
{
	*from = start_of(&wants[0].at);
	*to = wants[0].at.offset + wants[0].at.length;
	for (size_t i = 1; i < n; i++) {
		const struct locus *l = &wants[i].at;
		int64_t start = start_of(l), end = l->offset + l->length;

		if (l->segment != wants[0].at.segment || start > *to + HOLE || end < *from - HOLE ||
			MAX(*to, end) - MIN(*from, start) > WINDOW)
			return;
		*from = MIN(*from, start);
		*to = MAX(*to, end);
	}
}

static int
fill(struct fetch *f, const struct fetch_want *wants, size_t n, struct err *err)
{
	struct segfile *file = file_of(f, wants[0].at.segment, err);
	int64_t from, to;
	ssize_t got;

	f->segment = -1;
	if (!file)
		return -1;
	reach(wants, n, &from, &to);
	buf_clear(&f->window);
	if (!buf_room(&f->window, (size_t)(to - from)))
		return err_set(err, ERR_SYSTEM, "index", -1, "a line that cannot be");
	got = segfile_read(file, f->window.p, (size_t)(to - from), from, err);
	if (got < 0)
		return -1;
	f->window.n = (size_t)got;
	f->segment = wants[0].at.segment;
	f->at = from;
	return 0;
}

static bool
holds(const struct fetch *f, const struct locus *l)
{
	return f->segment == l->segment && start_of(l) >= f->at &&
	       l->offset + l->length <= f->at + (int64_t)f->window.n;
}

/* The sum that the line is chained to, from the bytes before it or, where there are none, from before the segment. */
static bool
sum_before(struct fetch *f, const struct fetch_want *want, const char *line, uint64_t *sum)
{
	struct place at;
	struct err ignored;

	if (want->at.offset >= BEFORE)
		return line[-1] == '\n' &&
		       trailer_sum(span_of(line - BEFORE, TRAILER_SUM_BYTES), sum);
	if (want->at.offset || want->pos < f->view->front.pos ||
		view_place(f->view, want->pos, &at, &ignored))
		return false;
	*sum = at.sum;
	return true;
}

int
fetch_line(struct fetch *f, const struct fetch_want *wants, size_t n, struct scan_line *out,
	struct err *err)
{
	const struct locus *l = &wants[0].at;
	const char *p;
	uint64_t sum;

	if (!holds(f, l) && fill(f, wants, n, err))
		return -1;
	if (!holds(f, l))
		return err_set(err, ERR_SYSTEM, "index", -1, "no line of the log ends there");
	p = f->window.p + (l->offset - f->at);
	out->line = span_of(p, (size_t)l->length - 1);
	out->segment = l->segment;
	out->offset = l->offset;
	if (p[l->length - 1] == '\n' && sum_before(f, wants, p, &sum) &&
		trailer_parse(out->line, &out->t) && trailer_holds(out->line, out->t.sum, sum) &&
		out->t.pos == wants[0].pos)
		return 0;
	return err_set(err, ERR_SYSTEM, "index", -1, "not the line that the index says");
}
