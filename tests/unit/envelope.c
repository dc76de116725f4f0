/* envelope: each rule broken alone, all at once, both dialects; naming. */
#include "event/envelope.h"
#include "event/naming.h"
#include "tap.h"

static struct doc doc;
static struct arena scratch;
static struct err err;

static int
check_with(const char *line, const struct envelope_rules *rules)
{
	static char padded[4096 + BUF_PAD];
	struct event ev = {.doc = &doc, .scratch = &scratch};

	err_clear(&err);
	arena_reset(&scratch);
	snprintf(padded, 4096, "%s", line);
	ev.line = ev.body = span_str(padded);
	if (doc_parse(&doc, ev.body, &err))
		return -2;
	event_reset(&ev);
	return envelope_check(&ev, rules, &err);
}

static int
check(const char *line)
{
	return check_with(line, &(struct envelope_rules){.latest_ms = INT64_MAX});
}

#define REST                                                                                       \
	"\"eventVersion\":\"1.0\",\"source\":\"s\",\"aggregateId\":\"a\",\"aggregateType\":\"k\"," \
	"\"data\":{}}"
#define HEAD "{\"eventId\":\"e\",\"eventType\":\"user.registered\","

/* line NULL: the line is HEAD, member, REST. */
static const struct example {
	const char *member, *line, *code, *text;
} ours[] = {
	{"\"timestamp\":\"2021-11-22T09:15:32Z\",", NULL, NULL, NULL},
	{"\"timestamp\":1637572532123,", NULL, NULL, NULL},
	{"\"timestamp\":1,\"correlationId\":null,\"userId\":\"u\",\"more\":[],", NULL, NULL, NULL},
	{"", NULL, "envelope", "timestamp is missing"},
	{"\"timestamp\":1.5,", NULL, "time",
		"timestamp 1.5 is not an RFC 3339 time nor integer milliseconds"},
	{"\"timestamp\":\"2021-11-22\",", NULL, "time",
		"timestamp \"2021-11-22\" is not an RFC 3339 time nor integer milliseconds"},
	{"\"timestamp\":1e300,", NULL, "time",
		"timestamp 1e300 is not an RFC 3339 time nor integer milliseconds"},
	{"\"timestamp\":{},", NULL, "time",
		"timestamp {} is not an RFC 3339 time nor integer milliseconds"},
	{"\"timestamp\":1,\"correlationId\":\"\",", NULL, "envelope", "correlationId is empty"},
	{"\"timestamp\":1,\"userId\":7,", NULL, "envelope", "userId is not a string"},
	{NULL, "{}", "envelope",
		"eventId is missing; eventType is missing; eventVersion is missing; "
		"timestamp is missing; source is missing; aggregateId is missing; "
		"aggregateType is missing; data is missing"},
	{NULL,
		"{\"eventId\":\"\",\"eventType\":\"Registered\",\"eventVersion\":1,"
		"\"timestamp\":\"x\",\"source\":null,\"aggregateId\":\"a\",\"aggregateType\":\"k\","
		"\"data\":null}",
		"envelope",
		"eventId is empty; eventType 'Registered' is not lower-case names joined by dots; "
		"eventVersion is not a string; "
		"timestamp \"x\" is not an RFC 3339 time nor integer milliseconds; "
		"source is missing; data is missing"},
	{NULL, "{\"eventId\":\"e\",\"eventType\":\"User.registered\",\"timestamp\":1," REST, "name",
		"eventType 'User.registered' is not lower-case names joined by dots"},
};

static void
try_all(const struct example *examples, size_t n, const char *head, const char *rest)
{
	for (size_t i = 0; i < n; i++) {
		const struct example *x = &examples[i];
		char line[2048];
		int r;

		snprintf(line, sizeof(line), "%s%s%s", x->line ? x->line : head,
			x->line ? "" : x->member, x->line ? "" : rest);
		r = check(line);
		if (!x->code) {
			is_int(r, 0, "accepted: %s", line);
			continue;
		}
		is_int(r, -1, "refused: %s", line);
		is_str(err.text, x->text, "why");
		is_str(err.code ? err.code : "", x->code, "the code");
	}
}

TEST(our_dialect)
{
	try_all(ours, ARRAY_LEN(ours), HEAD, REST);
	ok(check("7") == -1 && strcmp(err.code, "envelope") == 0, "no object: %s", err.text);
	ok(check("{\"eventId\":\"a\",\"eventId\":\"a\"}") == -1, "a duplicate: %s", err.text);
}

