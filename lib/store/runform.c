/* runform: the layout and the footer. */
#include "store/runform.h"

#include "base/base.h"

#define MAGIC 0x31306e7572766500U /* "\0evrun01" */

static const uint32_t widths[RUNFORM_SECTIONS] = {
	[RUNFORM_IDS] = 20,
	[RUNFORM_ID_LINES] = RUNFORM_LINE,
	[RUNFORM_LIST] = 4,
	[RUNFORM_OFFSETS] = 4,
	[RUNFORM_TIMES] = 8,
	[RUNFORM_NAME_LINES] = RUNFORM_LINE,
	[RUNFORM_SEGMENTS] = 24,
	[RUNFORM_STREAMS] = 32,
	[RUNFORM_ID_FENCES] = 8,
	[RUNFORM_NAME_FENCES] = 8,
};

uint32_t
runform_lines(int64_t hashes)
{
	return (uint32_t)(hashes / 32) + 1;
}

static int64_t
blocks_of(const struct runform_part *p)
{
	return (p->count + p->per_block - 1) / p->per_block;
}

/* The number of the run: of what store, which lines, how they end. */
static uint64_t
key_of(const struct runform *f, uint64_t seed)
{
	char text[24];

	runform_put_u64(text, (uint64_t)f->first);
	runform_put_u64(text + 8, (uint64_t)f->end);
	runform_put_u64(text + 16, f->stop.sum);
	return hash_seeded(span_of(text, sizeof(text)), seed);
}

void
runform_layout(struct runform *f, uint64_t seed)
{
	int64_t n = f->end - f->first, at = 0;
	int64_t counts[RUNFORM_SECTIONS] = {
		[RUNFORM_IDS] = n,
		[RUNFORM_ID_LINES] = f->id_lines,
		[RUNFORM_LIST] = n,
		[RUNFORM_OFFSETS] = n,
		[RUNFORM_TIMES] = (f->end - 1) / RUNFORM_STRIDE - (f->first - 1) / RUNFORM_STRIDE +
				  (f->first == 0),
		[RUNFORM_NAME_LINES] = f->name_lines,
		[RUNFORM_SEGMENTS] = f->segments,
		[RUNFORM_STREAMS] = f->streams,
	};

	for (int i = 0; i < RUNFORM_SECTIONS; i++) {
		struct runform_part *p = &f->parts[i];

		p->width = widths[i];
		p->per_block = RUNFORM_CONTENT / p->width;
		p->count = i == RUNFORM_ID_FENCES     ? blocks_of(&f->parts[RUNFORM_IDS])
			   : i == RUNFORM_NAME_FENCES ? blocks_of(&f->parts[RUNFORM_STREAMS])
						      : counts[i];
		p->block = at;
		at += blocks_of(p);
	}
	f->blocks = at + 1;
	f->key = key_of(f, seed);
}

uint64_t
runform_sum(const char *block, uint64_t key, int64_t number)
{
	return hash_seeded(span_of(block, RUNFORM_CONTENT),
		key ^ ((uint64_t)number + 1) * 0x9e3779b97f4a7c15U);
}

static char *
put_place(char *p, const struct place *place)
{
	runform_put_u64(p, (uint64_t)place->segment);
	runform_put_u64(p + 8, (uint64_t)place->offset);
	runform_put_u64(p + 16, place->sum);
	return p + 24;
}

static const char *
get_place(const char *p, struct place *place)
{
	place->segment = (int64_t)runform_u64(p);
	place->offset = (int64_t)runform_u64(p + 8);
	place->sum = runform_u64(p + 16);
	return p + 24;
}

void
runform_put(const struct runform *f, uint64_t seed, char block[RUNFORM_BLOCK])
{
	char *p = block;

	memset(block, 0, RUNFORM_BLOCK);
	runform_put_u64(p, MAGIC);
	runform_put_u64(p + 8, (uint64_t)f->first);
	runform_put_u64(p + 16, (uint64_t)f->end);
	p = put_place(p + 24, &f->start);
	p = put_place(p, &f->stop);
	runform_put_u64(p, (uint64_t)f->bytes);
	runform_put_u64(p + 8, (uint64_t)f->first_ms);
	runform_put_u64(p + 16, (uint64_t)f->last_ms);
	runform_put_u32(p + 24, f->id_lines);
	runform_put_u32(p + 28, f->name_lines);
	runform_put_u32(p + 32, f->segments);
	runform_put_u32(p + 36, f->streams);
	runform_put_u64(block + RUNFORM_CONTENT, runform_sum(block, seed, -1));
}

static bool
is_sane(const struct runform *f)
{
	int64_t n = f->end - f->first;

	return f->first >= 0 && n > 0 && n <= RUNFORM_MAX_LINES && f->id_lines && f->name_lines &&
	       f->segments && f->streams && f->streams <= n && f->segments <= n &&
	       f->start.segment >= 0 && f->start.segment <= f->first && f->start.offset >= 0 &&
	       f->stop.segment >= 0 && f->stop.segment < f->end && f->stop.offset > 0 &&
	       f->bytes > 0;
}

int
runform_get(struct runform *f, uint64_t seed, const char block[RUNFORM_BLOCK], int64_t first,
	int64_t end, int64_t size)
{
	const char *p = block;

	if (runform_u64(p) != MAGIC ||
		runform_u64(block + RUNFORM_CONTENT) != runform_sum(block, seed, -1))
		return -1;
	*f = (struct runform){
		.first = (int64_t)runform_u64(p + 8), .end = (int64_t)runform_u64(p + 16)};
	p = get_place(p + 24, &f->start);
	p = get_place(p, &f->stop);
	f->start.pos = f->first;
	f->stop.pos = f->end;
	f->bytes = (int64_t)runform_u64(p);
	f->first_ms = (int64_t)runform_u64(p + 8);
	f->last_ms = (int64_t)runform_u64(p + 16);
	f->id_lines = runform_u32(p + 24);
	f->name_lines = runform_u32(p + 28);
	f->segments = runform_u32(p + 32);
	f->streams = runform_u32(p + 36);
	if (f->first != first || f->end != end || !is_sane(f))
		return -1;
	runform_layout(f, seed);
	return f->blocks * RUNFORM_BLOCK == size ? 0 : -1;
}
