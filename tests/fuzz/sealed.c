/*
 * Fuzz target sealed: bytes as a packed file: it is refused, or its text has the size it says and reading it is the
 * same in any pieces. When the first byte is even the rest is text, which is packed, damaged at the places that the
 * last bytes name, and read: what comes is the text or an error. When it is odd the rest is the file itself, with the
 * sums and the table mended, so that what they guard is reached.
 */
#include "store/sealed.h"
#include "base/hash.h"
#include "store/archive.h"
#include "store/packer.h"
#include "store/seekable.h"
#include "store/trailer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX ((size_t)1 << 20)

static const struct timing envelope = {NULL, TIMING_MS};

static void
must(bool holds)
{
	if (!holds)
		__builtin_trap();
}

/* --- a disk that is one file in memory --------------------------------------------------------- */

struct file {
	struct root root; /* first, and its disk is its first */
	struct span bytes;
};

static int
open_it(struct disk *d, const char *name, unsigned flags, unsigned mode)
{
	(void)d;
	(void)name;
	(void)flags;
	(void)mode;
	return 1;
}

static int64_t
size_of(struct disk *d, int fd)
{
	(void)fd;
	return (int64_t)((struct file *)d)->bytes.n;
}

static ssize_t
read_at(struct disk *d, int fd, void *p, size_t n, int64_t at)
{
	struct span b = ((struct file *)d)->bytes;

	(void)fd;
	must(at >= 0);
	if ((size_t)at >= b.n)
		return 0;
	n = MIN(n, b.n - (size_t)at);
	memcpy(p, b.p + at, n);
	return (ssize_t)n;
}

static int
close_it(struct disk *d, int fd)
{
	(void)d;
	(void)fd;
	return 0;
}

static const struct disk_calls calls = {
	.open = open_it, .size = size_of, .pread = read_at, .close = close_it};

/* --- packing ----------------------------------------------------------------------------------- */

static int
gather(void *ctx, struct span bytes, struct err *err)
{
	(void)err;
	buf_span(ctx, bytes);
	return 0;
}

static void
pack(struct buf *out, struct span text, size_t piece)
{
	struct err err;
	struct packer *p = packer_new(
		&(struct packer_conf){
			.timing = &envelope, .max_line = 1 << 16, .put = gather, .ctx = out},
		&err);

	must(p != NULL);
	for (size_t at = 0; at < text.n; at += piece)
		must(packer_put(p, span_of(text.p + at, MIN(piece, text.n - at)), &err) == 0);
	must(packer_end(p, &err) == 0 && packer_counts(p).text == (int64_t)text.n);
	packer_free(p);
}

/* --- reading ----------------------------------------------------------------------------------- */

/* text.p NULL: what it should be is not known. */
static void
read_pieces(struct sealed *s, struct span text)
{
	int64_t size = sealed_size(s);
	char *whole = alloc_get((size_t)size + 1), piece[333];
	struct err err;
	ssize_t n = sealed_read(s, whole, (size_t)size + 1, 0, &err), got;

	must(n == size || (n == -1 && err.kind == ERR_DAMAGE));
	if (n >= 0 && text.p)
		must(text.n == (size_t)n && memcmp(whole, text.p, (size_t)n) == 0);
	for (int64_t at = 0; at < size && at < 40000; at += 301) {
		got = sealed_read(s, piece, sizeof(piece), at, &err);
		if (n >= 0)
			must(got == MIN((int64_t)sizeof(piece), size - at) &&
				memcmp(piece, whole + at, (size_t)got) == 0);
	}
	if (sealed_check(s, &err) == 0)
		must(n == size);
	alloc_free(whole);
}

/* Lines in their order, each once, and at last an end. */
static void
read_range(struct file *f, int64_t from_ms, int64_t to_ms)
{
	int64_t line_no = 0, offset = -1;
	struct source_line line;
	struct archive *a;
	struct source *src;
	struct err err;
	int r;

	if (archive_open_segment(&a, &f->root, 0, &err) != 1)
		return;
	src = archive_source(a, from_ms, to_ms, 1000);
	for (int n = 0; n < 100000 && (r = src->next(src, &line, &err)) == SOURCE_LINE; n++) {
		must(line.line_no > line_no && line.offset > offset);
		must(line.line.n <= 4096 && (int64_t)line.line.n <= line.full_length);
		line_no = line.line_no;
		offset = line.offset;
	}
	must(r == SOURCE_END || r == SOURCE_LINE || err.kind == ERR_DAMAGE);
	src->close(src);
}

