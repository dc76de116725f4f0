/*
 * ev-table: events as an aligned table, for people.
 *
 * reads   JSON values; the default columns are those of the envelope
 * writes  a line for each event, or, with --by, for each key
 * keeps   the widths of the columns; with --by at most --max-rows rows of at most --width columns a cell
 */
#include "ev-table.h"

#define HELD_ROWS 100 /* rows that the widths are taken from before the first is written */
#define HELD_BYTES ((size_t)1 << 20)

static const struct opt options[] = {
	OPT_ROW(0, "by", OPT_EXPR, struct ev_table, by, "EXPR", NULL,
		"one row for each value of EXPR, redrawn in place on a terminal"),
	OPT_RANGE(0, "max-rows", OPT_INT, struct ev_table, max_rows, "N", "10000", 1, 100000000,
		"most rows of --by; the one unchanged for longest goes"),
	OPT_RANGE(0, "width", OPT_INT, struct ev_table, max_width, "N", "80", 1, 10000,
		"widest column; what is longer is cut"),
	OPT_ROW(0, "no-header", OPT_FLAG, struct ev_table, no_header, NULL, NULL,
		"leave out the line of names"),
	OPT_END,
};

/* --- rows as they come ------------------------------------------------------------------------- */

/* Header and the rows that waited for it. */
static void
write_held(struct cmd_run *run, struct ev_table *t)
{
	struct span rows = buf_view(&t->held);

	if (!t->has_started && !t->no_header)
		columns_put_header(&t->columns, run->out);
	t->has_started = true;
	while (rows.n) {
		size_t n = columns_row_length(&t->columns, rows);

		columns_put(&t->columns, span_of(rows.p, n), run->out);
		rows = span_of(rows.p + n, rows.n - n);
	}
	buf_clear(&t->held);
	t->held_count = 0;
}

static int
put_row(struct cmd_run *run, struct ev_table *t, struct err *err)
{
	columns_fit(&t->columns, buf_view(&t->row));
	if (t->has_started) {
		columns_put(&t->columns, buf_view(&t->row), run->out);
		return cmd_line(run, err);
	}
	buf_span(&t->held, buf_view(&t->row));
	if (++t->held_count >= HELD_ROWS || t->held.n >= HELD_BYTES)
		write_held(run, t);
	return 0;
}

/* --- the program ------------------------------------------------------------------------------- */

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct ev_table *t = state;

	columns_init(&t->columns, (size_t)t->max_width);
	buf_init(&t->row, HELD_BYTES * 64);
	buf_init(&t->held, HELD_BYTES * 128);
	ev_table_by_init(t);
	return ev_table_row_operands(run, t, err);
}

static enum cmd_verdict
event(struct cmd_run *run, void *state, struct event *ev, struct err *err)
{
	struct ev_table *t = state;
	struct value key;

	if (!t->columns.count && ev_table_row_choose(run, t, ev, err))
		return CMD_FAIL;
	if (ev_table_row_make(run, t, ev, err))
		return CMD_BAD;
	if (!t->by)
		return put_row(run, t, err) ? CMD_FAIL : CMD_USED;
	if (expr_value(t->by, ev, &key, err))
		return CMD_BAD;
	if (key.type <= DOC_NULL) {
		err_data(err, "key", -1, "--by gives no value");
		return CMD_BAD;
	}
	ev_table_by_put(t, value_identity(key, run->scratch));
	return CMD_USED;
}

static int
idle(struct cmd_run *run, void *state, struct err *err)
{
	struct ev_table *t = state;

	if (t->by)
		return ev_table_by_draw(run, t, err);
	if (t->held_count)
		write_held(run, t);
	return 0;
}

static int
end(struct cmd_run *run, void *state, struct err *err)
{
	struct ev_table *t = state;

	if (t->by)
		return ev_table_by_end(run, t, err);
	return idle(run, state, err);
}

static void
release(struct cmd_run *run, void *state)
{
	struct ev_table *t = state;

	(void)run;
	ev_table_row_release(t);
	columns_release(&t->columns);
	buf_release(&t->row);
	buf_release(&t->held);
	ev_table_by_release(t);
}

static const struct cmd ev_table = {
	.name = "ev-table",
	.purpose = "show events as an aligned table",
	.usage = "[options] [NAME=EXPR ...] [file ...]",
	.options = options,
	.input = CMD_OWN,
	.features = CMD_SELECTS,
	.state_size = sizeof(struct ev_table),
	.start = start,
	.event = event,
	.idle = idle,
	.tick = idle,
	.end = end,
	.release = release,
};

int
main(int argc, char **argv)
{
	return cmd_main(&ev_table, argc, argv);
}
