/* segment: names, the list, and windows over one file. */
#include "store/segment.h"

#include "base/num.h"
#include "base/when.h"
#include "store/past.h"
#include "store/trailer.h"

#define CHUNK ((size_t)256 << 10)
#define DIGITS 20
#define LISTINGS_MAX 100

static int
add_name(void *ctx, const char *name)
{
	struct segment_list *list = ctx;
	bool is_sealed = false;
	int64_t first;

	if (strlen(name) < DIGITS || num_i64(span_of(name, DIGITS), &first) || first < 0)
		return 0;
	if (strcmp(name + DIGITS, ".ndjson.zst") == 0)
		is_sealed = true;
	else if (strcmp(name + DIGITS, ".ndjson") != 0)
		return 0;
	if (list->count == list->cap) {
		list->cap = list->cap ? list->cap * 2 : 16;
		list->items = alloc_resize(list->items, list->cap * sizeof(*list->items));
	}
	list->items[list->count++] =
		(struct segment){.first = first, .is_plain = !is_sealed, .is_sealed = is_sealed};
	return 0;
}

static int
by_first(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Both forms of a segment become one item. */
static void
join_forms(struct segment_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct segment *s = &list->items[i];

		if (n && list->items[n - 1].first == s->first) {
			list->items[n - 1].is_plain |= s->is_plain;
			list->items[n - 1].is_sealed |= s->is_sealed;
		} else {
			list->items[n++] = *s;
		}
	}
	list->count = n;
}

static int
read_once(struct segment_list *list, struct root *r, struct err *err)
{
	list->count = 0;
	if (r->disk.calls->list(&r->disk, "seg", add_name, list) < 0)
		return err_system(err, "cannot list '%s/seg'", r->path);
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), by_first);
	join_forms(list);
	return 0;
}

static bool
is_same(const struct segment_list *a, const struct segment_list *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (a->items[i].first != b->items[i].first)
			return false;
	return a->count == b->count;
}

/* Two listings that agree, the later one in *list. */
static int
read_twice(struct segment_list *list, struct root *r, struct err *err)
{
	struct segment_list before = {0};
	int result = read_once(list, r, err);

	for (int i = 0; i < LISTINGS_MAX && result == 0; i++) {
		struct segment_list swap = before;

		before = *list;
		*list = swap;
		result = read_once(list, r, err);
		if (result == 0 && is_same(list, &before))
			break;
	}
	segment_list_release(&before);
	return result;
}

/* Files that retention has not removed yet. */
static void
drop_retired(struct segment_list *list)
{
	size_t n = 0;

	while (n < list->count && list->items[n].first < list->front.pos)
		n++;
	list->count -= n;
	if (n)
		memmove(list->items, list->items + n, list->count * sizeof(*list->items));
}

int
segment_list_read(struct segment_list *list, struct root *r, struct err *err)
{
	struct segment_list fresh = {0};

	if (read_twice(&fresh, r, err) || past_front(r, &fresh.front, err)) {
		segment_list_release(&fresh);
		return -1;
	}
	drop_retired(&fresh);
	segment_list_release(list);
	*list = fresh;
	return 0;
}

void
segment_list_release(struct segment_list *list)
{
	alloc_free(list->items);
	*list = (struct segment_list){0};
}

size_t
segment_of_pos(const struct segment_list *list, int64_t pos)
{
	size_t low = 0, high = list->count;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (list->items[mid].first <= pos)
			low = mid;
		else
			high = mid;
	}
	return low;
}

int
segment_seed(struct root *r, const struct segment_list *list, size_t index, uint64_t *seed,
	struct err *err)
{
	char tail[TRAILER_SUM_BYTES + 1];
	struct segfile f;
	int64_t size, first;
	ssize_t got = 0;

