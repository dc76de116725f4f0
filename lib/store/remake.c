/* remake: away with all runs, then as a long log without an index. */
#include "store/remake.h"

#include "base/alloc.h"
#include "store/front.h"
#include "store/index.h"
#include "store/reindex.h"
#include "store/visible.h"

#include <errno.h>

#define NAME_BYTES 64

struct names {
	char (*items)[NAME_BYTES];
	size_t count;
};

static int
take_name(void *ctx, const char *name)
{
	struct names *n = ctx;
	size_t length = strlen(name);

	if (length < 4 || length > NAME_BYTES - 8 || strcmp(name + length - 4, ".run") != 0)
		return 0;
	n->items = alloc_resize(n->items, (n->count + 1) * NAME_BYTES);
	snprintf(n->items[n->count++], NAME_BYTES, "index/%s", name);
	return 0;
}

static int
remove_all(struct root *root, struct err *err)
{
	struct disk *d = &root->disk;
	struct names names = {.count = 0};
	int r = 0;

	if (d->calls->list(d, "index", take_name, &names) < 0 && errno != ENOENT)
		r = err_system(err, "cannot list '%s/index'", root->path);
	for (size_t i = 0; i < names.count && r == 0; i++)
		if (d->calls->unlink(d, names.items[i]) && errno != ENOENT)
			r = err_system(err, "cannot remove '%s/%s'", root->path, names.items[i]);
	alloc_free(names.items);
	return r;
}

/* A descriptor with the lock, or -1. */
static int
take_lock(struct root *root, const char *name, int64_t lock_ms, struct err *err)
{
	struct disk *d = &root->disk;
	int fd = d->calls->open(d, name, DISK_WRITE | DISK_ENSURE, root->file_mode);

	if (fd < 0)
		return err_system(err, "cannot open '%s/%s'", root->path, name);
	d->calls->chmod(d, fd, root->file_mode);
	if (d->calls->lock(d, fd, DISK_EXCLUSIVE, lock_ms) == 0)
		return fd;
	if (errno == EAGAIN)
		err_set(err, ERR_SYSTEM, "lock", -1, "'%s/%s' is locked by another process",
			root->path, name);
	else
		err_system(err, "cannot lock '%s/%s'", root->path, name);
	d->calls->close(d, fd);
	return -1;
}

/* Under both locks. */
static int
rebuild(struct root *root, const struct place *bound, struct err *err)
{
	struct place front;

	return front_read(root, &front, err) || remove_all(root, err) ||
			       reindex_range(root, front, bound->pos, err)
		       ? -1
		       : 0;
}

/* Under `lock` alone. */
static int
merge_and_count(struct root *root, struct remake_result *out, struct err *err)
{
	struct remake_result sum = {0};
	struct place front;
	struct index ix;
	int r;

	if (front_read(root, &front, err) || index_open(&ix, root, err))
		return -1;
	while ((r = index_merge(&ix, err)) == 1)
		continue;
	for (size_t i = 0; i < ix.set.count; i++) {
		const struct run *run = ix.set.runs[i];

		sum.runs += !run->is_retired;
		sum.bytes += run->is_retired ? 0 : run->form.blocks * RUNFORM_BLOCK;
	}
	sum.events = MAX(index_end(&ix).pos - front.pos, 0);
	index_close(&ix);
	if (r == 0)
		*out = sum;
	return r;
}

int
remake(struct root *root, int64_t lock_ms, struct remake_result *out, struct err *err)
{
	struct disk *d = &root->disk;
	struct place bound;
	int merging, writing, r;

	if (visible_read(root, &bound, err))
		return -1;
	merging = take_lock(root, "lock.index", lock_ms, err);
	if (merging < 0)
		return -1;
	writing = take_lock(root, "lock", lock_ms, err);
	r = writing < 0 ? -1 : rebuild(root, &bound, err);
	d->calls->close(d, merging);
	if (r == 0)
		r = merge_and_count(root, out, err);
	if (writing >= 0)
		d->calls->close(d, writing);
	return r;
}
