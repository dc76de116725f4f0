/* leaf: a reader, or the frames of a range. */
#include "store/leaf.h"

#include "base/alloc.h"
#include "io/reader.h"
#include "store/archive.h"
#include "store/peel.h"

#include <sys/stat.h>

struct leaf {
	struct reader *reader;
	struct source *frames; /* NULL: the reader's lines are given */
	struct peel peel;
	bool is_segment; /* plain: they are peeled */
	const char *name;
	struct leaf_conf conf;
	bool is_file;
	bool tells; /* that it has no index, if it is an archive */
	uint64_t inode;
	uint64_t head; /* of an archive that was not begun at its start: what the mark said */
	size_t head_n;
	int64_t before, after, line_no; /* of the line given last; equal: none yet */
};

/* --- opening ----------------------------------------------------------------------------------- */

static void
say(struct leaf *l, const char *what)
{
	char text[ERR_TEXT_MAX];

	if (!l->conf.say)
		return;
	snprintf(text, sizeof(text), "%.300s: %s", l->name, what);
	l->conf.say(l->conf.say_ctx, text);
}

/* Once for all leaves. */
static void
tell(struct leaf *l, const char *what)
{
	if (l->conf.has_told && *l->conf.has_told)
		return;
	if (l->conf.has_told)
		*l->conf.has_told = true;
	say(l, what);
}

static bool
has_range(const struct leaf *l)
{
	return l->conf.from_ms != INT64_MIN || l->conf.to_ms != INT64_MAX;
}

/* Its lines come by frames where that is right. */
static int
open_frames(struct leaf *l, const char *path, struct err *err)
{
	const struct timing *t = l->conf.timing;
	bool has_time = false;
	struct archive *a;
	int r = archive_open(&a, path, err);

	l->tells = has_range(l) && r == 0;
	if (r <= 0)
		return r < 0 && err->kind == ERR_DAMAGE ? 0 : r; /* the reader will find it */
	if (has_range(l))
		has_time = archive_has_time(a, t->expr ? expr_text(t->expr) : NULL, t->unit);
	if (has_range(l) && !has_time)
		tell(l, "its index has other times than --time; all of it is read");
	if (!has_time && !archive_is_segment(a)) {
		archive_close(a);
		return 0;
	}
	l->frames = archive_source(a, has_time ? l->conf.from_ms : ARCHIVE_FROM_FIRST,
		has_time ? l->conf.to_ms : ARCHIVE_TO_LAST, l->conf.max_line);
	return 0;
}

static int
open_all(struct leaf *l, const char *path, const struct mark *at, struct err *err)
{
	struct reader_conf conf = {.max_line = l->conf.max_line,
		.poll_first = true,
		.grows = l->conf.grows,
		.may_thread = l->conf.may_thread,
		.window = l->conf.window,
		.start = at ? at->offset : 0,
		.line_no = at ? at->line_no : 0};
	struct stat st;

	l->is_segment = peel_start(&l->peel, path, conf.start, conf.max_line);
	if (l->is_segment)
		conf.max_line += PEEL_MORE;
	if (reader_open(&l->reader, path, &conf, err)) {
		l->reader = NULL;
		return strcmp(err->code, "absent") == 0 ? 0 : -1;
	}
	l->is_file = reader_is_regular(l->reader) && strcmp(path, "-") != 0;
	l->before = l->after = conf.start;
	l->line_no = conf.line_no;
	l->head = at ? at->head : 0;
	l->head_n = at ? at->head_n : 0;
	l->inode = fstat(reader_fd(l->reader), &st) == 0 ? (uint64_t)st.st_ino : 0;
	return l->is_file && open_frames(l, path, err) ? -1 : 1;
}

int
leaf_open(struct leaf **out, const char *path, const char *name, const struct mark *at,
	const struct leaf_conf *conf, struct err *err)
{
	struct leaf *l = alloc_zero(sizeof(*l));
	int r;

	l->conf = *conf;
	l->name = name;
	r = open_all(l, path, at, err);
	if (r == 1)
		*out = l;
	else
		leaf_close(l);
	return r;
}

void
leaf_close(struct leaf *l)
{
	if (l->frames)
		l->frames->close(l->frames);
	if (l->reader)
		reader_close(l->reader);
	alloc_free(l);
}

/* --- lines ------------------------------------------------------------------------------------- */

