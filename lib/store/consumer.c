/* consumer: small files under consumers/. */
#include "store/consumer.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/utf8.h"
#include "store/trove.h"
#include "json/doc.h"
#include "json/find.h"

#include <errno.h>

#define DIR_NAME "consumers"
#define TEXT_MAX ((size_t)256)
#define PATH_BYTES (sizeof(DIR_NAME) + CONSUMER_NAME_MAX + 16)

int
consumer_name(const char *name, struct err *err)
{
	size_t n = strlen(name);
	bool is_good = n > 0 && n <= CONSUMER_NAME_MAX && name[0] != '.' &&
		       utf8_check(span_of(name, n)) == n;

	for (size_t i = 0; i < n; i++)
		is_good = is_good && name[i] != '/' && (unsigned char)name[i] >= ' ' &&
			  name[i] != '\x7f';
	if (is_good)
		return 0;
	return err_usage(err,
		"'%.100s' is no name of a consumer: 1 to %d bytes without '/' and controls, and "
		"without '.' in front",
		name, CONSUMER_NAME_MAX);
}

static void
path_of(char out[PATH_BYTES], const char *before, const char *name, const char *after)
{
	snprintf(out, PATH_BYTES, DIR_NAME "/%s%s%s", before, name, after);
}

static int
failed(struct root *r, const char *what, const char *name, struct err *err)
{
	return err_system(err, "cannot %s '%s/" DIR_NAME "/%s'", what, r->path, name);
}

/* The sum as 16 lower-case digits. */
static bool
take_sum(struct span raw, uint64_t *out)
{
	uint64_t v = 0;

	if (raw.n != 18)
		return false;
	for (size_t i = 1; i < 17; i++) {
		char c = raw.p[i];
		bool is_digit = c >= '0' && c <= '9';

		if (!is_digit && (c < 'a' || c > 'f'))
			return false;
		v = v << 4 | (uint64_t)(is_digit ? c - '0' : c - 'a' + 10);
	}
	*out = v;
	return true;
}

static bool
parse(struct span text, struct consumer_mark *out)
{
	struct consumer_mark m = {0};
	struct err ignored;
	struct doc d;
	bool is_good;

	doc_init(&d, DOC_KERNEL_BEST);
	is_good = doc_parse(&d, text, &ignored) == 0 &&
		  num_i64(doc_span(&d, find_member(&d, 0, SPAN("pos"))), &m.pos) == 0 &&
		  m.pos >= 0 && take_sum(doc_span(&d, find_member(&d, 0, SPAN("sum"))), &m.sum);
	doc_release(&d);
	if (is_good)
		*out = m;
	return is_good;
}

int
consumer_get(struct root *r, const char *name, struct consumer_mark *out, struct err *err)
{
	struct disk *d = &r->disk;
	char path[PATH_BYTES], text[TEXT_MAX + BUF_PAD];
	ssize_t n;
	int fd;

	if (consumer_name(name, err))
		return -1;
	path_of(path, "", name, "");
	fd = d->calls->open(d, path, DISK_READ, 0);
	if (fd < 0)
		return errno == ENOENT ? 0 : failed(r, "open", name, err);
	n = disk_read(d, fd, text, TEXT_MAX, 0);
	d->calls->close(d, fd);
	if (n < 0)
		return failed(r, "read", name, err);
	while (n && text[n - 1] == '\n')
		n--;
	if (parse(span_of(text, (size_t)n), out))
		return 1;
	return err_set(err, ERR_DAMAGE, "damage", -1,
		DIR_NAME "/%s is no position of a consumer: set or delete it", name);
}

/* The file beside it, whole and synced, becomes it. */
static int
replace(struct root *r, const char *tmp, const char *path, struct span text)
{
	struct disk *d = &r->disk;
	int fd = d->calls->open(d, tmp, DISK_WRITE | DISK_ENSURE, r->file_mode), result = -1;

	if (fd < 0)
		return -1;
	d->calls->chmod(d, fd, r->file_mode); /* whatever the umask */
	if (d->calls->ftruncate(d, fd, 0) == 0 && disk_write(d, fd, text.p, text.n, 0) == 0 &&
		d->calls->fsync(d, fd) == 0 && d->calls->rename(d, tmp, path) == 0)
		result = d->calls->fsync_dir(d, DIR_NAME);
	d->calls->close(d, fd);
	return result;
}

