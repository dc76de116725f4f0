/* bury: prints and account of a stretch of the log, and its index. */
#include "store/bury.h"

#include "store/runform.h"
#include "store/scan.h"
#include "json/emit.h"

#include <errno.h>

#define PRINTS_TMP "retired/prints.tmp"
#define ACCOUNT_TMP "retired/account.tmp"
#define FLUSH ((size_t)256 << 10)

void
bury_open(struct bury *b, struct root *root, uint64_t max_streams)
{
	*b = (struct bury){.root = root, .max_streams = max_streams, .fd = -1};
	table_init(&b->streams, sizeof(struct bury_stream));
	buf_init(&b->block, FLUSH + PAST_BLOCK);
}

void
bury_close(struct bury *b)
{
	if (b->fd >= 0)
		b->root->disk.calls->close(&b->root->disk, b->fd);
	table_release(&b->streams);
	buf_release(&b->block);
}

static int
failed(struct bury *b, const char *what, const char *name, struct err *err)
{
	return err_system(err, "cannot %s '%s/%s'", what, b->root->path, name);
}

static int
make(struct bury *b, const char *name, struct err *err)
{
	struct disk *d = &b->root->disk;

	if (d->calls->mkdir(d, "retired", root_dir_mode(b->root)) && errno != EEXIST)
		return failed(b, "make", "retired", err);
	b->fd = d->calls->open(d, name, DISK_WRITE | DISK_ENSURE, b->root->file_mode);
	if (b->fd < 0 || d->calls->chmod(d, b->fd, b->root->file_mode) ||
		d->calls->ftruncate(d, b->fd, 0))
		return failed(b, "make", name, err);
	return 0;
}

static int
sync_and_close(struct bury *b, const char *name, struct err *err)
{
	struct disk *d = &b->root->disk;
	int bad = d->calls->fsync(d, b->fd);

	bad = d->calls->close(d, b->fd) || bad;
	b->fd = -1;
	return bad ? failed(b, "write", name, err) : 0;
}

/* --- prints ------------------------------------------------------------------------------------ */

/* Full blocks, or the last one with zeros after its records. */
static int
put_block(struct bury *b, struct err *err)
{
	char block[PAST_BLOCK] = {0};
	size_t n = b->block.n;

	memcpy(block, b->block.p, n);
	runform_put_u64(block + PAST_CONTENT,
		past_block_sum(b->root->seed, b->set.first, b->blocks, block));
	buf_clear(&b->block);
	if (disk_write(&b->root->disk, b->fd, block, sizeof(block), b->blocks * PAST_BLOCK))
		return failed(b, "write", PRINTS_TMP, err);
	b->blocks++;
	return 0;
}

static int
put_print(struct bury *b, const struct scan_line *line, struct span stream, struct err *err)
{
	struct hash128 h = past_print(b->root, span_of(line->line.p, line->t.at), stream);
	char record[PAST_RECORD];

	runform_put_u64(record, h.low);
	runform_put_u64(record + 8, h.high);
	runform_put_u64(record + 16, (uint64_t)line->t.ver);
	buf_put(&b->block, record, sizeof(record));
	return b->block.n == PAST_RECORDS * PAST_RECORD ? put_block(b, err) : 0;
}

static void
note_time(struct bury *b, struct span rec)
{
	char *to = b->recorded[b->recorded[0][0] != '\0'];
	size_t n = MIN(rec.n, sizeof(b->recorded[0]) - 1);

	memcpy(to, rec.p, n);
	to[n] = '\0';
}

static int
take_line(struct bury *b, const struct scan_line *line, struct buf *name, struct err *err)
{
	struct span stream = trailer_stream(&line->t, name);
	struct bury_stream *s;
	bool is_new;

	s = table_put(&b->streams, stream, &is_new);
	if (b->max_streams && b->streams.count > b->max_streams)
		return err_set(err, ERR_SYSTEM, "limit", -1, "more streams than --max-keys %llu",
			(unsigned long long)b->max_streams);
	s->ver = line->t.ver;
	b->bytes += (int64_t)line->line.n + 1;
	note_time(b, line->t.rec);
	return put_print(b, line, stream, err);
}

/* --- the account ------------------------------------------------------------------------------- */

/* Completes a line that began at start: its sum, its end. */
static void
end_line(struct buf *out, size_t start, uint64_t *seed)
{
	out->n--; /* the brace */
	*seed = hash_seeded(span_of(out->p + start, out->n - start), *seed);
	buf_print(out, ",\"$sum\":\"%016llx\"}\n", (unsigned long long)*seed);
}

