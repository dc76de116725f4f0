/* archive: the frames that may hold what is looked for, and their lines. */
#include "store/archive.h"

#include "store/peel.h"
#include "store/sealed.h"
#include "store/segment.h"

#include <errno.h>

#define CHUNK ((size_t)256 << 10)
#define HEAD ((size_t)4 << 10) /* what is kept of a line that is too long */

struct archive {
	struct source source; /* first */
	struct disk disk;     /* of a file; of a segment its root's is used */
	struct sealed *sealed;
	char *name;
	int64_t from_ms, to_ms;
	size_t max_line;
	/* Where reading stands. */
	size_t frame;        /* the next one to look at */
	int64_t frame_line;  /* number of lines before it */
	int64_t line_no, at; /* of the window's next line; offset of the window in the text */
	struct buf window;
	size_t next, looked; /* in the window: the next line; where no newline was seen */
	size_t skipped;      /* bytes of a line that is too long, after its head */
	struct buf head;
	struct peel peel; /* of a segment */
	uint64_t before;  /* the sum before the line given last */
	bool is_stopped;
};

/* --- opening ----------------------------------------------------------------------------------- */

static int
open_on(struct archive **out, struct archive *a, struct disk *d, int fd, const char *name,
	struct err *err)
{
	int r = sealed_open(&a->sealed, d, fd, name, err);

	if (r != 1) {
		alloc_free(a);
		return r;
	}
	a->name = alloc_string(name);
	*out = a;
	return 1;
}

int
archive_open(struct archive **out, const char *path, struct err *err)
{
	struct archive *a = alloc_zero(sizeof(*a));
	int fd = disk_open_file(&a->disk, path), code = errno;

	if (fd >= 0)
		return open_on(out, a, &a->disk, fd, strcmp(path, "-") == 0 ? "stdin" : path, err);
	alloc_free(a);
	errno = code;
	err_system(err, "%s", path);
	return code == EINVAL ? 0 : -1;
}

int
archive_open_segment(struct archive **out, struct root *root, int64_t first, struct err *err)
{
	struct disk *d = &root->disk;
	char name[SEGFILE_NAME_MAX];
	int fd, r;

	snprintf(name, sizeof(name), SEGFILE_SEALED, (long long)first);
	fd = d->calls->open(d, name, DISK_READ, 0);
	if (fd < 0) {
		err_system(err, "cannot open '%s/%s'", root->path, name);
		if (errno == ENOENT)
			err->code = "gone";
		return -1;
	}
	r = open_on(out, alloc_zero(sizeof(**out)), d, fd, name, err);
	if (r == 0)
		err->code = "damage";
	return r == 1 ? 1 : -1;
}

void
archive_close(struct archive *a)
{
	sealed_close(a->sealed);
	buf_release(&a->window);
	buf_release(&a->head);
	alloc_free(a->name);
	alloc_free(a);
}

bool
archive_has_time(const struct archive *a, const char *expr, enum timing_unit unit)
{
	const struct note_whole *w = sealed_whole(a->sealed);

	if (w->unit != unit || w->has_expr != (expr != NULL))
		return false;
	return !expr || strcmp(expr, w->time) == 0;
}

bool
archive_is_segment(const struct archive *a)
{
	return sealed_whole(a->sealed)->is_segment;
}

int64_t
archive_lines(const struct archive *a)
{
	return sealed_whole(a->sealed)->lines;
}

int64_t
archive_untimed(const struct archive *a)
{
	return sealed_whole(a->sealed)->untimed;
}

bool
archive_times(const struct archive *a, int64_t *from_ms, int64_t *to_ms)
{
	const struct note_whole *w = sealed_whole(a->sealed);

	if (w->from_ms > w->to_ms)
		return false;
	*from_ms = w->from_ms;
	*to_ms = w->to_ms;
	return true;
}

/* --- frames ------------------------------------------------------------------------------------ */

/* May it hold what is asked for? A frame without any time holds blank lines only, or lines that count as untimed. */
static bool
is_wanted(const struct archive *a, const struct note_frame *n)
{
	if (a->from_ms == ARCHIVE_FROM_FIRST && a->to_ms == ARCHIVE_TO_LAST)
		return true;
	return n->untimed > 0 ||
	       (n->from_ms <= n->to_ms && n->from_ms < a->to_ms && n->to_ms >= a->from_ms);
}

/* Drops the lines that were given. */
static void
compact(struct archive *a)
{
	struct buf *w = &a->window;

	if (a->next == 0)
		return;
	memmove(w->p, w->p + a->next, w->n - a->next);
	w->n -= a->next;
	a->at += (int64_t)a->next;
	a->looked -= a->next;
	a->next = 0;
}

/*
 * Goes on to the next wanted frame, *i. 1; 0: it does not follow the text in the window, which has to be given first;
 * 2: there is none.
 */
static int
find_frame(struct archive *a, const struct note_frame **note, struct err *err)
{
	for (; a->frame < sealed_count(a->sealed); a->frame++) {
		*note = sealed_note(a->sealed, a->frame, err);
		if (!*note)
			return -1;
		if (is_wanted(a, *note))
			break;
		a->frame_line += (*note)->lines;
	}
	if (a->frame == sealed_count(a->sealed))
		return 2;
	if (sealed_frame(a->sealed, a->frame).text_at == a->at + (int64_t)a->window.n)
		return 1;
	return a->window.n > a->next || a->skipped ? 0 : 1;
}

