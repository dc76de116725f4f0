/*
 * Fuzz target run: a run of the index of which any bytes were changed.
 *
 * The first byte says whether the hashes of the blocks are made right again. If not, every answer must be right or be a
 * refusal, of the run and of one that was merged out of it and another. If so, the run may say anything, but neither crash
 * nor hang. Then come changes, of four bytes each: where (3 bytes, from the end with the highest bit) and what; 0xfff…
 * cuts the file there.
 */
#include "base/alloc.h"
#include "store/compact.h"
#include "store/recent.h"
#include "store/runwrite.h"

#define LINES 700
#define FILE_MAX (1 << 19)
#define FILES 6

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- a disk in memory with a few files --------------------------------------------------------- */

static struct file {
	char name[RUNFILE_NAME_MAX];
	char bytes[FILE_MAX];
	int64_t size;
} files[FILES];

static struct file *
find(const char *name)
{
	for (int i = 0; i < FILES; i++)
		if (strcmp(files[i].name, name) == 0)
			return &files[i];
	return NULL;
}

static int
mem_open(struct disk *d, const char *name, unsigned flags, unsigned mode)
{
	struct file *f = find(name);

	(void)d;
	(void)mode;
	if (!f && flags & DISK_ENSURE) {
		f = find("");
		snprintf(f->name, sizeof(f->name), "%s", name);
	}
	return f ? (int)(f - files) : -1;
}

static int
mem_close(struct disk *d, int fd)
{
	(void)d;
	(void)fd;
	return 0;
}

static int64_t
mem_size(struct disk *d, int fd)
{
	(void)d;
	return files[fd].size;
}

static int
mem_chmod(struct disk *d, int fd, unsigned mode)
{
	(void)d;
	(void)fd;
	(void)mode;
	return 0;
}

static ssize_t
mem_pread(struct disk *d, int fd, void *p, size_t n, int64_t at)
{
	struct file *f = &files[fd];

	(void)d;
	if (at < 0 || at >= f->size)
		return 0;
	n = MIN(n, (size_t)(f->size - at));
	memcpy(p, f->bytes + at, n);
	return (ssize_t)n;
}

static ssize_t
mem_pwrite(struct disk *d, int fd, const void *p, size_t n, int64_t at)
{
	struct file *f = &files[fd];

	(void)d;
	if (at + (int64_t)n > FILE_MAX)
		return -1;
	memcpy(f->bytes + at, p, n);
	f->size = MAX(f->size, at + (int64_t)n);
	return (ssize_t)n;
}

static int
mem_ftruncate(struct disk *d, int fd, int64_t size)
{
	(void)d;
	files[fd].size = size;
	return 0;
}

static int
mem_unlink(struct disk *d, const char *name)
{
	struct file *f = find(name);

	(void)d;
	if (f)
		f->name[0] = '\0';
	return 0;
}

static int
mem_rename(struct disk *d, const char *from, const char *to)
{
	struct file *f = find(from);

	mem_unlink(d, to);
	snprintf(f->name, sizeof(f->name), "%s", to);
	return 0;
}

static const struct disk_calls calls = {
	.open = mem_open,
	.close = mem_close,
	.size = mem_size,
	.chmod = mem_chmod,
	.pread = mem_pread,
	.pwrite = mem_pwrite,
	.ftruncate = mem_ftruncate,
	.unlink = mem_unlink,
	.rename = mem_rename,
};

static char path[] = "memory";
static struct root root = {.disk = {.calls = &calls}, .path = path, .seed = 4711};

/* --- what is there ----------------------------------------------------------------------------- */

static struct index_item items[2 * LINES];
static struct runcache cache;
static char first_run[FILE_MAX];
static int64_t first_size;
static struct err err;

