/* Following a store; what else a query does is in tests/prop/store.c. */
#include "tap.h"

#include "scratch_store.h"
#include "store/govern.h"
#include "store/query.h"

#include <poll.h>

#define ANY ((struct decide_expect){DECIDE_ANY, 0})

static bool
is_readable(struct source *src)
{
	struct pollfd fd;

	return src->fds(src, &fd, 1) == 1 && poll(&fd, 1, 0) == 1;
}

static struct source *
follow(struct scratch *s, int64_t last)
{
	struct query_conf conf = {.store = s->dir,
		.pos = QUERY_ALL,
		.ver = QUERY_ALL,
		.from_ms = INT64_MIN,
		.to_ms = INT64_MAX,
		.last = last,
		.follow = true};

	return query_open(&conf, &s->err);
}

static void
put(struct scratch *s, int id)
{
	scratch_append(s, ANY, id, "\"text enough to fill a segment\"", "a", NULL);
	log_commit(&s->log, &s->err);
}

TEST(over_segments)
{
	struct scratch s = {.roll_bytes = 500};
	struct source_line line;
	struct source *src;
	char text[160];
	int wrong = 0;

	scratch_make(&s);
	src = follow(&s, 0);
	ok(src != NULL, "a store without segments can be followed");
	is_int(src->next(src, &line, &s.err), SOURCE_WAIT, "and has nothing yet");
	scratch_open(&s);
	for (int i = 0; i < 20; i++) {
		struct log_event ev;

		put(&s, i);
		ev = scratch_event(text, i, "\"text enough to fill a segment\"", "a");
		wrong += !is_readable(src) || src->next(src, &line, &s.err) != SOURCE_LINE ||
			 !span_equal(line.line, ev.body);
		wrong += src->next(src, &line, &s.err) != SOURCE_WAIT;
		while (is_readable(src))
			wrong += src->next(src, &line, &s.err) != SOURCE_WAIT;
	}
	is_int(wrong, 0, "each event wakes the reader once and is read");
	ok(scratch_segments(&s) > 5, "over %d segments", scratch_segments(&s));
	src->stop(src);
	is_int(src->next(src, &line, &s.err), SOURCE_END, "until it is stopped");
	src->close(src);
	scratch_shut(&s);
	scratch_remove(&s);
}

TEST(from_the_last)
{
	struct scratch s = {0};
	struct source_line line;
	struct source *src;
	int64_t want = 4;
	int wrong = 0;

	scratch_make(&s);
	scratch_open(&s);
	for (int i = 0; i < 5; i++)
		put(&s, i);
	src = follow(&s, 2);
	for (int i = 5; i < 8; i++, want++) {
		int r = src->next(src, &line, &s.err);

		if (r == SOURCE_WAIT) /* the end as it was when the file was opened */
			r = src->next(src, &line, &s.err);
		wrong += r != SOURCE_LINE || line.line_no != want;
		put(&s, i);
	}
	is_int(wrong, 0, "the last two, and on");
	src->close(src);
	scratch_shut(&s);
	scratch_remove(&s);
}

static void
put_many(struct scratch *s, int *id, int n)
{
	for (; n; n--)
		scratch_append(s, ANY, (*id)++, "1", "a", NULL);
	log_commit(&s->log, &s->err);
}

static void
set(struct scratch *s, enum govern_act act)
{
	struct govern g = {.act = act, .expect = {DECIDE_ANY, 0}};

	is_int(govern(&s->log, SPAN("a"), &g, &s->err), 0, "settings");
}

/* What comes until there is no more for now: how many lines, and the last one's position. */
static int
count(struct scratch *s, struct source *src, int64_t *last)
{
	struct source_line line;
	int n = 0;

	while (src->next(src, &line, &s->err) == SOURCE_LINE) {
		*last = line.line_no - 1;
		n++;
	}
	return n;
}

/* Settings that are made while a stream is followed. */
TEST(settings_come_later)
{
	struct scratch s = {.roll_bytes = 50000};
	struct source_line line;
	struct query_conf conf = {.store = s.dir,
		.stream = SPAN("a"),
		.pos = QUERY_ALL,
		.ver = QUERY_ALL,
		.from_ms = INT64_MIN,
		.to_ms = INT64_MAX,
		.follow = true};
	struct source *src;
	int64_t last = -1;
	int id = 0;

	scratch_make(&s);
	scratch_open(&s);
	put(&s, id++);
	src = query_open(&conf, &s.err);
	is_int(count(&s, src, &last), 1, "one event is there");
	put(&s, id++);
	set(&s, GOVERN_DELETE); /* position 2 */
	put(&s, id++);
	is_int(count(&s, src, &last), 2, "who keeps up is given each event that is stored");
	is_int(last, 3, "and the first after they were hidden");
	put_many(&s, &id, 1500);
	set(&s, GOVERN_DELETE);
	put(&s, id++);
	put(&s, id++);
	is_int(count(&s, src, &last), 2, "who is far behind is given what is shown by then");
	is_int(last, 1506, "up to the last");
	put(&s, id++);
	is_int(count(&s, src, &last), 1, "and keeps up from there");
	put_many(&s, &id, 1500);
	is_int(count(&s, src, &last), 1500, "without settings it is all");
	put_many(&s, &id, 1500);
	set(&s, GOVERN_TOMBSTONE);
	is_int(count(&s, src, &last), 0, "of a stream that is closed it is nothing");
	is_int(src->next(src, &line, &s.err), SOURCE_WAIT, "nor does it end");
	src->close(src);
	scratch_shut(&s);
	scratch_remove(&s);
}

int
main(void)
{
	RUN(over_segments);
	RUN(from_the_last);
	RUN(settings_come_later);
	return tap_done();
}
