/*
 * ev-table: what its files share.
 *
 * ev-table-row.c makes a row of an event, ev-table.c writes rows as they come, ev-table-by.c keeps one row for each
 * key.
 */
#ifndef CMD_EV_TABLE_H
#define CMD_EV_TABLE_H

#include "base/table.h"
#include "cli/block.h"
#include "cli/cmd.h"
#include "cli/columns.h"

struct ev_table_by_row; /* of one key */

struct ev_table {
	struct expr *by;
	int64_t max_rows, max_width;
	bool no_header;

	struct ev_table_column *shown;
	struct columns columns;
	char **files, dash[2];
	struct buf row;  /* of the event at hand */
	struct buf held; /* rows before the first are written */
	size_t held_count;
	bool has_started;

	/* --by */
	struct table rows;
	struct ev_table_by_row *oldest, *newest; /* by last change */
	uint64_t sequence, forgotten;
	struct block block;
	struct buf lines;
	bool has_changed;
	int64_t drawn_ns;
};

/* Operands NAME=EXPR become columns, the others the input. */
int ev_table_row_operands(struct cmd_run *run, struct ev_table *t, struct err *err);
/* Columns where none were given, after the first event: the envelope's, an object's members, or the value itself. */
int ev_table_row_choose(struct cmd_run *run, struct ev_table *t, struct event *ev, struct err *err);
/* The event's row in t->row. An integer time of the envelope is shown as a date. */
int ev_table_row_make(struct cmd_run *run, struct ev_table *t, struct event *ev, struct err *err);
void ev_table_row_release(struct ev_table *t);

void ev_table_by_init(struct ev_table *t);
void ev_table_by_release(struct ev_table *t);
/* The row in t->row is now that of key. */
void ev_table_by_put(struct ev_table *t, struct span key);
/* On a terminal: draws what has changed, or sees to it that it is drawn soon. */
int ev_table_by_draw(struct cmd_run *run, struct ev_table *t, struct err *err);
/* Every row, in the order in which their keys came. */
int ev_table_by_end(struct cmd_run *run, struct ev_table *t, struct err *err);

#endif