static int
make_dir(struct root *r, struct err *err)
{
	struct disk *d = &r->disk;

	if (d->calls->mkdir(d, DIR_NAME, root_dir_mode(r)) == 0)
		return d->calls->fsync_dir(d, ".") ? failed(r, "make", "", err) : 0;
	return errno == EEXIST ? 0 : failed(r, "make", "", err);
}

struct span
consumer_text(const struct consumer_mark *mark, char out[CONSUMER_TEXT_MAX])
{
	int n = snprintf(out, CONSUMER_TEXT_MAX, "{\"pos\":%lld,\"sum\":\"%016llx\"}\n",
		(long long)mark->pos, (unsigned long long)mark->sum);

	return span_of(out, (size_t)n);
}

int
consumer_put(struct root *r, const char *name, const struct consumer_mark *mark, struct err *err)
{
	char path[PATH_BYTES], tmp[PATH_BYTES], text[CONSUMER_TEXT_MAX];
	struct span bytes = consumer_text(mark, text);

	if (consumer_name(name, err) || make_dir(r, err))
		return -1;
	path_of(path, "", name, "");
	path_of(tmp, ".", name, ".tmp");
	return replace(r, tmp, path, bytes) ? failed(r, "write", name, err) : 0;
}

int
consumer_remove(struct root *r, const char *name, struct err *err)
{
	struct disk *d = &r->disk;
	char path[PATH_BYTES];

	if (consumer_name(name, err))
		return -1;
	path_of(path, "", name, "");
	if (d->calls->unlink(d, path))
		return errno == ENOENT ? 0 : failed(r, "remove", name, err);
	return d->calls->fsync_dir(d, DIR_NAME) ? failed(r, "remove", name, err) : 1;
}

int
consumer_gone(const char *who, const char *store, int64_t pos, int64_t front, struct err *err)
{
	if (!who)
		return err_data(err, "gone", -1,
			"'%.200s': positions %lld to %lld were taken away by retention before "
			"they were read",
			store, (long long)pos, (long long)front - 1);
	return err_data(err, "gone", -1,
		"%s has not read positions %lld to %lld, and retention has taken them away: set "
		"its position",
		who, (long long)pos, (long long)front - 1);
}

int
consumer_check(
	const char *who, const struct consumer_mark *mark, const struct place *at, struct err *err)
{
	if (at->pos < mark->pos)
		return err_set(err, ERR_DAMAGE, "rewound", -1,
			"%s has read up to position %lld, but the store ends at %lld: it is not "
			"the store that was read, or an older copy of it",
			who, (long long)mark->pos, (long long)at->pos);
	if (at->pos == mark->pos && at->sum == mark->sum)
		return 0;
	return err_set(err, ERR_DAMAGE, "rewound", -1,
		"%s has read other events before position %lld than the store holds now: it is "
		"not the store that was read, or an older copy of it",
		who, (long long)mark->pos);
}

int
consumer_lock(struct root *r, const char *name, int *fd, struct err *err)
{
	struct disk *d = &r->disk;
	char path[PATH_BYTES];

	if (consumer_name(name, err) || make_dir(r, err))
		return -1;
	path_of(path, ".", name, ".lock");
	*fd = d->calls->open(d, path, DISK_WRITE | DISK_ENSURE, r->file_mode);
	if (*fd < 0)
		return failed(r, "open", name, err);
	if (d->calls->lock(d, *fd, DISK_EXCLUSIVE, 0) == 0)
		return 0;
	if (errno == EAGAIN)
		err_set(err, ERR_SYSTEM, "lock", -1, "another process reads for consumer '%s'",
			name);
	else
		failed(r, "lock", name, err);
	d->calls->close(d, *fd);
	*fd = -1;
	return -1;
}

int
consumer_each(struct root *r, consumer_fn *fn, void *ctx, struct err *err)
{
	struct trove_names names;
	struct err ignored;
	int result = 0;

	if (trove_list(&names, &r->disk, DIR_NAME))
		return failed(r, "list", "", err);
	for (size_t i = 0; i < names.count && result == 0; i++)
		if (consumer_name(names.items[i], &ignored) == 0)
			result = fn(ctx, names.items[i], err);
	trove_names_release(&names);
	return result;
}
