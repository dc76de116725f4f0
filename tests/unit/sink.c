/* sink: files, fifos and commands, their limits and their failures, in a directory of its own. */
#include "cli/sink.h"
#include "tap.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char root[] = "/tmp/ev-sink-XXXXXX", path[4096];
static int failures;
static char last_failure[ERR_TEXT_MAX];

/* ctx: what the owner answers. */
static int
note_failure(void *ctx, struct err *err)
{
	failures++;
	memcpy(last_failure, err->text, sizeof last_failure);
	return *(int *)ctx;
}

static bool
stopping_now(void *ctx)
{
	(void)ctx;
	return true;
}

static const char *
in_root(const char *name)
{
	snprintf(path, sizeof path, "%s/%s", root, name);
	return path;
}

/* The bytes of a file below the root; "(absent)" when there is none. */
static const char *
content(const char *name)
{
	static char text[8192];
	FILE *f = fopen(in_root(name), "r");
	size_t n;

	if (!f)
		return "(absent)";
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static struct sink_set *
set_in(const char *dir, size_t max_open, int *answer)
{
	struct sink_conf conf = {.max_open = max_open, .failed = note_failure, .ctx = answer};
	static char dirs[32][64];
	static size_t dir_count;
	struct sink_set *set = NULL;
	struct err err;

	snprintf(dirs[dir_count], sizeof dirs[0], "%s/%s", root, dir);
	conf.dir = dirs[dir_count++];
	failures = 0;
	ok(sink_new(&set, &conf, &err) == 0, "a set in %s", dir);
	return set;
}

static int go_on = 0, stop = -1;

static int
put(struct sink_set *set, const char *topic, int64_t partition, const char *line)
{
	struct err err;

	return sink_write(
		set, sink_topic(set, span_str(topic), partition, false), span_str(line), &err);
}

TEST(files)
{
	struct sink_set *set = set_in("files", 8, &go_on);
	struct err err;

	put(set, "a", SINK_NO_PARTITION, "1");
	put(set, "b", SINK_NO_PARTITION, "2");
	put(set, "a", SINK_NO_PARTITION, "3");
	is_str(content("files/a.ndjson"), "", "lines wait");
	is_int(sink_flush(set, &err), 0, "flush");
	is_str(content("files/a.ndjson"), "1\n3\n", "whole lines in order");
	is_str(content("files/b.ndjson"), "2\n", "the other file");
	put(set, "p", 3, "x");
	put(set, "p", 0, "y");
	is_int(sink_end(set, &err), 0, "end");
	is_str(content("files/p/3.ndjson"), "x\n", "a partition");
	is_str(content("files/p/0.ndjson"), "y\n", "another");
	sink_free(set);
	set = set_in("files", 8, &go_on);
	put(set, "a", SINK_NO_PARTITION, "4");
	is_int(sink_end(set, &err), 0, "a second run");
	is_str(content("files/a.ndjson"), "1\n3\n4\n", "appends");
	is_int(failures, 0, "without a failure");
	sink_free(set);
}

TEST(limits)
{
	struct sink_set *set = set_in("limits", 3, &go_on);
	struct err err;
	char topic[16];
	bool bounded = true;
	char *big = malloc(SINK_FULL + 10);

	for (int i = 0; i < 100; i++) {
		snprintf(topic, sizeof topic, "t%d", i % 10);
		put(set, topic, SINK_NO_PARTITION, topic);
		bounded &= sink_open_count(set) <= 3;
	}
	ok(bounded, "never more than three open");
	memset(big, 'x', SINK_FULL + 9);
	big[SINK_FULL + 9] = '\0';
	put(set, "t0", SINK_NO_PARTITION, big);
	put(set, "t0", SINK_NO_PARTITION, "end");
	is_int(sink_end(set, &err), 0, "end");
	is_str(content("limits/t7.ndjson"), "t7\nt7\nt7\nt7\nt7\nt7\nt7\nt7\nt7\nt7\n",
		"reopened files lost nothing");
	struct stat st;

	is_int(stat(in_root("limits/t0.ndjson"), &st), 0, "the file of the long line");
	is_int(st.st_size, 10 * 3 + (int64_t)SINK_FULL + 10 + 4, "has all bytes");
	free(big);
	sink_free(set);
}

TEST(reopened)
{
	struct sink_set *set = set_in("reopened", 8, &go_on);
	struct sink *kept = sink_topic(set, SPAN("k"), SINK_NO_PARTITION, true);
	struct err err;
	char to[4096];

	sink_write(set, kept, SPAN("old"), &err);
	sink_flush(set, &err);
	snprintf(to, sizeof to, "%s/reopened/k.1", root);
	is_int(rename(in_root("reopened/k.ndjson"), to), 0, "moved away");
	sink_write(set, kept, SPAN("before"), &err);
	is_int(sink_reopen(set, &err), 0, "reopen");
	sink_write(set, kept, SPAN("after"), &err);
	is_int(sink_end(set, &err), 0, "end");
	is_str(content("reopened/k.1"), "old\nbefore\n", "what came before, in the old file");
	is_str(content("reopened/k.ndjson"), "after\n", "the rest in a new one");
	sink_free(set);
}

TEST(symlinks_are_refused)
{
	struct sink_set *set = set_in("links", 8, &go_on);
	char victim[4096];
	struct err err;

	snprintf(victim, sizeof victim, "%s/victim", root);
	is_int(mkdir(victim, 0777), 0, "a directory elsewhere");
	is_int(symlink("../victim/file", in_root("links/a.ndjson")), 0, "a planted file");
	is_int(symlink("../victim", in_root("links/d")), 0, "a planted directory");
	is_int(mkdir(in_root("links/dir.ndjson"), 0777), 0, "a directory in place of a file");
	is_int(put(set, "a", SINK_NO_PARTITION, "x"), 0, "the owner says: go on");
	is_int(failures, 1, "a link as a file fails");
	put(set, "d", 0, "x");
	is_int(failures, 2, "a link as a directory fails");
	put(set, "dir", SINK_NO_PARTITION, "x");
	is_int(failures, 3, "a directory as a file fails");
	put(set, "d", 0, "x");
	is_int(failures, 3, "each is reported once");
	is_int((int64_t)sink_lost(set), 4, "lines are counted");
	is_int(sink_end(set, &err), 0, "end");
	is_str(content("victim/file"), "(absent)", "nothing was written elsewhere");
	is_str(content("victim/0.ndjson"), "(absent)", "nor there");
	sink_free(set);
	set = set_in("links", 8, &stop);
	is_int(put(set, "a", SINK_NO_PARTITION, "x"), -1, "the owner says: stop");
	ok(strstr(last_failure, "links/a.ndjson: not a regular file or fifo") != NULL,
		"the failure names the file");
	sink_free(set);
}

TEST(commands)
{
	struct sink_set *set = set_in("commands", 8, &go_on);
	char text[8192];
	struct err err;
	struct sink *s, *again;

	snprintf(text, sizeof text, "{ echo \"$EV_TOPIC\"; cat; } > %s/commands/out", root);
	s = sink_command(set, span_str(text), SPAN("topic"));
	again = sink_command(set, span_str(text), SPAN("topic"));
	ok(s == again, "one child for one destination");
	sink_write(set, s, SPAN("1"), &err);
	sink_write(set, s, SPAN("2"), &err);
	is_int(sink_end(set, &err), 0, "end waits for it");
	is_str(content("commands/out"), "topic\n1\n2\n",
		"topic in the environment, lines on stdin");
	is_int(failures, 0, "no failure");
	sink_free(set);
}

TEST(failing_commands)
{
	struct sink_set *set = set_in("failing", 8, &go_on);
	struct err err;
	struct sink *s = sink_command(set, SPAN("cat >/dev/null; exit 7"), SPAN("t"));

	sink_write(set, s, SPAN("x"), &err);
	is_int(sink_end(set, &err), 0, "going on");
	is_int(failures, 1, "a failure");
	is_str(last_failure, "command 'cat >/dev/null; exit 7': exit status 7", "is named");
	sink_free(set);
	set = set_in("failing", 8, &stop);
	s = sink_command(set, SPAN("kill -9 $$"), SPAN("t"));
	sink_write(set, s, SPAN("x"), &err);
	is_int(sink_end(set, &err), -1, "stopping");
	ok(strstr(last_failure, "killed by signal 9") != NULL, "by a signal: %s", last_failure);
	sink_free(set);
}

/* A command that ends early: writes fail with EPIPE, once. */
TEST(early_end)
{
	struct sink_set *set = set_in("early", 8, &go_on);
	struct sink *s = sink_command(set, SPAN("exit 0"), SPAN("t"));
	struct err err;

	for (int i = 0; i < 100000 && !failures; i++) {
		sink_write(set, s, SPAN("a line that is a little longer"), &err);
		sink_flush(set, &err);
	}
	is_str(last_failure, "command 'exit 0': Broken pipe", "reported");
	sink_write(set, s, SPAN("x"), &err);
	is_int((int64_t)sink_lost(set), 1, "later lines are counted");
	is_int(sink_end(set, &err), 0, "end");
	is_int(failures, 1, "one failure");
	sink_free(set);
}

/* A process that copies a fifo into a file, and its end. */
static pid_t
reader_of(const char *fifo, const char *file)
{
	char text[16384];
	pid_t pid = fork();

	if (pid)
		return pid;
	snprintf(text, sizeof text, "cat %s/%s > %s/%s", root, fifo, root, file);
	execl("/bin/sh", "sh", "-c", text, (char *)NULL);
	_exit(127);
}

TEST(fifos)
{
	struct sink_set *set = set_in("fifos", 1, &go_on);
	struct err err;
	pid_t reader;
	struct pollfd quiet = {.events = POLLIN};

	mkfifo(in_root("fifos/f.ndjson"), 0666);
	mkfifo(in_root("fifos/quiet.ndjson"), 0666);
	is_int(put(set, "f", SINK_NO_PARTITION, "1"), 0, "no reader: the line waits");
	is_int(sink_flush(set, &err), 0, "and does not block");
	put(set, "file", SINK_NO_PARTITION, "2");
	put(set, "other", SINK_NO_PARTITION, "3");
	is_int((int64_t)sink_open_count(set), 2, "a fifo does not count as a file");
	sink_topic(set, SPAN("quiet"), SINK_NO_PARTITION, true);
	quiet.fd = open(in_root("fifos/quiet.ndjson"), O_RDONLY | O_NONBLOCK);
	is_int(poll(&quiet, 1, 0), 0, "the quiet fifo has seen no writer");
	reader = reader_of("fifos/f.ndjson", "fifos/got");
	is_int(sink_end(set, &err), 0, "the end waits for a reader");
	waitpid(reader, NULL, 0);
	ok(poll(&quiet, 1, 0) == 1 && quiet.revents & POLLHUP, "its reader gets the end of file");
	close(quiet.fd);
	is_str(content("fifos/got"), "1\n", "the reader got the line");
	is_str(content("fifos/file.ndjson"), "2\n", "files went on");
	sink_free(set);
}

TEST(fifo_given_up)
{
	struct sink_conf conf = {
		.max_open = 1, .failed = note_failure, .ctx = &go_on, .stopping = stopping_now};
	struct sink_set *set;
	struct err err;

	mkfifo(in_root("lonely.ndjson"), 0666);
	conf.dir = root;
	failures = 0;
	is_int(sink_new(&set, &conf, &err), 0, "a set");
	put(set, "lonely", SINK_NO_PARTITION, "x");
	is_int(sink_end(set, &err), 0, "end, though no reader comes");
	is_int(failures, 1, "is a failure");
	ok(strstr(last_failure, "the fifo has no reader") != NULL, "that says so");
	sink_free(set);
}

/* Distinct topics without end keep memory bounded: records of closed ones go. */
TEST(many_topics)
{
	struct sink_set *set = set_in("many", 2, &go_on);
	struct err err;
	char topic[16];
	int r = 0;

	for (int i = 0; i < 300; i++) {
		snprintf(topic, sizeof topic, "m%d", i);
		r |= put(set, topic, SINK_NO_PARTITION, "x");
		r |= i % 50 == 0 ? sink_reopen(set, &err) : 0;
	}
	is_int(r | sink_end(set, &err), 0, "all written");
	is_str(content("many/m299.ndjson"), "x\n", "the last");
	is_str(content("many/m0.ndjson"), "x\n", "the first");
	sink_free(set);
}

TEST(refused_directory)
{
	struct sink_conf conf = {.max_open = 1, .failed = note_failure, .ctx = &go_on};
	struct sink_set *set;
	struct err err;

	conf.dir = in_root("no/such");
	is_int(sink_new(&set, &conf, &err), -1, "a directory without a parent");
	is_int(err.kind, ERR_SYSTEM, "is the system's error");
}

int
main(void)
{
	char clean[64];

	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(root))
		return 1;
	RUN(files);
	RUN(limits);
	RUN(reopened);
	RUN(symlinks_are_refused);
	RUN(commands);
	RUN(failing_commands);
	RUN(early_end);
	RUN(fifos);
	RUN(fifo_given_up);
	RUN(many_topics);
	RUN(refused_directory);
	snprintf(clean, sizeof clean, "rm -rf %s", root);
	FILE *p = popen(clean, "r");

	if (p)
		pclose(p);
	return tap_done();
}
