/* reader: lines, limits, archives, pipes, following. */
#include "tap.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "ext/zst.h"
#include "io/reader.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static char dir[] = "/tmp/ev-reader-XXXXXX";
static struct reader_conf plain = {.max_line = 1 << 20};

static const char *
path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
append(const char *name, const void *p, size_t n)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		abort();
	close(fd);
}

static void
put(const char *name, const void *p, size_t n)
{
	unlink(path_of(name));
	append(name, p, n);
}

static struct reader *
open_or_die(const char *name, const struct reader_conf *conf)
{
	struct reader *r;
	struct err err;

	if (reader_open(&r, path_of(name), conf, &err)) {
		printf("Bail out! %s\n", err.text);
		abort();
	}
	return r;
}

/* "line_no@offset:text" and '|' for each line, '!' after one without newline, then the last result. */
static const char *
walk(struct reader *r, struct err *err)
{
	static char text[1024];
	struct reader_line l;
	size_t n = 0;
	int got;

	text[0] = '\0';
	while ((got = reader_next(r, &l, err)) == READER_LINE && n < sizeof(text) - 200)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%d@%d:%.*s%s", (int)l.line_no,
			(int)l.offset, (int)MIN(l.line.n, 100), l.line.p,
			l.ends_in_newline ? "|" : "!");
	snprintf(text + n, sizeof(text) - n, "%s",
		got == READER_END     ? "end"
		: got == READER_WAIT  ? "wait"
		: got == READER_ERROR ? "error"
				      : "more");
	return text;
}

static const char *
walk_file(const char *content, size_t n, const struct reader_conf *conf)
{
	struct reader *r;
	struct err err;
	const char *text;

	put("f", content, n);
	r = open_or_die("f", conf);
	text = walk(r, &err);
	reader_close(r);
	return text;
}

TEST(plain_lines)
{
	is_str(walk_file("", 0, &plain), "end", "an empty file has no lines");
	is_str(walk_file("a\nbc\n", 5, &plain), "1@0:a|2@2:bc|end", "two lines");
	is_str(walk_file("a\nbc", 4, &plain), "1@0:a|2@2:bc!end", "no final newline");
	is_str(walk_file("\n\n", 2, &plain), "1@0:|2@1:|end", "empty lines are lines");
	is_str(walk_file("a\r\nb\r\n", 6, &plain), "1@0:a\r|2@3:b\r|end", "CR is kept");
	is_str(walk_file("P\n_\n(\n", 6, &plain), "1@0:P|2@2:_|3@4:(|end",
		"first bytes that magic numbers share");
	is_str(walk_file("\x1f", 1, &plain), "1@0:\x1f!end", "half a magic number is a line");
}

TEST(byte_order_mark)
{
	is_str(walk_file("\xef\xbb\xbf"
			 "a\n\xef\xbb\xbf\n",
		       9, &plain),
		"1@3:a|2@5:\xef\xbb\xbf|end", "taken off at byte 0 only");
	is_str(walk_file("\xef\xbb\xbf", 3, &plain), "end", "alone it is no line");
	is_str(walk_file("\xef\xbb", 2, &plain), "1@0:\xef\xbb!end", "half of one stays");
}

/* One line of n bytes between two short ones, under a limit. */
static void
long_line(size_t n, size_t max, bool newline, size_t want_n)
{
	struct reader_conf conf = {.max_line = max};
	char *text = alloc_get(n + 8);
	struct reader_line l;
	struct reader *r;
	struct err err;

	memset(text, 'x', n + 8);
	memcpy(text, "a\n", 2);
	text[2] = 'y';
	if (newline)
		memcpy(text + 2 + n, "\nb\n", 3);
	put("f", text, n + 2 + (newline ? 3 : 0));
	r = open_or_die("f", &conf);
	is_int(reader_next(r, &l, &err), READER_LINE, "a line before");
	is_int(reader_next(r, &l, &err), READER_LINE, "a line of %zu bytes, limit %zu", n, max);
	is_int((int64_t)l.line.n, (int64_t)want_n, "this much of it");
	ok(l.line.p[0] == 'y' && (want_n < 2 || l.line.p[want_n - 1] == 'x'), "its front");
	is_int(l.full_length, (int64_t)n, "its full length");
	ok(l.line_no == 2 && l.offset == 2 && l.ends_in_newline == newline, "its place");
	if (newline) {
		is_int(reader_next(r, &l, &err), READER_LINE, "the line after it");
		ok(l.line.n == 1 && l.line.p[0] == 'b' && l.line_no == 3, "is whole");
		is_int(l.offset, (int64_t)n + 3, "and in its place");
	}
	is_int(reader_next(r, &l, &err), READER_END, "then the end");
	is_int(reader_next(r, &l, &err), READER_END, "which stays");
	reader_close(r);
	alloc_free(text);
}

