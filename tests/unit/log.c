#include "tap.h"

#include "scratch_store.h"

#define ANY ((struct decide_expect){DECIDE_ANY, 0})
#define NONE ((struct decide_expect){DECIDE_NONE, 0})
#define AT(n) ((struct decide_expect){DECIDE_EXACT, (n)})

TEST(positions_and_versions)
{
	struct scratch s = {0};
	struct log_event ev;

	scratch_make(&s);
	ok(scratch_open(&s), "a new store opens");
	is_int(scratch_append(&s, ANY, 1, "1", "a", &ev), 0, "append");
	is_int(ev.pos * 10 + ev.ver, 1, "position 0, version 1");
	scratch_append(&s, ANY, 2, "1", "b", &ev);
	is_int(ev.pos * 10 + ev.ver, 11, "another stream: position 1, version 1");
	scratch_append(&s, AT(1), 3, "1", "a", &ev);
	is_int(ev.pos * 10 + ev.ver, 22, "position 2, version 2");
	is_int(log_commit(&s.log, &s.err), 0, "commit");
	scratch_shut(&s);
	ok(scratch_open(&s), "opens again");
	is_int(scratch_version(&s, "a"), 2, "version of a");
	is_int(scratch_version(&s, "b"), 1, "version of b");
	is_int(scratch_version(&s, "c"), 0, "version of none");
	scratch_append(&s, AT(2), 4, "1", "a", &ev);
	is_int(ev.pos * 10 + ev.ver, 33, "position 3, version 3");
	scratch_shut(&s);
	ok(scratch_open(&s), "opens again");
	is_int(scratch_version(&s, "a"), 2, "what was not committed is not there");
	scratch_shut(&s);
	scratch_remove(&s);
}

TEST(refusals_change_nothing)
{
	struct scratch s = {0};
	struct log_event ev;
	char *before, *after;
	size_t n, m;

	scratch_make(&s);
	scratch_open(&s);
	scratch_append(&s, NONE, 1, "1", "a", NULL);
	log_commit(&s.log, &s.err);
	before = scratch_read(&s, SEG0, &n);
	is_int(scratch_append(&s, NONE, 2, "1", "a", NULL), -1, "not new");
	is_int(s.err.kind, ERR_VERSION, "wrong expected version");
	is_str(s.err.text, "wrong expected version: stream 'a' expected none, actual 1", "says it");
	is_int(scratch_append(&s, AT(7), 2, "1", "a", NULL), -1, "not at 7");
	is_str(s.err.text, "wrong expected version: stream 'a' expected 7, actual 1", "says it");
	is_int(scratch_append(&s, ANY, 1, "2", "a", NULL), -1, "other bytes");
	is_int(s.err.kind, ERR_DATA, "a conflict");
	is_int(scratch_append(&s, ANY, 1, "1", "b", NULL), -1, "another stream");
	is_int(s.err.kind, ERR_DATA, "a conflict");
	is_int(scratch_append(&s, ANY, 1, "1", "a", &ev), 0, "a retry is a success");
	ok(ev.is_known && ev.pos == 0 && ev.ver == 1, "with the first answer");
	is_int(log_check(&s.log, AT(1), SPAN("a"), &s.err), 0, "a check alone");
	is_int(log_check(&s.log, AT(2), SPAN("a"), &s.err), -1, "a check that says no");
	log_commit(&s.log, &s.err);
	after = scratch_read(&s, SEG0, &m);
	ok(n == m && memcmp(before, after, n) == 0, "no byte was written");
	alloc_free(before);
	alloc_free(after);
	scratch_shut(&s);
	scratch_remove(&s);
}

TEST(batches)
{
	struct scratch s = {0};
	char text[4][160];
	struct log_event evs[4];

	scratch_make(&s);
	scratch_open(&s);
	for (int i = 0; i < 3; i++)
		evs[i] = scratch_event(text[i], i, "1", "a");
	evs[3] = scratch_event(text[3], 0, "1", "a");
	is_int(log_append(&s.log, NONE, evs, 4, &s.err), 0, "three and a twin");
	is_int(log_commit(&s.log, &s.err), 0, "commit");
	is_int(scratch_version(&s, "a"), 3, "three are stored");
	ok(evs[3].is_known && evs[3].ver == 1, "the twin has its first one's answer");
	is_int(log_append(&s.log, NONE, evs, 3, &s.err), 0, "again: a retry");
	ok(evs[2].is_known && evs[2].ver == 3, "with the same answer");
	evs[3] = scratch_event(text[3], 9, "1", "a");
	is_int(log_append(&s.log, ANY, evs, 4, &s.err), -1, "half known");
	is_int(s.err.kind, ERR_DATA, "refused");
	evs[0] = scratch_event(text[0], 10, "1", "a");
	evs[1] = scratch_event(text[1], 10, "2", "a");
	is_int(log_append(&s.log, ANY, evs, 2, &s.err), -1, "one identity, two events");
	evs[1] = scratch_event(text[1], 11, "2", "b");
	is_int(log_append(&s.log, AT(3), evs, 2, &s.err), -1, "two streams, one version");
	is_int(log_append(&s.log, ANY, evs, 2, &s.err), 0, "two streams");
	is_int(evs[0].ver * 10 + evs[1].ver, 41, "each with its own version");
	scratch_shut(&s);
	scratch_remove(&s);
}

