/* feed: read(2), poll(2) and the two decoders behind one function. */
#include "io/feed.h"

#include "base/alloc.h"
#include "ext/gz.h"
#include "ext/zst.h"
#include "io/unpack.h"
#include "io/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAW_BYTES ((size_t)128 << 10)
#define THREAD_LEAST ((int64_t)1 << 20)
#define PIPE_FULL ((size_t)64 << 10) /* Linux's first size of a pipe */
#define TRICKLE ((size_t)4 << 10)    /* less than this at once: somebody writes lines one by one */

int
feed_open(const char *path)
{
	/* O_NONBLOCK has no effect on regular files; a fifo opens at once and is polled before each read. */
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

int
feed_init(struct feed *f, int fd, const char *name, bool poll_first, struct err *err)
{
	struct stat st;

	*f = (struct feed){.fd = fd, .name = name, .poll_first = poll_first};
	if (fstat(fd, &st) != 0) {
		err_system(err, "%s", name);
		goto fail;
	}
	if (S_ISDIR(st.st_mode)) {
		err_usage(err, "%s: is a directory", name);
		goto fail;
	}
	f->is_regular = S_ISREG(st.st_mode);
	f->size = f->is_regular ? (int64_t)st.st_size : -1;
	f->is_pipe = S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode);
	f->must_poll = !f->is_regular && (fcntl(fd, F_GETFL) & O_NONBLOCK);
	return 0;
fail:
	close(fd);
	f->fd = -1;
	return -1;
}

static void
drop_decoders(struct feed *f)
{
	if (f->unpack)
		unpack_free(f->unpack);
	f->unpack = NULL;
	if (f->zst)
		zst_free(f->zst);
	if (f->gz)
		gz_free(f->gz);
	alloc_free(f->raw);
	f->zst = NULL;
	f->gz = NULL;
	f->raw = NULL;
	f->rest = SPAN_NONE;
	f->codec = FEED_UNKNOWN;
	f->head_n = 0;
	f->taken = 0;
}

void
feed_release(struct feed *f)
{
	drop_decoders(f);
	if (f->fd > 0)
		close(f->fd);
	f->fd = -1;
}

/* True when a read will not block. */
static bool
is_ready(const struct feed *f, int timeout_ms)
{
	struct pollfd p = {.fd = f->fd, .events = POLLIN};

	return poll(&p, 1, timeout_ms) > 0;
}

/* May a read be made now? False: FEED_WAIT. */
static bool
may_read(struct feed *f)
{
	bool is_known = f->is_ready, is_drained = f->is_drained;

	f->is_ready = f->is_drained = false;
	if (f->is_regular || is_known || !(f->poll_first || f->must_poll))
		return true;
	if (f->poll_first)
		return !is_drained && is_ready(f, 0);
	while (!is_ready(f, -1))
		continue;
	return true;
}

/* One read(2). */
static int
take(struct feed *f, char *p, size_t cap, size_t *n, struct err *err)
{
	ssize_t got;

	for (;;) {
		if (!may_read(f))
			return FEED_WAIT;
		got = read(f->fd, p, cap);
		if (got >= 0)
			break;
		if (errno == EAGAIN)
			f->must_poll = true;
		else if (errno != EINTR)
			return err_system(err, "%s", f->name);
		if (f->poll_first)
			return FEED_WAIT;
	}
	f->taken += got;
	*n = (size_t)got;
	f->is_drained = f->is_pipe && *n && *n < MIN(cap, TRICKLE);
	if (f->is_pipe && !f->enlarged && *n >= PIPE_FULL) {
		writer_enlarge_pipe(f->fd);
		f->enlarged = true;
	}
	return got ? FEED_BYTES : FEED_END;
}

/* What the first n bytes say; FEED_UNKNOWN: they are too few to tell. */
static enum feed_codec
sniff(const unsigned char *h, size_t n)
{
	static const unsigned char zst[4] = {0x28, 0xb5, 0x2f, 0xfd};
	static const unsigned char skippable[4] = {0x50, 0x2a, 0x4d, 0x18};
	unsigned char first[4] = {0};
	size_t gz_n = MIN(n, 2);

	if (n == 0)
		return FEED_UNKNOWN;
	memcpy(first, h, n);
	if (memcmp(h, "\x1f\x8b", gz_n) == 0)
		return n >= 2 ? FEED_GZ : FEED_UNKNOWN;
	if (memcmp(h, zst, n) == 0)
		return n == 4 ? FEED_ZST : FEED_UNKNOWN;
	first[0] &= 0xf0; /* 0x50 to 0x5f */
	if (memcmp(first, skippable, n) == 0)
		return n == 4 ? FEED_ZST : FEED_UNKNOWN;
	return FEED_PLAIN;
}

