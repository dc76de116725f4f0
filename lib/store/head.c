/* head: two records and their sums. */
#include "store/head.h"

#include "base/hash.h"

#define WORDS 8
#define RECORD (WORDS * 8)
#define TRIES 8 /* of a record that somebody may be writing */

static void
put_word(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 8; i++, v >>= 8)
		p[i] = (uint8_t)v;
}

static uint64_t
get_word(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static uint64_t
sum_of(const struct root *r, const uint8_t *p)
{
	return hash_seeded(span_of((const char *)p, RECORD - 8), r->seed);
}

static void
encode(const struct root *r, uint8_t *p, const struct place *at, uint64_t epoch, uint64_t flags)
{
	const uint64_t words[WORDS - 1] = {(uint64_t)at->pos, (uint64_t)at->segment,
		(uint64_t)at->offset, at->sum, epoch, flags, r->boot};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		put_word(p + i * 8, words[i]);
	put_word(p + RECORD - 8, sum_of(r, p));
}

static struct head_record
decode(const struct root *r, const uint8_t *p)
{
	struct head_record out = {
		.at = {(int64_t)get_word(p), (int64_t)get_word(p + 8), (int64_t)get_word(p + 16),
			get_word(p + 24)},
		.epoch = get_word(p + 32),
		.flags = get_word(p + 40),
		.boot = get_word(p + 48),
	};

	out.is_valid = get_word(p + RECORD - 8) == sum_of(r, p) && out.at.pos >= 0 &&
		       out.at.segment >= 0 && out.at.segment <= out.at.pos && out.at.offset >= 0;
	return out;
}

int
head_open(struct root *r, bool to_write)
{
	struct disk *d = &r->disk;
	int fd = d->calls->open(d, "head", DISK_READ | (to_write ? DISK_WRITE : 0), r->file_mode);

	if (fd >= 0 || !to_write)
		return fd;
	fd = d->calls->open(d, "head", DISK_WRITE | DISK_ENSURE, r->file_mode);
	if (fd >= 0)
		d->calls->chmod(d, fd, r->file_mode);
	return fd;
}

int
head_read(struct root *r, int fd, struct head *out, struct err *err)
{
	for (int i = 0; i < TRIES; i++) {
		uint8_t p[2 * RECORD] = {0};
		ssize_t n = disk_read(&r->disk, fd, p, sizeof(p), 0);

		if (n < 0)
			return err_system(err, "cannot read '%s/head'", r->path);
		*out = (struct head){decode(r, p), decode(r, p + RECORD)};
		if (n == 0 || (out->end.is_valid && out->mark.is_valid))
			break;
	}
	return 0;
}

bool
head_mark(struct root *r, struct place *out)
{
	int fd = head_open(r, false);
	struct head h = {0};
	struct err ignored;

	if (fd < 0)
		return false;
	if (head_read(r, fd, &h, &ignored))
		h.mark.is_valid = false;
	r->disk.calls->close(&r->disk, fd);
	*out = h.mark.at;
	return head_bounds(&h);
}

static int
put(struct root *r, int fd, const uint8_t *p, size_t n, int64_t at, struct err *err)
{
	if (disk_write(&r->disk, fd, p, n, at))
		return err_system(err, "cannot write '%s/head'", r->path);
	return 0;
}

int
head_put_end(struct root *r, int fd, const struct place *at, uint64_t epoch, struct err *err)
{
	uint8_t p[RECORD];

	encode(r, p, at, epoch, 0);
	return put(r, fd, p, sizeof(p), 0, err);
}

int
head_put_mark(struct root *r, int fd, const struct place *at, uint64_t epoch, uint64_t flags,
	struct err *err)
{
	uint8_t p[RECORD];

	encode(r, p, at, epoch, flags);
	return put(r, fd, p, sizeof(p), RECORD, err);
}

int
head_put_both(struct root *r, int fd, const struct place *end, const struct place *mark,
	uint64_t epoch, uint64_t flags, struct err *err)
{
	uint8_t p[2 * RECORD];

	encode(r, p, end, epoch, 0);
	encode(r, p + RECORD, mark, epoch, flags);
	return put(r, fd, p, sizeof(p), 0, err);
}