/* How much text follows in wanted frames, to be read at once. */
static int
measure_run(struct archive *a, size_t *bytes, struct err *err)
{
	const struct note_frame *note;

	*bytes = 0;
	for (; a->frame < sealed_count(a->sealed) && *bytes < CHUNK; a->frame++) {
		note = sealed_note(a->sealed, a->frame, err);
		if (!note)
			return -1;
		if (!is_wanted(a, note))
			break;
		a->frame_line += note->lines;
		*bytes += sealed_frame(a->sealed, a->frame).text_bytes;
	}
	return 0;
}

/* More text into the window. 1; 0: none that follows; -1. */
static int
fill(struct archive *a, struct err *err)
{
	const struct note_frame *note = NULL;
	struct framemap_frame f;
	size_t bytes;
	ssize_t got;
	int r;

	compact(a);
	r = find_frame(a, &note, err);
	if (r != 1)
		return r < 0 ? -1 : 0;
	f = sealed_frame(a->sealed, a->frame);
	if (f.text_at != a->at + (int64_t)a->window.n) {
		a->at = f.text_at;
		a->line_no = a->frame_line;
		a->peel.sum = note->sum;
		a->peel.has_sum = true;
	}
	if (measure_run(a, &bytes, err))
		return -1;
	if (!buf_room(&a->window, bytes))
		return err_set(err, ERR_DAMAGE, "damage", a->at, "%s: a line is too long", a->name);
	got = sealed_read(
		a->sealed, a->window.p + a->window.n, bytes, a->at + (int64_t)a->window.n, err);
	if (got < 0)
		return -1;
	a->window.n += (size_t)got;
	a->source.bytes_done = f.file_at;
	return 1;
}

/* --- lines ------------------------------------------------------------------------------------- */

/* The window holds nothing but the front of a line that is over the limit. */
static void
skip_window(struct archive *a)
{
	struct buf *w = &a->window;

	if (!a->skipped) {
		buf_clear(&a->head);
		buf_put(&a->head, w->p, MIN(w->n, MIN(HEAD, a->max_line)));
	}
	a->skipped += w->n;
	a->at += (int64_t)w->n;
	buf_clear(w);
	a->next = a->looked = 0;
}

/* The next n bytes of the window are a line, or the rest of one. */
static int
give(struct archive *a, size_t n, bool has_newline, struct source_line *out, struct err *err)
{
	size_t whole = a->skipped + n;
	struct span line = span_of(a->window.p + a->next, n);

	*out = (struct source_line){.line = line,
		.input = a->name,
		.line_no = ++a->line_no,
		.offset = a->at + (int64_t)a->next - (int64_t)a->skipped,
		.full_length = (int64_t)whole,
		.ends_in_newline = has_newline};
	a->next += n + has_newline;
	a->looked = a->next;
	if (a->skipped)
		out->line = buf_view(&a->head);
	else if (whole > a->max_line)
		out->line.n = MIN(n, MIN(HEAD, a->max_line));
	a->skipped = 0;
	a->before = a->peel.sum;
	if (sealed_whole(a->sealed)->is_segment && peel_line(&a->peel, out, err))
		return SOURCE_ERROR;
	return SOURCE_LINE;
}

static int
archive_next(struct source *s, struct source_line *out, struct err *err)
{
	struct archive *a = (struct archive *)s;
	struct buf *w = &a->window;

	if (a->is_stopped)
		return SOURCE_END;
	for (;;) {
		char *nl =
			w->n > a->looked ? memchr(w->p + a->looked, '\n', w->n - a->looked) : NULL;
		int r;

		if (nl)
			return give(a, (size_t)(nl - w->p) - a->next, true, out, err);
		a->looked = w->n;
		if (w->n - a->next > a->max_line || (a->skipped && w->n > a->next)) {
			compact(a);
			skip_window(a);
		}
		r = fill(a, err);
		if (r < 0)
			return SOURCE_ERROR;
		if (r == 0 && (w->n > a->next || a->skipped))
			return give(a, w->n - a->next, false, out, err);
		if (r == 0)
			return SOURCE_END;
	}
}

uint64_t
archive_sum(const struct source *s, bool before)
{
	const struct archive *a = (const struct archive *)s;

	return before ? a->before : a->peel.sum;
}

int64_t
archive_past(const struct source *s, uint64_t *sum)
{
	const struct note_whole *w = sealed_whole(((const struct archive *)s)->sealed);

	*sum = w->ends;
	return w->last + 1;
}

static void
archive_stop(struct source *s)
{
	((struct archive *)s)->is_stopped = true;
}

static void
archive_end(struct source *s)
{
	archive_close((struct archive *)s);
}

struct source *
archive_source(struct archive *a, int64_t from_ms, int64_t to_ms, size_t max_line)
{
	size_t n = sealed_count(a->sealed);

	a->source = (struct source){.next = archive_next,
		.stop = archive_stop,
		.close = archive_end,
		.deadline_ns = INT64_MAX,
		.bytes_total = -1};
	if (n) {
		struct framemap_frame last = sealed_frame(a->sealed, n - 1);

		a->source.bytes_total = last.file_at + (int64_t)last.file_bytes;
	}
	a->from_ms = from_ms;
	a->to_ms = to_ms;
	a->max_line = max_line && max_line < SEGMENT_LINE_MAX ? max_line : SEGMENT_LINE_MAX;
	a->peel = (struct peel){a->max_line, sealed_whole(a->sealed)->begins, true};
	if (sealed_whole(a->sealed)->is_segment)
		a->max_line = MIN(a->max_line + PEEL_MORE, SEGMENT_LINE_MAX);
	buf_init(&a->window, a->max_line + 4 * SEEKABLE_FRAME_MAX);
	buf_init(&a->head, HEAD);
	return &a->source;
}
