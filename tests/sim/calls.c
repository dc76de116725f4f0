/* calls: the table of functions. */
#include "sim/inner.h"

#include "base/alloc.h"

#include <errno.h>

static int
new_desc(struct sim *s, int process, struct sim_file *file, const char *name, bool can_write)
{
	struct sim_inner *in = s->in;
	size_t i = 0;

	while (i < in->desc_count && in->descs[i].file)
		i++;
	if (!in->descs)
		in->descs = alloc_array(SIM_DESCS, sizeof(*in->descs));
	assert(i < SIM_DESCS);
	in->desc_count = MAX(in->desc_count, i + 1);
	in->descs[i] = (struct sim_desc){.file = file,
		.process = process,
		.can_write = can_write,
		.seen_error = file->error - (file->is_seen || !file->error ? 0 : 1)};
	snprintf(in->descs[i].name, SIM_NAME, "%s", name);
	return SIM_FD + (int)i;
}

static struct sim_file *
new_file(struct sim *s, unsigned mode)
{
	struct sim_file *f = alloc_zero(sizeof(*f));

	f->next = s->in->files;
	f->mode = mode;
	s->in->files = f;
	return f;
}

static bool
has_dir(struct sim *s, const char *name)
{
	const char *slash = strchr(name, '/');
	char dir[SIM_NAME];

	if (!slash)
		return true;
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - name), name);
	return tree_find(&s->in->tree.live, dir) && !tree_find(&s->in->tree.live, dir)->file;
}

/* The error of an open, or 0. */
static int
open_error(struct sim *s, int process, const char *name, unsigned flags)
{
	struct sim_entry *e = tree_find(&s->in->tree.live, name);

	if (!has_dir(s, name) || (!e && !(flags & (DISK_CREATE | DISK_ENSURE))))
		return ENOENT;
	if (e && (flags & DISK_CREATE))
		return EEXIST;
	if (e && !e->file)
		return flags & DISK_WRITE ? EISDIR : EINVAL;
	if (s->in->processes[process].rights == SIM_READER && (!e || flags & DISK_WRITE))
		return EACCES;
	return 0;
}

static int
sim_open(struct disk *d, const char *name, unsigned flags, unsigned mode)
{
	int process, error, fd;
	struct sim *s = process_disk(d, &process);
	struct sim_entry *e;
	bool makes = flags & (DISK_CREATE | DISK_ENSURE) && process_lives(s, process) &&
		     !tree_find(&s->in->tree.live, name);

	if (!process_begin(s, process, makes ? GROWS : READS, name))
		return -1;
	error = open_error(s, process, name, flags);
	if (error)
		return process_fail(s, process, error, name) - 1;
	e = tree_find(&s->in->tree.live, name);
	if (!e) {
		tree_put(&s->in->tree, name, new_file(s, mode));
		e = tree_find(&s->in->tree.live, name);
	}
	fd = new_desc(s, process, e->file, name, flags & DISK_WRITE);
	process_trace(s, process, "open %s flags %u: %d", name, flags, fd);
	return (int)process_done(s, process, fd);
}

static int
sim_close(struct disk *d, int fd)
{
	int process;
	struct sim *s = process_disk(d, &process);
	struct sim_desc *desc;

	if (!process_lives(s, process))
		return -1;
	desc = process_desc(s, process, fd);
	if (!desc)
		return -1;
	desc->file = NULL;
	desc->lock = 0;
	return process_begin(s, process, ENDS, "close") ? (int)process_done(s, process, 0) : -1;
}

static int64_t
sim_size(struct disk *d, int fd)
{
	int process;
	struct sim *s = process_disk(d, &process);
	struct sim_desc *desc =
		process_begin(s, process, READS, "size") ? process_desc(s, process, fd) : NULL;

	return desc ? process_done(s, process, desc->file->size) : -1;
}

static int64_t
sim_mode(struct disk *d, int fd)
{
	int process;
	struct sim *s = process_disk(d, &process);
	struct sim_desc *desc =
		process_begin(s, process, READS, "mode") ? process_desc(s, process, fd) : NULL;

	return desc ? process_done(s, process, desc->file->mode) : -1;
}

static int
sim_chmod(struct disk *d, int fd, unsigned mode)
{
	int process;
	struct sim *s = process_disk(d, &process);
	struct sim_desc *desc =
		process_begin(s, process, CHANGES, "chmod") ? process_desc(s, process, fd) : NULL;

	if (!desc)
		return -1;
	desc->file->mode = mode;
	return (int)process_done(s, process, 0);
}

static ssize_t
sim_pread(struct disk *d, int fd, void *p, size_t n, int64_t at)
{
	int process;
	struct sim *s = process_disk(d, &process);
	struct sim_desc *desc =
		process_begin(s, process, READS, "pread") ? process_desc(s, process, fd) : NULL;

	if (!desc)
		return -1;
	if (sim_chance(&s->rng, s->faults.evict))
		file_evict(desc->file);
	if (at >= desc->file->size)
		return (ssize_t)process_done(s, process, 0);
	n = (size_t)MIN((int64_t)n, desc->file->size - at);
	if (n > 1 && sim_chance(&s->rng, s->faults.part))
		n = 1 + sim_pick(&s->rng, (unsigned)n - 1);
	memcpy(p, desc->file->live + at, n);
	process_trace(s, process, "pread %s %zu at %lld", desc->name, n, (long long)at);
	return (ssize_t)process_done(s, process, (int64_t)n);
}

