/* event: the envelope in both dialects. */
#include "event/event.h"
#include "tap.h"
#include "world.h"

static struct world w;

static const char ours[] = "{\"eventId\":\"e1\",\"eventType\":\"a.b\",\"eventVersion\":\"1.0\","
			   "\"timestamp\":1637572532123,"
			   "\"source\":\"s\",\"aggregateId\":\"x\",\"aggregateType\":\"k\","
			   "\"data\":{\"eventId\":\"inner\"},"
			   "\"correlationId\":\"c\",\"causationId\":\"d\",\"userId\":\"u\"}";
static const char cloud[] =
	"{\"specversion\":\"1.0\",\"id\":\"e1\",\"type\":\"a.b\",\"eventversion\":\"2\",\"time\":"
	"\"2021-11-22T09:15:32.123Z\",\"source\":\"/"
	"s\",\"subject\":\"x\",\"aggregatetype\":\"k\",\"data\":1,"
	"\"correlationid\":\"c\",\"causationid\":\"d\",\"userid\":\"u\",\"eventId\":\"not this\"}";

static void
is_text(enum event_member which, const char *want, const char *name)
{
	struct span s = event_text(&w.ev, which);

	is_mem(s.p ? s.p : "(none)", s.p ? s.n : 6, want, "%s", name);
}

TEST(our_dialect)
{
	int64_t ms = 0;

	world_line(&w, ours);
	is_int(event_scan(&w.ev, &w.err), 0, "an event");
	is_int(w.ev.dialect, EVENT_OURS, "of ours");
	is_text(EVENT_ID, "e1", "id, not the one inside data");
	is_text(EVENT_TYPE, "a.b", "type");
	is_text(EVENT_VERSION, "1.0", "version");
	is_text(EVENT_SOURCE, "s", "source");
	is_text(EVENT_AGGREGATE, "x", "aggregate");
	is_text(EVENT_KIND, "k", "kind");
	is_text(EVENT_CORRELATION, "c", "correlation");
	is_text(EVENT_CAUSATION, "d", "causation");
	is_text(EVENT_USER, "u", "user");
	is_text(EVENT_DATA, "(none)", "data is no string");
	is_int(event_get(&w.ev, EVENT_DATA).type, DOC_OBJECT, "but an object");
	is_int(event_time(&w.ev, &ms, &w.err), 0, "time");
	is_int(ms, 1637572532123, "integer milliseconds");
	ok(w.ev.has_time, "remembered");
}

TEST(cloudevents)
{
	struct span identity;
	int64_t ms = 0;

	world_line(&w, cloud);
	is_int(event_scan(&w.ev, &w.err), 0, "an event");
	is_int(w.ev.dialect, EVENT_CLOUDEVENTS, "of the other dialect");
	is_text(EVENT_ID, "e1", "id");
	is_text(EVENT_AGGREGATE, "x", "subject");
	is_text(EVENT_KIND, "k", "aggregatetype");
	is_text(EVENT_USER, "u", "userid");
	is_int(event_time(&w.ev, &ms, &w.err), 0, "time");
	is_int(ms, 1637572532123, "RFC 3339");
	identity = event_identity(&w.ev);
	ok(span_equal(identity, span_of("/s\0e1", 5)), "the identity is source and id");
	is_str(event_member_name(EVENT_CLOUDEVENTS, EVENT_AGGREGATE), "subject", "names");
	world_line(&w, "{\"specversion\":1,\"eventId\":\"o\"}");
	event_scan(&w.ev, &w.err);
	is_int(w.ev.dialect, EVENT_OURS, "specversion must be a string");
}

TEST(every_name)
{
	char line[200];

	for (int dialect = 0; dialect < 2; dialect++)
		for (int m = 0; m < EVENT_MEMBERS; m++) {
			const char *name = event_member_name(dialect, m);

			snprintf(line, sizeof(line), "{%s\"%s\":\"v\"}",
				dialect == EVENT_CLOUDEVENTS ? "\"specversion\":\"1.0\"," : "",
				name);
			world_line(&w, line);
			is_text(m, "v", name);
		}
}

TEST(escaped_names)
{
	world_line(&w, "{\"event\\u0049d\":\"\\u0041\"}");
	is_text(EVENT_ID, "A", "names and values may be written with escapes");
}

TEST(not_an_envelope)
{
	world_line(&w, "[1]");
	is_int(event_scan(&w.ev, &w.err), -1, "an array");
	is_str(w.err.code, "envelope", "code");
	is_int(event_get(&w.ev, EVENT_ID).type, DOC_ABSENT, "has no members");
	is_int((int64_t)event_identity(&w.ev).n, 0, "and no identity");
	world_line(&w, "{\"eventId\":\"1\",\"x\":1,\"x\":2,\"eventId\":\"2\"}");
	is_int(event_scan(&w.ev, &w.err), -1, "a duplicated envelope member");
	is_str(w.err.text, "duplicated member \"eventId\"", "is named");
	is_text(EVENT_ID, "2", "the last one counts, as in jq");
	world_line(&w, "{\"id\":\"1\",\"id\":\"2\"}");
	is_int(event_scan(&w.ev, &w.err), 0, "names of the other dialect may be twice");
}

TEST(bad_times)
{
	static const char *const lines[][2] = {
		{"{}", "no time: member \"timestamp\" is missing"},
		{"{\"timestamp\":\"yesterday\"}", "unreadable time \"yesterday\""},
		{"{\"timestamp\":null}", "unreadable time null"},
		{"{\"timestamp\":1e30}", "unreadable time 1e30"},
	};
	int64_t ms = 7;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		world_line(&w, lines[i][0]);
		is_int(event_time(&w.ev, &ms, &w.err), -1, "%s", lines[i][0]);
		is_str(w.err.text, lines[i][1], "text");
		is_str(w.err.code, "time", "code");
	}
	is_int(ms, 7, "the output is untouched");
}

int
main(void)
{
	world_init(&w);
	RUN(our_dialect);
	RUN(cloudevents);
	RUN(every_name);
	RUN(escaped_names);
	RUN(not_an_envelope);
	RUN(bad_times);
	world_release(&w);
	return tap_done();
}