	*seed = list->front.sum;
	if (index == 0)
		return 0;
	first = list->items[index - 1].first;
	if (segfile_open(&f, r, first, DISK_READ, err))
		return -1;
	size = segfile_size(&f, err);
	if (size >= (int64_t)sizeof(tail))
		got = segfile_read(&f, tail, sizeof(tail), size - (int64_t)sizeof(tail), err);
	segfile_close(&f);
	if (size < 0 || got < 0)
		return -1;
	if (got == sizeof(tail) && tail[TRAILER_SUM_BYTES] == '\n' &&
		trailer_sum(span_of(tail, TRAILER_SUM_BYTES), seed))
		return 0;
	return err_set(err, ERR_DAMAGE, "damage", -1,
		"seg/%020lld.ndjson: its last line has no sum", (long long)first);
}

/* The number of the line that begins at offset; 0 when what is before it cannot be read. */
static int64_t
line_at(struct root *r, int64_t first, int64_t offset)
{
	struct segfile f;
	struct err ignored;
	int64_t line_no = 1;
	char *chunk;

	if (segfile_open(&f, r, first, DISK_READ, &ignored))
		return 0;
	chunk = alloc_get(CHUNK);
	for (int64_t at = 0; line_no && at < offset;) {
		ssize_t got = segfile_read(
			&f, chunk, (size_t)MIN((int64_t)CHUNK, offset - at), at, &ignored);

		for (ssize_t i = 0; i < got; i++)
			line_no += chunk[i] == '\n';
		line_no = got > 0 ? line_no : 0;
		at += got;
	}
	alloc_free(chunk);
	segfile_close(&f);
	return line_no;
}

int
segment_damage(struct root *r, int64_t first, int64_t line_no, int64_t offset, const char *what,
	struct err *err)
{
	if (!line_no)
		line_no = line_at(r, first, offset);
	if (line_no)
		return err_set(err, ERR_DAMAGE, "damage", offset,
			"seg/%020lld.ndjson: line %lld, byte %lld: %s", (long long)first,
			(long long)line_no, (long long)offset, what);
	return err_set(err, ERR_DAMAGE, "damage", offset, "seg/%020lld.ndjson: byte %lld: %s",
		(long long)first, (long long)offset, what);
}

void
segment_lines_init(struct segment_lines *l)
{
	*l = (struct segment_lines){0};
	buf_init(&l->window, SEGMENT_LINE_MAX + 2 * CHUNK);
}

void
segment_lines_release(struct segment_lines *l)
{
	buf_release(&l->window);
}

void
segment_lines_start(struct segment_lines *l, struct segfile *file, int64_t at, int64_t limit)
{
	buf_clear(&l->window);
	l->file = file;
	l->at = at;
	l->next = 0;
	l->limit = limit;
}

static int
too_long(struct segment_lines *l, struct err *err)
{
	return err_set(err, ERR_DAMAGE, "damage", l->at,
		"seg/%020lld.ndjson: byte %lld: a line over %zu bytes", (long long)l->file->first,
		(long long)l->at, SEGMENT_LINE_MAX);
}

/* Drops what is behind, reads on. A file shorter than the limit lowers the limit. */
static int
fill(struct segment_lines *l, struct err *err)
{
	struct buf *w = &l->window;
	size_t want;
	ssize_t got;

	if (l->next) {
		memmove(w->p, w->p + l->next, w->n - l->next);
		w->n -= l->next;
		l->at += (int64_t)l->next;
		l->next = 0;
	}
	want = (size_t)MIN((int64_t)MAX(CHUNK, w->n), l->limit - l->at - (int64_t)w->n);
	if (!buf_room(w, want))
		return too_long(l, err);
	got = segfile_read(l->file, w->p + w->n, want, l->at + (int64_t)w->n, err);
	if (got < 0)
		return -1;
	w->n += (size_t)got;
	if ((size_t)got < want)
		l->limit = l->at + (int64_t)w->n;
	return 0;
}

int
segment_lines_next(struct segment_lines *l, struct span *line, int64_t *offset, bool *has_newline,
	struct err *err)
{
	struct buf *w = &l->window;
	size_t looked = l->next;

