/* sealed: packed text is the text again; what lies about itself is refused, in bounded memory. */
#include "tap.h"

#include "base/hash.h"
#include "ext/zst.h"
#include "store/archive.h"
#include "store/packer.h"
#include "store/sealed.h"
#include "store/seekable.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct timing envelope = {NULL, TIMING_MS};

static char file[] = "/tmp/ev-sealed-XXXXXX";

static int
gather(void *ctx, struct span bytes, struct err *err)
{
	(void)err;
	buf_span(ctx, bytes);
	return 0;
}

/* Packs text given in pieces of this size. */
static struct packer_counts
pack(struct buf *out, struct span text, size_t piece, size_t max_line)
{
	struct packer_counts counts = {.text = -1};
	struct err err;
	struct packer *p = packer_new(
		&(struct packer_conf){
			.timing = &envelope, .max_line = max_line, .put = gather, .ctx = out},
		&err);
	int r = 0;

	buf_clear(out);
	for (size_t at = 0; at < text.n && r == 0; at += piece)
		r = packer_put(p, span_of(text.p + at, MIN(piece, text.n - at)), &err);
	if (r == 0 && packer_end(p, &err) == 0)
		counts = packer_counts(p);
	packer_free(p);
	return counts;
}

static void
save(struct span bytes)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, bytes.p, bytes.n) != (ssize_t)bytes.n) {
		printf("Bail out! cannot write %s\n", file);
		exit(1);
	}
	close(fd);
}

static int
open_bytes(struct sealed **s, struct disk *d, struct span bytes, struct err *err)
{
	save(bytes);
	return sealed_open(s, d, disk_open_file(d, file), "f", err);
}

/* Does stock decoding of the whole file give this text? */
static bool
decodes_to(struct span bytes, struct span text)
{
	struct zst *z = zst_new();
	static char out[1 << 16];
	struct err err;
	size_t n, at = 0;
	bool same = true;

	do {
		if (zst_decode(z, &bytes, out, sizeof(out), &n, &err))
			same = false;
		same = same && at + n <= text.n && memcmp(out, text.p + at, n) == 0;
		at += n;
	} while (same && (n || bytes.n));
	same = same && at == text.n && zst_is_whole(z);
	zst_free(z);
	return same;
}

/* n lines, a second apart, about 90 bytes each; some long, some blank, some without a time. */
static void
make_text(struct buf *b, int n, bool timed)
{
	buf_clear(b);
	for (int i = 0; i < n; i++) {
		buf_print(b, "{\"timestamp\":%d000,\"n\":%d,\"text\":\"", i, i);
		for (int k = 0; k < i % 60; k++)
			buf_putc(b, (char)('a' + (i * 7 + k * k) % 26));
		buf_puts(b, i % 500 == 17 && !timed ? "\"\n" : "\"}\n");
		if (i % 97 == 3)
			buf_puts(b, "\r\n");
	}
}

TEST(text_is_the_text)
{
	static const int sizes[] = {0, 1, 300, 5000, 20000};
	static const size_t pieces[] = {SIZE_MAX / 2, 1000, 7};
	struct buf text, out;
	struct disk d;
	struct err err;

	buf_init(&text, 16 << 20);
	buf_init(&out, 16 << 20);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct packer_counts c;
		struct sealed *s;
		char *back;
		int wrong = 0;

		make_text(&text, sizes[i], false);
		c = pack(&out, buf_view(&text), pieces[i % 3], 1 << 20);
		is_int(c.text, (int64_t)text.n, "%d lines are packed", sizes[i]);
		is_int(c.bytes, (int64_t)out.n, "into the bytes that came out");
		ok(decodes_to(buf_view(&out), buf_view(&text)), "any decoder gives the text");
		is_int(open_bytes(&s, &d, buf_view(&out), &err), 1, "it opens");
		is_int(sealed_size(s), (int64_t)text.n, "with its size");
		is_int(sealed_check(s, &err), 0, "and is whole");
		back = alloc_get(text.n + 10);
		is_int(sealed_read(s, back, text.n + 10, 0, &err), (int64_t)text.n, "read at once");
		ok(text.n == 0 || memcmp(back, text.p, text.n) == 0, "it is the text");
		for (size_t at = 0, n = 1; at < text.n; at += 1 + at / 3, n = n * 5 % 70001) {
			ssize_t got = sealed_read(s, back, n, (int64_t)at, &err);

			wrong += got != (ssize_t)MIN(n, text.n - at) ||
				 memcmp(back, text.p + at, (size_t)got) != 0;
		}
		is_int(wrong, 0, "any range is that of the text");
		alloc_free(back);
		sealed_close(s);
	}
	buf_release(&text);
	buf_release(&out);
}

