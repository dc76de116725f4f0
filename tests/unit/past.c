#include "tap.h"

#include "scratch_store.h"
#include "store/past.h"
#include "store/retain.h"
#include "store/verify.h"

#include <errno.h>

#define ANY ((struct decide_expect){DECIDE_ANY, 0})

static const char account[] = "retired/00000000000000000000-00000000000000000299.ndjson";
static const char prints[] = "retired/00000000000000000000-00000000000000000299.prints";

static void
add(struct scratch *s, int first, int count)
{
	scratch_open(s);
	for (int i = first; i < first + count; i++)
		scratch_append(s, ANY, i, "1", i % 3 ? "a\"b" : "c", NULL);
	log_commit(&s->log, &s->err);
	scratch_shut(s);
}

static int
keep(struct scratch *s, int64_t segments, struct retain_result *result)
{
	struct retain_conf conf = {.before_ms = INT64_MIN,
		.keep_segments = segments,
		.max_bytes = -1,
		.lock_ms = 1000};
	int r;

	if (root_open(&s->root, s->dir, &s->err))
		return -1;
	r = retain(result, &s->root, &conf, &s->err);
	root_close(&s->root);
	return r;
}

/* Three segments of 100, 200 and 0 lines; the first two are retired. */
static void
fill(struct scratch *s)
{
	struct retain_result result;

	s->roll_bytes = 4096;
	scratch_make(s);
	add(s, 0, 100);
	add(s, 100, 200);
	add(s, 300, 5);
	is_int(keep(s, 1, &result), 0, "retain");
	is_int(result.events, 300, "of 300 events");
	is_int(result.first, 300, "the log begins after them");
}

struct names {
	int count;
	int64_t vers;
};

static int
count_stream(void *ctx, struct span name, int64_t ver, struct err *err)
{
	struct names *n = ctx;

	(void)err;
	n->count++;
	n->vers += span_is(name, "a\"b") ? ver : 1000 * ver;
	return 0;
}

TEST(what_is_remembered)
{
	struct scratch s = {0};
	struct names names = {0};
	struct past_event ev;
	struct place front;
	struct past past;
	struct log_event event;
	char text[160];
	int wrong = 0;

	fill(&s);
	ok(root_open(&s.root, s.dir, &s.err) == 0 && past_open(&past, &s.root, &s.err) == 0,
		"open");
	is_int(past_end(&past), 300, "up to 300");
	is_int(past_front(&s.root, &front, &s.err), 0, "the front");
	ok(front.pos == 300 && front.segment == 300 && front.offset == 0, "is where 300 is");
	is_int(past_streams(&past, count_stream, &names, &s.err), 0, "streams");
	is_int(names.count, 2, "two of them");
	is_int(names.vers, 200 + 1000 * 100, "with their last versions");
	for (int i = 0; i < 300; i++) {
		struct hash128 h;

		event = scratch_event(text, i, "1", i % 3 ? "a\"b" : "c");
		h = past_print(&s.root, span_of(event.body.p, event.body.n - 1), event.stream);
		wrong += past_find(&past, i, &ev, &s.err) || ev.print.low != h.low ||
			 ev.print.high != h.high || ev.ver != (i % 3 ? i - i / 3 : i / 3 + 1);
	}
	is_int(wrong, 0, "every event's print and version");
	past_close(&past);
	root_close(&s.root);
	scratch_remove(&s);
}

static void
count_damage(void *ctx, const char *name, int64_t byte, const char *what)
{
	(void)name;
	(void)byte;
	(void)what;
	++*(int *)ctx;
}

/* Every byte of a file is changed: it is found, and no front is told that is wrong. */
static void
change_all(struct scratch *s, const char *name, size_t step)
{
	int missed = 0, lies = 0, tries = 0;
	struct place front, right;
	struct past past;
	size_t n;
	char *text = scratch_read(s, name, &n);

	past_front(&s->root, &right, &s->err);
	for (size_t at = 0; at < n; at += step) {
		int found = 0;

		text[at] ^= 1;
		scratch_write(s, name, text, n);
		if (past_open(&past, &s->root, &s->err) == 0) {
			past_check(&past, count_damage, &found, &s->err);
			past_close(&past);
		}
		missed += !found;
		if (past_front(&s->root, &front, &s->err) == 0)
			lies += front.pos != right.pos || front.sum != right.sum;
		text[at] ^= 1;
		tries++;
	}
	scratch_write(s, name, text, n);
	alloc_free(text);
	is_int(missed, 0, "%d bytes of %s: all found", tries, name);
	is_int(lies, 0, "no wrong front");
}

TEST(every_byte)
{
	struct scratch s = {0};
	struct past past;
	int found = 0;

	fill(&s);
	root_open(&s.root, s.dir, &s.err);
	past_open(&past, &s.root, &s.err);
	is_int(past_check(&past, count_damage, &found, &s.err), 0, "check");
	is_int(found, 0, "nothing is wrong");
	past_close(&past);
	change_all(&s, account, 1);
	change_all(&s, prints, 7);
	root_close(&s.root);
	scratch_remove(&s);
}

