/* block: three escape sequences of ECMA-48: cursor up, erase to the end of the line, erase below. */
#include "cli/block.h"

#include "cli/columns.h"

#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_ROWS 24
#define DEFAULT_COLUMNS 80

void
block_init(struct block *b, int fd)
{
	*b = (struct block){.fd = fd, .is_terminal = isatty(fd) == 1};
}

static void
size(const struct block *b, size_t *rows, size_t *wide)
{
	struct winsize w;
	bool is_known = ioctl(b->fd, TIOCGWINSZ, &w) == 0;

	*rows = is_known && w.ws_row > 2 ? w.ws_row : DEFAULT_ROWS;
	*wide = is_known && w.ws_col > 0 ? w.ws_col : DEFAULT_COLUMNS;
}

size_t
block_fit(const struct block *b)
{
	size_t rows, wide;

	size(b, &rows, &wide);
	return rows - 1; /* the cursor stands on the line below */
}

static void
go_to_top(const struct block *b, struct buf *out)
{
	if (b->drawn)
		buf_print(out, "\r\033[%zuA", b->drawn);
}

void
block_draw(struct block *b, struct span lines, struct buf *out)
{
	size_t rows, wide;
	struct span line;

	size(b, &rows, &wide);
	go_to_top(b, out);
	b->drawn = 0;
	while (lines.n && b->drawn + 1 < rows) {
		span_cut(lines, '\n', &line, &lines);
		/* The last column stays empty: a full line would leave the cursor in doubt. */
		buf_put(out, line.p, columns_cut(line, wide - 1));
		buf_puts(out, "\033[K\n");
		b->drawn++;
	}
	buf_puts(out, "\033[J");
}

void
block_erase(struct block *b, struct buf *out)
{
	go_to_top(b, out);
	if (b->drawn)
		buf_puts(out, "\033[J");
	b->drawn = 0;
}
