/* sealer: the lock, and one segment after the other. */
#include "store/sealer.h"

#include "store/sealing.h"
#include "store/segment.h"

#include <errno.h>

#define LOCK "lock.seal"

/* A name that a sealer which died has left. The listing ends with it. */
static int
find_tmp(void *ctx, const char *name)
{
	char *found = ctx;
	size_t n = strlen(name);

	if (n + 5 > SEGFILE_NAME_MAX || n < 16 || strcmp(name + n - 15, ".ndjson.zst.tmp") != 0)
		return 0;
	snprintf(found, SEGFILE_NAME_MAX, "seg/%s", name);
	return 1;
}

static int
sweep(struct root *root, struct err *err)
{
	struct disk *d = &root->disk;
	char name[SEGFILE_NAME_MAX];
	int r;

	while ((r = d->calls->list(d, "seg", find_tmp, name)) == 1)
		if (d->calls->unlink(d, name))
			return err_system(err, "cannot remove '%s/%s'", root->path, name);
	return r < 0 ? err_system(err, "cannot list '%s/seg'", root->path) : 0;
}

int
sealer_open(struct sealer *s, struct root *root, int64_t lock_ms, struct err *err)
{
	struct disk *d = &root->disk;
	int fd = d->calls->open(d, LOCK, DISK_WRITE | DISK_ENSURE, root->file_mode), r = 1;

	if (fd < 0)
		return err_system(err, "cannot open '%s/%s'", root->path, LOCK);
	d->calls->chmod(d, fd, root->file_mode);
	if (d->calls->lock(d, fd, DISK_EXCLUSIVE, lock_ms)) {
		r = errno == EAGAIN ? 0 : -1;
		if (r == 0)
			err_set(err, ERR_SYSTEM, "lock", -1,
				"segments of '%s' are being sealed, retired or backed up",
				root->path);
		else
			err_system(err, "cannot lock '%s/%s'", root->path, LOCK);
	} else if (sweep(root, err)) {
		r = -1;
	}
	if (r == 1)
		*s = (struct sealer){.root = root, .lock_fd = fd};
	else
		d->calls->close(d, fd);
	return r;
}

void
sealer_close(struct sealer *s)
{
	sealing_free(s->job);
	s->job = NULL;
	if (s->lock_fd >= 0)
		s->root->disk.calls->close(&s->root->disk, s->lock_fd);
	s->lock_fd = -1;
}

/* The first closed plain segment from this position on. 1, 0: there is none; -1. */
static int
choose(struct sealer *s, int64_t from, struct err *err)
{
	struct segment_list list = {0};
	int r = segment_list_read(&list, s->root, err);

	s->first = -1;
	for (size_t i = 0; i + 1 < list.count && r == 0; i++) {
		struct sealing_conf conf = {
			.first = list.items[i].first, .is_sealed = list.items[i].is_sealed};

		if (conf.first < from || !list.items[i].is_plain)
			continue;
		s->first = conf.first;
		r = segment_seed(s->root, &list, i, &conf.begins, err) ? -1 : 1;
		if (r == 1)
			s->job = sealing_new(s->root, &conf);
	}
	segment_list_release(&list);
	return r;
}

int
sealer_next(struct sealer *s, int64_t from, struct sealer_result *out, struct err *err)
{
	int r = choose(s, from, err);

	*out = (struct sealer_result){.first = s->first};
	if (r <= 0)
		return r;
	while (r == 1)
		r = sealing_work(s->job, err);
	if (r == 0) {
		out->text = sealing_text(s->job);
		out->bytes = sealing_bytes(s->job);
	}
	sealing_free(s->job);
	s->job = NULL;
	return r < 0 ? -1 : 1;
}

int
sealer_slice(struct sealer *s, struct root *root, struct err *err)
{
	int r = 1;

	if (s->lock_fd < 0)
		r = sealer_open(s, root, 0, err);
	if (r == 1 && !s->job)
		r = choose(s, 0, err);
	if (r == 1)
		r = sealing_work(s->job, err);
	else if (r == 0)
		r = 2;
	if (r == 0) {
		sealing_free(s->job);
		s->job = NULL;
		return 1;
	}
	if (r != 1)
		sealer_close(s);
	return r == 2 ? 0 : r;
}

int
sealer_step(struct root *root, struct err *err)
{
	struct sealer_result result;
	struct sealer s;
	int r = sealer_open(&s, root, 0, err);

	if (r != 1)
		return r;
	r = sealer_next(&s, 0, &result, err);
	sealer_close(&s);
	return r;
}
