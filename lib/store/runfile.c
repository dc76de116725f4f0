/* runfile: opening, blocks and the filters. */
#include "store/runfile.h"

#include "base/alloc.h"
#include "store/trailer.h"

#include <errno.h>

void
runfile_name(char out[RUNFILE_NAME_MAX], const char *dir, int64_t first, int64_t end)
{
	snprintf(out, RUNFILE_NAME_MAX, "%s/%020lld-%020lld.run", dir, (long long)first,
		(long long)(end - 1));
}

static int
refuse(const char *name, const char *what, struct err *err)
{
	return err_set(err, ERR_SYSTEM, "index", -1, "%s: %s", name, what);
}

int
runfile_bad(struct run *r, const char *what, struct err *err)
{
	char name[RUNFILE_NAME_MAX];

	r->is_bad = true;
	runfile_name(name, r->is_retired ? "retired" : "index", r->form.first, r->form.end);
	return refuse(name, what, err);
}

/*
 * The process has too much open: that says nothing about the file. Nor does a disk that fails say that a run in retired/ is
 * damaged; one of index/ is made again where it can be read.
 */
static bool
is_short(int error, const char *dir)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	       (error == EIO && strcmp(dir, "retired") == 0);
}

int
runfile_open(struct run *r, struct root *root, struct runcache *cache, const char *dir,
	int64_t first, int64_t end, struct err *err)
{
	struct disk *d = &root->disk;
	char name[RUNFILE_NAME_MAX], block[RUNFORM_BLOCK];
	int64_t size;
	int fd, saved = 0;

	runfile_name(name, dir, first, end);
	fd = d->calls->open(d, name, DISK_READ, 0);
	if (fd < 0) {
		saved = errno;
		refuse(name, "cannot be opened", err);
		err->code = saved == ENOENT ? "gone" : is_short(saved, dir) ? "short" : "index";
		return -1;
	}
	errno = 0;
	size = d->calls->size(d, fd);
	*r = (struct run){
		.root = root, .cache = cache, .fd = fd, .is_retired = strcmp(dir, "retired") == 0};
	if (size >= RUNFORM_BLOCK &&
		disk_read(d, fd, block, RUNFORM_BLOCK, size - RUNFORM_BLOCK) == RUNFORM_BLOCK &&
		runform_get(&r->form, root->seed, block, first, end, size) == 0) {
		r->serial = cache->serial++;
		return 0;
	}
	saved = errno;
	d->calls->close(d, fd);
	refuse(name, "has no footer of these positions", err);
	if (is_short(saved, dir))
		err->code = "short";
	return -1;
}

void
runfile_close(struct run *r)
{
	r->root->disk.calls->close(&r->root->disk, r->fd);
	alloc_free(r->lines_memory);
	alloc_free(r->checked);
}

int
runfile_sum_before(
	struct root *root, int64_t segment, int64_t offset, uint64_t *sum, struct err *err)
{
	char tail[TRAILER_SUM_BYTES + 1];
	struct segfile file;
	ssize_t got = 0;

	if (offset < (int64_t)sizeof(tail))
		return 0;
	if (segfile_open(&file, root, segment, DISK_READ, err))
		return -1;
	got = segfile_read(&file, tail, sizeof(tail), offset - (int64_t)sizeof(tail), err);
	segfile_close(&file);
	if (got < 0)
		return -1;
	return got == sizeof(tail) && tail[TRAILER_SUM_BYTES] == '\n' &&
	       trailer_sum(span_of(tail, TRAILER_SUM_BYTES), sum);
}

bool
runfile_matches(struct run *r)
{
	const struct place *p = &r->form.stop;
	struct err err;
	uint64_t sum;

	if (!r->is_held)
		r->is_held = runfile_sum_before(r->root, p->segment, p->offset, &sum, &err) == 1 &&
			     sum == p->sum;
	return r->is_held;
}

