/* writer: whole lines, full pipes, closed pipes, full disks. */
#include "tap.h"

#include "io/writer.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

TEST(lines)
{
	struct writer w;
	struct err err;
	char got[64] = "";
	int fds[2];

	ok(pipe(fds) == 0, "pipe");
	writer_init(&w, fds[1], "out");
	is_int(fcntl(fds[1], F_GETPIPE_SZ), 1 << 20, "enlarged to 1 MiB");
	buf_puts(&w.b, "one\n");
	is_int(writer_end(&w, &err), 0, "a line");
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	is_int(read(fds[0], got, sizeof(got)), -1, "nothing is written yet");
	buf_puts(&w.b, "two\n");
	is_int(writer_flush(&w, &err), 0, "flush");
	is_int(read(fds[0], got, sizeof(got)), 8, "one write for both");
	is_mem(got, 8, "one\ntwo\n", "in order");
	is_int(w.written, 8, "counted");
	buf_puts(&w.b, "three");
	is_int(writer_release(&w, &err), 0, "release");
	is_int(read(fds[0], got, sizeof(got)), 5, "writes what waits");
	close(fds[0]);
	close(fds[1]);
}

TEST(full)
{
	struct writer w;
	struct err err;
	int fd = open("/dev/null", O_WRONLY);
	int64_t before;

	writer_init(&w, fd, "out");
	while (w.b.n < WRITER_FULL - 1)
		buf_putc(&w.b, 'x');
	writer_end(&w, &err);
	before = w.written;
	buf_putc(&w.b, 'x');
	writer_end(&w, &err);
	ok(before == 0 && w.written == (int64_t)WRITER_FULL, "written at 256 KiB, not before");
	writer_release(&w, &err);
	close(fd);
}

TEST(closed_pipe)
{
	struct writer w;
	struct err err;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	ok(pipe(fds) == 0, "pipe");
	writer_init(&w, fds[1], "out");
	close(fds[0]);
	buf_puts(&w.b, "x\n");
	is_int(writer_flush(&w, &err), -1, "a closed pipe");
	is_str(err.code, "epipe", "has its own code");
	is_int((int64_t)w.b.n, 0, "what waits is dropped");
	err_clear(&err);
	buf_puts(&w.b, "y\n");
	is_int(writer_flush(&w, &err), -1, "it stays failed");
	is_str(err.code, "epipe", "with the same error");
	is_int(writer_release(&w, &err), -1, "to the end");
	close(fds[1]);
}

TEST(full_disk)
{
	struct writer w;
	struct err err;
	int fd = open("/dev/full", O_WRONLY);

	writer_init(&w, fd, "out.ndjson");
	buf_puts(&w.b, "x\n");
	is_int(writer_flush(&w, &err), -1, "a full disk");
	ok(err.kind == ERR_SYSTEM && strstr(err.text, "out.ndjson: No space"), "%s", err.text);
	writer_release(&w, &err);
	close(fd);
}

static void *
drain(void *ctx)
{
	static char chunk[1 << 16];
	int64_t total = 0;
	ssize_t n;

	while ((n = read(*(int *)ctx, chunk, sizeof(chunk))) > 0)
		total += n;
	*(int *)ctx = (int)total;
	return NULL;
}

/* The neighbour made the descriptor non-blocking: a full pipe is waited for. */
TEST(non_blocking)
{
	struct writer w;
	struct err err;
	pthread_t reader;
	int fds[2], r = 0, in;

	ok(pipe(fds) == 0, "pipe");
	in = fds[0];
	writer_init(&w, fds[1], "out");
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 3 << 20; i++)
		buf_putc(&w.b, 'x');
	pthread_create(&reader, NULL, drain, &in);
	r = writer_release(&w, &err);
	close(fds[1]);
	pthread_join(reader, NULL);
	ok(r == 0 && in == 3 << 20, "3 MiB through a non-blocking pipe, none lost");
	close(fds[0]);
}

/* A file size limit makes a write short first, then fail. */
TEST(short_write)
{
	struct rlimit limit = {.rlim_cur = 1000, .rlim_max = RLIM_INFINITY}, before;
	char path[] = "/tmp/ev-writer-XXXXXX";
	int fd = mkstemp(path);
	struct writer w;
	struct err err;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit.rlim_max = before.rlim_max;
	fflush(stdout);
	setrlimit(RLIMIT_FSIZE, &limit);
	writer_init(&w, fd, "out");
	for (int i = 0; i < 1500; i++)
		buf_putc(&w.b, 'x');
	int r = writer_flush(&w, &err);
	setrlimit(RLIMIT_FSIZE, &before);
	ok(r == -1 && strstr(err.text, "File too large"), "went on after the short write: %s",
		err.text);
	is_int(w.written, 1000, "and knows what is out");
	writer_release(&w, &err);
	writer_init(&w, fd, "out");
	w.b.max = 4;
	buf_puts(&w.b, "more");
	buf_clear(&w.b);
	buf_puts(&w.b, "too much");
	is_int(writer_release(&w, &err), -1, "a line over the maximum is not lost silently");
	unlink(path);
	close(fd);
}

int
main(void)
{
	RUN(lines);
	RUN(full);
	RUN(closed_pipe);
	RUN(full_disk);
	RUN(non_blocking);
	RUN(short_write);
	return tap_done();
}