TEST(several_times)
{
	struct scratch s = {0};
	struct retain_result result;
	struct log_event ev;
	struct past past;
	int wrong = 0;

	fill(&s);
	for (int i = 1; i < 12; i++) {
		add(&s, 300 * i + 5, 300);
		wrong += keep(&s, 1, &result) != 0;
	}
	is_int(wrong, 0, "eleven more times");
	root_open(&s.root, s.dir, &s.err);
	is_int(past_open(&past, &s.root, &s.err), 0, "the accounts");
	ok(past.count > 5, "are several");
	past_close(&past);
	root_close(&s.root);
	scratch_open(&s);
	for (int i = 0; i < 3605; i += 17)
		wrong += scratch_append(&s, ANY, i, "1", i % 3 ? "a\"b" : "c", &ev) ||
			 !ev.is_known || ev.pos != i;
	is_int(wrong, 0, "every event is known, with its position");
	is_int(scratch_append(&s, ANY, 7, "2", "a\"b", NULL), -1, "other bytes");
	is_int(s.err.kind, ERR_DATA, "are a conflict");
	is_int(scratch_append(&s, ANY, 7, "1", "c", NULL), -1, "so is another stream");
	scratch_append(&s, ANY, 9999, "1", "c", &ev);
	is_int(ev.pos, 3605, "positions go on");
	log_commit(&s.log, &s.err);
	scratch_shut(&s);
	scratch_remove(&s);
}

/* A writer that has not looked for so long that the segment it was in is gone. */
TEST(behind_the_front)
{
	struct scratch s = {.roll_bytes = 4096}, t;
	struct retain_result result;
	struct log_event ev;

	scratch_make(&s);
	t = s;
	scratch_open(&t);
	scratch_append(&t, ANY, 0, "1", "c", NULL);
	is_int(log_commit(&t.log, &t.err), 0, "one line");
	add(&s, 1, 100);
	add(&s, 101, 100);
	is_int(keep(&s, 1, &result), 0, "retain");
	ok(result.first > 1, "its segment is gone");
	is_int(scratch_append(&t, ANY, 0, "1", "c", &ev), 0, "goes on");
	ok(ev.is_known && ev.pos == 0, "knows its line");
	is_int(scratch_append(&t, ANY, 201, "1", "c", &ev), 0, "and adds one");
	is_int(ev.pos, 201, "after those of others");
	is_int(log_commit(&t.log, &t.err), 0, "for good");
	scratch_shut(&t);
	scratch_remove(&s);
}

/* Verify's disk: before the listing of "retired" whose turn it is, a retention comes, and is killed before it removes anything. */
static struct disk_calls real, staying;
static struct scratch meanwhile;
static int turn;

static int
keep_segment(struct disk *d, const char *name)
{
	if (strncmp(name, "seg/", 4) != 0)
		return real.unlink(d, name);
	errno = EIO;
	return -1;
}

static int
list_later(struct disk *d, const char *name, disk_list_fn *fn, void *ctx)
{
	struct retain_conf conf = {
		.before_ms = INT64_MIN, .keep_segments = 2, .max_bytes = -1, .lock_ms = 1000};
	struct retain_result result;

	if (strcmp(name, "retired") == 0 && turn-- == 0) {
		root_open(&meanwhile.root, meanwhile.dir, &meanwhile.err);
		meanwhile.root.disk.calls = &staying;
		is_int(retain(&result, &meanwhile.root, &conf, &meanwhile.err), -1,
			"retain is killed");
		root_close(&meanwhile.root);
	}
	return real.list(d, name, fn, ctx);
}

TEST(verified_meanwhile)
{
	struct verify_conf conf = {0};
	struct verify_result result;
	struct disk_calls calls;
	struct scratch s = {0};
	int late = 0;

	s.roll_bytes = 4096;
	for (int i = 0; late == 0; i++) {
		scratch_make(&s);
		for (int j = 0; j < 300; j += 100)
			add(&s, j, 100);
		add(&s, 300, 5);
		meanwhile = s;
		turn = i;
		root_open(&s.root, s.dir, &s.err);
		calls = staying = real = *s.root.disk.calls;
		staying.unlink = keep_segment;
		calls.list = list_later;
		s.root.disk.calls = &calls;
		is_int(verify(&result, &s.root, &conf, &s.err), 0,
			"whenever it comes, nothing is damaged");
		ok(result.events == 105 || result.events == 305, "and all is seen that is there");
		late = turn >= 0;
		table_release(&result.streams);
		root_close(&s.root);
		scratch_remove(&s);
	}
}

int
main(void)
{
	RUN(what_is_remembered);
	RUN(every_byte);
	RUN(several_times);
	RUN(behind_the_front);
	RUN(verified_meanwhile);
	return tap_done();
}