static void
read_file(struct span bytes, struct span text)
{
	struct file f = {{.disk = {&calls, -1}, .path = NULL}, bytes};
	struct sealed *s;
	struct err err;
	int r = sealed_open(&s, &f.root.disk, 1, "f", &err);

	must(r == 0 || r == 1);
	if (r == 0) {
		r = sealed_rescue(&s, &f.root.disk, 1, "f", &err);
		must(r == 0 || r == 1);
		if (r == 1 && sealed_size(s) <= (int64_t)TEXT_MAX)
			read_pieces(s, SPAN_NONE);
		if (r == 1)
			sealed_close(s);
		return;
	}
	must(sealed_size(s) <= (int64_t)(sealed_count(s) * SEEKABLE_FRAME_MAX));
	if (sealed_size(s) <= (int64_t)TEXT_MAX)
		read_pieces(s, text);
	for (size_t i = 0; i < sealed_count(s) && i < 10; i++)
		(void)sealed_note(s, i, &err);
	sealed_close(s);
	read_range(&f, ARCHIVE_FROM_FIRST, ARCHIVE_TO_LAST);
	read_range(&f, 2, 1637572532001);
}

/* --- the two ways ------------------------------------------------------------------------------ */

static void
damage(struct span data)
{
	struct span text = span_of(data.p, data.n - MIN(data.n, 4));
	const unsigned char *places = (const unsigned char *)text.p + text.n;
	struct buf out;

	buf_init(&out, 16 << 20);
	pack(&out, text, 1 + data.n % 701);
	read_file(buf_view(&out), text);
	if (data.n >= 4) {
		size_t at = (size_t)(places[0] | places[1] << 8 | places[2] << 16) % out.n;

		out.p[at] ^= (char)(places[3] | 1);
		read_file(buf_view(&out), text);
		read_file(span_of(out.p, at), text);
	}
	buf_release(&out);
}

/* A note with its sum mended, as long as it has one. */
static void
put_note(struct buf *out, struct buf *entries, struct span json)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_span(&b, json);
	if (b.n && b.p[b.n - 1] == '}')
		b.n--;
	buf_print(&b, ",\"$sum\":\"%016llx\"}", (unsigned long long)hash_bytes(buf_view(&b)));
	seekable_put_skippable(out, SEEKABLE_NOTE, buf_view(&b));
	seekable_put_entry(entries, (struct seekable_entry){(uint32_t)b.n + SEEKABLE_HEAD, 0});
	buf_release(&b);
}

/* NUL cuts the bytes into a frame, the size of its text, the note about it, and the end of the note about the whole. */
static void
mend(struct span data)
{
	struct span frame, size, note, whole;
	struct seekable_entry e = {0};
	struct buf out, entries, json;

	if (data.n < 3)
		return;
	e.text_bytes = (uint32_t)(unsigned char)data.p[0] | (uint32_t)(unsigned char)data.p[1] << 8;
	size = span_of(data.p + 2, data.n - 2);
	frame = span_of(size.p + 1, MIN((size_t)(unsigned char)size.p[0], size.n - 1));
	span_cut(span_of(frame.p + frame.n, size.n - 1 - frame.n), '\0', &note, &whole);
	buf_init(&out, 1 << 20);
	buf_init(&entries, 1 << 16);
	buf_init(&json, 1 << 20);
	e.file_bytes = (uint32_t)frame.n;
	buf_span(&out, frame);
	seekable_put_entry(&entries, e);
	put_note(&out, &entries, note);
	buf_print(&json,
		"{\"packed\":1,\"text\":%u,\"frames\":1,\"lines\":1,\"untimed\":0,\"time\":null,"
		"\"unit\":\"ms\",\"from\":1,\"to\":2,\"sha256\":\"\",\"table\":\"%016llx\"",
		e.text_bytes, (unsigned long long)hash_bytes(buf_view(&entries)));
	buf_span(&json, whole);
	put_note(&out, &entries, buf_view(&json));
	seekable_put_table(&out, buf_view(&entries));
	read_file(buf_view(&out), SPAN_NONE);
	buf_release(&out);
	buf_release(&entries);
	buf_release(&json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);

	if (size == 0 || size > 100000)
		return 0;
	read_file(s, SPAN_NONE);
	s = span_of(s.p + 1, s.n - 1);
	if (data[0] % 2 == 0)
		damage(s);
	else
		mend(s);
	return 0;
}