/* What a scan of the text finds in a range must all be in what the archive gives, with its number and offset. */
static int
missing(struct span text, int64_t from_ms, int64_t to_ms, int *given, struct err *err)
{
	struct archive *a;
	struct source *src;
	struct source_line line;
	int64_t at = 0, line_no = 0, wrong = 0, time;
	int r;

	*given = 0;
	if (archive_open(&a, file, err) != 1)
		return -1;
	src = archive_source(a, from_ms, to_ms, 0);
	r = src->next(src, &line, err);
	while (text.n) {
		struct span one;
		bool is_same;

		span_cut(text, '\n', &one, &text);
		line_no++;
		is_same = r == SOURCE_LINE && line.offset == at && line.line_no == line_no &&
			  span_equal(line.line, one);
		if (!is_same && sscanf(one.p, "{\"timestamp\":%" SCNd64, &time) == 1 &&
			time >= from_ms && time < to_ms)
			wrong++;
		*given += is_same;
		at += (int64_t)one.n + 1;
		if (is_same)
			r = src->next(src, &line, err);
	}
	wrong += r != SOURCE_END;
	src->close(src);
	return (int)wrong;
}

TEST(ranges_of_time)
{
	struct buf text, out;
	struct err err;
	int given, all;

	buf_init(&text, 16 << 20);
	buf_init(&out, 16 << 20);
	make_text(&text, 20000, true);
	pack(&out, buf_view(&text), 100000, 1 << 20);
	save(buf_view(&out));
	is_int(missing(buf_view(&text), ARCHIVE_FROM_FIRST, ARCHIVE_TO_LAST, &all, &err), 0,
		"all of it");
	ok(all > 20000, "%d lines", all);
	for (int64_t from = -5000; from < 21000000; from += 1234567) {
		is_int(missing(buf_view(&text), from, from + 600000, &given, &err), 0,
			"ten minutes from %d s", (int)(from / 1000));
		ok(given < all / 2, "in %d lines", given);
	}
	buf_release(&text);
	buf_release(&out);
}

TEST(long_lines)
{
	struct buf text, out;
	struct packer_counts c;
	struct source *src;
	struct source_line line;
	struct archive *a;
	struct err err;
	int64_t from, to;

	buf_init(&text, 64 << 20);
	buf_init(&out, 64 << 20);
	buf_puts(&text, "{\"timestamp\":1000}\n{\"timestamp\":5000,\"x\":\"");
	for (int i = 0; i < 20 << 20; i++)
		buf_putc(&text, (char)('a' + i % 23));
	buf_puts(&text, "\"}\n{\"timestamp\":9000}\nno newline");
	c = pack(&out, buf_view(&text), 1 << 20, 4 << 20);
	is_int(c.lines, 4, "four lines");
	is_int(c.untimed, 2, "one is over the limit, one is no JSON");
	ok(decodes_to(buf_view(&out), buf_view(&text)), "any decoder gives the text");
	save(buf_view(&out));
	is_int(archive_open(&a, file, &err), 1, "it opens");
	ok(archive_times(a, &from, &to) && from == 1000 && to == 9000, "with its times");
	src = archive_source(a, 1000, 2000, 1 << 20);
	is_int(src->next(src, &line, &err), SOURCE_LINE, "the first line");
	is_int(src->next(src, &line, &err), SOURCE_LINE, "the second");
	is_int(line.full_length, (20 << 20) + 25, "is long");
	is_int((int64_t)line.line.n, 4096, "and cut");
	is_int(src->next(src, &line, &err), SOURCE_LINE, "the third");
	is_mem(line.line.p, line.line.n, "{\"timestamp\":9000}", "is whole");
	is_int(src->next(src, &line, &err), SOURCE_LINE, "the fourth");
	ok(!line.ends_in_newline && line.line_no == 4, "has no newline");
	is_int(src->next(src, &line, &err), SOURCE_END, "the end");
	src->close(src);
	c = pack(&out, buf_view(&text), 1 << 20, 64 << 20);
	is_int(c.untimed, 1, "with room for it its time is read");
	ok(decodes_to(buf_view(&out), buf_view(&text)), "and it is the same text");
	buf_release(&text);
	buf_release(&out);
}

