/*
 * columns: rows of text in aligned columns, for people.
 *
 * Cells are made safe for a terminal (diag_put_safe), cut to a greatest width with an ellipsis, and measured in
 * columns of a terminal. A row is one run of bytes, so that it can be kept or gathered with others: for each
 * cell a byte 'n' (number, aligned to the right) or 't', the safe text, and a NUL.
 *
 *	buf_clear(&row);
 *	columns_cell(&c, &row, SPAN("4.5"), true);      once for each column
 *	columns_fit(&c, buf_view(&row));                widens what is too narrow
 *	columns_put(&c, buf_view(&row), out);           a line
 *
 * A column only grows, up to max_width. The last one is not padded.
 */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include "base/buf.h"

struct columns {
	char **names; /* owned */
	size_t *width;
	bool *is_right; /* the first cell that was fitted is a number */
	bool *is_known; /* some cell was fitted */
	size_t count, max_width;
	struct buf scratch;
};

void columns_init(struct columns *c, size_t max_width);
void columns_release(struct columns *c);
/* One more column, to the right; before the first cell. */
void columns_add(struct columns *c, struct span name);
/* Appends a cell to a row; absent text (p NULL) is shown as '-'. */
void columns_cell(struct columns *c, struct buf *row, struct span text, bool is_number);
void columns_fit(struct columns *c, struct span row);
void columns_put(const struct columns *c, struct span row, struct buf *out);
void columns_put_header(const struct columns *c, struct buf *out);
/* Length of the first row of a run of rows. */
size_t columns_row_length(const struct columns *c, struct span rows);
/* Bytes of the longest front part of text that is at most width columns wide. */
size_t columns_cut(struct span text, size_t width);

#endif
