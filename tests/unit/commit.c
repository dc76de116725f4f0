/* commit: what writers that meet leave each other, and what a call that fails leaves behind. */
#include "tap.h"

#include "scratch_store.h"
#include "store/govern.h"
#include "store/settings.h"
#include "store/visible.h"

#include <errno.h>

#define ANY ((struct decide_expect){DECIDE_ANY, 0})
#define AT(n) ((struct decide_expect){DECIDE_EXACT, (n)})

static struct disk_calls real, broken;
static int64_t
	fails_at; /* writes to this byte of a file are cut at FIRST bytes, then fail; -1: none */
static bool is_cut;

#define FIRST ((size_t)64)

static ssize_t
write_some(struct disk *d, int fd, const void *p, size_t n, int64_t at)
{
	if (at == fails_at && n > FIRST && !is_cut) {
		is_cut = true;
		return real.pwrite(d, fd, p, FIRST, at);
	}
	if (is_cut) {
		is_cut = false;
		errno = EIO;
		return -1;
	}
	return real.pwrite(d, fd, p, n, at);
}

static int
no_sync(struct disk *d, int fd)
{
	(void)d;
	(void)fd;
	broken.fsync = real.fsync; /* once */
	errno = EIO;
	return -1;
}

static void
begin_broken(struct scratch *s)
{
	real = broken = *s->root.disk.calls;
	s->root.disk.calls = &broken;
}

/* Two writers of one store, who both have company. */
static void
begin_two(struct scratch *s, struct scratch *t)
{
	*s = (struct scratch){0};
	scratch_make(s);
	*t = *s;
	scratch_open(s);
	scratch_open(t);
}

static void
end_two(struct scratch *s, struct scratch *t)
{
	scratch_shut(s);
	scratch_shut(t);
	scratch_remove(s);
}

static int
commit_crowded(struct scratch *s)
{
	s->log.commit.turn.is_crowded = true;
	return log_commit(&s->log, &s->err);
}

static int
put(struct scratch *s, int id, const char *stream)
{
	return scratch_append(s, ANY, id, "1", stream, NULL) || commit_crowded(s) ? -1 : 0;
}

/* Settings are known to all, whoever writes them among however many. */
TEST(settings_are_read)
{
	struct settings closed = {.is_tombstoned = true};
	struct scratch s, t;

	begin_two(&s, &t);
	is_int(put(&s, 1, "a"), 0, "one writes to a stream");
	is_int(put(&t, 2, "a"), 0, "and the other");
	is_int(put(&s, 3, "a"), 0, "the first knows it well");
	is_int(log_begin(&t.log, &t.err) || govern_put(&t.log, SPAN("a"), &closed, &t.err) ||
			commit_crowded(&t),
		0, "the other closes it");
	is_int(scratch_append(&s, ANY, 4, "1", "a", NULL), -1, "no event is taken");
	ok(s.err.code && strcmp(s.err.code, "tombstone") == 0, "as it is closed");
	end_two(&s, &t);
}

/* A version that is known by name holds only with what came from the ring, also after that is in a run. */
TEST(versions_hold_after_a_run)
{
	struct log_event ev = {0};
	struct scratch s, t;

	begin_two(&s, &t);
	t.log.index.flush_bytes = 1; /* each of its catchups makes a run of what is durable */
	is_int(put(&s, 1, "a") || put(&t, 2, "a"), 0, "a stream both know");
	is_int(log_begin(&s.log, &s.err) || log_commit(&s.log, &s.err), 0,
		"one has read what the other wrote");
	ok(s.log.has_unnamed, "in the ring");
	is_int(put(&t, 3, "b"), 0, "the other makes a run of it, and writes elsewhere");
	is_int(index_refresh(&s.log.index, &s.err), 0, "the run is found");
	ok(s.log.runs_end != s.log.index.end.pos, "it has the lines of the stream");
	is_int(scratch_append(&s, AT(2), 4, "1", "a", &ev), 0,
		"the version is that of the other's line");
	is_int(ev.ver, 3, "and goes on");
	is_int(log_commit(&s.log, &s.err), 0, "for all");
	end_two(&s, &t);
}

