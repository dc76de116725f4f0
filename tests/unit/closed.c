#include "event/closed.h"

#include "tap.h"

static struct doc doc;
static struct arena scratch;
static struct event ev;
static struct err err;
static struct closed_name names[] = {{"users", {"users", 5}}, {"contentId", {"contentId", 9}}};

/* The window whose data has these members; 0 or -1. */
static int
window(struct closed *c, const char *members)
{
	static char text[1024 + BUF_PAD];
	int n = snprintf(text, 1024,
		"{\"eventId\":\"w1\",\"aggregateId\":\"a\",\"correlationId\":\"r\",\"data\":%s}",
		members);

	arena_reset(&scratch);
	doc_parse(&doc, span_of(text, (size_t)n), &err);
	ev = (struct event){.line = doc.text, .body = doc.text, .doc = &doc, .scratch = &scratch};
	event_reset(&ev);
	err_clear(&err);
	return closed_read(c, &ev, 1000, &err);
}

static void
free_all(void)
{
	doc_release(&doc);
	arena_release(&scratch);
}

TEST(reading)
{
	struct closed c;

	is_int(window(&c, "[]"), -1, "data must be an object");
	is_str(err.code, "window", "the error's code");
	is_int(window(&c, "{}"), 0, "an object will do");
	ok(c.pane == 0 && !c.is_cut, "a first pane, when nothing is said");
	window(&c, "{\"n\":3,\"pane\":\"eof\"}");
	ok(c.pane == 3 && c.is_cut, "n and pane");
	is_int((int64_t)closed_value(&c, SPAN("key")).type, DOC_ABSENT,
		"a value that is not there");
}

static int64_t
count_of(const char *members)
{
	struct closed c;
	int64_t n;

	if (window(&c, members) || closed_count(&c, &names[0], &n, &err))
		return -1;
	return n;
}

TEST(counts)
{
	is_int(count_of("{\"users\":7}"), 7, "an integer");
	is_int(count_of("{\"users\":7.9}"), 7, "a fraction is floored");
	is_int(count_of("{\"users\":7e2}"), 700, "an exponent");
	is_int(count_of("{\"users\":null}"), 0, "null: the sum of nothing");
	is_int(count_of("{\"users\":9007199254740992}"), 9007199254740992, "2^53");
	is_int(count_of("{\"users\":9007199254740994}"), -1, "over it");
	is_int(count_of("{\"users\":-1}"), -1, "negative");
	is_int(count_of("{\"users\":\"7\"}"), -1, "a string");
	is_str(err.text, "data.users is no number", "says so");
	is_int(count_of("{\"n\":7}"), -1, "missing");
	is_str(err.text, "no member data.users", "says so");
}

TEST(keys_and_times)
{
	static const struct closed_name first = {"first", {"first", 5}};
	struct value key;
	struct closed c;
	int64_t ms = -1;

	window(&c, "{\"key\":\"k\",\"contentId\":\"c\"}");
	closed_key(&c, &names[1], &key, &err);
	is_mem(key.json.p, key.json.n, "\"c\"", "the member");
	window(&c, "{\"key\":[1,\"k\"],\"contentId\":null}");
	closed_key(&c, &names[1], &key, &err);
	is_mem(key.json.p, key.json.n, "[1,\"k\"]", "else the key");
	window(&c, "{\"key\":null}");
	is_int(closed_key(&c, &names[1], &key, &err), -1, "neither");
	window(&c, "{\"first\":\"1970-01-01T00:00:01.5Z\"}");
	is_int(closed_time(&c, &first, &ms, &err), 0, "a time");
	is_int(ms, 1500, "in milliseconds");
	window(&c, "{\"first\":1500}");
	is_int(closed_time(&c, &first, &ms, &err), -1, "a number is none");
	window(&c, "{}");
	is_int(closed_time(&c, &first, &ms, &err), -1, "nor is nothing");
}

TEST(renaming)
{
	struct closed_name table[] = {{"users", {"users", 5}}, {"devices", {"devices", 7}}};

	is_int(closed_use(table, 2, SPAN("devices=d=1"), &err), 0, "a member's name may have '='");
	is_mem(table[1].member.p, table[1].member.n, "d=1", "it is what follows the first");
	is_int(closed_use(table, 2, SPAN("devices="), &err), -1, "an empty member");
	is_int((int64_t)err.kind, ERR_USAGE, "is a mistake of the caller");
	is_int(closed_use(table, 2, SPAN("device=d"), &err), -1, "an unknown name");
	is_str(err.text, "--use: no name 'device'; there are: users devices", "lists the known");
}

/* Identity as a string; NULs become '|'. */
static const char *
identity(const char *members)
{
	static char out[256];
	struct build_event made;
	struct closed c;

	window(&c, members);
	closed_derive(&c, SPAN("t"), closed_value(&c, SPAN("key")), &made);
	memcpy(out, made.identity.p, made.identity.n);
	out[made.identity.n] = '\0';
	for (size_t i = 0; i < made.identity.n; i++)
		if (!out[i])
			out[i] = '|';
	return out;
}

TEST(deriving)
{
	struct build_event made;
	struct closed c;

	is_str(identity("{\"key\":1.0,\"windowStart\":\"s\",\"windowEnd\":\"e\",\"n\":2}"),
		"t|1|\"s\"|\"e\"|2|", "type, key, window, pane");
	is_str(identity("{\"users\":1}"), "t|||||", "what is missing is empty");
	window(&c, "{}");
	closed_derive(&c, SPAN("t"), VALUE_ABSENT, &made);
	is_mem(made.causation.p, made.causation.n, "w1", "the window event is the cause");
	is_mem(made.correlation.p, made.correlation.n, "r", "its correlation is kept");
	is_mem(made.aggregate_id.p, made.aggregate_id.n, "a", "so is its aggregate");
	is_int(made.time_ms, 1000, "and its time");
}

int
main(void)
{
	doc_init(&doc, DOC_KERNEL_BEST);
	arena_init(&scratch);
	RUN(reading);
	RUN(counts);
	RUN(keys_and_times);
	RUN(renaming);
	RUN(deriving);
	free_all();
	return tap_done();
}
