/* intake: a feed poured into a packer. */
#include "store/intake.h"

#include "base/alloc.h"
#include "io/feed.h"

#include <errno.h>
#include <poll.h>

#define PIECE ((size_t)256 << 10)
#define PIECES 4 /* between two looks of the driver */

struct intake {
	struct source source; /* first */
	struct feed feed;
	struct packer *packer;
	char *p;
	bool is_stopped;
};

static int
intake_next(struct source *s, struct source_line *out, struct err *err)
{
	struct intake *in = (struct intake *)s;

	(void)out;
	for (int i = 0; i < PIECES; i++) {
		size_t n = 0;
		int r;

		if (in->is_stopped)
			return SOURCE_END;
		r = feed_read(&in->feed, in->p, PIECE, &n, err);
		s->bytes_done = in->feed.taken;
		s->deadline_ns = r == FEED_BYTES ? 0 : INT64_MAX;
		if (r == FEED_WAIT)
			return SOURCE_WAIT;
		if (r == FEED_END)
			return feed_finish(&in->feed, err) ? SOURCE_ERROR : SOURCE_END;
		if (r == FEED_ERROR || packer_put(in->packer, span_of(in->p, n), err))
			return SOURCE_ERROR;
	}
	return SOURCE_WAIT;
}

static size_t
intake_fds(struct source *s, struct pollfd *fds, size_t max)
{
	struct intake *in = (struct intake *)s;

	if (max == 0 || in->feed.is_regular)
		return 0;
	fds[0] = (struct pollfd){.fd = in->feed.fd, .events = POLLIN};
	return 1;
}

static void
intake_stop(struct source *s)
{
	((struct intake *)s)->is_stopped = true;
}

static void
intake_close(struct source *s)
{
	struct intake *in = (struct intake *)s;

	feed_release(&in->feed);
	alloc_free(in->p);
	alloc_free(in);
}

struct source *
intake_open(const char *path, struct packer *packer, struct err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? 0 : feed_open(path);
	struct intake *in;

	if (fd < 0) {
		err_system(err, "%s", path);
		err->kind = errno == ENOENT || errno == ENOTDIR ? ERR_USAGE : ERR_SYSTEM;
		return NULL;
	}
	in = alloc_zero(sizeof(*in));
	if (feed_init(&in->feed, fd, is_stdin ? "stdin" : path, true, err)) {
		alloc_free(in);
		return NULL;
	}
	in->p = alloc_get(PIECE);
	in->packer = packer;
	in->source = (struct source){.next = intake_next,
		.fds = intake_fds,
		.stop = intake_stop,
		.close = intake_close,
		.deadline_ns = INT64_MAX,
		.bytes_total = in->feed.size,
		.is_pipe = in->feed.is_pipe};
	return &in->source;
}
