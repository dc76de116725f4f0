/* runcheck: three questions a line, and the sums of what cannot be asked. */
#include "store/runcheck.h"

int
runcheck_init(struct runcheck *c, struct root *root, struct err *err)
{
	*c = (struct runcheck){0};
	if (runset_open(&c->runs, root, NULL, err))
		return -1;
	reindex_init(&c->reindex, root);
	return 0;
}

void
runcheck_release(struct runcheck *c)
{
	runset_close(&c->runs);
	reindex_release(&c->reindex);
}

static const char *
check_id(struct run *run, const struct index_item *item, struct err *err)
{
	int64_t pos = -1;
	int r = 1;

	for (size_t skip = 0; r == 1 && pos != item->pos; skip++)
		r = run_find(run, item->id, skip, &pos, err);
	return r == 1 ? NULL : r ? "it is damaged" : "an identity is missing";
}

static const char *
check_version(struct run *run, const struct index_item *item, struct err *err)
{
	struct run_cursor cursor;
	int64_t first, count, pos;
	int r = run_stream(run, item->stream, &first, &count, &cursor, err);

	if (r == 1 && item->ver >= first && item->ver < first + count) {
		r = run_stream_pos(run, &cursor, item->ver - first, &pos, err);
		if (r == 0)
			return pos == item->pos ? NULL : "a version is elsewhere";
	}
	return r < 0 ? "it is damaged" : "a version is missing";
}

static const char *
check_place(struct run *run, const struct index_item *item, struct err *err)
{
	struct locus at;

	if (run_locate(run, item->pos, &at, err))
		return "it is damaged";
	if (at.segment != item->segment || at.offset != item->offset || at.length != item->length)
		return "a line is elsewhere";
	return NULL;
}

int
runcheck_line(struct runcheck *c, const struct scan_line *line, char name[RUNFILE_NAME_MAX],
	const char **what)
{
	struct run *run = line->t.pos < c->skip ? NULL : runset_at(&c->runs, line->t.pos);
	struct index_item item;
	struct err err;

	if (!run)
		return 0;
	reindex_line(&c->reindex, line, line->segment, line->offset, &item);
	*what = check_id(run, &item, &err);
	if (!*what)
		*what = check_version(run, &item, &err);
	if (!*what)
		*what = check_place(run, &item, &err);
	c->checked++;
	if (!*what)
		return 0;
	runfile_name(name, run->is_retired ? "retired" : "index", run_first(run), run_end(run));
	c->skip = run_end(run);
	return 1;
}

/* All but the footer, which was checked when the run was opened. */
static int
check_blocks(struct run *run, past_damage_fn *fn, void *ctx, struct err *err)
{
	char name[RUNFILE_NAME_MAX], block[RUNFORM_BLOCK];
	struct err why;

	runfile_name(name, run->is_retired ? "retired" : "index", run_first(run), run_end(run));
	for (int64_t i = 0; i + 1 < run->form.blocks; i++) {
		if (runfile_read(run, i, 1, block, &why) == 0)
			continue;
		if (run->is_unread)
			return err_system(err, "cannot read '%s/%s'", run->root->path, name);
		fn(ctx, name, i * RUNFORM_BLOCK, "sum is wrong");
	}
	return 0;
}

int
runcheck_retired(struct root *root, int64_t end, past_damage_fn *fn, void *ctx, struct err *err)
{
	char name[RUNFILE_NAME_MAX];
	struct runset set;
	struct run *run;
	int r = 0;

	if (end == 0)
		return 0;
	if (runset_open(&set, root, NULL, err))
		return -1;
	if (set.is_unlisted)
		r = err_set(err, ERR_SYSTEM, "retired", -1, "'%s/retired' cannot be listed",
			root->path);
	for (int64_t pos = 0; r == 0 && pos < end; pos = run_end(run)) {
		run = runset_at(&set, pos);
		if (!run) {
			runfile_name(name, "retired", pos, end);
			fn(ctx, name, 0, "it is missing or damaged");
			break;
		}
		r = check_blocks(run, fn, ctx, err);
	}
	runset_close(&set);
	return r;
}
