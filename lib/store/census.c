/* census: adding up. */
#include "store/census.h"

#include "store/front.h"
#include "store/runset.h"
#include "store/trailer.h"
#include "store/trove.h"
#include "store/visible.h"

#include <errno.h>

/* Bytes of the file; one that was plain when it was listed may be sealed by now. -1 and errno. */
static int64_t
size_of(struct root *root, int64_t first, bool *is_plain, char name[SEGFILE_NAME_MAX])
{
	int64_t bytes = -1;

	if (*is_plain) {
		snprintf(name, SEGFILE_NAME_MAX, SEGFILE_PLAIN, (long long)first);
		bytes = disk_size(&root->disk, name);
		if (bytes >= 0 || errno != ENOENT)
			return bytes;
	}
	*is_plain = false;
	snprintf(name, SEGFILE_NAME_MAX, SEGFILE_SEALED, (long long)first);
	return disk_size(&root->disk, name);
}

static int
count_segment(struct census *c, struct root *root, const struct segment *s, const struct place *end,
	struct err *err)
{
	char name[SEGFILE_NAME_MAX];
	bool is_plain = s->is_plain;
	struct segfile file;
	int64_t bytes = size_of(root, s->first, &is_plain, name), text;

	if (bytes < 0) /* retired meanwhile, or it cannot be read */
		return errno == ENOENT ? 0
				       : err_system(err, "cannot read '%s/%s'", root->path, name);
	c->plain += is_plain;
	c->sealed += !is_plain;
	*(is_plain ? &c->plain_bytes : &c->sealed_bytes) += bytes;
	text = bytes;
	if (!is_plain) {
		if (segfile_open(&file, root, s->first, DISK_READ, err))
			return -1;
		text = segfile_size(&file, err);
		segfile_close(&file);
	}
	c->text_bytes += text;
	if (s->first == end->segment)
		c->unfinished += text - end->offset;
	else if (s->first > end->segment)
		c->unfinished += text;
	return 0;
}

/* The $rec of the first line of a segment, or of the last one before an offset. */
static int
read_rec(struct root *root, int64_t segment, int64_t before, char out[CENSUS_REC_MAX],
	struct err *err)
{
	struct segment_lines lines;
	struct segfile file;
	struct span line;
	struct trailer t;
	uint64_t seed;
	int64_t offset;
	bool flag;
	int r;

	if (segfile_open(&file, root, segment, DISK_READ, err))
		return -1;
	segment_lines_init(&lines);
	if (before) {
		segment_lines_start_back(&lines, &file, 0, before);
		r = segment_lines_prev(&lines, &line, &offset, &seed, &flag, err);
	} else {
		segment_lines_start(&lines, &file, 0, INT64_MAX);
		r = segment_lines_next(&lines, &line, &offset, &flag, err);
	}
	if (r == 1 && trailer_parse(line, &t))
		snprintf(out, CENSUS_REC_MAX, "%.*s", (int)t.rec.n, t.rec.p);
	segment_lines_release(&lines);
	segfile_close(&file);
	return r < 0 ? -1 : 0;
}

/* Where the last durable line ends; that of a segment of its own when end is at the start of the next. */
static int
read_last(struct census *c, struct root *root, const struct segment_list *list,
	const struct place *end, struct err *err)
{
	size_t i = segment_of_pos(list, end->pos - 1);
	struct place at = *end;
	struct segfile file;

	if (at.segment != list->items[i].first) {
		at.segment = list->items[i].first;
		if (segfile_open(&file, root, at.segment, DISK_READ, err))
			return -1;
		at.offset = segfile_size(&file, err);
		segfile_close(&file);
		if (at.offset < 0)
			return -1;
	}
	return read_rec(root, at.segment, at.offset, c->recorded[1], err);
}

static void
count_index(struct census *c, struct root *root, const struct place *end)
{
	struct runset runs;
	struct err ignored;

	runset_open(&runs, root, end, &ignored);
	for (size_t i = 0; i < runs.count; i++) {
		const struct run *r = runs.runs[i];

		c->runs++;
		c->indexed += MAX(run_end(r) - MAX(run_first(r), c->first), 0);
		if (!r->is_retired)
			c->index_bytes += r->form.blocks * RUNFORM_BLOCK;
	}
	runset_close(&runs);
}

static int
count_retired(struct census *c, struct root *root, struct err *err)
{
	struct trove_names names;
	char path[320];

	c->retired = c->first;
	if (trove_list(&names, &root->disk, "retired"))
		return err_system(err, "cannot list '%s/retired'", root->path);
	for (size_t i = 0; i < names.count; i++) {
		snprintf(path, sizeof(path), "retired/%s", names.items[i]);
		c->retired_bytes += MAX(disk_size(&root->disk, path), 0);
	}
	trove_names_release(&names);
	return 0;
}

static int
take(struct census *c, struct root *root, struct segment_list *list, struct err *err)
{
	struct place end, first;

	if (visible_peek(root, &end, err) || segment_list_read(list, root, err) ||
		front_read(root, &first, err))
		return -1;
	c->first = first.pos;
	c->end = MAX(end.pos, first.pos);
	for (size_t i = 0; i < list->count; i++)
		if (count_segment(c, root, &list->items[i], &end, err))
			return -1;
	if (c->end > c->first && list->count &&
		(read_rec(root, list->items[0].first, 0, c->recorded[0], err) ||
			read_last(c, root, list, &end, err)))
		return -1;
	count_index(c, root, &end);
	return count_retired(c, root, err);
}

int
census_take(struct census *out, struct root *root, struct err *err)
{
	struct segment_list list = {0};
	int r;

	*out = (struct census){0};
	r = take(out, root, &list, err);
	segment_list_release(&list);
	return r;
}
