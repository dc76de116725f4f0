/* seekable: bytes of skippable frames and of the table. */
#include "store/seekable.h"

#define TABLE_END 0x8F92EAB1u

static void
put_u32(struct buf *b, uint32_t v)
{
	char p[4] = {(char)v, (char)(v >> 8), (char)(v >> 16), (char)(v >> 24)};

	buf_put(b, p, sizeof(p));
}

static uint32_t
get_u32(const char *bytes)
{
	const unsigned char *p = (const unsigned char *)bytes;

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

void
seekable_put_skippable(struct buf *b, uint32_t magic, struct span bytes)
{
	put_u32(b, magic);
	put_u32(b, (uint32_t)bytes.n);
	buf_span(b, bytes);
}

struct span
seekable_skippable(struct span frame, uint32_t magic)
{
	if (frame.n < SEEKABLE_HEAD || get_u32(frame.p) != magic ||
		get_u32(frame.p + 4) != frame.n - SEEKABLE_HEAD)
		return SPAN_NONE;
	return span_of(frame.p + SEEKABLE_HEAD, frame.n - SEEKABLE_HEAD);
}

void
seekable_put_entry(struct buf *b, struct seekable_entry e)
{
	put_u32(b, e.file_bytes);
	put_u32(b, e.text_bytes);
}

struct seekable_entry
seekable_entry(const char *p)
{
	return (struct seekable_entry){get_u32(p), get_u32(p + 4)};
}

void
seekable_put_table(struct buf *b, struct span entries)
{
	put_u32(b, SEEKABLE_TABLE);
	put_u32(b, (uint32_t)(entries.n + SEEKABLE_FOOTER));
	buf_span(b, entries);
	put_u32(b, (uint32_t)(entries.n / SEEKABLE_ENTRY));
	buf_putc(b, 0);
	put_u32(b, TABLE_END);
}

int64_t
seekable_table_bytes(uint32_t count)
{
	return SEEKABLE_HEAD + (int64_t)count * SEEKABLE_ENTRY + SEEKABLE_FOOTER;
}

uint32_t
seekable_count(const char footer[SEEKABLE_FOOTER], int64_t file_size)
{
	uint32_t count = get_u32(footer);

	if (get_u32(footer + 5) != TABLE_END || footer[4] != 0 || count > SEEKABLE_FRAMES_MAX ||
		seekable_table_bytes(count) + (int64_t)count * SEEKABLE_FRAME_LEAST > file_size)
		return 0;
	return count;
}