static int
give(struct leaf *l, struct source_line *out)
{
	l->before = out->offset;
	l->line_no = out->line_no;
	l->after = out->offset + out->full_length + out->ends_in_newline;
	if (unlikely(l->tells)) {
		l->tells = false;
		if (reader_is_compressed(l->reader))
			tell(l, "no index of times; all of it is read (ev-store pack makes one)");
	}
	return SOURCE_LINE;
}

/* Frames before the place may hold lines of the range. */
static int
next_of_frames(struct leaf *l, struct source_line *out, struct err *err)
{
	for (;;) {
		int r = l->frames->next(l->frames, out, err);

		if (r != SOURCE_LINE)
			return r;
		out->input = l->name;
		if (out->offset < l->after)
			continue;
		return give(l, out);
	}
}

/* In the middle of an overlong line the reader pauses; only who polls its descriptor can wait for the rest. */
static int
next_of_reader(struct leaf *l, struct reader_line *line, struct err *err)
{
	int r;

	do
		r = reader_next(l->reader, line, err);
	while (unlikely(r == READER_WAIT) && l->is_file && !reader_grows(l->reader));
	return r;
}

int
leaf_next(struct leaf *l, struct source_line *out, struct err *err)
{
	struct reader_line line;
	int r;

	if (l->frames)
		return next_of_frames(l, out, err);
	r = next_of_reader(l, &line, err);
	if (unlikely(r != READER_LINE))
		return r;
	*out = (struct source_line){line.line, l->name, line.line_no, line.offset, line.full_length,
		line.ends_in_newline};
	if (unlikely(l->is_segment && !line.ends_in_newline)) {
		say(l, "its last line is not whole; it is left out");
		return SOURCE_END;
	}
	give(l, out);
	return unlikely(l->is_segment) && peel_line(&l->peel, out, err) ? SOURCE_ERROR
									: SOURCE_LINE;
}

/* --- places ------------------------------------------------------------------------------------ */

void
leaf_recall(struct leaf *l, bool before, struct mark *m)
{
	struct reader_line ignored_line;
	struct err ignored;
	size_t n;
	uint64_t head = reader_head(l->reader, &n);

	if (n == 0 && l->head_n == 0 && l->frames) {
		reader_next(l->reader, &ignored_line, &ignored);
		head = reader_head(l->reader, &n);
	}
	*m = (struct mark){.inode = l->inode,
		.offset = leaf_offset(l, before),
		.line_no = l->line_no - (before && l->before != l->after),
		.head = n ? head : l->head,
		.head_n = n ? n : l->head_n};
}

bool
leaf_place(struct leaf *l, bool before, struct mark *m)
{
	/* All there is to know of an archive: its own bytes are not those that count. */
	leaf_recall(l, before, m);
	return !leaf_is_plain(l) || mark_take(m, reader_fd(l->reader), m->offset);
}

int64_t
leaf_line_no(const struct leaf *l)
{
	return l->line_no;
}

int64_t
leaf_offset(const struct leaf *l, bool before)
{
	return before ? l->before : l->after;
}

bool
leaf_is_file(const struct leaf *l)
{
	return l->is_file;
}

bool
leaf_is_pipe(const struct leaf *l)
{
	return reader_is_pipe(l->reader);
}

bool
leaf_is_plain(const struct leaf *l)
{
	return !l->frames && !reader_is_compressed(l->reader);
}

bool
leaf_is_whole(const struct leaf *l)
{
	return l->frames || reader_is_whole(l->reader);
}

int
leaf_fd(const struct leaf *l)
{
	return reader_fd(l->reader);
}

int64_t
leaf_bytes_done(const struct leaf *l)
{
	return l->frames ? l->frames->bytes_done : reader_bytes_done(l->reader);
}

int64_t
leaf_bytes_total(const struct leaf *l)
{
	return reader_bytes_total(l->reader);
}

void
leaf_finish(struct leaf *l)
{
	reader_finish(l->reader);
}

bool
leaf_is_cut(const struct leaf *l)
{
	return reader_is_cut(l->reader);
}

void
leaf_cut(struct leaf *l)
{
	reader_cut(l->reader);
}

void
leaf_stop(struct leaf *l)
{
	reader_stop(l->reader);
	if (l->frames)
		l->frames->stop(l->frames);
}