TEST(limits)
{
	static const size_t limits[] = {1, 10, 5000, 300000, 1 << 20, 4 << 20};

	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		for (int newline = 0; newline < 2; newline++) {
			size_t m = limits[i];

			long_line(m, m, newline, m);
			long_line(m + 1, m, newline, MIN(m, 4096));
			long_line(m * 3, m, newline, MIN(m, 4096));
		}
}

TEST(padding)
{
	struct reader_line l;
	struct reader *r;
	struct err err;
	unsigned sum = 0;

	put("f", "last", 4);
	r = open_or_die("f", &plain);
	reader_next(r, &l, &err);
	for (int i = 0; i < BUF_PAD; i++)
		sum += ((const volatile unsigned char *)l.line.p)[l.line.n + i];
	ok(sum <= 255 * BUF_PAD, "64 bytes after the last line can be read");
	reader_close(r);
}

TEST(pipes)
{
	struct reader_conf conf = {.max_line = 100, .poll_first = true};
	struct reader *r;
	struct err err;
	int fds[2];

	ok(pipe(fds) == 0, "pipe");
	is_int(reader_open_fd(&r, fds[0], "pipe", &conf, &err), 0, "opened");
	ok(reader_is_pipe(r) && reader_bytes_total(r) == -1, "is a pipe of no known size");
	is_str(walk(r, &err), "wait", "nothing there: wait, not block");
	ok(write(fds[1], "ab", 2) == 2, "half a line");
	is_str(walk(r, &err), "wait", "is no line");
	ok(write(fds[1], "c\nde", 4) == 4, "the rest and half of the next");
	is_str(walk(r, &err), "1@0:abc|wait", "comes whole");
	ok(write(fds[1], "f\n", 2) == 2, "the rest");
	is_str(walk(r, &err), "2@4:def|wait", "comes whole");
	is_int(reader_fd(r), fds[0], "the pipe is what to poll");
	ok(write(fds[1], "g", 1) == 1, "a last line without newline");
	close(fds[1]);
	is_str(walk(r, &err), "wait", "is not known to be one before the end is");
	is_str(walk(r, &err), "3@8:g!end", "comes at the end");
	is_int(reader_bytes_done(r), 9, "bytes are counted");
	reader_close(r);
}

TEST(stopping)
{
	struct reader_conf conf = {.max_line = 100, .poll_first = true};
	struct reader_line l;
	struct reader *r;
	struct err err;
	int fds[2];

	ok(pipe(fds) == 0 && write(fds[1], "a\nb\nhalf", 8) == 8, "two lines and a half");
	reader_open_fd(&r, fds[0], "pipe", &conf, &err);
	is_int(reader_next(r, &l, &err), READER_LINE, "the first");
	is_int(reader_next(r, &l, &err), READER_LINE, "the second");
	is_int(reader_next(r, &l, &err), READER_WAIT, "half a line is in the window");
	reader_stop(r);
	is_str(walk(r, &err), "end", "stopped: half a line is no line");
	close(fds[1]);
	reader_close(r);
}

/* What the owner has polled is known for one read. */
TEST(ready)
{
	struct reader_conf conf = {.max_line = 100, .poll_first = true};
	struct reader_line l;
	struct reader *r;
	struct err err;
	int fds[2];

	alarm(20); /* a read of an empty pipe would not end */
	ok(pipe(fds) == 0 && write(fds[1], "first\n", 6) == 6, "a line");
	reader_open_fd(&r, fds[0], "pipe", &conf, &err);
	reader_ready(r);
	is_int(reader_next(r, &l, &err), READER_LINE, "is read");
	is_int(reader_next(r, &l, &err), READER_WAIT, "there is no other");
	is_int(reader_next(r, &l, &err), READER_WAIT, "nor when it is asked again");
	ok(write(fds[1], "next\n", 5) == 5, "then there is");
	is_int(reader_next(r, &l, &err), READER_LINE, "whoever has not polled gets it, too");
	is_int(reader_next(r, &l, &err), READER_WAIT, "and waits");
	close(fds[1]);
	reader_ready(r);
	is_int(reader_next(r, &l, &err), READER_END, "the end is ready as well");
	alarm(0);
	reader_close(r);
}

