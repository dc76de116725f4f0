/* spill: pwrite at the end, pread from the front. */
#include "io/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define TAIL_BYTES ((size_t)256 << 10)

void
spill_init(struct spill *s)
{
	*s = (struct spill){.fd = -1};
	buf_init(&s->tail, SIZE_MAX / 2);
}

void
spill_release(struct spill *s)
{
	if (s->fd >= 0)
		close(s->fd);
	buf_release(&s->tail);
	s->fd = -1;
}

/* A file without a name; where the file system cannot do that, one whose name is taken away at once. */
static int
open_nameless(struct err *err)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int fd;

	if (!dir || !*dir)
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "%s/ev-XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return err_system(err, "temporary file in '%s'", dir);
	unlink(path);
	return fd;
}

static int
write_tail(struct spill *s, struct err *err)
{
	if (s->fd < 0 && (s->fd = open_nameless(err)) < 0)
		return -1;
	while (s->tail_at < s->tail.n) {
		ssize_t n =
			pwrite(s->fd, s->tail.p + s->tail_at, s->tail.n - s->tail_at, s->written);

		if (n < 0 && errno != EINTR)
			return err_system(err, "temporary file");
		if (n > 0) {
			s->tail_at += (size_t)n;
			s->written += n;
		}
	}
	buf_clear(&s->tail);
	s->tail_at = 0;
	return 0;
}

int
spill_put(struct spill *s, struct span bytes, struct err *err)
{
	buf_span(&s->tail, bytes);
	return s->tail.n < TAIL_BYTES ? 0 : write_tail(s, err);
}

/* From the file, which is begun again once it is empty. */
static int
read_front(struct spill *s, char *p, size_t cap, size_t *n, struct err *err)
{
	ssize_t got;

	do
		got = pread(s->fd, p, cap, s->taken);
	while (got < 0 && errno == EINTR);
	if (got <= 0) {
		errno = got < 0 ? errno : EIO;
		return err_system(err, "temporary file");
	}
	*n = (size_t)got;
	s->taken += got;
	if (s->taken < s->written)
		return 0;
	s->taken = s->written = 0;
	return ftruncate(s->fd, 0) ? err_system(err, "temporary file") : 0;
}

int
spill_get(struct spill *s, char *p, size_t cap, size_t *n, struct err *err)
{
	*n = 0;
	if (s->taken < s->written)
		return read_front(s, p, (size_t)MIN((int64_t)cap, s->written - s->taken), n, err);
	*n = MIN(cap, s->tail.n - s->tail_at);
	if (*n)
		memcpy(p, s->tail.p + s->tail_at, *n);
	s->tail_at += *n;
	if (s->tail_at == s->tail.n) {
		buf_clear(&s->tail);
		s->tail_at = 0;
	}
	return 0;
}
