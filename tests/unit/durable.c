/* durable: replaced whole, appended never truncated, read within a limit. */
#include "tap.h"

#include "base/alloc.h"
#include "io/durable.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/ev-durable-XXXXXX";

static const char *
path_of(const char *name)
{
	static char paths[2][256];
	static int turn;

	turn = !turn;
	snprintf(paths[turn], sizeof(paths[turn]), "%s/%s", dir, name);
	return paths[turn];
}

static void
holds(const char *name, const char *want, const char *what)
{
	struct err err;
	char *text = NULL;
	size_t n = 0;

	if (ok(durable_read(path_of(name), 1 << 20, &text, &n, &err) == 0, "%s: readable", what)) {
		is_mem(text, n, want, "%s", what);
		ok(text[n] == '\0', "%s: with a NUL after it", what);
		alloc_free(text);
	}
}

TEST(replace)
{
	struct err err;

	is_int(durable_replace(path_of("f"), SPAN("one"), true, &err), 0, "a new file");
	holds("f", "one", "new");
	is_int(durable_replace(path_of("f"), SPAN(""), false, &err), 0, "replaced, not synced");
	holds("f", "", "empty");
	ok(access(path_of(".f.tmp"), F_OK) != 0, "nothing is left beside it");
	is_int(durable_replace(path_of("no/f"), SPAN("x"), true, &err), -1, "no directory");
	ok(err.kind == ERR_SYSTEM && strstr(err.text, "no/f"), "is named: %s", err.text);
}

TEST(replace_fails)
{
	struct err err;

	mkdir(path_of("d"), 0700);
	is_int(durable_replace(path_of("d"), SPAN("x"), true, &err), -1, "over a directory");
	ok(access(path_of(".d.tmp"), F_OK) != 0, "what was written is taken away");
	ok(symlink("f", path_of(".g.tmp")) == 0, "a planted link");
	is_int(durable_replace(path_of("g"), SPAN("x"), true, &err), -1, "is not written through");
	holds("f", "", "its target is untouched");
	unlink(path_of(".g.tmp"));
	rmdir(path_of("d"));
}

TEST(check)
{
	struct err err;

	is_int(durable_check(path_of("f"), &err), 0, "a file that can be replaced");
	holds("f", "", "is as it was");
	is_int(durable_check(path_of("new"), &err), 0, "one that is not there yet");
	ok(access(path_of("new"), F_OK) != 0, "still is not");
	ok(access(path_of(".new.tmp"), F_OK) != 0, "and nothing is left beside it");
	is_int(durable_check(path_of("no/f"), &err), -1, "no directory");
	is_int(err.kind, ERR_SYSTEM, "is the system's");
	is_int(durable_check("/proc/f", &err), -1, "a directory where no file can be made");
	is_int(err.kind, ERR_SYSTEM, "is as well");
	is_int(durable_check(dir, &err), -1, "a directory");
	is_int(err.kind, ERR_USAGE, "is a mistake");
	is_int(durable_check("", &err), -1, "no name");
	is_int(err.kind, ERR_USAGE, "is one");
	ok(symlink("/dev/null", path_of("l")) == 0, "a link");
	is_int(durable_check(path_of("l"), &err), -1, "to what is no file");
	is_int(err.kind, ERR_USAGE, "is one too");
	unlink(path_of("l"));
}

TEST(append)
{
	struct err err;
	int fd;

	durable_replace(path_of("f"), SPAN("old\n"), false, &err);
	fd = durable_open_append(path_of("f"), &err);
	ok(fd >= 0 && write(fd, "new\n", 4) == 4, "opened for appending");
	ok(fcntl(fd, F_GETFD) & FD_CLOEXEC, "close-on-exec");
	close(fd);
	holds("f", "old\nnew\n", "never truncated");
	fd = durable_open_append("/dev/null", &err);
	ok(fd >= 0, "a character device is welcome");
	close(fd);
	is_int(durable_open_append(dir, &err), -1, "a directory is not");
	is_int(durable_open_append(path_of("no/f"), &err), -1, "nor a missing directory");
}

TEST(read_limits)
{
	struct err err;
	char *text = NULL;
	size_t n = 0;

	durable_replace(path_of("f"), SPAN("12345"), false, &err);
	is_int(durable_read(path_of("f"), 5, &text, &n, &err), 0, "a file at the limit");
	is_int((int64_t)n, 5, "is whole");
	alloc_free(text);
	text = NULL;
	is_int(durable_read(path_of("f"), 4, &text, &n, &err), -1, "one byte past it is refused");
	ok(text == NULL && strstr(err.text, "larger than 4 bytes"), "%s", err.text);
	is_int(durable_read(path_of("none"), 4, &text, &n, &err), -1, "no such file");
	ok(strstr(err.text, "none: No such file"), "%s", err.text);
	is_int(err.kind, ERR_USAGE, "is the caller's mistake");
	is_int(durable_read(dir, 4, &text, &n, &err), -1, "a directory");
}

int
main(void)
{
	if (!mkdtemp(dir))
		return 1;
	RUN(replace);
	RUN(replace_fails);
	RUN(check);
	RUN(append);
	RUN(read_limits);
	unlink(path_of("f"));
	rmdir(dir);
	return tap_done();
}
