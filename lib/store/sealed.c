/* sealed: the table held in memory, frames decoded as they are asked for. */
#include "store/sealed.h"

#include "base/hash.h"
#include "ext/zst.h"
#include "store/sealcheck.h"
#include "store/sealwalk.h"

#include <errno.h>

#define TAIL ((size_t)64 << 10) /* first read: the table and the last note of most files */
#define RAW ((size_t)256 << 10) /* frames read at once, when one has less */
#define CACHED_MAX ((size_t)1 << 20)

struct cached {
	size_t frame; /* its number + 1; 0: none */
	char *p;
	size_t cap;
	uint64_t used_at;
};

struct sealed {
	struct disk *disk;
	int fd;
	char *name;
	struct framemap map;
	struct note_whole whole;
	struct note_frame *notes; /* of one note */
	size_t notes_of;          /* its number + 1; 0: none was read */
	uint64_t notes_hash;
	struct zst *zst;
	struct buf raw;
	struct cached cache[SEALED_CACHE];
	uint64_t clock;
};

/* --- errors ------------------------------------------------------------------------------------ */

static int
unreadable(const struct sealed *s, struct err *err)
{
	return err_system(err, "cannot read '%s'", s->name);
}

/* All n bytes at this place. */
static int
read_raw(struct sealed *s, char *p, size_t n, int64_t at, struct err *err)
{
	ssize_t got = disk_read(s->disk, s->fd, p, n, at);

	if (got < 0)
		return unreadable(s, err);
	if ((size_t)got == n)
		return 0;
	return err_set(err, ERR_DAMAGE, "damage", at, "%s: byte %lld: it is shorter than it was",
		s->name, (long long)(at + got));
}

/* Not a file of ours, or not any more. */
static int
no_table(const struct sealed *s, const char *what, struct err *err)
{
	err_set(err, ERR_DAMAGE, "no-index", -1, "%s: %s", s->name, what);
	return 0;
}

/* --- opening ----------------------------------------------------------------------------------- */

static int
read_whole(struct sealed *s, struct span entries, int64_t at, size_t n, struct err *err)
{
	struct err why;
	struct span json;

	buf_clear(&s->raw);
	if (!buf_room(&s->raw, n))
		return no_table(s, "its last note is too long", err);
	if (read_raw(s, s->raw.p, n, at, err))
		return -1;
	json = seekable_skippable(span_of(s->raw.p, n), SEEKABLE_NOTE);
	if (!json.p || note_read_whole(json, &s->whole, &why))
		return no_table(s, "it has a table, but no note about itself that is right", err);
	if (s->whole.table != hash_bytes(entries) || s->whole.frames != (int64_t)s->map.count ||
		s->whole.text != s->map.text_at[s->map.count])
		return no_table(s, "its table is damaged", err);
	return 1;
}

/* The table is at p, n entries, the last one that of the note about the whole. */
static int
read_entries(struct sealed *s, const char *p, size_t n, int64_t table_at, struct err *err)
{
	struct seekable_entry last = seekable_entry(p + (n - 1) * SEEKABLE_ENTRY);
	int64_t at;

	if (last.text_bytes || last.file_bytes > NOTE_BYTES_MAX + SEEKABLE_HEAD ||
		last.file_bytes < SEEKABLE_FRAME_LEAST || !framemap_read(&s->map, p, n - 1))
		return no_table(s, "its table is not one of ours", err);
	at = s->map.note_at[s->map.note_count];
	if (at + last.file_bytes != table_at)
		return no_table(s, "its table does not fit its size", err);
	return read_whole(s, span_of(p, (n - 1) * SEEKABLE_ENTRY), at, last.file_bytes, err);
}

static int
read_table(struct sealed *s, struct err *err)
{
	int64_t size = s->disk->calls->size(s->disk, s->fd), bytes;
	size_t n = (size_t)MIN(size, (int64_t)TAIL);
	struct span table;
	uint32_t count = 0;
	struct buf tail;
	int r;

	if (size < 0)
		return unreadable(s, err);
	buf_init(&tail, TAIL + (size_t)seekable_table_bytes(SEEKABLE_FRAMES_MAX));
	buf_grow(&tail, n);
	r = read_raw(s, tail.p, n, size - (int64_t)n, err);
	if (r == 0 && n >= SEEKABLE_FOOTER)
		count = seekable_count(tail.p + n - SEEKABLE_FOOTER, size);
	bytes = seekable_table_bytes(count);
	if (r == 0 && count && bytes > (int64_t)n) {
		n = (size_t)bytes;
		buf_grow(&tail, n);
		r = read_raw(s, tail.p, n, size - bytes, err);
	}
	table = count ? seekable_skippable(
				span_of(tail.p + n - bytes, (size_t)bytes), SEEKABLE_TABLE)
		      : SPAN_NONE;
	if (r == 0)
		r = table.p ? read_entries(s, table.p, count, size - bytes, err)
			    : no_table(s, "it has no table of frames at its end", err);
	buf_release(&tail);
	return r;
}

