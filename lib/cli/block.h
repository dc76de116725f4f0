/*
 * block: lines on a terminal that are drawn again in the place where they stand.
 *
 * What was drawn is remembered as a number of lines; drawing again moves the cursor up that many and writes over
 * them. So a block must fit the terminal: block_fit says how many lines there are, and lines are cut to its width. The
 * terminal's size is asked for at each drawing.
 */
#ifndef CLI_BLOCK_H
#define CLI_BLOCK_H

#include "base/buf.h"

struct block {
	int fd;
	bool is_terminal;
	size_t drawn; /* lines on the screen */
};

void block_init(struct block *b, int fd);
/* The most lines that a block may have now; at least 2. */
size_t block_fit(const struct block *b);
/* lines: whole lines, at most block_fit of them. The bytes for the terminal go to out. */
void block_draw(struct block *b, struct span lines, struct buf *out);
/* Takes the block off the screen. */
void block_erase(struct block *b, struct buf *out);

#endif
