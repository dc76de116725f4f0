/* sealwalk: from frame to frame. */
#include "store/sealwalk.h"

#include "base/alloc.h"
#include "ext/zst.h"

#define FIRST_BYTES ((size_t)64 << 10)
#define WINDOW_MAX (2 * SEEKABLE_FRAME_MAX)
#define MAGIC_BYTES 4

struct walk {
	struct disk *disk;
	int fd;
	const char *name;
	int64_t size;
	/* Bytes of the file from this offset on. */
	struct buf window;
	int64_t window_at;
	struct sealwalk_result *out;
	size_t cap; /* of the arrays in the map */
};

/* At least n bytes from at on, or what there is up to the end of the file. */
static int
look(struct walk *w, int64_t at, size_t n, struct span *out, struct err *err)
{
	size_t skip, want = (size_t)MIN((int64_t)n, w->size - at);
	ssize_t got;

	if (at < w->window_at || at + (int64_t)want > w->window_at + (int64_t)w->window.n) {
		size_t take = (size_t)MIN((int64_t)MAX(n, FIRST_BYTES), w->size - at);

		buf_clear(&w->window);
		buf_grow(&w->window, take);
		got = disk_read(w->disk, w->fd, w->window.p, take, at);
		if (got < 0)
			return err_system(err, "cannot read '%s'", w->name);
		w->window.n = (size_t)got;
		w->window_at = at;
	}
	skip = (size_t)(at - w->window_at);
	*out = span_of(w->window.p + skip, w->window.n - skip);
	return 0;
}

static uint32_t
magic_of(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	return s.n < MAGIC_BYTES
		       ? 0
		       : p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool
is_start(uint32_t magic)
{
	return magic == ZST_MAGIC || magic == SEEKABLE_NOTE || magic == SEEKABLE_TABLE;
}

/* Does a frame, a note, the table or nothing stand there? */
static int
begins_at(struct walk *w, int64_t at, bool *yes, struct err *err)
{
	struct span s;

	*yes = at == w->size;
	if (*yes || at > w->size)
		return 0;
	if (look(w, at, MAGIC_BYTES, &s, err))
		return -1;
	*yes = is_start(magic_of(s));
	return 0;
}

static void
note_frame(struct walk *w, int64_t at, size_t file_bytes, size_t text_bytes)
{
	struct framemap *m = &w->out->map;

	if (m->count + 1 >= w->cap) {
		w->cap = w->cap ? 2 * w->cap : 1024;
		m->text_at = alloc_resize(m->text_at, w->cap * sizeof(*m->text_at));
		m->file_at = alloc_resize(m->file_at, w->cap * sizeof(*m->file_at));
		m->file_end = alloc_resize(m->file_end, w->cap * sizeof(*m->file_end));
		if (m->count == 0)
			m->text_at[0] = 0;
	}
	m->file_at[m->count] = at;
	m->file_end[m->count] = at + (int64_t)file_bytes;
	m->text_at[m->count + 1] = m->text_at[m->count] + (int64_t)text_bytes;
	m->count++;
}

/* A frame that is there is noted. 1: *next is what follows; 0: what follows has to be searched for. */
static int
take_frame(struct walk *w, int64_t at, int64_t *next, struct err *err)
{
	size_t file_bytes = 0, text_bytes = 0;
	struct span s;
	bool yes;

	for (size_t n = FIRST_BYTES; file_bytes == 0; n *= 4) {
		if (look(w, at, MIN(n, WINDOW_MAX), &s, err))
			return -1;
		file_bytes = zst_measure(s, &text_bytes);
		if (file_bytes == 0 && (n >= WINDOW_MAX || (int64_t)s.n == w->size - at))
			return 0;
	}
	if (text_bytes == 0 || text_bytes > SEEKABLE_FRAME_MAX ||
		w->out->map.count == SEEKABLE_FRAMES_MAX)
		return 0;
	note_frame(w, at, file_bytes, text_bytes);
	*next = at + (int64_t)file_bytes;
	return begins_at(w, *next, &yes, err) ? -1 : yes;
}

/* A skippable frame: 1 and *next, and what it says of the whole if it does; 0. */
static int
take_note(struct walk *w, int64_t at, int64_t *next, struct err *err)
{
	struct err ignored;
	struct span s, json;
	size_t n;

	if (look(w, at, SEEKABLE_HEAD, &s, err))
		return -1;
	if (s.n < SEEKABLE_HEAD)
		return 0;
	n = SEEKABLE_HEAD + (size_t)magic_of(span_of(s.p + MAGIC_BYTES, s.n - MAGIC_BYTES));
	if ((int64_t)n > w->size - at)
		return 0;
	*next = at + (int64_t)n;
	if (magic_of(s) != SEEKABLE_NOTE || n > NOTE_BYTES_MAX + SEEKABLE_HEAD)
		return 1;
	if (look(w, at, n, &s, err))
		return -1;
	json = seekable_skippable(span_of(s.p, MIN(n, s.n)), SEEKABLE_NOTE);
	if (json.p && note_read_whole(json, &w->out->whole, &ignored) == 0)
		w->out->has_whole = true;
	return 1;
}

/* The first place from at on that looks like a start; the end of the file when there is none. */
static int
search(struct walk *w, int64_t at, int64_t *found, struct err *err)
{
	while (at < w->size) {
		struct span s;

		if (look(w, at, FIRST_BYTES, &s, err))
			return -1;
		for (size_t i = 0; i + MAGIC_BYTES <= s.n; i++) {
			if (is_start(magic_of(span_of(s.p + i, s.n - i)))) {
				*found = at + (int64_t)i;
				return 0;
			}
		}
		if ((int64_t)s.n >= w->size - at || s.n < MAGIC_BYTES)
			break;
		at += (int64_t)s.n - MAGIC_BYTES + 1;
	}
	*found = w->size;
	return 0;
}

static int
walk_all(struct walk *w, struct err *err)
{
	for (int64_t at = 0, next = 0; at < w->size; at = next) {
		struct span s;
		int r;

		if (look(w, at, MAGIC_BYTES, &s, err))
			return -1;
		r = magic_of(s) == ZST_MAGIC ? take_frame(w, at, &next, err)
		    : is_start(magic_of(s))  ? take_note(w, at, &next, err)
					     : 0;
		if (r < 0 || (r == 0 && search(w, at + 1, &next, err)))
			return -1;
	}
	return 0;
}

int
sealwalk(struct sealwalk_result *out, struct disk *d, int fd, const char *name, struct err *err)
{
	struct walk w = {
		.disk = d, .fd = fd, .name = name, .size = d->calls->size(d, fd), .out = out};
	int r;

	*out = (struct sealwalk_result){0};
	if (w.size < 0)
		return err_system(err, "cannot read '%s'", name);
	buf_init(&w.window, WINDOW_MAX);
	r = walk_all(&w, err);
	buf_release(&w.window);
	if (r)
		framemap_release(&out->map);
	return r;
}