/* Who is alone has lock.sync since it wrote: a sync that fails takes its lines back all the same, and frees the lock. */
TEST(alone_and_no_sync)
{
	struct place end;
	struct scratch s, t;
	uint64_t epoch;

	begin_two(&s, &t);
	begin_broken(&s);
	is_int(scratch_append(&s, ANY, 1, "1", "a", NULL) || log_commit(&s.log, &s.err), 0,
		"a line");
	end = s.log.tail;
	epoch = s.log.epoch;
	is_int(scratch_append(&s, ANY, 2, "1", "a", NULL), 0, "the next");
	broken.fsync = no_sync;
	ok(log_commit(&s.log, &s.err) == -1 && s.err.kind == ERR_SYSTEM, "cannot be synced");
	t.log.conf.lock_ms = t.log.commit.lock_ms = 0;
	is_int(log_begin(&t.log, &t.err), 0, "no lock is left: another reads");
	ok(t.log.tail.pos == end.pos && t.log.tail.offset == end.offset, "that it is not there");
	is_int((long long)t.log.epoch, (long long)epoch + 1, "in a new epoch");
	is_int(scratch_append(&t, AT(1), 2, "1", "a", NULL) || log_commit(&t.log, &t.err), 0,
		"and may store it");
	end_two(&s, &t);
}

/* Of the write that says both, only the first half is done: what it says is there was cut off. No lock is left. */
TEST(half_a_head)
{
	struct scratch s, t;

	begin_two(&s, &t);
	begin_broken(&s);
	is_int(scratch_append(&s, ANY, 1, "1", "a", NULL) || log_commit(&s.log, &s.err), 0,
		"a line");
	is_int(scratch_append(&s, ANY, 2, "1", "a", NULL), 0, "the next");
	/* The lines themselves go to another byte. */
	fails_at = 0;
	broken.pwrite = write_some;
	is_int(log_commit(&s.log, &s.err), -1, "head cannot be written");
	broken.pwrite = real.pwrite;
	fails_at = -1;
	t.log.conf.lock_ms = t.log.commit.lock_ms = 0;
	is_int(scratch_append(&t, AT(1), 2, "1", "a", NULL) || log_commit(&t.log, &t.err), 0,
		"another goes on");
	is_int(scratch_version(&t, "a"), 2, "with its own line");
	end_two(&s, &t);
}

/* Who began a new epoch and died had said so in the mark alone. */
TEST(half_a_renewal)
{
	struct scratch s, t;
	struct head h;

	begin_two(&s, &t);
	is_int(put(&s, 1, "a") || put(&t, 2, "a"), 0, "two writers");
	is_int(head_read(&t.root, t.log.commit.head_fd, &h, &t.err) ||
			head_put_mark(&t.root, t.log.commit.head_fd, &h.mark.at, h.mark.epoch + 1,
				0, &t.err),
		0, "one dies between the two records");
	is_int(put(&s, 3, "a"), 0, "the other goes on");
	is_int(scratch_version(&s, "a"), 3, "with all lines");
	is_int(log_commit(&s.log, &s.err), 0, "as if nothing had been");
	end_two(&s, &t);
}