static void
must(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static struct hash128
hash_of(int kind, int64_t n)
{
	char text[24];

	return hash_wide_seeded(
		span_of(text, (size_t)snprintf(text, sizeof(text), "%d-%d", kind, (int)n)),
		root.seed);
}

static void
write_run(int64_t first)
{
	struct place start = {.pos = first, .sum = 1};
	struct recent r = {0};

	if (first)
		start = (struct place){first, items[first - 1].segment,
			items[first - 1].offset + items[first - 1].length, items[first - 1].sum};
	for (int64_t i = first; i < first + LINES; i++)
		recent_add(&r, &items[i]);
	must(runwrite(&root, &r, LINES, &start, "index/flush.tmp", &err) == 0);
	recent_release(&r);
}

static void
prepare(void)
{
	int64_t vers[32] = {0};
	struct file *f;

	for (int64_t i = 0; i < 2 * LINES; i++) {
		int64_t stream = i % 4 ? i % 5 : i * i % 32;

		items[i] = (struct index_item){.pos = i,
			.ver = ++vers[stream],
			.rec_ms = 1000 + i / 10,
			.segment = i / 300 * 300,
			.offset = i % 300 * 100,
			.length = 100,
			.id = hash_of(1, i),
			.stream = hash_of(2, stream),
			.sum = (uint64_t)i * 77 + 5};
	}
	write_run(0);
	write_run(LINES);
	f = find("index/00000000000000000000-00000000000000000699.run");
	first_size = f->size;
	memcpy(first_run, f->bytes, (size_t)f->size);
}

/* --- questions --------------------------------------------------------------------------------- */

static void
ask(struct run *r, int64_t i, bool is_honest)
{
	int64_t pos = -1, ver, count, n = 0;
	struct run_cursor c;
	struct locus at;
	int got = run_find(r, items[i].id, 0, &pos, &err);

	must(!is_honest || got < 0 || (got == 1 && pos == i));
	got = run_find(r, hash_of(3, i), 0, &pos, &err);
	must(!is_honest || got <= 0);
	got = run_stream(r, items[i].stream, &ver, &count, &c, &err);
	must(!is_honest || got < 0 ||
		(got == 1 && ver <= items[i].ver && items[i].ver < ver + count));
	if (got == 1 && items[i].ver >= ver && items[i].ver < ver + count)
		n = items[i].ver - ver;
	got = got == 1 ? run_stream_pos(r, &c, n, &pos, &err) : -1;
	must(!is_honest || got < 0 || pos == i);
	must(got < 0 || (pos >= r->form.first && pos < r->form.end));
	got = run_locate(r, i, &at, &err);
	must(!is_honest || got < 0 ||
		(at.segment == items[i].segment && at.offset == items[i].offset &&
			at.length == 100));
	got = run_time(r, items[i].rec_ms, &pos, &err);
	must(got < 0 || (pos >= r->form.first && pos <= r->form.end));
	must(!is_honest || got < 0 || pos <= i);
}

static void
merge(struct run *first, bool is_honest)
{
	struct run second, merged, *runs[2] = {first, &second};
	struct compact c = {.runs = runs,
		.count = 2,
		.end = INT64_MAX,
		.name = "index/merge.tmp",
		.dir = "index"};

	must(runfile_open(&second, &root, &cache, "index", LINES, 2 * LINES, &err) == 0);
	if (compact(&root, &c, &err) == 0) {
		if (runfile_open(&merged, &root, &cache, "index", 0, 2 * LINES, &err) == 0) {
			for (int64_t i = 0; i < 2 * LINES; i += 61)
				ask(&merged, i, is_honest);
			runfile_close(&merged);
		} else {
			must(!is_honest);
		}
		mem_unlink(&root.disk, "index/00000000000000000000-00000000000000001399.run");
	}
	runfile_close(&second);
}

/* The hashes of all blocks as they would be if the changes had been there when it was written. */
static void
make_right(struct file *f)
{
	int64_t blocks = f->size / RUNFORM_BLOCK;
	struct runform form;
	char *footer;

	if (blocks < 1)
		return;
	footer = f->bytes + (blocks - 1) * RUNFORM_BLOCK;
	runform_put_u64(footer + RUNFORM_CONTENT, runform_sum(footer, root.seed, -1));
	if (runform_get(&form, root.seed, footer, 0, LINES, f->size))
		return;
	for (int64_t i = 0; i + 1 < blocks; i++) {
		char *block = f->bytes + i * RUNFORM_BLOCK;

		runform_put_u64(block + RUNFORM_CONTENT, runform_sum(block, form.key, i));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool is_honest = size == 0 || data[0] % 2 == 0;
	struct file *f;
	struct run r;

	if (!first_size)
		prepare();
	f = find("index/00000000000000000000-00000000000000000699.run");
	memcpy(f->bytes, first_run, (size_t)first_size);
	f->size = first_size;
	for (size_t i = 1; i + 4 <= size; i += 4) {
		int64_t at = data[i] | data[i + 1] << 8 | (data[i + 2] & 0x7f) << 16;

		at = data[i + 2] & 0x80 ? first_size - 1 - at % first_size : at % first_size;
		if (data[i] == 0xff && data[i + 1] == 0xff)
			f->size = at;
		else
			f->bytes[at] = (char)(f->bytes[at] ^ data[i + 3]);
	}
	if (!is_honest)
		make_right(f);
	if (runfile_open(&r, &root, &cache, "index", 0, LINES, &err) == 0) {
		for (int64_t i = 0; i < LINES; i += 53)
			ask(&r, i, is_honest);
		merge(&r, is_honest);
		runfile_close(&r);
	}
	return 0;
}
