/* mark: hashes of the two ends of what was read. */
#include "io/mark.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "io/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_BYTES ((size_t)4 << 10)
#define NEAR_BYTES ((size_t)256)
#define CHUNK_BYTES ((size_t)128 << 10)

static size_t
read_at(int fd, char *p, size_t n, int64_t at)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = pread(fd, p + got, n - got, at + (int64_t)got);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			break;
		got += (size_t)r;
	}
	return got;
}

static uint64_t
hash_at(int fd, int64_t at, size_t want, size_t *n)
{
	char bytes[HEAD_BYTES];

	*n = read_at(fd, bytes, want, at);
	return hash_bytes(span_of(bytes, *n));
}

bool
mark_take(struct mark *m, int fd, int64_t offset)
{
	size_t head = (size_t)MIN(offset, (int64_t)HEAD_BYTES);
	size_t near = (size_t)MIN(offset, (int64_t)NEAR_BYTES);
	struct stat st;

	m->inode = fstat(fd, &st) == 0 ? (uint64_t)st.st_ino : 0;
	m->offset = offset;
	m->head = hash_at(fd, 0, head, &m->head_n);
	m->near = hash_at(fd, offset - (int64_t)near, near, &m->near_n);
	return m->head_n == head && m->near_n == near;
}

/* --- is it this one? --------------------------------------------------------------------------- */

struct look {
	struct feed feed;
	char *chunk;
	char near[NEAR_BYTES]; /* the last bytes that were passed */
	size_t near_n;
};

static bool
start(struct look *l, const char *path)
{
	int fd = feed_open(path);
	struct err ignored;

	*l = (struct look){.feed = {.fd = -1}};
	if (fd < 0 || feed_init(&l->feed, fd, path, false, &ignored))
		return false;
	l->chunk = alloc_get(CHUNK_BYTES);
	return l->feed.is_regular;
}

static void
stop(struct look *l)
{
	feed_release(&l->feed);
	alloc_free(l->chunk);
}

/* Up to n decompressed bytes; less at the end or where the file cannot be read. */
static size_t
take(struct look *l, size_t n)
{
	struct err ignored;
	size_t have = 0;

	while (have < n) {
		size_t got = 0;

		if (feed_read(&l->feed, l->chunk + have, n - have, &got, &ignored) != FEED_BYTES)
			break;
		have += got;
	}
	return have;
}

static void
keep_last(struct look *l, size_t n)
{
	size_t tail = MIN(n, NEAR_BYTES), old = MIN(l->near_n, NEAR_BYTES - tail);

	memmove(l->near, l->near + l->near_n - old, old);
	memcpy(l->near + old, l->chunk + n - tail, tail);
	l->near_n = old + tail;
}

/* The head agrees; passes on to the place and looks at what stands before it. */
static bool
fits(struct look *l, const struct mark *m)
{
	int64_t at = (int64_t)take(l, m->head_n), left = m->offset - at;

	if ((size_t)at != m->head_n || hash_bytes(span_of(l->chunk, m->head_n)) != m->head)
		return false;
	if (left < 0)
		return true; /* the head was longer than the place is far */
	if (l->feed.codec == FEED_PLAIN) {
		int64_t from = m->offset - (int64_t)m->near_n;
		size_t n;

		if (lseek(l->feed.fd, 0, SEEK_END) < m->offset)
			return false;
		return m->near_n == 0 || hash_at(l->feed.fd, from, m->near_n, &n) == m->near;
	}
	keep_last(l, (size_t)at);
	while (left > 0) {
		size_t n = take(l, (size_t)MIN(left, (int64_t)CHUNK_BYTES));

		if (n == 0)
			return false;
		keep_last(l, n);
		left -= (int64_t)n;
	}
	if (m->near_n == 0)
		return true;
	return l->near_n >= m->near_n &&
	       hash_bytes(span_of(l->near + l->near_n - m->near_n, m->near_n)) == m->near;
}

static bool
has_inode(const struct mark *m, const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_ino == m->inode;
}

bool
mark_fits(const struct mark *m, const char *path)
{
	struct look l;
	bool r;

	if (m->head_n == 0)
		return has_inode(m, path);
	r = start(&l, path) && fits(&l, m);
	stop(&l);
	return r;
}

size_t
mark_find(const struct mark *m, char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (has_inode(m, paths[i]) && mark_fits(m, paths[i]))
			return i;
	for (size_t i = count; m->head_n && i-- > 0;)
		if (!has_inode(m, paths[i]) && mark_fits(m, paths[i]))
			return i;
	return count;
}

bool
mark_same_head(const char *plain, const char *archive)
{
	char head[HEAD_BYTES];
	struct look l;
	size_t n = 0, m;
	bool r = false;

	if (start(&l, archive)) {
		n = take(&l, HEAD_BYTES);
		memcpy(head, l.chunk, n);
	}
	stop(&l);
	if (start(&l, plain)) {
		m = take(&l, HEAD_BYTES);
		r = n == 0 || memcmp(head, l.chunk, MIN(n, m)) == 0;
	}
	stop(&l);
	return r;
}
