/* The writer's index and the readers' set of runs: gaps, leftovers, foreign files, retention. */
#include "tap.h"

#include "scratch_lines.h"
#include "store/remake.h"

static struct lines l;
static struct index ix;

static void
add(int64_t n)
{
	for (int64_t i = 0; i < n; i++) {
		lines_add(&l, (int)(l.count * 31 % 17), 1);
		index_add(&ix, &l.items[l.count - 1]);
	}
}

static bool
open_index(void)
{
	if (index_open(&ix, &l.s.root, &l.s.err))
		return false;
	ix.flush_bytes = 1;
	for (int64_t i = index_end(&ix).pos; i < l.count; i++)
		index_add(&ix, &l.items[i]);
	return true;
}

static bool
all_found(void)
{
	int64_t pos, ver;

	for (int64_t i = 0; i < l.count; i++) {
		struct locus at;
		size_t probe = 0;

		if (index_find(&ix, l.items[i].id, &probe, &pos, &l.s.err) != 1 || pos != i ||
			index_find(&ix, l.items[i].id, &probe, &pos, &l.s.err) != 0 ||
			index_locate(&ix, i, &at, &l.s.err) || at.offset != l.items[i].offset ||
			at.segment != l.items[i].segment || at.length != l.items[i].length)
			return false;
	}
	for (int i = 0; i < 18; i++) {
		int got = index_version(&ix, lines_stream(&l, i), &ver, &pos, &l.s.err);

		if (got != (l.vers[i] > 0) || (got && ver != l.vers[i]) ||
			(got && (l.streams[pos] != i || l.items[pos].ver != ver)))
			return false;
	}
	for (int i = 0; i < 100; i++) {
		size_t probe = 0;

		if (index_find(&ix, lines_id(&l, -1 - i), &probe, &pos, &l.s.err))
			return false;
	}
	return true;
}

static void
flush(int64_t pos)
{
	struct place mark = {.pos = pos};

	is_int(index_flush(&ix, &mark, &l.s.err), 0, "a run up to %d", (int)pos);
}

static int
count_name(void *ctx, const char *name)
{
	*(int *)ctx += strstr(name, ".run") != NULL;
	return 0;
}

static int
files(const char *dir)
{
	int n = 0;

	l.s.root.disk.calls->list(&l.s.root.disk, dir, count_name, &n);
	return n;
}

static void
start(int64_t n)
{
	lines_init(&l);
	open_index();
	add(n);
}

static void
finish(void)
{
	index_close(&ix);
	lines_release(&l);
}

TEST(flush_and_merge)
{
	start(10);
	ok(all_found(), "in memory");
	flush(4);
	is_int(index_end(&ix).pos, 4, "four are in a run");
	is_int((int64_t)ix.recent.count, 6, "six are not");
	ok(all_found(), "both are found");
	for (int i = 0; i < 6; i++) {
		add(i + 1);
		flush(l.count);
	}
	is_int((int64_t)ix.set.count, 7, "seven runs");
	is_int(index_merge(&ix, &l.s.err), 0, "are not merged");
	add(5);
	flush(l.count);
	is_int((int64_t)ix.set.count, 1, "eight small ones are, at once");
	is_int(files("index"), 1, "and their files are gone");
	ok(all_found(), "all are found");
	index_close(&ix);
	ok(open_index() && index_end(&ix).pos == l.count, "as they are when opened again");
	ok(all_found(), "all are found");
	finish();
}

TEST(rolled_back)
{
	start(10);
	flush(5);
	lines_cut(&l, 7);
	index_cut(&ix, 7);
	ok(all_found(), "what was cut is not found");
	add(3);
	ok(all_found(), "what came instead is");
	flush(l.count);
	lines_cut(&l, 6); /* as a damaged disk may do it: the run is of another log now */
	index_close(&ix);
	ok(open_index() && index_end(&ix).pos == 5, "a run of lines that are gone does not count");
	is_int(files("index"), 1, "and is removed");
	ok(all_found(), "all are found");
	finish();
}