TEST(failures)
{
	struct reader *r = NULL;
	struct err err;

	is_int(reader_open(&r, path_of("absent"), &plain, &err), -1, "no such file");
	ok(strstr(err.text, "absent") && err.kind == ERR_USAGE, "is named");
	is_int(reader_open(&r, dir, &plain, &err), -1, "a directory");
	ok(strstr(err.text, "is a directory"), "is named");
	ok(r == NULL, "the output is untouched");
}

/* Appends content to b as one gzip member. */
static void
gzip_member(struct buf *b, const char *content)
{
	z_stream z = {
		.next_in = (z_const Bytef *)(uintptr_t)content, .avail_in = (uInt)strlen(content)};

	deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	buf_room(b, 4096);
	z.next_out = (Bytef *)(b->p + b->n);
	z.avail_out = 4096;
	deflate(&z, Z_FINISH);
	b->n += 4096 - z.avail_out;
	deflateEnd(&z);
}

static const char *
walk_archive(struct buf *b, size_t n, struct err *err)
{
	struct reader *r;
	const char *text;

	put("a", b->p, n);
	r = open_or_die("a", &plain);
	text = walk(r, err);
	ok(reader_is_compressed(r), "found to be compressed");
	reader_close(r);
	return text;
}

TEST(zstd_archives)
{
	static const char skippable[] = "\x51\x2a\x4d\x18\x03\0\0\0abc";
	struct err err;
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_put(&b, skippable, 11);
	is_int(zst_compress(&b, SPAN("a\nb"), 3, &err), 0, "a frame");
	buf_put(&b, skippable, 11);
	zst_compress(&b, SPAN("c\nd\n"), 3, &err);
	is_str(walk_archive(&b, b.n, &err), "1@0:a|2@2:bc|3@5:d|end",
		"frames and skippable frames are one text");
	is_str(walk_archive(&b, b.n - 1, &err), "1@0:a|2@2:bc|3@5:d|error", "one byte is missing");
	ok(err.kind == ERR_DAMAGE && strstr(err.text, "truncated zstd"), "says so: %s", err.text);
	b.p[14] ^= 0x55;
	walk_archive(&b, b.n, &err);
	ok(err.kind == ERR_DAMAGE && strstr(err.text, "/a: damaged zstd"), "damage: %s", err.text);
	buf_release(&b);
}

TEST(gzip_archives)
{
	struct err err;
	struct buf b;
	size_t whole;

	buf_init(&b, 1 << 20);
	gzip_member(&b, "a\nb");
	gzip_member(&b, "");
	gzip_member(&b, "c\nd\n");
	whole = b.n;
	is_str(walk_archive(&b, b.n, &err), "1@0:a|2@2:bc|3@5:d|end", "members are one text");
	is_str(walk_archive(&b, whole - 1, &err), "1@0:a|2@2:bc|3@5:d|error", "cut short");
	ok(err.kind == ERR_DAMAGE && strstr(err.text, "truncated gzip"), "says so: %s", err.text);
	buf_put(&b, "\0\0\0", 3);
	is_str(walk_archive(&b, b.n, &err), "1@0:a|2@2:bc|3@5:d|end", "zeros after it are padding");
	buf_puts(&b, "xy");
	is_str(walk_archive(&b, b.n, &err), "1@0:a|2@2:bc|3@5:d|error", "other bytes are damage");
	ok(err.kind == ERR_DAMAGE && strstr(err.text, "damaged gzip"), "says so: %s", err.text);
	buf_release(&b);
}

