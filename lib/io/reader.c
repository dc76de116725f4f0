/* reader: a window over a feed; lines are found with memchr and never copied. */
#include "io/reader.h"

#include "base/buf.h"
#include "base/hash.h"
#include "io/feed.h"

#include <errno.h>
#include <unistd.h>

#define FIRST_BYTES ((size_t)256 << 10)
#define READ_LEAST ((size_t)64 << 10)
#define PIPE_BYTES ((size_t)1 << 20)
#define LINE_MAX_BYTES ((size_t)1 << 31)
#define HEAD_BYTES ((size_t)4 << 10)
#define LAST_BYTES 256

struct reader {
	char *at, *scan,
		*end; /* of the window: next line; where to look for its end; end of bytes */
	char *window;
	size_t cap, max_line;
	int64_t line_no, offset; /* of the next line; line_no counts from 0 */
	size_t skipped;          /* bytes of an overlong line passed over so far; 0: none */
	char *head;              /* its first bytes */
	size_t head_n;
	bool has_ended, is_stopped, grows, is_cut, may_thread;
	char *last; /* of a file that grows: its bytes before what is read next */
	size_t last_n;
	int64_t to_skip; /* bytes before conf.start that still come */
	uint64_t first;  /* hash of the first_n first bytes */
	size_t first_n;
	char *name;
	struct feed feed;
};

static struct reader *
make(const char *name, const struct reader_conf *conf)
{
	struct reader *r = alloc_zero(sizeof(*r));

	r->name = alloc_string(name);
	r->max_line = MIN(conf->max_line, LINE_MAX_BYTES);
	r->cap = conf->window ? conf->window : FIRST_BYTES;
	r->window = alloc_get(r->cap + BUF_PAD);
	r->at = r->scan = r->end = r->window;
	r->feed.fd = -1;
	r->feed.poll_first = conf->poll_first;
	r->may_thread = conf->may_thread && !conf->grows;
	r->grows = conf->grows;
	r->offset = conf->start;
	r->line_no = conf->line_no;
	return r;
}

void
reader_close(struct reader *r)
{
	feed_release(&r->feed);
	alloc_free(r->window);
	alloc_free(r->head);
	alloc_free(r->last);
	alloc_free(r->name);
	alloc_free(r);
}

static int
start_feed(struct reader *r, int fd, bool poll_first, struct err *err)
{
	if (feed_init(&r->feed, fd, r->name, poll_first, err))
		return -1;
	r->feed.may_thread = r->may_thread;
	r->grows = r->grows && r->feed.is_regular;
	return feed_seek(&r->feed, r->feed.is_regular ? r->offset : 0, &r->to_skip, err);
}

int
reader_open_fd(struct reader **out, int fd, const char *name, const struct reader_conf *conf,
	struct err *err)
{
	struct reader *r = make(name, conf);

	if (start_feed(r, fd, conf->poll_first, err)) {
		reader_close(r);
		return -1;
	}
	*out = r;
	return 0;
}

static int
open_path(struct reader *r, bool poll_first, struct err *err)
{
	int fd = feed_open(r->name), code = errno;

	if (fd >= 0)
		return start_feed(r, fd, poll_first, err);
	err_system(err, "%s", r->name);
	if (code == ENOENT || code == ENOTDIR || code == ELOOP || code == ENAMETOOLONG)
		err->kind = ERR_USAGE;
	if (code == ENOENT)
		err->code = "absent";
	return -1;
}

int
reader_open(struct reader **out, const char *path, const struct reader_conf *conf, struct err *err)
{
	struct reader *r;

	if (strcmp(path, "-") == 0)
		return reader_open_fd(out, 0, "stdin", conf, err);
	r = make(path, conf);
	if (open_path(r, conf->poll_first, err)) {
		reader_close(r);
		return -1;
	}
	*out = r;
	return 0;
}