TEST(two_writers)
{
	struct scratch s = {0}, t;
	struct log_event ev;

	scratch_make(&s);
	t = s;
	scratch_open(&s);
	scratch_open(&t);
	t.log.conf.lock_ms = 0;
	scratch_append(&s, ANY, 1, "1", "a", NULL);
	is_int(scratch_append(&t, ANY, 2, "1", "a", NULL), -1, "the other waits in vain");
	is_int(s.err.kind == ERR_NONE && t.err.kind == ERR_SYSTEM, 1, "status 3");
	log_commit(&s.log, &s.err);
	t.log.conf.lock_ms = INT64_MAX; /* what --lock-timeout allows */
	is_int(scratch_append(&t, AT(1), 2, "1", "a", &ev), 0, "then it sees what was written");
	is_int(ev.pos * 10 + ev.ver, 12, "and goes on from there");
	log_commit(&t.log, &t.err);
	is_int(scratch_append(&s, AT(1), 3, "1", "a", NULL), -1, "so does the first");
	is_int(s.err.kind, ERR_VERSION, "a wrong version");
	is_int(scratch_append(&s, ANY, 2, "1", "a", &ev), 0, "the other's event");
	ok(ev.is_known && ev.pos == 1, "is known");
	log_commit(&s.log, &s.err);
	scratch_shut(&s);
	scratch_shut(&t);
	scratch_remove(&s);
}

TEST(rolls)
{
	struct scratch s = {.roll_bytes = 1000}, t;
	struct log_event ev;
	int bad = 0;

	scratch_make(&s);
	t = s;
	scratch_open(&s);
	scratch_open(&t);
	for (int i = 0; i < 60; i++) {
		struct scratch *w = i % 3 ? &s : &t;

		bad += scratch_append(w, AT(i), i, "\"some more text\"", "a", &ev) != 0;
		bad += ev.pos != i || log_commit(&w->log, &w->err) != 0;
	}
	is_int(bad, 0, "two writers over many segments");
	ok(scratch_segments(&s) > 8, "%d segments", scratch_segments(&s));
	for (int i = 0; i < 60; i++) {
		bad += scratch_append(&s, ANY, i, "\"some more text\"", "a", &ev) != 0;
		bad += !ev.is_known || ev.pos != i;
	}
	is_int(bad, 0, "events are found in every segment");
	scratch_shut(&s);
	scratch_shut(&t);
	ok(scratch_open(&s), "opens again");
	is_int(scratch_version(&s, "a"), 60, "all there");
	scratch_shut(&s);
	scratch_remove(&s);
}

TEST(limits)
{
	struct scratch s = {0};

	scratch_make(&s);
	scratch_open(&s);
	s.log.conf.max_keys = 2;
	is_int(scratch_append(&s, ANY, 1, "1", "a", NULL), 0, "one stream");
	is_int(scratch_append(&s, ANY, 2, "1", "b", NULL), 0, "two streams");
	is_int(scratch_append(&s, ANY, 3, "1", "c", NULL), 0, "a third one");
	ok(s.log.streams.count <= 2, "two are remembered");
	is_int(scratch_version(&s, "a"), 1, "the others are looked up");
	scratch_shut(&s);
	scratch_remove(&s);
}

TEST(what_could_not_be_read_is_refused)
{
	struct scratch s = {0};
	struct log_event ev = {.identity = SPAN("x"), .stream = SPAN("a")};
	char *bytes = alloc_zero(SEGMENT_LINE_MAX);

	scratch_make(&s);
	scratch_open(&s);
	ev.body = span_of(bytes, LOG_EVENT_MAX + 1);
	is_int(log_append(&s.log, ANY, &ev, 1, &s.err), -1,
		"an event whose line would be over the limit");
	is_int(s.err.kind, ERR_DATA, "is the event's fault");
	is_int((long long)log_pending(&s.log), 0, "nothing of it is pending");
	is_int(scratch_append(&s, ANY, 1, "1", "a", NULL), 0, "the next one is taken");
	is_int(log_commit(&s.log, &s.err), 0, "and stored");
	scratch_shut(&s);
	scratch_remove(&s);
	alloc_free(bytes);
}

int
main(void)
{
	RUN(positions_and_versions);
	RUN(refusals_change_nothing);
	RUN(batches);
	RUN(two_writers);
	RUN(rolls);
	RUN(limits);
	RUN(what_could_not_be_read_is_refused);
	return tap_done();
}
