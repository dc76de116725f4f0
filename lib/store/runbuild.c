/* runbuild: buffers of blocks, one for each section. */
#include "store/runbuild.h"

#include "store/runfile.h"

#include <errno.h>

#define BUFFER_BLOCKS 16

static int
open_fresh(struct runbuild *b, struct err *err)
{
	struct disk *d = &b->root->disk;
	const char *dir = strncmp(b->name, "retired/", 8) == 0 ? "retired" : "index";

	for (int attempt = 0; attempt < 3; attempt++) {
		b->fd = d->calls->open(d, b->name, DISK_WRITE | DISK_ENSURE, b->root->file_mode);
		if (b->fd >= 0)
			break;
		/* The directory may have been removed, and what stands in the file's place is no file. */
		if (errno == ENOENT)
			d->calls->mkdir(d, dir, root_dir_mode(b->root));
		else
			d->calls->unlink(d, b->name);
	}
	if (b->fd >= 0 && d->calls->ftruncate(d, b->fd, 0) == 0) {
		d->calls->chmod(d, b->fd, b->root->file_mode); /* whatever the umask */
		return 0;
	}
	err_system(err, "cannot make '%s/%s'", b->root->path, b->name);
	if (b->fd >= 0)
		d->calls->close(d, b->fd);
	return -1;
}

int
runbuild_start(struct runbuild *b, struct root *root, const char *name, const struct runform *form,
	struct err *err)
{
	*b = (struct runbuild){.root = root, .name = name, .form = *form};
	b->form.id_lines = runform_lines(form->end - form->first);
	b->form.name_lines = runform_lines(form->streams);
	runform_layout(&b->form, root->seed);
	if (open_fresh(b, err))
		return -1;
	buf_init(&b->id_fences, (size_t)1 << 40);
	buf_init(&b->name_fences, (size_t)1 << 40);
	for (int i = 0; i < RUNFORM_SECTIONS; i++)
		b->parts[i].block = b->form.parts[i].block;
	return 0;
}

static void
write_blocks(struct runbuild *b, struct runbuild_part *p)
{
	if (p->full && !b->has_failed &&
		disk_write(&b->root->disk, b->fd, p->buf, (size_t)p->full * RUNFORM_BLOCK,
			p->block * RUNFORM_BLOCK))
		b->has_failed = true;
	p->block += p->full;
	p->full = 0;
}

/* The block that is being filled is done. */
static void
close_block(struct runbuild *b, enum runform_section section)
{
	struct runbuild_part *p = &b->parts[section];
	char *block = p->buf + (size_t)p->full * RUNFORM_BLOCK;
	size_t used = (size_t)p->records * b->form.parts[section].width;

	memset(block + used, 0, RUNFORM_CONTENT - used);
	runform_put_u64(
		block + RUNFORM_CONTENT, runform_sum(block, b->form.key, p->block + p->full));
	p->records = 0;
	if (++p->full == p->cap)
		write_blocks(b, p);
}

static void
make_buffer(struct runbuild *b, enum runform_section section)
{
	struct runbuild_part *p = &b->parts[section];
	const struct runform_part *f = &b->form.parts[section];

	p->cap = (uint32_t)MIN(BUFFER_BLOCKS, f->count / f->per_block + 1);
	p->buf = alloc_get((size_t)p->cap * RUNFORM_BLOCK);
}

/* Where the next record of a section goes. */
static inline char *
slot(struct runbuild *b, enum runform_section section)
{
	struct runbuild_part *p = &b->parts[section];
	const struct runform_part *f = &b->form.parts[section];

	if (unlikely(p->records == f->per_block))
		close_block(b, section);
	if (unlikely(!p->buf))
		make_buffer(b, section);
	p->count++;
	return p->buf + (size_t)p->full * RUNFORM_BLOCK + (size_t)p->records++ * f->width;
}

void
runbuild_u32(struct runbuild *b, enum runform_section section, uint32_t v)
{
	runform_put_u32(slot(b, section), v);
}

void
runbuild_u64(struct runbuild *b, enum runform_section section, uint64_t v)
{
	runform_put_u64(slot(b, section), v);
}

static void
put_line(struct runbuild *b, struct runbuild_filter *f, enum runform_section section)
{
	char *at = slot(b, section);

	for (size_t i = 0; i < ARRAY_LEN(f->words); i++)
		runform_put_u64(at + 8 * i, f->words[i]);
	memset(f->words, 0, sizeof(f->words));
	f->line++;
}

/* Hashes come in order, so the lines of the filter do. */
static void
add_to_filter(struct runbuild *b, struct runbuild_filter *f, enum runform_section section,
	struct hash128 h)
{
	uint32_t line = runform_line(h, (uint32_t)b->form.parts[section].count);

	while (f->line < line)
		put_line(b, f, section);
	for (int i = 0; i < RUNFORM_BITS; i++) {
		unsigned bit = runform_bit(h, i);

		f->words[bit / 64] |= (uint64_t)1 << (bit % 64);
	}
}