/* Every byte of a packed text changed: it is refused, or gives the text. */
TEST(every_byte_counts)
{
	struct buf text, out;
	struct sealed *s;
	struct disk d;
	struct err err;
	int unseen = 0, lied = 0;
	char *back;

	buf_init(&text, 1 << 20);
	buf_init(&out, 1 << 20);
	make_text(&text, 700, false);
	pack(&out, buf_view(&text), 5000, 1 << 20);
	back = alloc_get(text.n + 1);
	for (size_t i = 0; i < out.n; i++) {
		int r;

		out.p[i] ^= (char)(1 << (i % 8));
		r = open_bytes(&s, &d, buf_view(&out), &err);
		if (r == 1) {
			ssize_t n = sealed_read(s, back, text.n + 1, 0, &err);

			lied += n >= 0 &&
				(n != (ssize_t)text.n || memcmp(back, text.p, text.n) != 0);
			unseen += sealed_check(s, &err) == 0;
			sealed_close(s);
		}
		out.p[i] ^= (char)(1 << (i % 8));
	}
	is_int(lied, 0, "of %zu damaged bytes none changes the text", out.n);
	is_int(unseen, 0, "and none is overlooked");
	lied = 0;
	for (size_t n = 0; n < out.n; n++) {
		if (open_bytes(&s, &d, span_of(out.p, n), &err) == 1) {
			lied++;
			sealed_close(s);
		}
	}
	is_int(lied, 0, "cut anywhere it does not open");
	alloc_free(back);
	buf_release(&text);
	buf_release(&out);
}

/* --- lies -------------------------------------------------------------------------------------- */

/* A file of one frame whose table and notes say what the caller wants, with sums that hold. */
static void
forge(struct buf *out, struct span frame, struct seekable_entry e, int64_t text)
{
	struct note_frame note = {.lines = 1, .from_ms = 1, .to_ms = 1};
	struct note_whole w = {.text = text, .frames = 1, .lines = 1, .from_ms = 1, .to_ms = 1};
	struct buf entries, json;

	buf_init(&entries, 1 << 10);
	buf_init(&json, 1 << 12);
	buf_clear(out);
	buf_span(out, frame);
	seekable_put_entry(&entries, e);
	note_put_frames(&json, &note, 1, hash_bytes(frame), false);
	seekable_put_skippable(out, SEEKABLE_NOTE, buf_view(&json));
	seekable_put_entry(&entries, (struct seekable_entry){(uint32_t)json.n + 8, 0});
	w.table = hash_bytes(buf_view(&entries));
	buf_clear(&json);
	note_put_whole(&json, &w);
	seekable_put_skippable(out, SEEKABLE_NOTE, buf_view(&json));
	seekable_put_entry(&entries, (struct seekable_entry){(uint32_t)json.n + 8, 0});
	seekable_put_table(out, buf_view(&entries));
	buf_release(&entries);
	buf_release(&json);
}

static int
try_frame(struct span frame, uint32_t text, struct err *err)
{
	struct buf out;
	struct sealed *s;
	struct disk d;
	char p[64];
	int r;

	buf_init(&out, 1 << 20);
	forge(&out, frame, (struct seekable_entry){(uint32_t)frame.n, text}, text);
	r = open_bytes(&s, &d, buf_view(&out), err);
	if (r == 1) {
		r = sealed_read(s, p, sizeof(p), 0, err) < 0 ? -1 : 1;
		sealed_close(s);
	}
	buf_release(&out);
	return r;
}

