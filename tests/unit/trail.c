/* trail: files of a log in a row, rotation, truncation, places found again. */
#include "tap.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "ext/zst.h"
#include "store/trail.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/ev-trail-XXXXXX";
static struct tail notices;
static char said[512];

#define SEEDS 100

static const char *
path_of(const char *name)
{
	static char path[4][256];
	static unsigned at;

	at = (at + 1) % 4;
	snprintf(path[at], sizeof(path[at]), "%s/%s", dir, name);
	return path[at];
}

static void
append(const char *name, const char *text)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
}

static void
turn(const char *from, const char *to)
{
	if (rename(path_of(from), path_of(to)) != 0)
		abort();
}

/* As zstd --rm does. */
static void
compress(const char *name)
{
	char content[1 << 16], archive[64];
	int fd = open(path_of(name), O_RDONLY);
	ssize_t n = read(fd, content, sizeof(content));
	struct err err;
	struct buf b;

	buf_init(&b, 1 << 20);
	zst_compress(&b, span_of(content, (size_t)n), 3, &err);
	close(fd);
	snprintf(archive, sizeof(archive), "%s.zst", name);
	fd = open(path_of(archive), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (write(fd, b.p, b.n) != (ssize_t)b.n)
		abort();
	close(fd);
	buf_release(&b);
	unlink(path_of(name));
}

static int
wipe(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	return ftw->level ? remove(path) : 0;
}

static void
clear(void)
{
	nftw(dir, wipe, 8, FTW_DEPTH | FTW_PHYS);
	said[0] = '\0';
}

static void
say(void *ctx, const char *text)
{
	(void)ctx;
	snprintf(said, sizeof(said), "%s", text);
}

static struct trail *
open_trail(struct trail_conf conf)
{
	struct trail *t;
	struct err err;

	conf.leaf = (struct leaf_conf){
		.max_line = 1000, .from_ms = INT64_MIN, .to_ms = INT64_MAX, .say = say};
	conf.tail = &notices;
	conf.drains = conf.follows;
	t = trail_new(path_of("log"), &conf, &err);
	if (!t) {
		printf("Bail out! %s\n", err.text);
		abort();
	}
	return t;
}

/* The lines, "|" after each, then '.' for a wait, '$' for the end, 'E' for an error. At most max lines. */
static const char *
walk_some(struct trail *t, int max)
{
	static char text[4096];
	struct source *s = trail_source(t);
	struct source_line l;
	struct err err;
	size_t n = 0;
	int r = SOURCE_LINE;

	text[0] = '\0';
	while (max-- && (r = s->next(s, &l, &err)) == SOURCE_LINE)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s|", (int)l.line.n, l.line.p);
	if (r != SOURCE_LINE)
		snprintf(text + n, sizeof(text) - n, "%s",
			r == SOURCE_END    ? "$"
			: r == SOURCE_WAIT ? "."
					   : "E");
	return text;
}

static const char *
walk(struct trail *t)
{
	return walk_some(t, 1000);
}

static void
shut(struct trail *t)
{
	trail_source(t)->close(trail_source(t));
}

static bool
has_notice(struct trail *t)
{
	struct pollfd p;

	return trail_source(t)->fds(trail_source(t), &p, 1) == 1 && poll(&p, 1, 5000) == 1;
}

TEST(rotated_files)
{
	struct trail *t;

	clear();
	append("log.10", "a\n");
	append("log.2", "b\n");
	append("log.1", "c\nd");
	append("log", "e\n");
	append("log.old", "x\n");
	append("logs", "x\n");
	append("log.01", "x\n");
	append("log-20211122", "0\n");
	append("log-20211123", "1\n");
	compress("log.10");
	compress("log-20211122");
	t = open_trail((struct trail_conf){.is_whole = true});
	is_str(walk(t), "0|1|a|b|c|d|e|$", "the oldest first: dates, numbers, the name");
	shut(t);
	t = open_trail((struct trail_conf){0});
	is_str(walk(t), "e|$", "not whole: the file of the name");
	shut(t);
	unlink(path_of("log"));
	t = open_trail((struct trail_conf){0});
	is_str(walk(t), "E", "which must be there");
	shut(t);
	t = open_trail((struct trail_conf){.is_whole = true});
	is_str(walk(t), "0|1|a|b|c|d|$", "but in a whole log it need not");
	shut(t);
}

TEST(copies)
{
	struct trail *t;

	clear();
	append("log.1", "a\nb\n");
	compress("log.1");
	append("log.1", "a\nb\n");
	append("log", "c\n");
	t = open_trail((struct trail_conf){.is_whole = true});
	is_str(walk(t), "a|b|c|$", "an archive beside what it is of is left out");
	shut(t);
	append("log", "d\n");
	compress("log");
	append("log", "e\n");
	t = open_trail((struct trail_conf){.is_whole = true});
	is_str(walk(t), "a|b|c|d|e|$", "one of other lines is older");
	shut(t);
	append("log.2", "");
	append("log.2.zst", "");
	t = open_trail((struct trail_conf){.is_whole = true});
	is_str(walk(t), "a|b|c|d|e|$", "one that is being written is left out");
	shut(t);
}

TEST(following)
{
	struct trail *t;

	clear();
	t = open_trail((struct trail_conf){.follows = true});
	is_str(walk(t), ".", "a log that does not exist yet is waited for");
	append("log", "a\n");
	ok(has_notice(t), "a notice that it exists");
	is_str(walk(t), "a|.", "its first line");
	append("log", "b");
	ok(has_notice(t), "a notice that it grows");
	is_str(walk(t), ".", "half a line is waited for");
	append("log", "c\n");
	is_str(walk(t), "bc|.", "the rest of it");
	turn("log", "log.1");
	ok(has_notice(t), "a notice that it was renamed");
	is_str(walk(t), ".", "the old file is still followed");
	append("log.1", "d\ne");
	append("log", "f\n");
	is_str(walk(t), "d|e|f|.", "old to its end, then new from its start");
	ok(truncate(path_of("log"), 0) == 0 && has_notice(t), "a notice of truncation");
	is_str(walk(t), ".", "nothing yet");
	append("log", "g\n");
	is_str(walk(t), "g|.", "read again from the start");
	unlink(path_of("log"));
	is_str(walk(t), ".", "removed: waits for the next of this name");
	append("log", "h\n");
	ok(has_notice(t), "a notice that it is there");
	is_str(walk(t), "h|.", "which is read");
	turn("log", "log.1");
	compress("log.1");
	append("log", "i\n");
	turn("log", "log.2");
	turn("log.1.zst", "log.3.zst");
	append("log", "j\n");
	is_str(walk(t), "i|j|.", "rotated twice meanwhile, and compressed: all in order");
	trail_source(t)->stop(trail_source(t));
	is_str(walk(t), "$", "until stopped");
	shut(t);
}

TEST(up_to_where_it_ended)
{
	struct trail *t;

	clear();
	append("log.1", "a\n");
	append("log", "b\nc");
	t = open_trail((struct trail_conf){.follows = true, .is_whole = true});
	append("log", "c\nd\n");
	is_str(walk(t), "a|b|.", "up to the last whole line of the start");
	is_str(walk(t), "cc|d|.", "then what came since");
	shut(t);
}

static void
resumes(const struct mark *m, const char *want, const char *what)
{
	struct trail *t = open_trail((struct trail_conf){.mark = m});

	is_str(walk(t), want, "%s", what);
	shut(t);
}

TEST(places)
{
	struct mark before, after, m;
	struct trail *t;

	clear();
	append("log", "a 1\nb 2\nc 3\nd 4\n");
	t = open_trail((struct trail_conf){0});
	ok(!trail_place(t, false, &m), "no place before the first look");
	is_str(walk_some(t, 3), "a 1|b 2|c 3|", "three lines");
	ok(trail_place(t, true, &before) && before.offset == 8 && before.line_no == 2,
		"the place before");
	ok(trail_place(t, false, &after) && after.offset == 12 && after.line_no == 3,
		"the place after");
	is_str(walk(t), "d 4|$", "the rest");
	ok(trail_place(t, false, &m) && m.offset == 16, "at the end");
	shut(t);
	resumes(&before, "c 3|d 4|$", "from before the third");
	resumes(&after, "d 4|$", "from after it");
	turn("log", "log.1");
	append("log", "e 5\n");
	resumes(&after, "d 4|e 5|$", "renamed");
	turn("log.1", "log.2");
	turn("log", "log.1");
	append("log", "f 6\n");
	compress("log.2");
	resumes(&after, "d 4|e 5|f 6|$", "renamed twice and compressed");
	resumes(&before, "c 3|d 4|e 5|f 6|$", "and before it");
	ok(said[0] == '\0', "nothing to say");
	t = open_trail((struct trail_conf){.is_whole = true});
	walk_some(t, 3);
	ok(trail_place(t, false, &m) && m.offset == 12, "a place in an archive");
	shut(t);
	resumes(&m, "d 4|e 5|f 6|$", "is found too");
	turn("log.2.zst", "log-20211122.zst");
	resumes(&m, "d 4|e 5|f 6|$", "under any name");
	unlink(path_of("log-20211122.zst"));
	resumes(&m, "e 5|f 6|$", "a file that is gone: all that is left");
	ok(strstr(said, "log: the file of the position is gone"), "which is said: %s", said);
}

/* An inode that was given to another file, a file that was written anew. */
TEST(impostors)
{
	struct trail *t;
	struct mark m;

	clear();
	append("log", "a 1\nb 2\n");
	t = open_trail((struct trail_conf){0});
	walk_some(t, 1);
	trail_place(t, false, &m);
	shut(t);
	if (truncate(path_of("log"), 0) != 0)
		abort();
	append("log", "c 3\nd 4\n");
	resumes(&m, "c 3|d 4|$", "the inode with other content is another file");
	ok(said[0] != '\0', "which is said");
	clear();
	append("log", "a 1\nb 2\n");
	append("log.1", "x 0\n");
	resumes(&m, "b 2|$", "the content in another inode is the file");
	if (truncate(path_of("log"), 2) != 0)
		abort();
	resumes(&m, "x 0|a |$", "not one that ends before the place");
}

TEST(dozing)
{
	struct trail *t;
	struct mark m;

	clear();
	append("log", "a 1\nb 2\nc 3\n");
	t = open_trail((struct trail_conf){.dozes = true, .is_whole = true});
	is_str(walk_some(t, 1), "a 1|", "the first line");
	ok(trail_place(t, true, &m) && m.offset == 0 && m.line_no == 0, "the place before it");
	resumes(&m, "a 1|b 2|c 3|$", "is one");
	ok(trail_place(t, false, &m) && m.offset == 4 && m.line_no == 1, "and after");
	turn("log", "log.1");
	compress("log.1");
	append("log", "d 4\n");
	is_str(walk(t), "b 2|c 3|d 4|$", "it wakes wherever its file is");
	shut(t);
}

/*
 * A writer of numbered lines, which rotates, compresses and truncates nothing away; a reader that follows it, stopped
 * and taken up at its place again and again. Every line once, in order.
 */
static int
random_run(unsigned seed)
{
	struct trail *t = open_trail((struct trail_conf){.follows = true, .is_whole = true});
	int written = 0, want = 0, wrong = 0;
	bool has_place = false;
	struct mark m;

	for (int step = 0; step < 120; step++) {
		char text[128];

		seed = seed * 1103515245u + 12345u;
		switch (seed >> 16 & 7) {
		case 0:
		case 1:
		case 2:
			snprintf(text, sizeof(text), "line %d of run %u\n", written, seed & 0xff);
			written++;
			append("log", text);
			break;
		case 3:
			if (access(path_of("log"), F_OK) != 0)
				break;
			for (int i = 30; i > 0; i--) {
				char a[16], b[16];

				snprintf(a, sizeof(a), i == 1 ? "log" : "log.%d", i - 1);
				snprintf(b, sizeof(b), "log.%d", i);
				if (access(path_of(a), F_OK) == 0)
					turn(a, b);
				snprintf(a, sizeof(a), "log.%d.zst", i - 1);
				snprintf(b, sizeof(b), "log.%d.zst", i);
				if (access(path_of(a), F_OK) == 0)
					turn(a, b);
			}
			break;
		case 4:
			for (int i = 2; i < 30; i++) {
				char a[16];

				snprintf(a, sizeof(a), "log.%d", i);
				if (access(path_of(a), F_OK) == 0) {
					compress(a);
					break;
				}
			}
			break;
		case 5:
			if (trail_place(t, false, &m))
				has_place = true;
			shut(t);
			t = open_trail((struct trail_conf){
				.follows = true, .is_whole = true, .mark = has_place ? &m : NULL});
			break;
		default: {
			struct source *s = trail_source(t);
			struct source_line l;
			struct err err;
			int number, r = SOURCE_WAIT;

			for (int n = seed >> 20 & 3; n >= 0; n--) {
				r = s->next(s, &l, &err);
				if (r != SOURCE_LINE)
					break;
				wrong +=
					sscanf(l.line.p, "line %d", &number) != 1 || number != want;
				want++;
			}
			wrong += r == SOURCE_ERROR || r == SOURCE_END;
		}
		}
	}
	for (int i = 0; i < 10 && want < written; i++)
		for (const char *p = walk(t); (p = strstr(p, "line ")); p++) {
			int number;

			wrong += sscanf(p, "line %d", &number) != 1 || number != want;
			want++;
		}
	shut(t);
	return wrong + (want != written);
}

TEST(random_rotation)
{
	int wrong = 0;

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		clear();
		if (random_run(seed)) {
			wrong++;
			printf("# seed %u\n", seed);
		}
	}
	is_int(wrong, 0, "logs rotated, compressed, left and taken up: each line once");
	is_str(said, "", "and nothing to say");
}

int
main(void)
{
	struct err err;

	if (!mkdtemp(dir) || tail_init(&notices, &err))
		return 1;
	RUN(rotated_files);
	RUN(copies);
	RUN(following);
	RUN(up_to_where_it_ended);
	RUN(places);
	RUN(impostors);
	RUN(dozing);
	RUN(random_rotation);
	clear();
	tail_release(&notices);
	rmdir(dir);
	return tap_done();
}
