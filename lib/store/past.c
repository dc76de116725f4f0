/* past: reading accounts and prints. */
#include "store/past.h"

#include "base/num.h"
#include "store/runform.h"
#include "store/segment.h"
#include "store/trailer.h"
#include "json/doc.h"
#include "json/find.h"
#include "json/text.h"

#include <errno.h>

#define DIGITS 20
#define LISTINGS_MAX 16

void
past_name(char out[PAST_NAME_MAX], struct past_set set, const char *end)
{
	snprintf(out, PAST_NAME_MAX, "retired/%020lld-%020lld%s", (long long)set.first,
		(long long)set.end - 1, end);
}

static int
damaged(const char *name, int64_t byte, const char *what, struct err *err)
{
	return err_set(
		err, ERR_DAMAGE, "damage", byte, "%s: byte %lld: %s", name, (long long)byte, what);
}

/* --- which accounts there are ------------------------------------------------------------------ */

static int
add_name(void *ctx, const char *name)
{
	struct past *p = ctx;
	int64_t first, last;

	if (strlen(name) != 2 * DIGITS + 8 || name[DIGITS] != '-' ||
		strcmp(name + 2 * DIGITS + 1, ".ndjson") != 0 ||
		num_i64(span_of(name, DIGITS), &first) ||
		num_i64(span_of(name + DIGITS + 1, DIGITS), &last) || first < 0 || last < first ||
		last == INT64_MAX)
		return 0;
	if (p->count == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 8;
		p->sets = alloc_resize(p->sets, p->cap * sizeof(*p->sets));
	}
	p->sets[p->count++] = (struct past_set){first, last + 1};
	return 0;
}