TEST(bombs)
{
	struct buf frame, zeros;
	struct rusage before, after;
	struct err err;

	getrusage(RUSAGE_SELF, &before);
	buf_init(&frame, 16 << 20);
	buf_init(&zeros, 16 << 20);
	buf_puts(&zeros, "{\"timestamp\":1}\n");
	zst_compress(&frame, buf_view(&zeros), 3, &err);
	is_int(try_frame(buf_view(&frame), 16, &err), 1, "a frame that tells the truth");
	is_int(try_frame(buf_view(&frame), 15, &err), -1, "a size that is too small");
	is_int(try_frame(buf_view(&frame), 17, &err), -1, "a size that is too large");
	ok(err.kind == ERR_DAMAGE && strstr(err.text, "f: byte 0 (byte 0 of the text): "),
		"names the place: %s", err.text);
	is_int(try_frame(buf_view(&frame), 9 << 20, &err), 0, "a size over the limit");
	is_int(try_frame(buf_view(&frame), UINT32_MAX, &err), 0, "the largest size");
	/* nine bytes that ask for a window of 512 MiB: no single segment, checksum, exponent 19 */
	is_int(try_frame(SPAN("\x28\xb5\x2f\xfd\x04\x98\x01\x00\x00"), 4096, &err), -1,
		"a frame of 9 bytes that asks for a window of 512 MiB");
	/* a size of 1 GiB in the header, 4096 in the table */
	is_int(try_frame(SPAN("\x28\xb5\x2f\xfd\xa4\x00\x00\x00\x40\x01\x00\x00"), 4096, &err), -1,
		"a frame that holds 1 GiB");
	is_int(try_frame(SPAN("\x50\x2a\x4d\x18\x08\x00\x00\x00........"), 8, &err), -1,
		"a frame that is skippable");
	is_int(try_frame(SPAN("\x28\xb5\x2f\xfd\x20\x01\x09\x00\x00x"), 1, &err), -1,
		"a frame without checksum");
	buf_clear(&zeros);
	buf_room(&zeros, 8 << 20);
	memset(zeros.p, ' ', 8 << 20);
	zeros.n = 8 << 20;
	buf_clear(&frame);
	zst_compress(&frame, buf_view(&zeros), 3, &err);
	is_int(try_frame(buf_view(&frame), 8 << 20, &err), 1, "%zu bytes that hold 8 MiB", frame.n);
	buf_span(&frame, span_of(frame.p, frame.n));
	is_int(try_frame(buf_view(&frame), 8 << 20, &err), -1, "two frames in one place");
	buf_release(&frame);
	buf_release(&zeros);
	getrusage(RUSAGE_SELF, &after);
	ok(after.ru_maxrss - before.ru_maxrss < 64 << 10, "in bounded memory");
}

TEST(lying_tables)
{
	static const struct {
		const char *name;
		uint32_t count;
	} counts[] = {{"2^27 frames", 1u << 27}, {"2^32 - 1 frames", UINT32_MAX}, {"none", 0},
		{"one too many", 4}, {"one too few", 2}};
	struct buf out, text;
	struct sealed *s;
	struct disk d;
	struct err err;

	buf_init(&out, 1 << 20);
	buf_init(&text, 1 << 20);
	make_text(&text, 20, false);
	pack(&out, buf_view(&text), 5000, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		char *footer = out.p + out.n - SEEKABLE_FOOTER;

		memcpy(footer, &counts[i].count, 4);
		is_int(open_bytes(&s, &d, buf_view(&out), &err), 0, "%s", counts[i].name);
	}
	is_int(open_bytes(&s, &d, SPAN(""), &err), 0, "an empty file");
	is_int(open_bytes(&s, &d, SPAN("x\xb1\xea\x92\x8f"), &err), 0, "the end of a footer");
	is_int(open_bytes(&s, &d, buf_view(&text), &err), 0, "plain text");
	is_str(err.text, "f: it has no table of frames at its end", "is said to be");
	buf_release(&out);
	buf_release(&text);
}

/* A file of 4 GiB of nothing with a footer that fits it. */
TEST(large_and_empty)
{
	struct rusage before, after;
	struct disk d;
	struct sealed *s;
	struct err err;
	struct buf table;
	int fd;

	getrusage(RUSAGE_SELF, &before);
	buf_init(&table, 16 << 20);
	buf_room(&table, SEEKABLE_FRAMES_MAX * SEEKABLE_ENTRY);
	memset(table.p, 0, SEEKABLE_FRAMES_MAX * SEEKABLE_ENTRY);
	table.n = SEEKABLE_FRAMES_MAX * SEEKABLE_ENTRY;
	save(SPAN(""));
	fd = open(file, O_WRONLY);
	{
		struct buf whole;

		buf_init(&whole, 16 << 20);
		seekable_put_table(&whole, buf_view(&table));
		ok(pwrite(fd, whole.p, whole.n, (off_t)4 << 30) == (ssize_t)whole.n,
			"a sparse file");
		buf_release(&whole);
	}
	close(fd);
	buf_release(&table);
	fd = disk_open_file(&d, file);
	is_int(sealed_open(&s, &d, fd, "f", &err), 0, "does not open");
	getrusage(RUSAGE_SELF, &after);
	ok(after.ru_maxrss - before.ru_maxrss < 64 << 10, "in bounded memory");
}

int
main(void)
{
	int fd = mkstemp(file);

	close(fd);
	RUN(text_is_the_text);
	RUN(ranges_of_time);
	RUN(long_lines);
	RUN(every_byte_counts);
	RUN(bombs);
	RUN(lying_tables);
	RUN(large_and_empty);
	unlink(file);
	return tap_done();
}
