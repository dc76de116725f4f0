/* trail: files that are cut short, and any rotation at random. */
#include "tap.h"

#include "logs.h"

#define SEEDS 100

/* As logrotate's copytruncate does. */
static void
copy_and_cut(const char *from, const char *to)
{
	char content[1 << 16];
	int fd = open(path_of(from), O_RDONLY);
	ssize_t n = read(fd, content, sizeof(content) - 1);

	close(fd);
	content[n] = '\0';
	unlink(path_of(to));
	append(to, content);
	if (truncate(path_of(from), 0) != 0)
		abort();
}

TEST(cut_short)
{
	struct trail *t;
	struct mark m;

	clear();
	append("log", "a 1\nb 2\n");
	t = open_trail((struct trail_conf){.follows = true});
	is_str(walk(t), "a 1|b 2|.", "what is there");
	append("log", "c 3\n");
	copy_and_cut("log", "log.1");
	append("log", "d 4\n");
	is_str(walk(t), "c 3|d 4|.", "copied and cut: the rest from the copy, then the log");
	append("log", "e 5\n");
	copy_and_cut("log", "log.1");
	append("log", "f 6, and so much more that it is longer than it was before\n");
	is_str(walk(t), "e 5|f 6, and so much more that it is longer than it was before|.",
		"grown past the place, too");
	append("log", "g");
	is_str(walk(t), ".", "half a line");
	append("log", "g\nh 8\n");
	copy_and_cut("log", "log.1");
	compress("log.1");
	append("log", "i 9\n");
	is_str(walk(t), "gg|h 8|i 9|.", "half a line is read from the copy as a whole one");
	is_str(said, "", "nothing is lost, nothing to say");
	if (truncate(path_of("log"), 0) != 0)
		abort();
	append("log", "j 10\nk 11\nl");
	is_str(walk(t), "j 10|k 11|.",
		"cut without a copy and grown past the place: from the start");
	ok(strstr(said, "log: was cut short after line 1;") != NULL, "which is said: %s", said);
	said[0] = '\0';
	if (truncate(path_of("log"), 10) != 0)
		abort();
	is_str(walk(t), ".", "half a line taken back is no loss");
	append("log", "m 12\n");
	is_str(walk(t), "m 12|.", "the next line follows");
	is_str(said, "", "nothing to say");
	if (truncate(path_of("log"), 0) != 0)
		abort();
	ok(trail_place(t, false, &m) && m.offset == 15, "the place is that of before the cut");
	unlink(path_of("log.1.zst"));
	append("log", "n 13, and more than before\n");
	shut(t);
	resumes(&m, "n 13, and more than before|$", "which the log has no more");
	ok(strstr(said, "log: the file of the position is gone"), "so all of it is read");
}

TEST(without_lines)
{
	struct trail *t;

	clear();
	append("log.1", "a 1\n");
	append("log", "");
	t = open_trail((struct trail_conf){.follows = true, .is_whole = true});
	is_str(walk(t), "a 1|.", "a file before an empty one");
	turn("log.1", "log.3");
	turn("log", "log.2");
	compress("log.2");
	append("log.1", "b 2\n");
	append("log", "c 3\n");
	is_str(walk(t), "b 2|c 3|.", "an empty one, compressed, is known by the one before");
	is_str(said, "", "nothing to say");
	shut(t);
}

/* As cronolog keeps one. */
static void
link_to(const char *name)
{
	unlink(path_of("new"));
	if (symlink(name, path_of("new")) != 0)
		abort();
	turn("new", "log");
}