static const struct example cloudevents[] = {
	{"", NULL, NULL, NULL},
	{",\"data\":null,\"data_base64\":\"8J+koQ==\"", NULL, NULL, NULL},
	{",\"time\":\"2020-06-18T19:24:53+02:00\",\"subject\":\"\",\"ext1\":true,\"ext2\":-5", NULL,
		NULL, NULL},
	{",\"dataschema\":\"https://example.com/a%20b?c#d\",\"datacontenttype\":\"text/xml\"", NULL,
		NULL, NULL},
	{",\"time\":null,\"subject\":null,\"dataschema\":null", NULL, NULL, NULL},
	{",\"time\":1637572532123", NULL, "time", "time 1637572532123 is not an RFC 3339 time"},
	{",\"data\":1,\"data_base64\":\"\"", NULL, "envelope",
		"data and data_base64 exclude each other"},
	{",\"data_base64\":\"8J+koQ=\"", NULL, "envelope", "data_base64 '8J+koQ=' is not base64"},
	{",\"data_base64\":5", NULL, "envelope", "data_base64 is not a string"},
	{",\"dataschema\":\"a/b\"", NULL, "envelope", "dataschema 'a/b' is not an absolute URI"},
	{",\"datacontenttype\":\"json\"", NULL, "envelope",
		"datacontenttype 'json' is not a media type"},
	{",\"subject\":7", NULL, "envelope", "subject is not a string"},
	{",\"Ext\":\"x\"", NULL, "envelope", "'Ext' is no attribute name: [a-z0-9]+"},
	{",\"ext\":{}", NULL, "envelope", "ext is not a string, a boolean or a 32-bit integer"},
	{",\"ext\":2147483648", NULL, "envelope",
		"ext is not a string, a boolean or a 32-bit integer"},
	{",\"ext\":1.5", NULL, "envelope", "ext is not a string, a boolean or a 32-bit integer"},
	{NULL, "{\"specversion\":\"0.3\",\"id\":\"\",\"source\":\"a b\"}", "envelope",
		"specversion is not \"1.0\"; id is empty; source 'a b' is not a URI-reference; "
		"type is missing"},
	{NULL, "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"%zz\",\"type\":\"t\"}",
		"envelope", "source '%zz' is not a URI-reference"},
};

TEST(cloudevents_dialect)
{
	try_all(cloudevents, ARRAY_LEN(cloudevents),
		"{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"T\"", "}");
}

TEST(limits)
{
	const char *line = HEAD "\"timestamp\":1000," REST;
	size_t n = strlen(line);
	struct envelope_rules rules = {.latest_ms = 1000, .max_bytes = n, .max_data_bytes = 2};

	is_int(check_with(line, &rules), 0, "at the limits");
	rules.latest_ms = 999;
	is_int(check_with(line, &rules), -1, "later than the latest");
	is_str(err.code, "future", "the code");
	is_str(err.text, "timestamp 1000 lies in the future", "the text");
	is_int(err.byte, 57, "the place of the value");
	rules = (struct envelope_rules){.latest_ms = 1000, .max_bytes = n - 1, .max_data_bytes = 1};
	is_int(check_with(line, &rules), -1, "one past both sizes");
	is_str(err.code, "size", "the code");
	ok(strstr(err.text, "; data has 2 bytes, more than 1"), "both are named: %s", err.text);
}

TEST(names)
{
	static const char *const good[] = {
		"user.registered", "user.preferences_updated", "a.b.c", "order2.re-opened"};
	static const char *const bad[] = {"", "user", "user.", ".user", "user..registered",
		"User.registered", "user.2nd", "user.-x", "user registered", "us\303\251r.seen"};
	static const char *const past[] = {"user.registered", "user.preferences_updated",
		"mail.sent", "user.logged_in", "user.signed-up", "a.b.taken_down", "content.rated"};
	static const char *const present[] = {"user.register", "rated.content", "user.update",
		"x.bed-room", "a.ed", "user.created_.x"};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		ok(naming_is_dotted(span_str(good[i])), "'%s' is a good name", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ok(!naming_is_dotted(span_str(bad[i])), "'%s' is none", bad[i]);
	for (size_t i = 0; i < ARRAY_LEN(past); i++)
		ok(naming_is_past(span_str(past[i])), "'%s' has happened", past[i]);
	for (size_t i = 0; i < ARRAY_LEN(present); i++)
		ok(!naming_is_past(span_str(present[i])), "'%s' has not", present[i]);
}

int
main(void)
{
	doc_init(&doc, DOC_KERNEL_BEST);
	arena_init(&scratch);
	RUN(our_dialect);
	RUN(cloudevents_dialect);
	RUN(limits);
	RUN(names);
	arena_release(&scratch);
	doc_release(&doc);
	return tap_done();
}