/* Reads the head until it says what the bytes are. FEED_BYTES: the codec is known. */
static int
find_codec(struct feed *f, struct err *err)
{
	while (f->codec == FEED_UNKNOWN) {
		size_t n = 0;
		int got =
			take(f, (char *)f->head + f->head_n, sizeof(f->head) - f->head_n, &n, err);

		if (got == FEED_END && f->head_n)
			f->codec = FEED_PLAIN;
		else if (got != FEED_BYTES)
			return got;
		f->head_n += n;
		if (f->codec == FEED_UNKNOWN)
			f->codec = sniff(f->head, f->head_n);
	}
	if (f->codec == FEED_PLAIN)
		return FEED_BYTES;
	f->raw = alloc_get(RAW_BYTES);
	memcpy(f->raw, f->head, f->head_n);
	f->rest = span_of(f->raw, f->head_n);
	if (f->codec == FEED_ZST)
		f->zst = zst_new();
	else
		f->gz = gz_new();
	/* Not of a pipe: its lines would wait for the end of their frame. */
	if (f->zst && f->is_regular)
		zst_check(f->zst);
	if (f->may_thread && f->size >= THREAD_LEAST && sysconf(_SC_NPROCESSORS_ONLN) > 1)
		f->unpack = unpack_new(f);
	return FEED_BYTES;
}

int
feed_seek(struct feed *f, int64_t offset, int64_t *left, struct err *err)
{
	*left = offset;
	if (offset == 0)
		return 0;
	if (f->codec == FEED_UNKNOWN && find_codec(f, err) == FEED_ERROR)
		return -1;
	if (f->codec != FEED_PLAIN)
		return 0;
	if (lseek(f->fd, offset, SEEK_SET) < 0)
		return err_system(err, "%s", f->name);
	f->head_n = 0;
	f->taken = offset;
	*left = 0;
	return 0;
}

static int
decode(struct feed *f, char *p, size_t cap, size_t *n, struct err *err)
{
	int r = f->zst ? zst_decode(f->zst, &f->rest, p, cap, n, err)
		       : gz_decode(f->gz, &f->rest, p, cap, n, err);

	return r ? err_prefix(err, "%s", f->name) : 0;
}

static int
read_archive(struct feed *f, char *p, size_t cap, size_t *n, struct err *err)
{
	for (;;) {
		size_t raw_n = 0;
		int got;

		*n = 0;
		if (decode(f, p, cap, n, err))
			return FEED_ERROR;
		if (*n)
			return FEED_BYTES;
		got = take(f, f->raw, RAW_BYTES, &raw_n, err);
		if (got == FEED_END && f->zst && zst_end(f->zst))
			got = FEED_BYTES;
		if (got != FEED_BYTES)
			return got;
		f->rest = span_of(f->raw, raw_n);
	}
}

int
feed_read(struct feed *f, char *p, size_t cap, size_t *n, struct err *err)
{
	if (unlikely(f->codec == FEED_UNKNOWN)) {
		int got = find_codec(f, err);

		if (got != FEED_BYTES)
			return got;
	}
	if (f->unpack)
		return unpack_read(f->unpack, p, cap, n, &f->taken, err);
	if (f->codec != FEED_PLAIN)
		return read_archive(f, p, cap, n, err);
	if (unlikely(f->head_n)) {
		*n = f->head_n;
		memcpy(p, f->head, f->head_n);
		f->head_n = 0;
		return FEED_BYTES;
	}
	return take(f, p, cap, n, err);
}

int
feed_finish(struct feed *f, struct err *err)
{
	bool whole = f->zst ? zst_is_whole(f->zst) : f->gz ? gz_is_whole(f->gz) : true;

	return whole ? 0
		     : err_set(err, ERR_DAMAGE, "archive", -1, "%s: truncated %s archive", f->name,
			       f->zst ? "zstd" : "gzip");
}
