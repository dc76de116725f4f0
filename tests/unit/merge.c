/* merge: order, stability, bad lines, pipes that wait, followed files. */
#include "tap.h"

#include <poll.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "event/merge.h"
#include "io/spill.h"

/*
 * An input from a script: each character is a line whose time is its place in the alphabet ("a" is 0), but 'W' is
 * SOURCE_WAIT once, 'X' a line that is no JSON, 'E' an error, '*' the line "z" without end.
 */
struct fake {
	struct source source;
	const char *script;
	char text[64 + BUF_PAD];
	int64_t line_no;
	bool is_closed;
};

static int
fake_next(struct source *s, struct source_line *out, struct err *err)
{
	struct fake *f = (struct fake *)s;
	char c = *f->script;
	int n;

	if (!c)
		return SOURCE_END;
	f->script += c != '*';
	c = c == '*' ? 'z' : c;
	if (c == 'W')
		return SOURCE_WAIT;
	if (c == 'E')
		return err_data(err, "x", -1, "broken");
	n = c == 'X' ? snprintf(f->text, 64, "{no")
		     : snprintf(f->text, 64, "{\"timestamp\":%d,\"is\":\"%c\"}", c - 'a', c);
	*out = (struct source_line){span_of(f->text, (size_t)n), "fake", ++f->line_no, 0, n, true};
	return SOURCE_LINE;
}

static size_t
fake_fds(struct source *s, struct pollfd *fds, size_t max)
{
	(void)s;
	if (max)
		fds[0] = (struct pollfd){.fd = 7};
	return max ? 1 : 0;
}

static void
fake_close(struct source *s)
{
	((struct fake *)s)->is_closed = true;
}

static struct fake fakes[4];

static struct source *
merged(size_t count, const char *const *scripts, const struct merge_conf *conf, bool pipes)
{
	struct source *inputs[4];

	for (size_t i = 0; i < count; i++) {
		fakes[i] = (struct fake){.source = {.next = fake_next,
						 .fds = fake_fds,
						 .close = fake_close,
						 .deadline_ns = INT64_MAX,
						 .is_pipe = pipes},
			.script = scripts[i]};
		inputs[i] = &fakes[i].source;
	}
	return merge_new(inputs, count, conf);
}

/* Letter and number of the input for each line, '.' for each wait, '!' for a bad line, '$' the end, 'E' an error. */
static const char *
run(struct source *s, size_t count, int waits)
{
	static char text[256];
	struct source_line l;
	struct err err;
	size_t n = 0;

	for (;;) {
		int r = s->next(s, &l, &err);
		int64_t ms;

		if (r == SOURCE_WAIT)
			text[n++] = '.';
		if (r == SOURCE_WAIT && waits-- > 0)
			continue;
		if (r != SOURCE_LINE) {
			text[n++] = r == SOURCE_END ? '$' : r == SOURCE_ERROR ? 'E' : 'W';
			text[n] = '\0';
			return text;
		}
		if (merge_time(s, &ms, &err)) {
			text[n++] = '!';
			continue;
		}
		text[n++] = l.line.p[l.line.n - 3];
		if (text[n - 1] != (char)('a' + ms))
			text[n++] = '?';
		for (size_t i = 0; count > 1 && i < count; i++)
			if (fakes[i].line_no == l.line_no && l.line.p == fakes[i].text)
				text[n++] = (char)('0' + i);
	}
}

static const struct timing timing;
static const struct merge_conf plain = {.timing = &timing, .max_buffer = 1 << 20};

static void
is_merged(size_t count, const char *const *scripts, const char *want, const char *what)
{
	struct source *s = merged(count, scripts, &plain, false);

	is_str(run(s, count, 0), want, "%s", what);
	s->close(s);
}

#define MERGED(want, what, ...)                                           \
	is_merged(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), \
		(const char *[]){__VA_ARGS__}, want, what)

TEST(order)
{
	MERGED("abc$", "one input", "abc");
	MERGED("a0b1c2d0e1f2$", "three in turn", "ad", "be", "cf");
	MERGED("a0b0c0d1e1$", "one after the other", "abc", "de");
	MERGED("a0a0a1a2b0b1$", "equal times: the earlier input first", "aab", "ab", "a");
	MERGED("$", "nothing at all", "", "");
	MERGED("a1$", "an empty one among others", "", "a", "");
	MERGED("b0c1d0a0$", "disorder stays within its input", "bda", "c");
	MERGED("a0b1c2d3e0f1g2h3$", "four", "ae", "bf", "cg", "dh");
}

TEST(bad_lines)
{
	struct source *s;
	struct source_line l;
	struct err err;
	int64_t ms = 42;

	MERGED("!b0!c1!d0$", "are given as their input comes to them", "XbXd", "cX");
	s = merged(1, (const char *[]){"X"}, &plain, false);
	is_int(s->next(s, &l, &err), SOURCE_LINE, "a bad line is a line");
	is_mem(l.line.p, l.line.n, "{no", "as it came");
	is_int(merge_time(s, &ms, &err), -1, "without time");
	is_str(err.code, "json", "and merge_time says why");
	is_int(ms, 42, "the output is untouched");
	s->close(s);
	ok(fakes[0].is_closed, "close closes the inputs");
	MERGED("a1b0E", "an input's error is the merge's", "bE", "a");
}