static void
put_fence(const struct runbuild_part *p, struct buf *fences, uint64_t high)
{
	char text[8];

	if (p->records != 1)
		return;
	runform_put_u64(text, high);
	buf_put(fences, text, sizeof(text));
}

static char *
put_hash(char *at, struct hash128 h)
{
	runform_put_u64(at, h.high);
	runform_put_u64(at + 8, h.low);
	return at + 16;
}

void
runbuild_id(struct runbuild *b, struct hash128 id, uint32_t delta)
{
	char *at = put_hash(slot(b, RUNFORM_IDS), id);

	runform_put_u32(at, delta);
	put_fence(&b->parts[RUNFORM_IDS], &b->id_fences, id.high);
	add_to_filter(b, &b->ids, RUNFORM_ID_LINES, id);
}

void
runbuild_stream(struct runbuild *b, struct hash128 name, int64_t first_ver, uint32_t count)
{
	char *at = put_hash(slot(b, RUNFORM_STREAMS), name);

	runform_put_u64(at, (uint64_t)first_ver);
	runform_put_u32(at + 8, count);
	runform_put_u32(at + 12, b->listed);
	b->listed += count;
	put_fence(&b->parts[RUNFORM_STREAMS], &b->name_fences, name.high);
	add_to_filter(b, &b->names, RUNFORM_NAME_LINES, name);
}

void
runbuild_segment(struct runbuild *b, int64_t first, int64_t end, uint64_t sum)
{
	char *at = slot(b, RUNFORM_SEGMENTS);

	runform_put_u64(at, (uint64_t)first);
	runform_put_u64(at + 8, (uint64_t)end);
	runform_put_u64(at + 16, sum);
}

static void
finish_filter(struct runbuild *b, struct runbuild_filter *f, enum runform_section section)
{
	while (f->line < b->form.parts[section].count)
		put_line(b, f, section);
}

static void
put_fences(struct runbuild *b, enum runform_section section, const struct buf *fences)
{
	b->parts[section].block = b->form.parts[section].block;
	for (size_t i = 0; i < fences->n; i += 8)
		memcpy(slot(b, section), fences->p + i, 8);
}

/* All sections but the footer; false when they have not the promised records. */
static bool
finish_sections(struct runbuild *b)
{
	bool is_whole = true;

	finish_filter(b, &b->ids, RUNFORM_ID_LINES);
	finish_filter(b, &b->names, RUNFORM_NAME_LINES);
	b->form.streams = (uint32_t)b->parts[RUNFORM_STREAMS].count;
	runform_layout(&b->form, b->root->seed);
	put_fences(b, RUNFORM_ID_FENCES, &b->id_fences);
	put_fences(b, RUNFORM_NAME_FENCES, &b->name_fences);
	for (int i = 0; i < RUNFORM_SECTIONS; i++) {
		struct runbuild_part *p = &b->parts[i];

		is_whole = is_whole && p->count == b->form.parts[i].count;
		if (p->records)
			close_block(b, (enum runform_section)i);
		write_blocks(b, p);
	}
	return is_whole && b->listed == b->form.end - b->form.first;
}

static int
name_it(struct runbuild *b, const char *dir, bool is_durable)
{
	struct disk *d = &b->root->disk;
	char name[RUNFILE_NAME_MAX], footer[RUNFORM_BLOCK];

	runform_put(&b->form, b->root->seed, footer);
	runfile_name(name, dir, b->form.first, b->form.end);
	if (b->has_failed ||
		disk_write(d, b->fd, footer, RUNFORM_BLOCK, (b->form.blocks - 1) * RUNFORM_BLOCK) ||
		(is_durable && d->calls->fsync(d, b->fd)) || d->calls->rename(d, b->name, name))
		return -1;
	return is_durable && (d->calls->fsync_dir(d, dir) || d->calls->fsync_dir(d, ".")) ? -1 : 0;
}

static void
release(struct runbuild *b)
{
	b->root->disk.calls->close(&b->root->disk, b->fd);
	for (int i = 0; i < RUNFORM_SECTIONS; i++)
		alloc_free(b->parts[i].buf);
	buf_release(&b->id_fences);
	buf_release(&b->name_fences);
}

int
runbuild_finish(struct runbuild *b, const char *dir, bool is_durable, struct err *err)
{
	if (!finish_sections(b)) {
		runbuild_drop(b);
		return err_set(err, ERR_SYSTEM, "index", -1, "what was indexed contradicts itself");
	}
	if (name_it(b, dir, is_durable)) {
		err_system(err, "cannot write '%s/%s'", b->root->path, b->name);
		runbuild_drop(b);
		return -1;
	}
	release(b);
	return 0;
}

void
runbuild_drop(struct runbuild *b)
{
	b->root->disk.calls->unlink(&b->root->disk, b->name);
	release(b);
}