/* Fills *out with n bytes from r->at, which a newline ended or not, and steps past them. */
static int
give(struct reader *r, struct reader_line *out, size_t n, bool newline)
{
	size_t total = r->skipped + n;
	char *line = r->at;

	r->at += n + newline;
	r->scan = r->at;
	*out = (struct reader_line){span_of(line, n), ++r->line_no, r->offset, (int64_t)n, newline};
	r->offset += (int64_t)(total + newline);
	if (likely(total <= r->max_line))
		return READER_LINE;
	out->full_length = (int64_t)total;
	out->line.n = MIN(out->line.n, MIN(HEAD_BYTES, r->max_line));
	if (r->skipped)
		out->line = span_of(r->head, r->head_n);
	r->skipped = 0;
	return READER_LINE;
}

/* The line so far is over the limit: keeps its head and forgets the rest. */
static void
skip_window(struct reader *r)
{
	size_t n = (size_t)(r->end - r->at);

	if (!r->skipped) {
		if (!r->head)
			r->head = alloc_get(HEAD_BYTES + BUF_PAD);
		r->head_n = MIN(n, MIN(HEAD_BYTES, r->max_line));
		memcpy(r->head, r->at, r->head_n);
	}
	r->skipped += n;
	r->at = r->scan = r->end = r->window;
}

/* Moves the partial line to the front and makes room for a read. */
static void
make_room(struct reader *r)
{
	size_t n = (size_t)(r->end - r->at), cap = r->cap;

	if (n && r->at != r->window)
		memmove(r->window, r->at, n);
	if (r->feed.enlarged && cap < PIPE_BYTES)
		cap = PIPE_BYTES;
	if (n > cap / 2)
		cap *= 2;
	cap = MIN(cap, MAX(r->max_line + READ_LEAST, PIPE_BYTES));
	if (cap > r->cap) {
		r->window = alloc_resize(r->window, cap + BUF_PAD);
		r->cap = cap;
	}
	r->at = r->window;
	r->scan = r->end = r->window + n;
}

/* A line without newline at the end of the input, or the end. */
static int
finish(struct reader *r, struct reader_line *out)
{
	size_t n = (size_t)(r->end - r->at);

	if (n == 0 && !r->skipped)
		return READER_END;
	return give(r, out, n, false);
}

/* The input is over: its last line, then the end. */
static int
end_of_input(struct reader *r, struct reader_line *out, struct err *err)
{
	if (!r->has_ended && !r->is_stopped && feed_finish(&r->feed, err)) {
		r->is_stopped = true;
		return READER_ERROR;
	}
	if (r->is_stopped && !r->has_ended)
		return READER_END; /* half a line is no line */
	r->has_ended = true;
	return finish(r, out);
}

/* Takes a BOM off the front of the input. */
static void
skip_bom(struct reader *r)
{
	if (r->end - r->at < 3 || memcmp(r->at, "\xef\xbb\xbf", 3) != 0)
		return;
	r->at += 3;
	r->scan = r->at;
	r->offset = 3;
}

/* The very first bytes: what they are is noted, and a BOM taken off. */
static void
begin(struct reader *r)
{
	size_t n = MIN((size_t)(r->end - r->at), READER_HEAD);

	if (n > r->first_n) {
		r->first = hash_bytes(span_of(r->at, n));
		r->first_n = n;
	}
	skip_bom(r);
}

/* Takes off what comes before the place to start at. What is left of n. */
static size_t
pass_over(struct reader *r, size_t n)
{
	size_t gone = (size_t)MIN((int64_t)n, r->to_skip);

	if (gone) {
		memmove(r->end, r->end + gone, n - gone);
		r->to_skip -= (int64_t)gone;
	}
	return n - gone;
}

/* The n new bytes at the end of the window. */
static void
keep_last(struct reader *r, size_t n)
{
	size_t take = MIN(n, LAST_BYTES), old = MIN(r->last_n, LAST_BYTES - take);

	if (!r->last)
		r->last = alloc_get(LAST_BYTES);
	memmove(r->last, r->last + r->last_n - old, old);
	memcpy(r->last + old, r->end - take, take);
	r->last_n = old + take;
}