/* Without a mark nobody knows what was acknowledged: a sync that fails then cuts nothing, and says so to who reads. */
TEST(no_mark_and_no_sync)
{
	struct place shown, found;
	struct scratch s, t;
	struct head h;

	begin_two(&s, &t);
	begin_broken(&s);
	is_int(scratch_append(&s, ANY, 1, "1", "a", NULL) || log_commit(&s.log, &s.err), 0,
		"a line");
	s.log.commit.turn.is_crowded = true;
	is_int(scratch_append(&s, ANY, 2, "1", "a", NULL), 0, "the next");
	is_int(s.root.disk.calls->ftruncate(&s.root.disk, s.log.commit.head_fd, FIRST), 0,
		"the mark is lost");
	broken.fsync = no_sync;
	ok(log_commit(&s.log, &s.err) == -1 && s.err.kind == ERR_SYSTEM, "no sync");
	is_int(head_read(&s.root, s.log.commit.head_fd, &h, &s.err), 0, "head is read");
	is_int((int64_t)h.mark.flags, HEAD_SYNCING | HEAD_DOUBT, "the mark is in doubt");
	ok(!head_bounds(&h) && !head_mark(&s.root, &found), "and bounds nothing");
	is_int(visible_read(&s.root, &shown, &s.err), 0, "who reads makes it good");
	is_int(head_read(&s.root, s.log.commit.head_fd, &h, &s.err), 0, "head is read");
	ok(head_bounds(&h) && h.mark.flags == 0 && h.mark.at.pos == 2 && shown.pos == 2,
		"the mark is whole, after all lines");
	is_int(scratch_version(&t, "a"), 2, "of which none was cut off");
	end_two(&s, &t);
}

static struct scratch
	*other; /* writes when the one at hand has let go of `lock`, once; then head is cut to */
static int64_t left; /* so many bytes */

static int
unlock_and_lose(struct disk *d, int fd)
{
	struct scratch *t = other;
	int r = real.unlock(d, fd);

	other = NULL;
	if (t && (put(t, 3, "a") || real.ftruncate(d, t->log.commit.head_fd, left)))
		ok(false, "the other's line is durable, and head is lost");
	return r;
}

/* Who comes late must not say that the log is durable up to his lines only, when the others' were acknowledged. */
static void
come_late(struct scratch *s, struct scratch *t, int64_t head_bytes, int64_t roll_bytes)
{
	struct place shown;

	begin_two(s, t);
	is_int(put(s, 1, "a"), 0, "a line");
	begin_broken(s);
	broken.unlock = unlock_and_lose;
	is_int(scratch_append(s, ANY, 2, "1", "a", NULL), 0, "the next");
	t->root.roll_bytes = roll_bytes;
	left = head_bytes;
	other = t;
	is_int(commit_crowded(s), 0, "which another writer has made durable, with his own");
	is_int(visible_read(&s->root, &shown, &s->err), 0, "the store is read");
	is_int(shown.pos, 3, "all is shown");
}

TEST(late_and_no_mark)
{
	struct scratch s, t;
	struct place found;

	come_late(&s, &t, 0, INT64_MAX);
	ok(head_mark(&s.root, &found) && found.pos == 3, "who reads makes the mark right");
	end_two(&s, &t);
	come_late(&s, &t, FIRST, 1);
	end_two(&s, &t);
}

/* A mark that the machine was started after is behind what was acknowledged: in a new epoch it stands at the end. */
TEST(renewal_of_an_old_mark)
{
	struct place first;
	struct scratch s, t;
	struct head h;
	uint64_t epoch;

	begin_two(&s, &t);
	is_int(put(&s, 1, "a"), 0, "a line");
	first = s.log.tail;
	epoch = s.log.epoch;
	is_int(put(&s, 2, "a"), 0, "the next");
	t.root.boot++;
	is_int(head_put_mark(&t.root, t.log.commit.head_fd, &first, epoch, 0, &t.err), 0,
		"the mark is before it, of another boot");
	is_int(commit_renew(&s.log.commit, &s.log.tail, &epoch, &s.err), 0, "a new epoch");
	is_int(head_read(&s.root, s.log.commit.head_fd, &h, &s.err), 0, "head is read");
	ok(head_bounds(&h) && h.mark.at.pos == 2 && h.mark.boot == s.root.boot,
		"the mark is of now, and hides nothing");
	end_two(&s, &t);
}

int
main(void)
{
	fails_at = -1;
	RUN(settings_are_read);
	RUN(versions_hold_after_a_run);
	RUN(alone_and_no_sync);
	RUN(half_a_head);
	RUN(half_a_renewal);
	RUN(no_mark_and_no_sync);
	RUN(late_and_no_mark);
	RUN(renewal_of_an_old_mark);
	return tap_done();
}