	for (;;) {
		char *start = w->p + l->next;
		char *nl = w->n > looked ? memchr(w->p + looked, '\n', w->n - looked) : NULL;

		*has_newline = nl;
		*offset = l->at + (int64_t)l->next;
		if (nl) {
			*line = span_of(start, (size_t)(nl - start));
			l->next += line->n + 1;
			return 1;
		}
		if (l->at + (int64_t)w->n >= l->limit) {
			*line = span_of(start, w->n - l->next);
			l->next = w->n;
			return line->n > 0;
		}
		looked = w->n - l->next;
		if (fill(l, err))
			return -1;
	}
}

void
segment_lines_start_back(struct segment_lines *l, struct segfile *file, int64_t start, int64_t end)
{
	buf_clear(&l->window);
	l->file = file;
	l->at = end;
	l->next = 0;
	l->limit = start;
}

/* Keeps [0, next) of the window and puts a chunk before it. */
static int
fill_back(struct segment_lines *l, struct err *err)
{
	struct buf *w = &l->window;
	size_t want = (size_t)MIN((int64_t)MAX(CHUNK, l->next), l->at - l->limit);
	ssize_t got;

	w->n = l->next;
	if (!buf_room(w, want))
		return too_long(l, err);
	memmove(w->p + want, w->p, w->n);
	got = segfile_read(l->file, w->p, want, l->at - (int64_t)want, err);
	if (got < 0)
		return -1;
	if (got != (ssize_t)want)
		return err_set(err, ERR_DAMAGE, "damage", l->at,
			"seg/%020lld.ndjson: it is shorter than it was", (long long)l->file->first);
	w->n += want;
	l->next += want;
	l->at -= (int64_t)want;
	return 0;
}

int
segment_lines_prev(struct segment_lines *l, struct span *line, int64_t *offset, uint64_t *seed,
	bool *has_seed, struct err *err)
{
	struct buf *w = &l->window;

	if (l->at + (int64_t)l->next <= l->limit)
		return 0;
	for (;;) {
		char *nl = l->next > 1 ? memrchr(w->p, '\n', l->next - 1) : NULL;
		size_t start = nl ? (size_t)(nl + 1 - w->p) : 0;

		if (l->at == l->limit || (nl && start > TRAILER_SUM_BYTES)) {
			size_t before = start ? start - 1 : 0;

			*line = span_of(w->p + start, l->next - 1 - start);
			*offset = l->at + (int64_t)start;
			*has_seed = before >= TRAILER_SUM_BYTES &&
				    trailer_sum(span_of(w->p + before - TRAILER_SUM_BYTES,
							TRAILER_SUM_BYTES),
					    seed);
			l->next = start;
			return 1;
		}
		if (fill_back(l, err))
			return -1;
	}
}

int
segment_end(struct root *r, int64_t first, int64_t *ms, struct place *end, struct err *err)
{
	struct segment_lines lines;
	struct segfile file;
	struct trailer trailer;
	struct span line;
	uint64_t seed;
	int64_t offset;
	bool has_seed;
	int result;

	if (segfile_open(&file, r, first, DISK_READ, err))
		return -1;
	segment_lines_init(&lines);
	*end = (struct place){.segment = first, .offset = segfile_size(&file, err)};
	result = -1;
	if (end->offset >= 0) {
		segment_lines_start_back(&lines, &file, 0, end->offset);
		result = segment_lines_prev(&lines, &line, &offset, &seed, &has_seed, err);
	}
	if (result == 0 ||
		(result == 1 && (!trailer_parse(line, &trailer) || when_parse(trailer.rec, ms))))
		result = err_set(err, ERR_DAMAGE, "damage", -1,
			"seg/%020lld.ndjson: its last line is damaged", (long long)first);
	if (result == 1) {
		end->pos = trailer.pos + 1;
		end->sum = trailer.sum;
	}
	segment_lines_release(&lines);
	segfile_close(&file);
	return result == 1 ? 0 : -1;
}