/* A file that grows: has it still what was read last, where it was? */
static bool
is_changed(const struct reader *r)
{
	char now[LAST_BYTES];

	if (!r->grows || r->last_n == 0 || r->feed.codec != FEED_PLAIN)
		return false;
	return pread(r->feed.fd, now, r->last_n, r->feed.taken - (int64_t)r->last_n) !=
		       (ssize_t)r->last_n ||
	       memcmp(now, r->last, r->last_n) != 0;
}

/* One read into the window. READER_LINE: there are new bytes. */
static int
fill(struct reader *r, struct err *err)
{
	size_t n = 0;
	int got;

	r->is_cut = r->is_cut || is_changed(r);
	if (r->is_cut)
		return READER_WAIT;
	if (r->skipped || (size_t)(r->end - r->at) > r->max_line)
		skip_window(r);
	make_room(r);
	got = feed_read(&r->feed, r->end, r->cap - (size_t)(r->end - r->window), &n, err);
	if (unlikely(r->to_skip))
		n = pass_over(r, n);
	r->end += n;
	if (r->grows && n)
		keep_last(r, n);
	if (unlikely(r->offset == 0 && !r->skipped))
		begin(r);
	return got;
}

/*
 * A line without end must not keep the caller from its signals. Waiting for the descriptor is right then only
 * where the bytes come straight from it.
 */
static bool
may_pause(const struct reader *r)
{
	return r->feed.poll_first && !r->grows && r->feed.codec == FEED_PLAIN;
}

/* No complete line is in the window. */
static int
read_line(struct reader *r, struct reader_line *out, struct err *err)
{
	for (;;) {
		int got = r->has_ended || r->is_stopped ? READER_END : fill(r, err);
		char *newline;

		if (got == READER_END && r->grows && !r->is_stopped)
			return READER_WAIT;
		if (got == READER_END)
			return end_of_input(r, out, err);
		if (got != READER_LINE)
			return got;
		newline = memchr(r->scan, '\n', (size_t)(r->end - r->scan));
		r->scan = r->end;
		if (newline)
			return give(r, out, (size_t)(newline - r->at), true);
		if (r->skipped && may_pause(r))
			return READER_WAIT;
	}
}

int
reader_next(struct reader *r, struct reader_line *out, struct err *err)
{
	char *newline = memchr(r->scan, '\n', (size_t)(r->end - r->scan));

	if (likely(newline != NULL))
		return give(r, out, (size_t)(newline - r->at), true);
	return read_line(r, out, err);
}

int
reader_fd(const struct reader *r)
{
	return r->feed.fd;
}

void
reader_ready(struct reader *r)
{
	r->feed.is_ready = true;
}

bool
reader_is_pipe(const struct reader *r)
{
	return r->feed.is_pipe;
}

bool
reader_is_regular(const struct reader *r)
{
	return r->feed.is_regular;
}

bool
reader_is_compressed(const struct reader *r)
{
	return r->feed.codec == FEED_ZST || r->feed.codec == FEED_GZ;
}

bool
reader_is_whole(struct reader *r)
{
	struct err ignored;

	return feed_finish(&r->feed, &ignored) == 0;
}

int64_t
reader_bytes_done(const struct reader *r)
{
	return r->feed.taken;
}

int64_t
reader_bytes_total(const struct reader *r)
{
	return r->feed.size;
}

uint64_t
reader_head(const struct reader *r, size_t *n)
{
	*n = r->first_n;
	return r->first;
}

void
reader_finish(struct reader *r)
{
	r->grows = false;
}

void
reader_stop(struct reader *r)
{
	r->is_stopped = true;
}

bool
reader_grows(const struct reader *r)
{
	return r->grows;
}

bool
reader_is_cut(const struct reader *r)
{
	return r->is_cut;
}

void
reader_cut(struct reader *r)
{
	r->grows = false;
	r->has_ended = true;
}