static void
put_number(struct emit *e, const char *name, int64_t v)
{
	emit_name(e, span_str(name));
	emit_i64(e, v);
}

static void
put_head(struct bury *b, struct buf *out, uint64_t ends, uint64_t *seed)
{
	struct emit e;
	char hex[17];

	snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)ends);
	emit_init(&e, out);
	emit_open(&e, '{');
	put_number(&e, "retired", 1);
	put_number(&e, "first", b->set.first);
	put_number(&e, "last", b->set.end - 1);
	put_number(&e, "bytes", b->bytes);
	emit_name(&e, SPAN("recorded"));
	emit_open(&e, '[');
	emit_string(&e, span_str(b->recorded[0]));
	emit_string(&e, span_str(b->recorded[b->recorded[1][0] != '\0']));
	emit_close(&e);
	put_number(&e, "streams", (int64_t)b->streams.count);
	emit_name(&e, SPAN("ends"));
	emit_string(&e, span_str(hex));
	emit_close(&e);
	end_line(out, 0, seed);
}

static void
put_stream(struct buf *out, const struct bury_stream *s, uint64_t *seed)
{
	size_t start = out->n;
	struct emit e;

	emit_init(&e, out);
	emit_open(&e, '{');
	emit_name(&e, SPAN("stream"));
	emit_string(&e, table_key(s));
	put_number(&e, "version", s->ver);
	emit_close(&e);
	end_line(out, start, seed);
}

static int
flush(struct bury *b, struct buf *out, int64_t *at, struct err *err)
{
	if (disk_write(&b->root->disk, b->fd, out->p, out->n, *at))
		return failed(b, "write", ACCOUNT_TMP, err);
	*at += (int64_t)out->n;
	buf_clear(out);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return span_compare(table_key(*(const void *const *)a), table_key(*(const void *const *)b));
}

static int
write_account(struct bury *b, uint64_t ends, struct err *err)
{
	const struct bury_stream **sorted = alloc_array(b->streams.count, sizeof(*sorted));
	uint64_t seed = b->root->seed;
	size_t n = 0, at = 0;
	int64_t written = 0;
	struct buf out;
	int r = make(b, ACCOUNT_TMP, err);

	while (n < b->streams.count)
		sorted[n++] = table_next(&b->streams, &at);
	if (n)
		qsort(sorted, n, sizeof(*sorted), by_name);
	buf_init(&out, FLUSH + 65536);
	put_head(b, &out, ends, &seed);
	for (size_t i = 0; i < n && r == 0; i++) {
		put_stream(&out, sorted[i], &seed);
		if (out.n >= FLUSH)
			r = flush(b, &out, &written, err);
	}
	if (r == 0) {
		size_t start = out.n;

		buf_puts(&out, "{\"end\":true}");
		end_line(&out, start, &seed);
		r = flush(b, &out, &written, err);
	}
	buf_release(&out);
	alloc_free(sorted);
	return r ? -1 : sync_and_close(b, ACCOUNT_TMP, err);
}

/* --- the steps --------------------------------------------------------------------------------- */

static int
read_lines(struct bury *b, struct scan *scan, struct err *err)
{
	struct scan_line line;
	struct buf name;
	int r;

	buf_init(&name, TRAILER_MAX);
	while ((r = scan_next(scan, &line, err)) == 1)
		if (take_line(b, &line, &name, err)) {
			r = -1;
			break;
		}
	buf_release(&name);
	if (r == 0 && b->block.n)
		r = put_block(b, err);
	return r;
}

int
bury_lines(struct bury *b, const struct place *from, const struct place *to, struct err *err)
{
	struct scan scan;
	uint64_t ends;
	int r;

	b->set = (struct past_set){from->pos, to->pos};
	if (make(b, PRINTS_TMP, err))
		return -1;
	scan_init(&scan, b->root, from, to);
	r = read_lines(b, &scan, err);
	ends = scan.at.sum;
	scan_release(&scan);
	if (r || sync_and_close(b, PRINTS_TMP, err))
		return -1;
	return write_account(b, ends, err);
}

int
bury_commit(struct bury *b, struct err *err)
{
	struct disk *d = &b->root->disk;
	char name[PAST_NAME_MAX];

	past_name(name, b->set, ".prints");
	if (d->calls->rename(d, PRINTS_TMP, name) || d->calls->fsync_dir(d, "retired") ||
		d->calls->fsync_dir(d, "."))
		return failed(b, "write", name, err);
	past_name(name, b->set, ".ndjson");
	if (d->calls->rename(d, ACCOUNT_TMP, name) || d->calls->fsync_dir(d, "retired"))
		return failed(b, "write", name, err);
	return 0;
}
