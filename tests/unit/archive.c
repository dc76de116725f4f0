/* archive: a range of time out of packed text: more than what was asked for, never less. */
#include "tap.h"

#include "packed.h"
#include "store/archive.h"
#include "store/note.h"

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
	if (archive_open(&a, packed_file, err) != 1)
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
	packed_make_text(&text, 20000, true);
	packed_pack(&out, buf_view(&text), 100000, 1 << 20);
	packed_save(buf_view(&out));
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
	c = packed_pack(&out, buf_view(&text), 1 << 20, 4 << 20);
	is_int(c.lines, 4, "four lines");
	is_int(c.untimed, 2, "one is over the limit, one is no JSON");
	ok(packed_decodes_to(buf_view(&out), buf_view(&text)), "any decoder gives the text");
	packed_save(buf_view(&out));
	is_int(archive_open(&a, packed_file, &err), 1, "it opens");
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
	c = packed_pack(&out, buf_view(&text), 1 << 20, 64 << 20);
	is_int(c.untimed, 1, "with room for it its time is read");
	ok(packed_decodes_to(buf_view(&out), buf_view(&text)), "and it is the same text");
	buf_release(&text);
	buf_release(&out);
}

/* More frames than one note speaks of; each line is one of them. */
TEST(many_frames)
{
	enum { LINES = 2 * NOTE_FRAMES + 5, BYTES = 33000 };
	struct source_line line;
	struct source *src;
	struct archive *a;
	struct packer *p;
	struct buf out;
	struct err err;
	char *text = alloc_get(BYTES);
	int wrong = 0, given = 0;

	buf_init(&out, 16 << 20);
	p = packer_new(&(struct packer_conf){.timing = &packed_envelope,
			       .max_line = 1 << 20,
			       .put = packed_gather,
			       .ctx = &out},
		&err);
	for (int i = 0; i < LINES; i++) {
		int n = snprintf(text, BYTES, "{\"timestamp\":%d000}", i + 1);

		memset(text + n, ' ', (size_t)(BYTES - n - 1));
		text[BYTES - 1] = '\n';
		wrong += packer_put(p, span_of(text, BYTES), &err) != 0;
	}
	is_int(packer_end(p, &err) + wrong, 0, "packed");
	is_int(packer_counts(p).frames, LINES, "into %d frames", LINES);
	packer_free(p);
	packed_save(buf_view(&out));
	is_int(archive_open(&a, packed_file, &err), 1, "opened");
	src = archive_source(a, 4091000, 4101000, 0);
	for (int i = 4090; src->next(src, &line, &err) == SOURCE_LINE; i++, given++)
		wrong += line.line_no != i + 1 || line.offset != (int64_t)i * BYTES ||
			 line.line.n != BYTES - 1;
	is_int(given, 10, "ten lines on both sides of a note");
	is_int(wrong, 0, "with their numbers and offsets");
	src->close(src);
	alloc_free(text);
	buf_release(&out);
}

int
main(void)
{
	int fd = mkstemp(packed_file);

	close(fd);
	RUN(ranges_of_time);
	RUN(long_lines);
	RUN(many_frames);
	unlink(packed_file);
	return tap_done();
}
