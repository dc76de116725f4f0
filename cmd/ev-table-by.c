/* ev-table-by: one row for each key, drawn in place. */
#include "ev-table.h"

#include "base/clock.h"

#define REDRAW_NS 50000000

struct ev_table_by_row {
	struct ev_table_by_row *older, *newer;
	uint64_t sequence; /* of the key's first event */
	char *cells;
	size_t length;
};

void
ev_table_by_init(struct ev_table *t)
{
	table_init(&t->rows, sizeof(struct ev_table_by_row));
	block_init(&t->block, 1);
	buf_init(&t->lines, (size_t)1 << 30);
}

void
ev_table_by_release(struct ev_table *t)
{
	for (struct ev_table_by_row *r = t->oldest; r; r = r->newer)
		alloc_free(r->cells);
	table_release(&t->rows);
	buf_release(&t->lines);
}

static void
unlink_row(struct ev_table *t, struct ev_table_by_row *r)
{
	*(r->older ? &r->older->newer : &t->oldest) = r->newer;
	*(r->newer ? &r->newer->older : &t->newest) = r->older;
}

static void
link_newest(struct ev_table *t, struct ev_table_by_row *r)
{
	r->older = t->newest;
	r->newer = NULL;
	*(t->newest ? &t->newest->newer : &t->oldest) = r;
	t->newest = r;
}

/* Makes room for one more key: the row unchanged for longest goes. */
static void
forget_oldest(struct ev_table *t)
{
	struct ev_table_by_row *r = t->oldest;

	unlink_row(t, r);
	alloc_free(r->cells);
	table_remove(&t->rows, r);
	t->forgotten++;
}

void
ev_table_by_put(struct ev_table *t, struct span key)
{
	struct ev_table_by_row *r = table_get(&t->rows, key);
	bool is_new;

	if (r) {
		unlink_row(t, r);
	} else {
		if (t->rows.count >= (uint64_t)t->max_rows)
			forget_oldest(t);
		r = table_put(&t->rows, key, &is_new);
		r->sequence = t->sequence++;
	}
	if (r->length != t->row.n) {
		r->cells = alloc_resize(r->cells, t->row.n);
		r->length = t->row.n;
	}
	memcpy(r->cells, t->row.p, t->row.n);
	link_newest(t, r);
	columns_fit(&t->columns, buf_view(&t->row));
	t->has_changed = true;
}

static int
by_sequence(const void *a, const void *b)
{
	const struct ev_table_by_row *const *x = a, *const *y = b;

	return ((*x)->sequence > (*y)->sequence) - ((*x)->sequence < (*y)->sequence);
}

/* Header and the most rows that were changed last, in the order of their keys, as lines. */
static void
put_rows(struct ev_table *t, size_t most, struct buf *out)
{
	size_t count = MIN(most, t->rows.count), n = 0;
	struct ev_table_by_row **list = alloc_array(count + 1, sizeof(struct ev_table_by_row *));

	for (struct ev_table_by_row *r = t->newest; r && n < count; r = r->older)
		list[n++] = r;
	qsort(list, n, sizeof(struct ev_table_by_row *), by_sequence);
	if (!t->no_header)
		columns_put_header(&t->columns, out);
	for (size_t i = 0; i < n; i++)
		columns_put(&t->columns, span_of(list[i]->cells, list[i]->length), out);
	alloc_free(list);
}

static void
draw(struct ev_table *t, struct buf *out)
{
	size_t fit = block_fit(&t->block) - !t->no_header;
	bool all = t->rows.count <= fit;

	buf_clear(&t->lines);
	put_rows(t, all ? fit : fit - 1, &t->lines);
	if (!all)
		buf_print(&t->lines, "(%zu more rows)\n", t->rows.count - (fit - 1));
	block_draw(&t->block, buf_view(&t->lines), out);
	t->has_changed = false;
}

int
ev_table_by_draw(struct cmd_run *run, struct ev_table *t, struct err *err)
{
	int64_t now;

	if (!t->has_changed || !t->block.is_terminal)
		return 0;
	now = clock_mono_ns();
	if (now < t->drawn_ns + REDRAW_NS) {
		cmd_wake(run, t->drawn_ns + REDRAW_NS);
		return 0;
	}
	t->drawn_ns = now;
	draw(t, run->out);
	return cmd_flush(run, err);
}

int
ev_table_by_end(struct cmd_run *run, struct ev_table *t, struct err *err)
{
	block_erase(&t->block, run->out);
	if (t->rows.count)
		put_rows(t, t->rows.count, run->out);
	if (t->forgotten)
		cmd_warn(run, "%llu rows were given up for newer ones; see --max-rows",
			(unsigned long long)t->forgotten);
	return cmd_flush(run, err);
}