int
runfile_read(struct run *r, int64_t number, size_t n, char *blocks, struct err *err)
{
	size_t want = n * RUNFORM_BLOCK;
	ssize_t got = disk_read(&r->root->disk, r->fd, blocks, want, number * RUNFORM_BLOCK);

	r->is_unread = got < 0;
	if (got != (ssize_t)want)
		return runfile_bad(r, "cannot be read", err);
	for (size_t i = 0; i < n; i++) {
		const char *block = blocks + i * RUNFORM_BLOCK;

		if (runform_u64(block + RUNFORM_CONTENT) !=
			runform_sum(block, r->form.key, number + (int64_t)i))
			return runfile_bad(r, "a block has the wrong sum", err);
	}
	return 0;
}

const char *
runfile_block(struct run *r, int64_t number, struct err *err)
{
	struct runcache_slot *s = runcache_slot(r->cache, r->serial, (uint32_t)number);

	if (runcache_has(s, r->serial, (uint32_t)number))
		return s->block;
	s->key = 0;
	if (runfile_read(r, number, 1, s->block, err))
		return NULL;
	runcache_set(s, r->serial, (uint32_t)number);
	return s->block;
}

const char *
runfile_record(struct run *r, enum runform_section section, int64_t i, struct err *err)
{
	const struct runform_part *p = &r->form.parts[section];
	uint64_t block = (uint64_t)i / p->per_block, rest = (uint64_t)i % p->per_block;
	const char *at = runfile_block(r, p->block + (int64_t)block, err);

	return at ? at + rest * p->width : NULL;
}

/* Room for the blocks of both filters, on a cache line. */
static void
make_lines(struct run *r)
{
	const struct runform_part *ids = &r->form.parts[RUNFORM_ID_LINES];
	const struct runform_part *names = &r->form.parts[RUNFORM_NAME_LINES];
	size_t blocks = (size_t)(ids->count / ids->per_block + names->count / names->per_block) + 2;

	r->lines_memory = alloc_get(blocks * RUNFORM_BLOCK + RUNFORM_LINE);
	r->lines = r->lines_memory + (-(uintptr_t)r->lines_memory & (RUNFORM_LINE - 1));
	r->checked = alloc_zero(blocks);
}

/* Where the filter's line is in memory, and in what block of lines. */
static inline const char *
line_of(const struct run *r, enum runform_section section, struct hash128 h, size_t *block)
{
	const struct runform_part *ids = &r->form.parts[RUNFORM_ID_LINES];
	bool is_id = section == RUNFORM_ID_LINES;
	size_t line = runform_line(h, is_id ? r->form.id_lines : r->form.name_lines);

	*block = line / RUNFORM_LINES_IN_BLOCK;
	line %= RUNFORM_LINES_IN_BLOCK;
	if (!is_id)
		*block += (size_t)(ids->count / ids->per_block + 1);
	return r->lines + *block * RUNFORM_BLOCK + line * RUNFORM_LINE;
}

/* The block-th block of lines is the file's block of that section. */
static int
load_lines(struct run *r, size_t block, struct err *err)
{
	const struct runform_part *ids = &r->form.parts[RUNFORM_ID_LINES];
	size_t before = (size_t)(ids->count / ids->per_block + 1);
	int64_t number = block < before ? ids->block + (int64_t)block
					: r->form.parts[RUNFORM_NAME_LINES].block +
						  (int64_t)(block - before);

	if (runfile_read(r, number, 1, r->lines + block * RUNFORM_BLOCK, err))
		return -1;
	r->checked[block] = true;
	return 0;
}

const char *
runfile_prefetch(const struct run *r, struct hash128 id)
{
	const char *line;
	size_t block;

	if (!r->lines)
		return NULL;
	line = line_of(r, RUNFORM_ID_LINES, id, &block);
	__builtin_prefetch(line);
	return r->checked[block] ? line : NULL;
}

int
runfile_may_hold(struct run *r, enum runform_section section, struct hash128 h, struct err *err)
{
	const char *line;
	size_t block;

	if (unlikely(!r->lines))
		make_lines(r);
	line = line_of(r, section, h, &block);
	if (unlikely(!r->checked[block]) && load_lines(r, block, err))
		return -1;
	return runform_has(line, h);
}