static void
write_file(const char *name, const char *p, size_t n)
{
	scratch_write(&l.s, name, p, n);
}

TEST(leftovers)
{
	const char *first = "index/00000000000000000000-00000000000000000019.run";
	char *p;
	size_t n;

	start(20);
	flush(20);
	add(20);
	flush(40);
	index_close(&ix);
	p = scratch_read(&l.s, first, &n);
	write_file("index/00000000000000000000-00000000000000000029.run", p, n);
	write_file("index/00000000000000000020-00000000000000000029.run", p, n);
	write_file("index/00000000000000000040-00000000000000000059.run", p, n);
	write_file("index/00000000000000000040-09223372036854775807.run", p, n);
	write_file("index/00000000000000000021-00000000000000000019.run", p, n);
	write_file("index/flush.tmp", "x", 1);
	write_file("index/merge.tmp", "x", 1);
	ok(open_index() && index_end(&ix).pos == 40, "foreign names do not count");
	ok(all_found(), "all are found");
	index_close(&ix);
	write_file(first, "", 0);
	ok(open_index() && index_end(&ix).pos == 40, "an empty file is made again");
	ok(all_found(), "all are found");
	index_close(&ix);
	write_file(first, p, n - 4096);
	ok(open_index() && all_found(), "one without its footer too");
	alloc_free(p);
	finish();
}

TEST(removed)
{
	start(30);
	flush(10);
	add(1);
	flush(20);
	flush(31);
	l.s.root.disk.calls->unlink(
		&l.s.root.disk, "index/00000000000000000010-00000000000000000019.run");
	ok(all_found(), "an open run does without its file");
	index_close(&ix);
	ok(open_index() && index_end(&ix).pos == 31, "a gap is filled");
	ok(all_found(), "all are found");
	finish();
}

TEST(two_writers)
{
	struct index other;
	struct place mark;

	start(10);
	flush(10);
	is_int(index_open(&other, &l.s.root, &l.s.err), 0, "a second writer");
	other.flush_bytes = 1;
	add(10);
	for (int64_t i = 10; i < 20; i++)
		index_add(&other, &l.items[i]);
	flush(20);
	mark = (struct place){.pos = 20};
	is_int(index_flush(&other, &mark, &l.s.err), 0, "it has the same to do");
	is_int((int64_t)other.recent.count, 0, "takes the run over");
	is_int(files("index"), 2, "and makes none");
	add(10);
	flush(30);
	is_int(index_refresh(&other, &l.s.err), 0, "a look at what is new");
	is_int(index_end(&other).pos, 30, "shows it");
	for (int64_t i = 20; i < 30; i++)
		index_add(&other, &l.items[i]);
	is_int(index_next(&other), 30, "lines that runs cover are passed over");
	index_close(&other);
	finish();
}

TEST(retention)
{
	start(30);
	lines_roll(&l);
	add(30);
	flush(l.count);
	lines_roll(&l);
	add(5);
	is_int(index_retire(&ix, 30, &l.s.err), 0, "up to the second segment");
	is_int(files("retired"), 1, "one retired run");
	ok(all_found(), "nothing has changed");
	is_int(index_retire(&ix, 30, &l.s.err), 0, "again");
	is_int(index_retire(&ix, 60, &l.s.err), 0, "up to the third");
	is_int(files("retired"), 1, "one retired run");
	is_int(files("index"), 0, "and no other");
	l.s.root.disk.calls->unlink(&l.s.root.disk, "seg/00000000000000000000.ndjson");
	l.s.root.disk.calls->unlink(&l.s.root.disk, "seg/00000000000000000030.ndjson");
	index_close(&ix);
	ok(open_index() && index_end(&ix).pos == 60, "opens without the segments");
	ok(all_found(), "and finds all");
	add(5);
	flush(l.count);
	ok(all_found(), "and goes on");
	index_close(&ix);
	l.s.root.disk.calls->unlink(
		&l.s.root.disk, "index/00000000000000000060-00000000000000000069.run");
	ok(open_index() && all_found(), "also without the index");
	index_close(&ix);
	write_file("retired/00000000000000000000-00000000000000000059.run", "", 0);
	ok(!open_index() && l.s.err.kind == ERR_DAMAGE, "but not without the retired run");
	lines_release(&l);
}

