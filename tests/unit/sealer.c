/* sealer: a store is the same store when it is sealed, whatever an earlier sealer has left. */
#include "tap.h"

#include "scratch_store.h"
#include "store/archive.h"
#include "store/query.h"
#include "store/sealer.h"

static void
fill_store(struct scratch *s, int events)
{
	s->roll_bytes = 60000;
	scratch_make(s);
	scratch_open(s);
	for (int i = 0; i < events; i++) {
		scratch_append(s, (struct decide_expect){DECIDE_ANY, 0}, i, "{\"k\":1}", "s", NULL);
		if (i % 20 == 19)
			log_commit(&s->log, &s->err);
	}
	log_commit(&s->log, &s->err);
	scratch_shut(s);
}

static int
read_all(struct scratch *s, struct buf *out)
{
	struct query_conf conf = {.store = s->dir,
		.pos = QUERY_ALL,
		.ver = QUERY_ALL,
		.from_ms = INT64_MIN,
		.to_ms = INT64_MAX};
	struct source *src = query_open(&conf, &s->err);
	struct source_line line;
	int r;

	buf_clear(out);
	while ((r = src->next(src, &line, &s->err)) == SOURCE_LINE) {
		buf_span(out, line.line);
		buf_putc(out, '\n');
	}
	src->close(src);
	return r;
}

static int64_t
forms(struct scratch *s, int64_t *sealed)
{
	struct segment_list list = {0};
	int64_t plain = 0;

	*sealed = 0;
	segment_list_read(&list, &s->root, &s->err);
	for (size_t i = 0; i < list.count; i++) {
		plain += list.items[i].is_plain;
		*sealed += list.items[i].is_sealed;
	}
	segment_list_release(&list);
	return plain;
}

TEST(a_store_sealed)
{
	struct scratch s = {0};
	struct buf before, after;
	int64_t sealed, plain;
	struct sealer lock;
	int steps = 0;

	fill_store(&s, 1500);
	buf_init(&before, 4 << 20);
	buf_init(&after, 4 << 20);
	read_all(&s, &before);
	root_open(&s.root, s.dir, &s.err);
	plain = forms(&s, &sealed);
	ok(plain > 3, "%d segments", (int)plain);
	scratch_write(&s, "seg/00000000000000000000.ndjson.zst.tmp", "left", 4);
	is_int(sealer_open(&lock, &s.root, 0, &s.err), 1, "a sealer");
	is_int(sealer_step(&s.root, &s.err), 0, "while it works no other does");
	sealer_close(&lock);
	for (int64_t left = plain - 1; left > 0; left--) {
		steps += sealer_step(&s.root, &s.err) == 1;
		is_int(forms(&s, &sealed), left, "one plain segment less");
		is_int(read_all(&s, &after), SOURCE_END, "it is read");
		ok(span_equal(buf_view(&before), buf_view(&after)), "and is the same");
	}
	is_int(steps, plain - 1, "so many steps");
	is_int(sealer_step(&s.root, &s.err), 0, "then there is nothing to do");
	is_int(sealed, plain - 1, "all but the last are sealed");
	root_close(&s.root);
	scratch_open(&s);
	scratch_append(&s, (struct decide_expect){DECIDE_ANY, 0}, 3, "{\"k\":1}", "s", NULL);
	scratch_append(&s, (struct decide_expect){DECIDE_ANY, 0}, 5000, "{\"k\":1}", "s", NULL);
	is_int(log_commit(&s.log, &s.err), 0, "it is written to");
	is_int(scratch_version(&s, "s"), 1501, "and knows what it had");
	scratch_shut(&s);
	buf_release(&before);
	buf_release(&after);
	scratch_remove(&s);
}

/* What a writer does between two events; a reader looks in at any moment. */
TEST(in_slices)
{
	struct scratch s = {0};
	struct sealer sealer = SEALER_CLOSED;
	struct buf before, after;
	int64_t sealed, plain;
	int slices = 0, r;

	fill_store(&s, 1500);
	buf_init(&before, 4 << 20);
	buf_init(&after, 4 << 20);
	read_all(&s, &before);
	root_open(&s.root, s.dir, &s.err);
	plain = forms(&s, &sealed);
	while ((r = sealer_slice(&sealer, &s.root, &s.err)) == 1) {
		is_int(read_all(&s, &after), SOURCE_END, "slice %d", slices++);
		ok(span_equal(buf_view(&before), buf_view(&after)), "shows the same");
		is_int(sealer_step(&s.root, &s.err), 0, "to others the store is being sealed");
	}
	is_int(r, 0, "the end");
	ok(slices > plain && sealer.lock_fd < 0, "of many slices, without the lock");
	is_int(forms(&s, &sealed), 1, "one is plain");
	is_int(sealed, plain - 1, "the others are sealed");
	root_close(&s.root);
	buf_release(&before);
	buf_release(&after);
	scratch_remove(&s);
}

