/* trove: listing, comparing, copying. */
#include "store/trove.h"

#include "base/alloc.h"
#include "base/num.h"

#include <errno.h>

#define PATH_MAX_BYTES 320 /* a directory of ours, '/', 255 bytes, a NUL */

static bool
ends_in(const char *name, const char *end)
{
	return span_ends(span_str(name), span_str(end));
}

static int
add_name(void *ctx, const char *name)
{
	struct trove_names *names = ctx;

	if (name[0] == '.' || strlen(name) > 255)
		return 0;
	if (names->count == names->cap) {
		names->cap = names->cap ? names->cap * 2 : 16;
		names->items = alloc_resize(names->items, names->cap * sizeof(*names->items));
	}
	names->items[names->count++] = alloc_string(name);
	return 0;
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
trove_list(struct trove_names *names, struct disk *d, const char *dir)
{
	*names = (struct trove_names){0};
	if (d->calls->list(d, dir, add_name, names) < 0 && errno != ENOENT) {
		trove_names_release(names);
		return -1;
	}
	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), by_bytes);
	return 0;
}

void
trove_names_release(struct trove_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		alloc_free(names->items[i]);
	alloc_free(names->items);
	*names = (struct trove_names){0};
}

int
trove_read(struct disk *d, const char *name, struct buf *out)
{
	int fd = d->calls->open(d, name, DISK_READ, 0);
	ssize_t n = -1;
	int64_t size;

	buf_clear(out);
	if (fd < 0)
		return -1;
	size = d->calls->size(d, fd);
	errno = EFBIG;
	if (size >= 0 && (uint64_t)size <= out->max && buf_room(out, (size_t)size))
		n = disk_read(d, fd, out->p, (size_t)size, 0);
	d->calls->close(d, fd);
	if (n < 0)
		return -1;
	out->n = (size_t)n;
	return 0;
}

static bool
is_same(struct root *from, struct replica *to, const char *name, int64_t bytes)
{
	struct buf a, b;
	bool same = bytes >= 0 && replica_size(to, name) == bytes;

	if (!same || bytes > (int64_t)TROVE_COMPARED)
		return same;
	buf_init(&a, TROVE_COMPARED);
	buf_init(&b, TROVE_COMPARED);
	same = trove_read(&from->disk, name, &a) == 0 && trove_read(&to->disk, name, &b) == 0 &&
	       span_equal(buf_view(&a), buf_view(&b));
	buf_release(&a);
	buf_release(&b);
	return same;
}

/* FIRST-LAST…, both in 20 digits; -1 for any other name. */
static int64_t
last_of(const char *name)
{
	int64_t last;

	if (strlen(name) < 41 || name[20] != '-' || num_i64(span_of(name + 21, 20), &last))
		return -1;
	return last;
}

static bool
is_wanted(const struct trove_set *set, const char *name)
{
	int64_t most = ends_in(name, ".run") ? set->most_run : set->most;

	return !ends_in(name, ".tmp") && !ends_in(name, REPLICA_STAGED) && last_of(name) < most;
}

/* The names of the store that are wanted. */
static int
list_wanted(
	struct trove_names *names, struct root *from, const struct trove_set *set, struct err *err)
{
	size_t n = 0;

	if (trove_list(names, &from->disk, set->dir))
		return err_system(err, "cannot list '%s/%s'", from->path, set->dir);
	for (size_t i = 0; i < names->count; i++) {
		if (is_wanted(set, names->items[i]))
			names->items[n++] = names->items[i];
		else
			alloc_free(names->items[i]);
	}
	names->count = n;
	return 0;
}

/* Those that end in ".ndjson" or those that do not. */
static int
copy_some(struct root *from, struct replica *to, const struct trove_set *set,
	const struct trove_names *names, bool is_ndjson, struct err *err)
{
	char path[PATH_MAX_BYTES];

	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->items[set->is_last_first ? names->count - 1 - i : i];
		int64_t bytes;

		if (ends_in(name, ".ndjson") != is_ndjson)
			continue;
		snprintf(path, sizeof(path), "%s/%s", set->dir, name);
		bytes = disk_size(&from->disk, path);
		if (bytes < 0 && errno == ENOENT) /* a consumer that was removed meanwhile */
			continue;
		if (bytes < 0)
			return err_system(err, "cannot read '%s/%s'", from->path, path);
		if (!is_same(from, to, path, bytes) && replica_copy(to, from, path, bytes, err))
			return -1;
	}
	return 0;
}

static bool
has(const struct trove_names *names, const char *name)
{
	return names->count &&
	       bsearch(&name, names->items, names->count, sizeof(*names->items), by_bytes);
}

int
trove_drop(struct replica *to, const char *dir, const struct trove_names *keep, struct err *err)
{
	char path[PATH_MAX_BYTES];
	struct trove_names names;
	int r = 0;

	if (trove_list(&names, &to->disk, dir))
		return err_system(err, "cannot list '%s/%s'", to->path, dir);
	for (size_t i = 0; i < names.count && r == 0; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names.items[i]);
		if (!keep || !has(keep, names.items[i]))
			r = replica_remove(to, path, err);
	}
	trove_names_release(&names);
	return r;
}

static int
copy(struct root *from, struct replica *to, const struct trove_set *set, bool is_mirror,
	struct err *err)
{
	struct trove_names names;
	int r = 0;

	if (list_wanted(&names, from, set, err))
		return -1;
	if (names.count)
		r = replica_dir(to, set->dir, err);
	if (r == 0)
		r = copy_some(from, to, set, &names, false, err);
	if (r == 0)
		r = copy_some(from, to, set, &names, true, err);
	if (r == 0 && is_mirror)
		r = trove_drop(to, set->dir, &names, err);
	trove_names_release(&names);
	return r;
}

int
trove_copy(struct root *from, struct replica *to, const struct trove_set *set, struct err *err)
{
	return copy(from, to, set, false, err);
}

int
trove_mirror(struct root *from, struct replica *to, const struct trove_set *set, struct err *err)
{
	return copy(from, to, set, true, err);
}

int
trove_clear(struct replica *to, const char *dir, struct err *err)
{
	return trove_drop(to, dir, NULL, err);
}