static struct sealed *
make(struct disk *disk, int fd, const char *name)
{
	struct sealed *s = alloc_zero(sizeof(*s));

	*s = (struct sealed){.disk = disk, .fd = fd, .name = alloc_string(name), .zst = zst_new()};
	buf_init(&s->raw, 2 * SEEKABLE_FRAME_MAX);
	return s;
}

static int
finish(struct sealed *s, int r, struct sealed **out)
{
	if (r == 1)
		*out = s;
	else
		sealed_close(s);
	return r;
}

int
sealed_open(struct sealed **out, struct disk *disk, int fd, const char *name, struct err *err)
{
	struct sealed *s = make(disk, fd, name);

	return finish(s, read_table(s, err), out);
}

int
sealed_rescue(struct sealed **out, struct disk *disk, int fd, const char *name, struct err *err)
{
	struct sealed *s = make(disk, fd, name);
	struct sealwalk_result found;
	int r = sealwalk(&found, disk, fd, name, err);

	if (r == 0) {
		s->map = found.map;
		s->whole = found.whole;
		r = s->map.count ? 1 : no_table(s, "it has no frames", err);
	}
	return finish(s, r, out);
}

void
sealed_close(struct sealed *s)
{
	if (!s)
		return;
	s->disk->calls->close(s->disk, s->fd);
	zst_free(s->zst);
	for (size_t i = 0; i < SEALED_CACHE; i++)
		alloc_free(s->cache[i].p);
	buf_release(&s->raw);
	alloc_free(s->notes);
	framemap_release(&s->map);
	alloc_free(s->name);
	alloc_free(s);
}

/* --- frames ------------------------------------------------------------------------------------ */

size_t
sealed_count(const struct sealed *s)
{
	return s->map.count;
}

const char *
sealed_name(const struct sealed *s)
{
	return s->name;
}

int64_t
sealed_size(const struct sealed *s)
{
	return s->map.text_at[s->map.count];
}

const struct note_whole *
sealed_whole(const struct sealed *s)
{
	return &s->whole;
}

bool
sealed_is_rescued(const struct sealed *s)
{
	return s->map.file_end;
}

struct framemap_frame
sealed_frame(const struct sealed *s, size_t i)
{
	return framemap_frame(&s->map, i);
}

size_t
sealed_at(const struct sealed *s, int64_t offset)
{
	return framemap_at(&s->map, offset);
}

static int
decode(struct sealed *s, size_t i, const char *bytes, char *out, struct err *err)
{
	struct framemap_frame f = sealed_frame(s, i);

	if (zst_frame(s->zst, span_of(bytes, f.file_bytes), out, f.text_bytes, err) == 0)
		return 0;
	if (err->kind == ERR_DAMAGE)
		err->code = "damage";
	err->byte = f.text_at;
	return err_prefix(err, "%s: byte %lld (byte %lld of the text)", s->name,
		(long long)f.file_at, (long long)f.text_at);
}

/* The bytes of frames i to j, which follow each other in the file, are in s->raw. */
static int
read_frames(struct sealed *s, size_t i, size_t j, struct err *err)
{
	size_t n = (size_t)(framemap_end(&s->map, j) - s->map.file_at[i]);

	buf_clear(&s->raw);
	if (!buf_room(&s->raw, n))
		return err_set(err, ERR_DAMAGE, "damage", s->map.text_at[i],
			"%s: byte %lld: a frame of %zu bytes is too large", s->name,
			(long long)s->map.file_at[i], n);
	s->raw.n = n;
	return read_raw(s, s->raw.p, n, s->map.file_at[i], err);
}

int
sealed_decode(struct sealed *s, size_t i, char *out, struct span *bytes, struct err *err)
{
	if (read_frames(s, i, i, err) || decode(s, i, s->raw.p, out, err))
		return -1;
	*bytes = buf_view(&s->raw);
	return 0;
}

/* --- the cache --------------------------------------------------------------------------------- */

static struct cached *
find_cached(struct sealed *s, size_t i)
{
	for (size_t k = 0; k < SEALED_CACHE; k++) {
		if (s->cache[k].frame == i + 1) {
			s->cache[k].used_at = ++s->clock;
			return &s->cache[k];
		}
	}
	return NULL;
}

/* The place that was not used for the longest time; frames that are very large have one place. */
static struct cached *
choose(struct sealed *s, size_t bytes)
{
	struct cached *c = &s->cache[0];

	for (size_t k = 1; k < SEALED_CACHE && bytes <= CACHED_MAX; k++)
		if (s->cache[k].used_at < c->used_at)
			c = &s->cache[k];
	return c;
}