TEST(waiting)
{
	struct source *s = merged(2, (const char *[]){"aWc", "b"}, &plain, false);
	struct pollfd fds[4];

	is_str(run(s, 2, 1), "a0.b1c0$", "an input that has nothing yet holds back the others");
	s->close(s);
	s = merged(2, (const char *[]){"W", "a"}, &plain, false);
	is_str(run(s, 2, 0), ".W", "nothing to give");
	is_int((int64_t)s->fds(s, fds, 4), 1, "one descriptor to wait for");
	is_str(run(s, 2, 0), "a1$", "then the rest");
	s->close(s);
}

/* The second input runs ahead of the first and is read on meanwhile. */
TEST(reading_ahead)
{
	struct merge_conf small = {.timing = &timing, .max_buffer = 1};
	struct source *s = merged(2, (const char *[]){"WWWa", "bcdefX"}, &plain, true);
	struct source_line l;
	struct err err;

	is_int(s->next(s, &l, &err), SOURCE_WAIT, "the first has nothing");
	ok(*fakes[1].script == '\0', "the second was read to its end meanwhile");
	ok(s->is_pipe, "a merge of pipes is a pipe");
	is_str(run(s, 1, 2), "..abcdef!$", "and nothing of it is lost");
	s->close(s);
	s = merged(2, (const char *[]){"WWg", "bcdef"}, &small, true);
	is_int(s->next(s, &l, &err), SOURCE_WAIT, "the first has nothing");
	is_str(fakes[1].script, "cdef", "over the limit the second is left alone");
	is_str(run(s, 1, 1), ".bcdefg$", "and nothing is lost");
	s->close(s);
	s = merged(3, (const char *[]){"WbWdWf", "aWcWeg", "WWabcWz"}, &plain, true);
	is_str(run(s, 1, 20), "..aabbcc.defgz$", "three that wait in turns");
	s->close(s);
}

static void *
disk_open(void)
{
	struct spill *s = alloc_get(sizeof(*s));

	spill_init(s);
	return s;
}

static int
disk_put(void *file, struct span bytes, struct err *err)
{
	return spill_put(file, bytes, err);
}

/* At most seven bytes at once, so that records come back in pieces. */
static int
disk_get(void *file, char *p, size_t cap, size_t *n, struct err *err)
{
	return spill_get(file, p, MIN(cap, 7), n, err);
}

static void
disk_close(void *file)
{
	spill_release(file);
	alloc_free(file);
}

static const struct ahead_disk disk = {disk_open, disk_put, disk_get, disk_close};
static const struct merge_conf on_disk = {.timing = &timing, .max_buffer = 100, .disk = &disk};

TEST(disk_behind)
{
	struct source *s = merged(2, (const char *[]){"WWWg", "bcdefWhij"}, &on_disk, true);
	struct source_line l;
	struct err err;

	is_int(s->next(s, &l, &err), SOURCE_WAIT, "the first has nothing");
	is_str(fakes[1].script, "hij", "the second is read on all the same");
	is_str(run(s, 1, 2), "..bcdefghij$", "it comes back in order");
	s->close(s);
}

TEST(endless)
{
	struct source *s = merged(2, (const char *[]){"WWa", "*"}, &on_disk, true);
	struct source_line l;
	struct err err;

	is_int(s->next(s, &l, &err), SOURCE_WAIT, "an endless pipe does not keep the merge busy");
	is_int(s->next(s, &l, &err), SOURCE_WAIT, "nor the next time");
	ok(s->next(s, &l, &err) == SOURCE_LINE && l.line.p[l.line.n - 3] == 'a', "then the first");
	ok(s->next(s, &l, &err) == SOURCE_LINE && l.line_no == 1, "and what was held");
	s->close(s);
}

TEST(following)
{
	struct merge_conf conf = {.timing = &timing, .max_buffer = 1, .follows = true};
	struct source *s = merged(2, (const char *[]){"acWbWW", "bdWaWW"}, &conf, false);

	is_str(run(s, 2, 0), "a0b1c0d1b0a1.W",
		"by time up to the ends, then what comes, one input after the other");
	s->stop(s);
	is_str(run(s, 2, 0), "$", "until stopped");
	s->close(s);
}

/* Many lines through few queues: nothing lost, nothing out of order. */
TEST(random_runs)
{
	uint64_t state = 1;
	int wrong = 0;

	for (int i = 0; i < 2000; i++) {
		char scripts[3][40], want[128], got[128] = "";
		size_t n = 0, want_n = 0;
		struct source *s;

		for (int k = 0; k < 3; k++) {
			char *p = scripts[k];

			for (char c = 'a'; c <= 'p';) {
				state = state * 6364136223846793005u + 1442695040888963407u;
				*p++ = state >> 62 ? c : 'W';
				c = (char)(c + (state >> 60) % 4);
				if (p - scripts[k] > 38)
					break;
			}
			*p = '\0';
		}
		for (char c = 'a'; c <= 'p'; c++)
			for (int k = 0; k < 3; k++)
				for (char *p = scripts[k]; *p; p++)
					if (*p == c)
						want[want_n++] = c;
		want[want_n] = '\0';
		s = merged(3, (const char *[]){scripts[0], scripts[1], scripts[2]},
			i % 3 ? &plain : &on_disk, i % 2);
		for (const char *p = run(s, 1, 1000); *p; p++)
			if (*p >= 'a' && *p <= 'p')
				got[n++] = *p;
		got[n] = '\0';
		wrong += strcmp(got, want) != 0;
		s->close(s);
	}
	is_int(wrong, 0, "2000 merges of three inputs with waits are sorted and whole");
}

int
main(void)
{
	RUN(order);
	RUN(bad_lines);
	RUN(waiting);
	RUN(reading_ahead);
	RUN(disk_behind);
	RUN(endless);
	RUN(following);
	RUN(random_runs);
	return tap_done();
}
