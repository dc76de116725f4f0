/* sealed: packed text is the text again; what lies about itself is refused, in bounded memory. */
#include "tap.h"

#include "base/hash.h"
#include "packed.h"
#include "store/sealed.h"
#include "store/seekable.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

static int
open_bytes(struct sealed **s, struct disk *d, struct span bytes, struct err *err)
{
	packed_save(bytes);
	return sealed_open(s, d, disk_open_file(d, packed_file), "f", err);
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

		packed_make_text(&text, sizes[i], false);
		c = packed_pack(&out, buf_view(&text), pieces[i % 3], 1 << 20);
		is_int(c.text, (int64_t)text.n, "%d lines are packed", sizes[i]);
		is_int(c.bytes, (int64_t)out.n, "into the bytes that came out");
		ok(packed_decodes_to(buf_view(&out), buf_view(&text)),
			"any decoder gives the text");
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
	packed_make_text(&text, 700, false);
	packed_pack(&out, buf_view(&text), 5000, 1 << 20);
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

/* How many bytes of this text can still be had; -1 when something else comes. */
static int64_t
rescue(struct span text, struct err *err)
{
	struct sealed *s;
	struct disk d;
	int64_t bytes = 0;
	char *back = alloc_get(text.n + 1);

	if (sealed_rescue(&s, &d, disk_open_file(&d, packed_file), "f", err) == 1) {
		for (size_t i = 0; i < sealed_count(s) && bytes >= 0; i++) {
			struct framemap_frame f = sealed_frame(s, i);

			if (f.text_bytes > text.n ||
				sealed_read(s, back, f.text_bytes, f.text_at, err) < 0)
				continue;
			bytes = memmem(text.p, text.n, back, f.text_bytes)
					? bytes + (int64_t)f.text_bytes
					: -1;
		}
		if (sealed_check(s, err) != -1)
			bytes = -1;
		sealed_close(s);
	}
	alloc_free(back);
	return bytes;
}

TEST(rescues)
{
	struct buf text, out;
	struct err err;
	int64_t least = INT64_MAX, whole = 0, had;

	buf_init(&text, 1 << 20);
	buf_init(&out, 1 << 20);
	packed_make_text(&text, 2000, false);
	packed_pack(&out, buf_view(&text), 5000, 1 << 20);
	for (size_t i = 0; i < out.n; i += 7) {
		out.p[i] ^= (char)(1 << (i % 8));
		packed_save(buf_view(&out));
		had = rescue(buf_view(&text), &err);
		least = MIN(least, had);
		whole += had == (int64_t)text.n;
		out.p[i] ^= (char)(1 << (i % 8));
	}
	ok(least >= (int64_t)text.n - 32768, "at least %lld of %zu bytes are had", (long long)least,
		text.n);
	ok(whole > 60, "all of them %lld times", (long long)whole);
	packed_save(span_of(out.p, out.n - 100));
	is_int(rescue(buf_view(&text), &err), (int64_t)text.n, "without a table, all");
	packed_save(span_of(out.p, out.n / 2));
	ok(rescue(buf_view(&text), &err) > 32768, "of a half, what is there");
	packed_save(buf_view(&text));
	is_int(rescue(buf_view(&text), &err), 0, "of plain text, nothing");
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
	packed_make_text(&text, 20, false);
	packed_pack(&out, buf_view(&text), 5000, 1 << 20);
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
	packed_save(SPAN(""));
	fd = open(packed_file, O_WRONLY);
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
	fd = disk_open_file(&d, packed_file);
	is_int(sealed_open(&s, &d, fd, "f", &err), 0, "does not open");
	getrusage(RUSAGE_SELF, &after);
	ok(after.ru_maxrss - before.ru_maxrss < 64 << 10, "in bounded memory");
}

int
main(void)
{
	int fd = mkstemp(packed_file);

	close(fd);
	RUN(text_is_the_text);
	RUN(every_byte_counts);
	RUN(rescues);
	RUN(bombs);
	RUN(lying_tables);
	RUN(large_and_empty);
	unlink(packed_file);
	return tap_done();
}
