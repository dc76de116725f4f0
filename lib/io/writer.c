/* writer: write(2) until all is out. */
#include "io/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#define WRITER_MAX ((size_t)1 << 30)
#define PIPE_BYTES (1 << 20)

bool
writer_enlarge_pipe(int fd)
{
	int size = fcntl(fd, F_GETPIPE_SZ);

	if (size > 0 && size < PIPE_BYTES)
		fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
	return size > 0;
}

void
writer_init(struct writer *w, int fd, const char *name)
{
	*w = (struct writer){.fd = fd, .name = name};
	buf_init(&w->b, WRITER_MAX);
	w->is_pipe = writer_enlarge_pipe(fd);
}

static int
fail(struct writer *w, struct err *err)
{
	buf_clear(&w->b);
	errno = w->failed;
	err_system(err, "%s", w->name);
	if (w->failed == EPIPE)
		err->code = "epipe";
	return -1;
}

/* After EAGAIN: until the descriptor takes bytes again. */
static void
wait_for_room(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		continue;
}

int
writer_flush(struct writer *w, struct err *err)
{
	size_t done = 0;

	if (w->b.over)
		w->failed = EFBIG;
	while (done < w->b.n && !w->failed) {
		ssize_t n = write(w->fd, w->b.p + done, w->b.n - done);

		if (n >= 0) {
			done += (size_t)n;
			w->written += n;
		} else if (errno == EAGAIN) {
			wait_for_room(w->fd);
		} else if (errno != EINTR) {
			w->failed = errno;
		}
	}
	if (w->failed)
		return fail(w, err);
	buf_clear(&w->b);
	return 0;
}

int
writer_release(struct writer *w, struct err *err)
{
	int r = writer_flush(w, err);

	buf_release(&w->b);
	return r;
}
