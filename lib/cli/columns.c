/* columns: measuring, cutting and padding. */
#include "cli/columns.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "cli/diag.h"

#define CELL_MAX ((size_t)1 << 30)
#define ELLIPSIS "\xe2\x80\xa6"
#define GAP 2

void
columns_init(struct columns *c, size_t max_width)
{
	*c = (struct columns){.max_width = max_width};
	buf_init(&c->scratch, CELL_MAX);
}

void
columns_release(struct columns *c)
{
	for (size_t i = 0; i < c->count; i++)
		alloc_free(c->names[i]);
	alloc_free(c->names);
	alloc_free(c->width);
	alloc_free(c->is_right);
	alloc_free(c->is_known);
	buf_release(&c->scratch);
}

size_t
columns_cut(struct span text, size_t width)
{
	size_t at = 0, used = 0;

	while (at < text.n) {
		uint32_t code;
		size_t n = utf8_get(span_of(text.p + at, text.n - at), &code);

		n = n ? n : 1;
		used += utf8_width(span_of(text.p + at, n));
		if (used > width)
			break;
		at += n;
	}
	return at;
}

/* Safe text, cut with an ellipsis when it is too wide. */
static void
put_fitting(struct buf *b, struct span safe, size_t max_width)
{
	if (safe.n <= max_width || utf8_width(safe) <= max_width) {
		buf_span(b, safe);
		return;
	}
	buf_put(b, safe.p, columns_cut(safe, max_width - 1));
	buf_puts(b, ELLIPSIS);
}

/*
 * No cell needs more bytes of its text than this to fill its width: a column of a terminal takes at most a wide
 * character and a few marks.
 */
static struct span
beginning(struct span text, size_t max_width)
{
	return span_of(text.p, MIN(text.n, 64 * max_width));
}

void
columns_add(struct columns *c, struct span name)
{
	size_t i = c->count++;
	struct buf safe;

	buf_init(&safe, CELL_MAX);
	diag_put_safe(&safe, beginning(name, c->max_width));
	c->names = alloc_resize(c->names, c->count * sizeof *c->names);
	c->width = alloc_resize(c->width, c->count * sizeof *c->width);
	c->is_right = alloc_resize(c->is_right, c->count * sizeof *c->is_right);
	c->is_known = alloc_resize(c->is_known, c->count * sizeof *c->is_known);
	buf_clear(&c->scratch);
	put_fitting(&c->scratch, buf_view(&safe), c->max_width);
	c->names[i] = alloc_terminated(c->scratch.p, c->scratch.n);
	c->width[i] = utf8_width(buf_view(&c->scratch));
	c->is_right[i] = c->is_known[i] = false;
	buf_release(&safe);
}

void
columns_cell(struct columns *c, struct buf *row, struct span text, bool is_number)
{
	struct buf *safe = &c->scratch;

	buf_putc(row, is_number ? 'n' : 't');
	if (!text.p) {
		buf_putc(row, '-');
	} else {
		buf_clear(safe);
		diag_put_safe(safe, beginning(text, c->max_width));
		put_fitting(row, buf_view(safe), c->max_width);
	}
	buf_putc(row, '\0');
}

/* The cell at the front of *row, which is moved past it. */
static struct span
next_cell(struct span *row, bool *is_number)
{
	struct span cell;

	*is_number = row->p[0] == 'n';
	cell = span_str(row->p + 1);
	*row = span_of(row->p + cell.n + 2, row->n - cell.n - 2);
	return cell;
}

void
columns_fit(struct columns *c, struct span row)
{
	for (size_t i = 0; i < c->count; i++) {
		bool is_number;
		struct span cell = next_cell(&row, &is_number);

		if (!span_is(cell, "-") && !c->is_known[i]) {
			c->is_right[i] = is_number;
			c->is_known[i] = true;
		}
		c->width[i] = MAX(c->width[i], utf8_width(cell));
	}
}

static void
pad(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_putc(out, ' ');
}

static void
put_cell(const struct columns *c, size_t i, struct span cell, bool right, struct buf *out)
{
	size_t width = utf8_width(cell), left = c->width[i] > width ? c->width[i] - width : 0;

	if (i > 0)
		pad(out, GAP);
	if (right)
		pad(out, left);
	buf_span(out, cell);
	if (!right && i + 1 < c->count)
		pad(out, left);
}

void
columns_put(const struct columns *c, struct span row, struct buf *out)
{
	for (size_t i = 0; i < c->count; i++) {
		bool is_number;
		struct span cell = next_cell(&row, &is_number);

		put_cell(c, i, cell, is_number || (c->is_right[i] && span_is(cell, "-")), out);
	}
	buf_putc(out, '\n');
}

void
columns_put_header(const struct columns *c, struct buf *out)
{
	for (size_t i = 0; i < c->count; i++)
		put_cell(c, i, span_str(c->names[i]), c->is_right[i], out);
	buf_putc(out, '\n');
}

size_t
columns_row_length(const struct columns *c, struct span rows)
{
	struct span rest = rows;
	bool is_number;

	for (size_t i = 0; i < c->count; i++)
		next_cell(&rest, &is_number);
	return rows.n - rest.n;
}