/* The text of frame i, decoded. */
static const char *
text_of(struct sealed *s, size_t i, struct err *err)
{
	size_t n = sealed_frame(s, i).text_bytes;
	struct cached *c = find_cached(s, i);

	if (c)
		return c->p;
	if (read_frames(s, i, i, err))
		return NULL;
	c = choose(s, n);
	c->frame = 0;
	if (c->cap < n) {
		alloc_free(c->p);
		c->p = alloc_get(n);
		c->cap = n;
	}
	if (decode(s, i, s->raw.p, c->p, err))
		return NULL;
	c->frame = i + 1;
	c->used_at = ++s->clock;
	return c->p;
}

/* --- reading ----------------------------------------------------------------------------------- */

/* The last of the frames from i on that are wholly asked for, and come with one read of the file. */
static size_t
last_of_run(const struct sealed *s, size_t i, int64_t end)
{
	size_t j = i;

	while (j + 1 < s->map.count && s->map.text_at[j + 2] <= end &&
		framemap_end(&s->map, j) == s->map.file_at[j + 1] &&
		(size_t)(framemap_end(&s->map, j + 1) - s->map.file_at[i]) <= RAW)
		j++;
	return j;
}

/* Frames i to the last that fits, straight into the caller's memory. Bytes given, or -1. */
static ssize_t
read_run(struct sealed *s, size_t i, char *out, int64_t end, struct err *err)
{
	size_t j = last_of_run(s, i, end);
	int64_t from = s->map.text_at[i];

	if (read_frames(s, i, j, err))
		return -1;
	for (size_t k = i; k <= j; k++)
		if (decode(s, k, s->raw.p + (s->map.file_at[k] - s->map.file_at[i]),
			    out + (s->map.text_at[k] - from), err))
			return -1;
	return (ssize_t)(s->map.text_at[j + 1] - from);
}

/* Bytes given, at least one, or -1. */
static ssize_t
read_some(struct sealed *s, char *out, int64_t at, int64_t end, struct err *err)
{
	size_t i = sealed_at(s, at);
	struct framemap_frame f = sealed_frame(s, i);
	int64_t skip = at - f.text_at, n = MIN(end, s->map.text_at[i + 1]) - at;
	const char *text;

	if (n == (int64_t)f.text_bytes && !find_cached(s, i))
		return read_run(s, i, out, end, err);
	text = text_of(s, i, err);
	if (!text)
		return -1;
	memcpy(out, text + skip, (size_t)n);
	return (ssize_t)n;
}

ssize_t
sealed_read(struct sealed *s, void *p, size_t n, int64_t at, struct err *err)
{
	int64_t size = sealed_size(s);
	int64_t end = at >= size ? at : at + MIN((int64_t)MIN(n, (size_t)INT64_MAX), size - at);
	char *out = p;

	for (int64_t from = at; from < end;) {
		ssize_t got = read_some(s, out + (from - at), from, end, err);

		if (got < 0)
			return -1;
		from += got;
	}
	return (ssize_t)(end - at);
}

/* --- notes ------------------------------------------------------------------------------------- */

static int
read_note(struct sealed *s, size_t note, struct err *err)
{
	size_t first = note * NOTE_FRAMES, frames = MIN(s->map.count - first, (size_t)NOTE_FRAMES);
	int64_t at = s->map.note_at[note];
	size_t n = (size_t)(framemap_note_end(&s->map, note) - at);
	struct span json;

	s->notes_of = 0;
	if (!s->notes)
		s->notes = alloc_array(NOTE_FRAMES, sizeof(*s->notes));
	buf_clear(&s->raw);
	buf_room(&s->raw, n);
	if (read_raw(s, s->raw.p, n, at, err))
		return -1;
	json = seekable_skippable(span_of(s->raw.p, n), SEEKABLE_NOTE);
	if (!json.p ||
		note_read_frames(json, s->notes, frames, &s->notes_hash, s->whole.is_segment, err))
		return err_set(err, ERR_DAMAGE, "damage", s->map.text_at[first],
			"%s: byte %lld: the note about frames %zu to %zu is damaged", s->name,
			(long long)at, first, first + frames - 1);
	s->notes_of = note + 1;
	return 0;
}

const struct note_frame *
sealed_note(struct sealed *s, size_t i, struct err *err)
{
	assert(i < s->map.count);
	if (sealed_is_rescued(s)) {
		err_set(err, ERR_DAMAGE, "damage", -1, "%s: its table is damaged", s->name);
		return NULL;
	}
	if (s->notes_of != i / NOTE_FRAMES + 1 && read_note(s, i / NOTE_FRAMES, err))
		return NULL;
	return &s->notes[i % NOTE_FRAMES];
}

uint64_t
sealed_note_bytes(const struct sealed *s)
{
	return s->notes_hash;
}

/* --- checking ---------------------------------------------------------------------------------- */

int
sealed_check(struct sealed *s, struct err *err)
{
	struct sealcheck *c = sealcheck_new(s);
	struct span text;
	int r;

	while ((r = sealcheck_next(c, &text, err)) == 1)
		continue;
	sealcheck_free(c);
	return r;
}
