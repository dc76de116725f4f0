/* trail: files of a log in a row, places found again. */
#include "tap.h"

#include "logs.h"

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
	clear();
	tail_release(&notices);
	rmdir(dir);
	return tap_done();
}