/* Killed between the retired run and the removal of the segments. */
TEST(half_retired)
{
	const char *retired = "retired/00000000000000000000-00000000000000000029.run";
	char *p;
	size_t n;

	start(30);
	lines_roll(&l);
	add(5);
	is_int(index_retire(&ix, 30, &l.s.err), 0, "up to the second segment");
	index_close(&ix);
	p = scratch_read(&l.s, retired, &n);
	p[100] ^= 1;
	write_file(retired, p, n);
	ok(open_index() && all_found(), "a damaged block of it");
	is_int(files("retired"), 0, "the log still has the lines");
	index_close(&ix);
	write_file(retired, p, n - 1);
	ok(open_index() && all_found(), "or no footer");
	alloc_free(p);
	finish();
}

TEST(readers)
{
	struct runset set;
	struct place bound;

	start(30);
	flush(10);
	flush(20);
	flush(30);
	l.s.root.disk.calls->unlink(
		&l.s.root.disk, "index/00000000000000000010-00000000000000000019.run");
	bound = l.before[25];
	is_int(runset_open(&set, &l.s.root, &bound, &l.s.err), 0, "opens");
	is_int((int64_t)set.count, 1, "a run that ends after the bound is left out");
	runset_close(&set);
	runset_open(&set, &l.s.root, NULL, &l.s.err);
	is_int((int64_t)set.count, 2, "two runs");
	ok(runset_at(&set, 9) == set.runs[0] && !runset_at(&set, 10) &&
			runset_at(&set, 20) == set.runs[1] && !runset_at(&set, 30),
		"and a gap");
	runset_close(&set);
	index_close(&ix);
	l.s.root.disk.calls->rename(&l.s.root.disk, "index", "lost");
	runset_open(&set, &l.s.root, NULL, &l.s.err);
	is_int((int64_t)set.count, 0, "no index is an empty set");
	runset_close(&set);
	open_index();
	ok(all_found(), "for a writer too");
	finish();
}

TEST(made_anew)
{
	struct disk *d = &l.s.root.disk;
	struct remake_result made;
	int fd;

	start(30);
	flush(20);
	lines_roll(&l);
	add(30);
	flush(50);
	write_file("index/00000000000000000020-00000000000000000049.run", "", 0);
	write_file("index/strange.run", "", 0);
	is_int(remake(&l.s.root, 0, &made, &l.s.err), 0, "made anew");
	ok(made.events == 60 && made.runs == 1 && made.bytes > 0, "one run of all");
	is_int(files("index"), 1, "and no other");
	ok(all_found(), "who has it open finds all");
	index_close(&ix);
	ok(open_index() && index_end(&ix).pos == 60 && all_found(), "and who opens it");
	fd = d->calls->open(d, "lock.index", DISK_WRITE | DISK_ENSURE, 0600);
	is_int(d->calls->lock(d, fd, DISK_EXCLUSIVE, 0), 0, "somebody merges");
	is_int(remake(&l.s.root, 0, &made, &l.s.err), -1, "nothing is done");
	ok(l.s.err.kind == ERR_SYSTEM && strcmp(l.s.err.code, "lock") == 0, "it is locked");
	d->calls->close(d, fd);
	finish();
}

int
main(void)
{
	RUN(flush_and_merge);
	RUN(rolled_back);
	RUN(leftovers);
	RUN(removed);
	RUN(two_writers);
	RUN(retention);
	RUN(half_retired);
	RUN(readers);
	RUN(made_anew);
	return tap_done();
}