static int
by_first(const void *a, const void *b)
{
	const struct past_set *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Is the segment that begins there still there? Then accounts of what follows it are those of a backup under way. */
static bool
has_segment(struct root *r, int64_t first)
{
	char plain[SEGFILE_NAME_MAX], sealed[SEGFILE_NAME_MAX];

	snprintf(plain, sizeof(plain), SEGFILE_PLAIN, (long long)first);
	snprintf(sealed, sizeof(sealed), SEGFILE_SEALED, (long long)first);
	return disk_size(&r->disk, plain) >= 0 || disk_size(&r->disk, sealed) >= 0;
}

/* 0, 1 an account is missing after position *end, -1. */
static int
list_once(struct past *p, struct root *r, int64_t *end, struct err *err)
{
	*end = 0;
	*p = (struct past){.root = r, .block_set = -1};
	if (r->disk.calls->list(&r->disk, "retired", add_name, p) < 0 && errno != ENOENT) {
		past_close(p);
		return err_system(err, "cannot list '%s/retired'", r->path);
	}
	if (p->count)
		qsort(p->sets, p->count, sizeof(*p->sets), by_first);
	for (size_t i = 0; i < p->count; *end = p->sets[i++].end) {
		if (p->sets[i].first == *end)
			continue;
		if (!has_segment(r, *end)) {
			past_close(p);
			return 1;
		}
		p->count = i;
		break;
	}
	return 0;
}

/* A listing may show a file and not one that was there before it; and the segment may go after the listing. */
int
past_open(struct past *p, struct root *r, struct err *err)
{
	int64_t end;
	int result = 1;

	for (int i = 0; i < LISTINGS_MAX && result == 1; i++)
		result = list_once(p, r, &end, err);
	if (result <= 0)
		return result;
	return err_set(err, ERR_DAMAGE, "damage", -1,
		"retired: the account of what follows position %lld is missing", (long long)end);
}

void
past_close(struct past *p)
{
	alloc_free(p->sets);
	alloc_free(p->block);
	*p = (struct past){.root = p->root, .block_set = -1};
}

/* --- accounts ---------------------------------------------------------------------------------- */

/* An account as it is read. */
struct account {
	char name[PAST_NAME_MAX];
	struct segfile file;
	struct segment_lines lines;
	struct doc doc;
	uint64_t seed;
	int64_t at; /* of the line at hand */
};

static int
account_open(struct account *a, struct root *r, struct past_set set, struct err *err)
{
	struct disk *d = &r->disk;
	int64_t size;

	past_name(a->name, set, ".ndjson");
	a->file = (struct segfile){.root = r, .first = set.first};
	a->file.fd = d->calls->open(d, a->name, DISK_READ, 0);
	size = a->file.fd < 0 ? -1 : d->calls->size(d, a->file.fd);
	if (size < 0) {
		err_system(err, "cannot open '%s/%s'", r->path, a->name);
		segfile_close(&a->file);
		return -1;
	}
	a->seed = r->seed;
	doc_init(&a->doc, DOC_KERNEL_BEST);
	segment_lines_init(&a->lines);
	segment_lines_start(&a->lines, &a->file, 0, size);
	return 0;
}

static void
account_close(struct account *a)
{
	segment_lines_release(&a->lines);
	doc_release(&a->doc);
	segfile_close(&a->file);
}

/* The next line, checked and parsed: 0, -1. */
static int
account_next(struct account *a, struct err *err)
{
	bool has_newline;
	struct span line;
	uint64_t sum;
	int r = segment_lines_next(&a->lines, &line, &a->at, &has_newline, err);

	if (r < 0)
		return -1;
	if (!r || !has_newline)
		return damaged(a->name, a->at, "it is cut short", err);
	if (!trailer_sum(line, &sum) || !trailer_holds(line, sum, a->seed) ||
		doc_parse(&a->doc, line, err))
		return damaged(a->name, a->at, "sum is wrong", err);
	a->seed = sum;
	return 0;
}

static struct span
member(const struct account *a, const char *name)
{
	return doc_span(&a->doc, find_member(&a->doc, 0, span_str(name)));
}

static bool
is_number(const struct account *a, const char *name, int64_t want)
{
	int64_t v;

	return num_i64(member(a, name), &v) == 0 && v == want;
}

/* The first line; *ends is the sum of the last line that is gone. */
static int
account_head(struct account *a, struct past_set set, uint64_t *ends, struct err *err)
{
	struct span hex;
	char text[TRAILER_SUM_BYTES + 1];

	if (account_next(a, err))
		return -1;
	hex = member(a, "ends");
	if (!is_number(a, "retired", 1) || !is_number(a, "first", set.first) ||
		!is_number(a, "last", set.end - 1) || hex.n != 18)
		return damaged(a->name, 0, "it is no account of these positions", err);
	snprintf(text, sizeof(text), ",\"$sum\":%.18s}", hex.p);
	return trailer_sum(span_of(text, TRAILER_SUM_BYTES), ends)
		       ? 0
		       : damaged(a->name, 0, "it is no account of these positions", err);
}

/* After so many accounts. */
static int
place_after(struct past *p, size_t count, struct place *out, struct err *err)
{
	int64_t end = count ? p->sets[count - 1].end : 0;
	struct account a;
	int r;

	*out = (struct place){.pos = end, .segment = end, .sum = p->root->seed};
	if (count == 0)
		return 0;
	if (account_open(&a, p->root, p->sets[count - 1], err))
		return -1;
	r = account_head(&a, p->sets[count - 1], &out->sum, err);
	account_close(&a);
	return r;
}

int
past_front(struct root *r, struct place *out, struct err *err)
{
	struct past p;
	int result;

	if (past_open(&p, r, err))
		return -1;
	result = place_after(&p, p.count, out, err);
	past_close(&p);
	return result;
}

/* The lines after the first one. */
static int
account_streams(struct account *a, past_stream_fn *fn, void *ctx, struct err *err)
{
	bool has_newline;
	struct span line;
	struct buf name;
	int64_t ver;
	int r = 0;

	buf_init(&name, TRAILER_STREAM_MAX);
	while ((r = account_next(a, err)) == 0 && !member(a, "end").n) {
		buf_clear(&name);
		if (member(a, "stream").n < 2 || num_i64(member(a, "version"), &ver)) {
			r = damaged(a->name, a->at, "it is no line of an account", err);
			break;
		}
		text_decode_to(&name, member(a, "stream"));
		if (fn && (r = fn(ctx, buf_view(&name), ver, err)) != 0)
			break;
	}
	buf_release(&name);
	if (r == 0)
		r = segment_lines_next(&a->lines, &line, &a->at, &has_newline, err);
	return r == 1 ? damaged(a->name, a->at, "something follows its end", err) : r;
}

int
past_streams(struct past *p, past_stream_fn *fn, void *ctx, struct err *err)
{
	struct account a;
	uint64_t ends;
	int r = 0;

	for (size_t i = 0; i < p->count && r == 0; i++) {
		if (account_open(&a, p->root, p->sets[i], err))
			return -1;
		r = account_head(&a, p->sets[i], &ends, err);
		if (r == 0)
			r = account_streams(&a, fn, ctx, err);
		account_close(&a);
	}
	return r;
}

/* --- prints ------------------------------------------------------------------------------------ */

struct hash128
past_print(struct root *r, struct span body, struct span stream)
{
	struct buf b;
	struct hash128 h;

	buf_init(&b, SIZE_MAX / 2);
	buf_span(&b, stream);
	buf_putc(&b, '\0');
	buf_span(&b, body);
	h = hash_wide_seeded(buf_view(&b), r->seed);
	buf_release(&b);
	return h;
}

uint64_t
past_block_sum(uint64_t seed, int64_t first, int64_t number, const char *block)
{
	char key[16];

	runform_put_u64(key, (uint64_t)first);
	runform_put_u64(key + 8, (uint64_t)number);
	return hash_seeded(span_of(block, PAST_CONTENT), hash_seeded(span_of(key, 16), seed));
}

/* A block, checked. 0; 1: it is damaged; -1: it cannot be read. */
static int
read_block(struct root *r, int fd, int64_t first, int64_t number, char block[PAST_BLOCK])
{
	ssize_t n = disk_read(&r->disk, fd, block, PAST_BLOCK, number * PAST_BLOCK);

	if (n < 0)
		return -1;
	return n != PAST_BLOCK ||
	       runform_u64(block + PAST_CONTENT) != past_block_sum(r->seed, first, number, block);
}

static const struct past_set *
set_of(const struct past *p, int64_t pos)
{
	size_t low = 0, high = p->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (p->sets[middle].first <= pos)
			low = middle;
		else
			high = middle;
	}
	return &p->sets[low];
}