/* The process dies when a part has been written. */
static void
write_some(struct sim *s, int process, struct sim_desc *desc, const void *p, size_t n, int64_t at)
{
	file_write(desc->file, p, sim_pick(&s->rng, (unsigned)n + 1), at);
	process_end(s, process);
	errno = EIO;
}

static ssize_t
sim_pwrite(struct disk *d, int fd, const void *p, size_t n, int64_t at)
{
	int process;
	struct sim *s = process_disk(d, &process);
	struct sim_desc *desc;
	bool is_full;

	if (!process_lives(s, process))
		return -1;
	desc = process_desc(s, process, fd);
	if (desc && !desc->can_write) {
		process_blame(s, "a write to a descriptor for reading");
		desc = NULL;
	}
	is_full = s->is_full;
	s->is_full = desc && is_full && at + (int64_t)n > desc->file->size;
	if (!desc || !process_begin(s, process, GROWS, "pwrite")) {
		s->is_full = is_full;
		return -1;
	}
	s->is_full = is_full;
	process_trace(s, process, "pwrite %s %zu at %lld", desc->name, n, (long long)at);
	if (process_ending(s) == 1) {
		write_some(s, process, desc, p, n, at);
		return -1;
	}
	if (n > 1 && sim_chance(&s->rng, s->faults.part))
		n = 1 + sim_pick(&s->rng, (unsigned)n - 1);
	file_write(desc->file, p, n, at);
	return (ssize_t)process_done(s, process, (int64_t)n);
}

static int
sim_fsync(struct disk *d, int fd)
{
	int process;
	struct sim *s = process_disk(d, &process);
	struct sim_desc *desc =
		process_begin(s, process, SYNCS, "fsync") ? process_desc(s, process, fd) : NULL;
	struct sim_file *f;

	if (!desc)
		return -1;
	f = desc->file;
	if (f->count && sim_chance(&s->rng, s->faults.sync))
		file_lose(f, &s->rng);
	else if (!s->no_sync)
		file_sync(f);
	if (desc->seen_error != f->error) {
		desc->seen_error = f->error;
		f->is_seen = true;
		return process_fail(s, process, EIO, "fsync") - 1;
	}
	process_trace(s, process, "fsync %s", desc->name);
	return (int)process_done(s, process, 0);
}

static int
sim_ftruncate(struct disk *d, int fd, int64_t size)
{
	int process;
	struct sim *s = process_disk(d, &process);
	struct sim_desc *desc = process_begin(s, process, CHANGES, "ftruncate")
					? process_desc(s, process, fd)
					: NULL;

	if (!desc)
		return -1;
	process_trace(s, process, "ftruncate %s %lld", desc->name, (long long)size);
	if (!desc->can_write) {
		errno = EINVAL;
		return -1;
	}
	file_cut(desc->file, size);
	return (int)process_done(s, process, 0);
}

static bool
may_change(struct sim *s, int process, const char *name)
{
	if (!process_begin(s, process, CHANGES, name))
		return false;
	return s->in->processes[process].rights == SIM_OWNER ||
	       process_fail(s, process, EACCES, name);
}

static int
sim_rename(struct disk *d, const char *from, const char *to)
{
	int process;
	struct sim *s = process_disk(d, &process);

	if (!may_change(s, process, from))
		return -1;
	if (!tree_find(&s->in->tree.live, from) || !has_dir(s, to))
		return process_fail(s, process, ENOENT, from) - 1;
	process_trace(s, process, "rename %s to %s", from, to);
	tree_rename(&s->in->tree, from, to);
	return (int)process_done(s, process, 0);
}

static int
sim_unlink(struct disk *d, const char *name)
{
	int process;
	struct sim *s = process_disk(d, &process);

	if (!may_change(s, process, name))
		return -1;
	if (!tree_find(&s->in->tree.live, name))
		return process_fail(s, process, ENOENT, name) - 1;
	process_trace(s, process, "unlink %s", name);
	tree_drop(&s->in->tree, name);
	return (int)process_done(s, process, 0);
}

static int
sim_mkdir(struct disk *d, const char *name, unsigned mode)
{
	int process;
	struct sim *s = process_disk(d, &process);

	(void)mode;
	if (!process_begin(s, process, GROWS, name))
		return -1;
	if (tree_find(&s->in->tree.live, name))
		return process_fail(s, process, EEXIST, name) - 1;
	if (s->in->processes[process].rights == SIM_READER)
		return process_fail(s, process, EACCES, name) - 1;
	process_trace(s, process, "mkdir %s", name);
	tree_put(&s->in->tree, name, NULL);
	return (int)process_done(s, process, 0);
}