TEST(links)
{
	struct trail *t;
	struct mark m;

	clear();
	append("monday", "a 1\n");
	link_to("monday");
	t = open_trail((struct trail_conf){.follows = true});
	is_str(walk(t), "a 1|.", "a link");
	append("monday", "b 2\n");
	append("tuesday", "c 3\n");
	link_to("tuesday");
	is_str(walk(t), "b 2|c 3|.", "led to another file: the old one to its end, then that");
	append("log-20211122", "d 4\n");
	link_to("log-20211122");
	is_str(walk(t), "d 4|.", "to one that bears the log's name");
	append("log-20211122", "e 5\n");
	append("log-20211123", "f 6\n");
	link_to("log-20211123");
	is_str(walk(t), "e 5|f 6|.", "and on");
	ok(trail_place(t, false, &m), "its place");
	append("log-20211123", "g 7\n");
	append("wednesday", "h 8\n");
	shut(t);
	resumes(&m, "g 7|$", "is found");
	clear();
	append("monday", "a 1\n");
	append("tuesday", "c 3\n");
	link_to("tuesday");
	t = open_trail((struct trail_conf){.follows = true, .mark = &m});
	is_str(walk(t), "c 3|.", "a place in what it led to before");
	ok(strstr(said, "log: the file of the position is gone") != NULL, "is said to be gone");
	shut(t);
}

/* Names move up by one; the newest file is renamed, or copied and cut short. */
static void
rotate(bool copies)
{
	for (int i = 30; i > (int)copies; i--) {
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
	if (copies)
		copy_and_cut("log", "log.1");
}

static void
compress_one(void)
{
	for (int i = 2; i < 30; i++) {
		char a[16];

		snprintf(a, sizeof(a), "log.%d", i);
		if (access(path_of(a), F_OK) == 0) {
			compress(a);
			break;
		}
	}
}

static void
write_lines(int n, unsigned seed, int *written)
{
	for (int i = 0; i < n; i++) {
		char text[128];

		snprintf(text, sizeof(text), "line %d of run %u\n", (*written)++, seed & 0xff);
		append("log", text);
	}
}

/* At most max lines, until there is nothing more for now. How many were not the next ones. */
static int
read_lines(struct trail *t, int max, int *want)
{
	struct source *s = trail_source(t);
	int r = SOURCE_LINE, wrong = 0;
	struct source_line l;
	struct err err;

	while (max-- && (r = s->next(s, &l, &err)) == SOURCE_LINE) {
		int number;

		wrong += sscanf(l.line.p, "line %d", &number) != 1 || number != (*want)++;
	}
	return wrong + (r == SOURCE_ERROR || r == SOURCE_END);
}

/*
 * A writer of numbered lines, which rotates by renaming or by copying, and compresses; a reader that follows it, stopped
 * and taken up at its place again and again. Every line once, in order. A file that is copied and cut must have been
 * begun by the reader: of one that it has never seen nothing tells that it was there.
 */
static int
random_run(unsigned seed)
{
	struct trail *t = open_trail((struct trail_conf){.follows = true, .is_whole = true});
	int written = 0, want = 0, wrong = 0;
	bool has_place = false;
	struct mark m;

	for (int step = 0; step < 120; step++) {
		seed = seed * 1103515245u + 12345u;
		switch (seed >> 16 & 7) {
		case 0:
		case 1:
		case 2: write_lines(1, seed, &written); break;
		case 3:
			if (seed >> 19 & 1) {
				write_lines(1, seed, &written);
				for (int i = 0; i < 10 && want < written; i++)
					wrong += read_lines(t, 1000, &want);
				write_lines(seed >> 20 & 1, seed, &written);
				rotate(true);
				write_lines(seed >> 21 & 3, seed, &written);
				wrong += read_lines(t, seed >> 23 & 3, &want);
			} else if (access(path_of("log"), F_OK) == 0) {
				rotate(false);
			}
			break;
		case 4: compress_one(); break;
		case 5:
			if (trail_place(t, false, &m))
				has_place = true;
			shut(t);
			t = open_trail((struct trail_conf){
				.follows = true, .is_whole = true, .mark = has_place ? &m : NULL});
			break;
		default: wrong += read_lines(t, 1 + (seed >> 20 & 3), &want);
		}
	}
	for (int i = 0; i < 10 && want < written; i++)
		wrong += read_lines(t, 1000, &want);
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
	RUN(cut_short);
	RUN(without_lines);
	RUN(links);
	RUN(random_rotation);
	clear();
	tail_release(&notices);
	rmdir(dir);
	return tap_done();
}