int
past_start(struct past *p, int64_t pos, struct place *out, struct err *err)
{
	assert(pos < past_end(p));
	return place_after(p, (size_t)(set_of(p, pos) - p->sets), out, err);
}

/* The block with the record of a position, into p->block. */
static int
load_block(struct past *p, const struct past_set *set, int64_t number, struct err *err)
{
	struct disk *d = &p->root->disk;
	char name[PAST_NAME_MAX];
	int fd, r;

	if (p->block_set == set->first && p->block_number == number)
		return 0;
	if (!p->block)
		p->block = alloc_get(PAST_BLOCK);
	p->block_set = -1;
	past_name(name, *set, ".prints");
	fd = d->calls->open(d, name, DISK_READ, 0);
	if (fd < 0 && errno == ENOENT)
		return damaged(name, 0, "it is missing", err);
	r = fd < 0 ? -1 : read_block(p->root, fd, set->first, number, p->block);
	if (r < 0)
		err_system(err, "cannot read '%s/%s'", p->root->path, name);
	if (fd >= 0)
		d->calls->close(d, fd);
	if (r)
		return r < 0 ? -1 : damaged(name, number * PAST_BLOCK, "sum is wrong", err);
	p->block_set = set->first;
	p->block_number = number;
	return 0;
}

int
past_find(struct past *p, int64_t pos, struct past_event *out, struct err *err)
{
	const struct past_set *set = set_of(p, pos);
	const char *at;

	assert(pos < past_end(p));
	if (load_block(p, set, (pos - set->first) / PAST_RECORDS, err))
		return -1;
	at = p->block + (pos - set->first) % PAST_RECORDS * PAST_RECORD;
	out->print = (struct hash128){runform_u64(at), runform_u64(at + 8)};
	out->ver = (int64_t)runform_u64(at + 16);
	return 0;
}

/* --- checking ---------------------------------------------------------------------------------- */

static int
check_prints(struct past *p, struct past_set set, past_damage_fn *fn, void *ctx, struct err *err)
{
	struct disk *d = &p->root->disk;
	int64_t count = (set.end - set.first + PAST_RECORDS - 1) / PAST_RECORDS;
	char name[PAST_NAME_MAX], block[PAST_BLOCK];
	int fd, r = 0;

	past_name(name, set, ".prints");
	fd = d->calls->open(d, name, DISK_READ, 0);
	if (fd < 0 && errno != ENOENT)
		return err_system(err, "cannot open '%s/%s'", p->root->path, name);
	if (fd < 0) {
		fn(ctx, name, 0, "it is missing");
		return 0;
	}
	for (int64_t i = 0; i < count && r >= 0; i++) {
		r = read_block(p->root, fd, set.first, i, block);
		if (r > 0)
			fn(ctx, name, i * PAST_BLOCK, "sum is wrong");
	}
	if (r < 0)
		err_system(err, "cannot read '%s/%s'", p->root->path, name);
	d->calls->close(d, fd);
	return r < 0 ? -1 : 0;
}

int
past_check(struct past *p, past_damage_fn *fn, void *ctx, struct err *err)
{
	struct account a;
	struct err why;
	uint64_t ends;
	int r;

	for (size_t i = 0; i < p->count; i++) {
		if (account_open(&a, p->root, p->sets[i], err))
			return -1;
		r = account_head(&a, p->sets[i], &ends, &why);
		if (r == 0)
			r = account_streams(&a, NULL, NULL, &why);
		if (r && why.kind == ERR_DAMAGE)
			fn(ctx, a.name, why.byte, "it is damaged");
		account_close(&a);
		if (r && why.kind != ERR_DAMAGE) {
			*err = why;
			return -1;
		}
		if (check_prints(p, p->sets[i], fn, ctx, err))
			return -1;
	}
	return 0;
}