TEST(given_up)
{
	struct scratch s = {0};
	struct sealer sealer = SEALER_CLOSED;
	int64_t sealed, plain;
	size_t n;

	fill_store(&s, 600);
	root_open(&s.root, s.dir, &s.err);
	plain = forms(&s, &sealed);
	is_int(sealer_slice(&sealer, &s.root, &s.err), 1, "begun");
	alloc_free(scratch_read(&s, SEG0 ".zst.tmp", &n));
	sealer_close(&sealer);
	sealer_close(&sealer);
	is_int(forms(&s, &sealed), plain, "given up, all is as before");
	is_int(sealed, 0, "nothing is sealed");
	ok(faccessat(s.root.disk.root, SEG0 ".zst.tmp", F_OK, 0) != 0, "nothing is left");
	root_close(&s.root);
	scratch_remove(&s);
}

TEST(both_forms)
{
	struct scratch s = {0};
	struct buf before, after;
	int64_t sealed;
	size_t n;
	char *p;

	fill_store(&s, 600);
	buf_init(&before, 4 << 20);
	buf_init(&after, 4 << 20);
	read_all(&s, &before);
	p = scratch_read(&s, SEG0, &n);
	root_open(&s.root, s.dir, &s.err);
	while (sealer_step(&s.root, &s.err) == 1)
		continue;
	scratch_write(&s, SEG0, p, n);
	is_int(forms(&s, &sealed), 2, "both forms of the first");
	is_int(read_all(&s, &after), SOURCE_END, "they are read as one");
	ok(span_equal(buf_view(&before), buf_view(&after)), "the same");
	is_int(sealer_step(&s.root, &s.err), 1, "the plain one goes");
	is_int(forms(&s, &sealed), 1, "it is gone");
	scratch_write(&s, SEG0, p, n);
	scratch_write(&s, SEG0 ".zst", p, 100);
	is_int(sealer_step(&s.root, &s.err), 1, "a sealed one that is garbage is made anew");
	is_int(read_all(&s, &after), SOURCE_END, "and read");
	ok(span_equal(buf_view(&before), buf_view(&after)), "the same");
	p[n / 2] ^= 1;
	scratch_write(&s, SEG0, p, n);
	is_int(sealer_step(&s.root, &s.err), -1, "a plain one that is damaged stays");
	is_int(s.err.kind, ERR_DAMAGE, "%s", s.err.text);
	is_int(forms(&s, &sealed), 2, "beside the sealed one");
	root_close(&s.root);
	alloc_free(p);
	buf_release(&before);
	buf_release(&after);
	scratch_remove(&s);
}

TEST(a_segment_as_archive)
{
	struct scratch s = {0};
	struct buf before, after;
	struct source_line line;
	struct archive *a;
	struct source *src;
	int r;

	fill_store(&s, 600);
	buf_init(&before, 4 << 20);
	buf_init(&after, 4 << 20);
	read_all(&s, &before);
	root_open(&s.root, s.dir, &s.err);
	is_int(sealer_step(&s.root, &s.err), 1, "sealed");
	is_int(archive_open_segment(&a, &s.root, 0, &s.err), 1, "opened");
	ok(archive_has_time(a, NULL, TIMING_MS) && !archive_has_time(a, ".x", TIMING_MS) &&
			!archive_has_time(a, NULL, TIMING_S),
		"knows whose times it has");
	is_int(archive_untimed(a), archive_lines(a), "which are none here");
	src = archive_source(a, 5, 6, 0);
	while ((r = src->next(src, &line, &s.err)) == SOURCE_LINE) {
		buf_span(&after, line.line);
		buf_putc(&after, '\n');
	}
	is_int(r, SOURCE_END, "read");
	ok(after.n > 1000 && span_starts(buf_view(&before), buf_view(&after)),
		"the producer's bytes");
	src->close(src);
	is_int(archive_open_segment(&a, &s.root, 77, &s.err), -1, "another is not there");
	is_str(s.err.code, "gone", "and said to be gone");
	root_close(&s.root);
	buf_release(&before);
	buf_release(&after);
	scratch_remove(&s);
}

int
main(void)
{
	RUN(a_store_sealed);
	RUN(in_slices);
	RUN(given_up);
	RUN(both_forms);
	RUN(a_segment_as_archive);
	return tap_done();
}