/* Once in line, once on a second thread. */
static void
big_archive(const struct reader_conf *conf)
{
	struct buf text, b;
	struct reader_line l;
	struct reader *r;
	struct err err;
	int64_t lines = 0, wrong = 0;

	buf_init(&text, 64 << 20);
	buf_init(&b, 64 << 20);
	for (unsigned i = 0; i < 300000; i++)
		buf_print(&text, "%u line %u\n", i, i * 2654435761u);
	zst_compress(&b, span_of(text.p, text.n / 2), 1, &err);
	zst_compress(&b, span_of(text.p + text.n / 2, text.n - text.n / 2), 1, &err);
	ok(b.n > 1 << 20, "an archive of over 1 MiB");
	put("a", b.p, b.n);
	r = open_or_die("a", conf);
	while (reader_next(r, &l, &err) == READER_LINE) {
		wrong += l.line.n == 0 || memcmp(text.p + l.offset, l.line.p, l.line.n) != 0;
		lines++;
	}
	ok(lines == 300000 && wrong == 0, "300000 lines out of two frames, each as it was");
	is_int(reader_bytes_done(r), (int64_t)b.n, "the archive's bytes are counted");
	is_int(reader_bytes_total(r), (int64_t)b.n, "of so many");
	is_int(reader_next(r, &l, &err), READER_END, "the end stays");
	reader_close(r);
	r = open_or_die("a", conf);
	is_int(reader_next(r, &l, &err), READER_LINE, "closed after one line");
	reader_close(r);
	put("a", b.p, b.n - 9);
	r = open_or_die("a", conf);
	for (lines = 0; (wrong = reader_next(r, &l, &err)) == READER_LINE; lines++)
		continue;
	ok(wrong == READER_ERROR && lines > 100000, "cut short: an error after the lines");
	ok(strstr(err.text, "truncated zstd archive"), "%s", err.text);
	reader_close(r);
	b.p[b.n / 2] ^= 0x55;
	put("a", b.p, b.n);
	r = open_or_die("a", conf);
	for (lines = 0; (wrong = reader_next(r, &l, &err)) == READER_LINE; lines++)
		continue;
	ok(wrong == READER_ERROR && strstr(err.text, "damaged zstd"), "%s", err.text);
	reader_close(r);
	buf_release(&text);
	buf_release(&b);
}

TEST(in_line)
{
	big_archive(&plain);
}

TEST(second_thread)
{
	struct reader_conf conf = {.max_line = 1 << 20, .may_thread = true};

	big_archive(&conf);
}

TEST(growing)
{
	struct reader_conf conf = {.max_line = 100, .poll_first = true, .grows = true};
	struct reader *r;
	struct err err;
	size_t n;

	put("log", "", 0);
	r = open_or_die("log", &conf);
	is_str(walk(r, &err), "wait", "an empty file may grow");
	append("log", "a\nb", 3);
	is_str(walk(r, &err), "1@0:a|wait", "half a line is waited for");
	append("log", "c\n", 2);
	is_str(walk(r, &err), "2@2:bc|wait", "the rest of it");
	append("log", "d", 1);
	is_str(walk(r, &err), "wait", "half a line again");
	reader_finish(r);
	is_str(walk(r, &err), "3@5:d!end", "is a line when it grows no more");
	reader_head(r, &n);
	is_int((int64_t)n, 3, "the first bytes that came are remembered");
	reader_close(r);
}

TEST(starting_inside)
{
	struct reader_conf conf = {.max_line = 100, .start = 5, .line_no = 2};
	struct reader *r;
	struct err err;
	struct buf b;

	put("f", "a\nbc\nd\ne\n", 9);
	r = open_or_die("f", &conf);
	is_str(walk(r, &err), "3@5:d|4@7:e|end", "in a plain file");
	reader_close(r);
	buf_init(&b, 1 << 20);
	zst_compress(&b, SPAN("a\nbc\n"), 3, &err);
	zst_compress(&b, SPAN("d\ne\n"), 3, &err);
	put("a", b.p, b.n);
	r = open_or_die("a", &conf);
	is_str(walk(r, &err), "3@5:d|4@7:e|end", "in an archive");
	reader_close(r);
	buf_release(&b);
	conf.start = 9;
	put("f", "a\nbc\nd\ne\n", 9);
	r = open_or_die("f", &conf);
	is_str(walk(r, &err), "end", "at the end");
	reader_close(r);
}

int
main(void)
{
	if (!mkdtemp(dir))
		return 1;
	RUN(plain_lines);
	RUN(byte_order_mark);
	RUN(limits);
	RUN(padding);
	RUN(pipes);
	RUN(stopping);
	RUN(ready);
	RUN(failures);
	RUN(zstd_archives);
	RUN(gzip_archives);
	RUN(in_line);
	RUN(second_thread);
	RUN(growing);
	RUN(starting_inside);
	for (size_t i = 0; i < 3; i++)
		unlink(path_of(((const char *[]){"f", "a", "log"})[i]));
	rmdir(dir);
	return tap_done();
}