static int
sim_fsync_dir(struct disk *d, const char *name)
{
	int process;
	struct sim *s = process_disk(d, &process);

	if (!process_begin(s, process, CHANGES, "fsync_dir"))
		return -1;
	if (strcmp(name, ".") != 0 && !tree_find(&s->in->tree.live, name))
		return process_fail(s, process, ENOENT, name) - 1;
	process_trace(s, process, "fsync_dir %s", name);
	if (!s->no_sync)
		tree_sync(&s->in->tree, name);
	return (int)process_done(s, process, 0);
}

static int
sim_list(struct disk *d, const char *name, disk_list_fn *fn, void *ctx)
{
	int process, r = 0;
	struct sim *s = process_disk(d, &process);
	struct sim_names *live = &s->in->tree.live;

	if (!process_begin(s, process, READS, "list"))
		return -1;
	if (strcmp(name, ".") != 0 && !tree_find(live, name))
		return process_fail(s, process, ENOENT, name) - 1;
	process_trace(s, process, "list %s", name);
	for (size_t i = 0; i < live->count && r == 0; i++)
		if (tree_in(live->items[i].name, name)) {
			const char *slash = strchr(live->items[i].name, '/');

			r = fn(ctx, slash ? slash + 1 : live->items[i].name);
		}
	return (int)process_done(s, process, r);
}

bool
calls_is_free(const struct sim *s, const struct sim_desc *desc, enum disk_lock how)
{
	for (size_t i = 0; i < s->in->desc_count; i++) {
		const struct sim_desc *other = &s->in->descs[i];

		if (other != desc && other->file == desc->file && other->lock &&
			(how == DISK_EXCLUSIVE || other->lock == 1 + DISK_EXCLUSIVE))
			return false;
	}
	return true;
}

static int
sim_lock(struct disk *d, int fd, enum disk_lock how, int64_t timeout_ms)
{
	int process;
	struct sim *s = process_disk(d, &process);
	struct sim_desc *desc =
		process_begin(s, process, READS, "lock") ? process_desc(s, process, fd) : NULL;

	if (!desc)
		return -1;
	if (how == DISK_EXCLUSIVE && !desc->can_write) {
		process_blame(s, "an exclusive lock needs a descriptor for writing");
		return process_fail(s, process, EBADF, "lock") - 1;
	}
	while (!calls_is_free(s, desc, how)) {
		if (timeout_ms && sim_chance(&s->rng, s->faults.wait))
			return process_fail(
				       s, process, sim_pick(&s->rng, 2) ? EINTR : EAGAIN, "lock") -
			       1;
		if (timeout_ms == 0 || !task_wait(s, process, desc, how)) {
			if (!process_lives(s, process))
				return -1;
			return process_fail(s, process, EAGAIN, desc->name) - 1;
		}
		if (!process_lives(s, process))
			return -1;
	}
	process_trace(
		s, process, "lock %s %s", desc->name, how == DISK_SHARED ? "shared" : "exclusive");
	desc->lock = 1 + (int)how;
	return (int)process_done(s, process, 0);
}

static int
sim_unlock(struct disk *d, int fd)
{
	int process;
	struct sim *s = process_disk(d, &process);
	struct sim_desc *desc;

	if (!process_lives(s, process))
		return -1;
	desc = process_desc(s, process, fd);
	if (!desc)
		return -1;
	process_trace(s, process, "unlock %s", desc->name);
	desc->lock = 0;
	return process_begin(s, process, ENDS, "unlock") ? (int)process_done(s, process, 0) : -1;
}

/* Time passes, and others run. */
static int
sim_doze(
	struct disk *d, struct bell *b, int fd, uint32_t seen, uint32_t reasons, int64_t timeout_ms)
{
	int process;
	struct sim *s = process_disk(d, &process);

	(void)b;
	(void)fd;
	(void)seen;
	(void)reasons;
	(void)timeout_ms;
	if (!process_begin(s, process, READS, "doze"))
		return -1;
	return (int)process_done(s, process, 0);
}

static void
sim_rouse(struct disk *d, struct bell *b, int fd, uint32_t reasons, int count)
{
	(void)d;
	(void)b;
	(void)fd;
	(void)reasons;
	(void)count;
}

static uint64_t
sim_boot(struct disk *d)
{
	int process;

	return process_disk(d, &process)->boots;
}

const struct disk_calls sim_calls = {
	.open = sim_open,
	.close = sim_close,
	.size = sim_size,
	.mode = sim_mode,
	.chmod = sim_chmod,
	.pread = sim_pread,
	.pwrite = sim_pwrite,
	.fsync = sim_fsync,
	.ftruncate = sim_ftruncate,
	.rename = sim_rename,
	.unlink = sim_unlink,
	.mkdir = sim_mkdir,
	.fsync_dir = sim_fsync_dir,
	.list = sim_list,
	.lock = sim_lock,
	.unlock = sim_unlock,
	.doze = sim_doze,
	.rouse = sim_rouse,
	.boot = sim_boot,
};
