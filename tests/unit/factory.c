/* factory: where each member of a new event comes from. */
#include "event/factory.h"
#include "event/assign.h"
#include "tap.h"

static struct doc doc;
static struct arena scratch;
static struct err err;
static struct buf out;

static struct factory
factory_of(const char *type)
{
	struct factory f = {0};

	f.given[EVENT_TYPE] = span_str(type);
	f.given[EVENT_SOURCE] = SPAN("src");
	factory_start(&f);
	return f;
}

/* The event made of data, or what went wrong. */
static const char *
make(struct factory *f, const char *data)
{
	static char padded[1024 + BUF_PAD];
	struct event ev = {.doc = &doc, .scratch = &scratch};

	snprintf(padded, 1024, "%s", data);
	ev.line = ev.body = span_str(padded);
	buf_clear(&out);
	doc_parse(&doc, ev.body, &err);
	event_reset(&ev);
	if (factory_put(f, &ev, 1637572532123, &out, &err))
		return err.text;
	buf_putc(&out, '\0');
	return out.p;
}

static void
from(struct factory *f, enum event_member which, const char *expr)
{
	struct expr_env env = {0};

	ok(expr_new(&f->from[which], span_str(expr), &env, &err) == 0, "%s compiles", expr);
}

TEST(defaults)
{
	struct factory f = factory_of("content.watched");
	const char *made;

	f.given[EVENT_ID] = SPAN("e");
	made = make(&f, "{\"contentId\":\"c-1\",\"userId\":7}");
	is_str(made,
		"{\"eventId\":\"e\",\"eventType\":\"content.watched\",\"eventVersion\":\"1.0\","
		"\"timestamp\":\"2021-11-22T09:15:32.123Z\",\"source\":\"src\","
		"\"aggregateId\":\"c-1\",\"aggregateType\":\"content\",\"userId\":\"7\","
		"\"data\":{\"contentId\":\"c-1\",\"userId\":7}}\n",
		"from the type and the data");
	made = make(&f, "{\"userId\":\"u\",\"contentId\":\"\"}");
	ok(strstr(made, "\"aggregateId\":\"u\""), "without NOUNId the user's");
	made = make(&f, "{}");
	is_str(made,
		"no aggregateId: the data has neither contentId nor userId; give --aggregate-id",
		"without both an error that says what to give");
	f.given[EVENT_AGGREGATE] = SPAN("a");
	ok(strstr(make(&f, "[1]"), "\"data\":[1]}"), "given, any data will do");
	f.given[EVENT_TYPE] = SPAN("x");
	is_str(make(&f, "{}"), "type 'x' is not NOUN.verb: give --aggregate-type",
		"a type without a dot has no noun");
	f.given[EVENT_KIND] = SPAN("k");
	ok(strstr(make(&f, "{}"), "\"aggregateType\":\"k\""), "so it must be given");
	f.given[EVENT_TYPE] = SPAN("shop.order.placed");
	f.given[EVENT_KIND] = f.given[EVENT_AGGREGATE] = SPAN_NONE;
	made = make(&f, "{\"orderId\":12}");
	ok(strstr(made, "\"aggregateId\":\"12\",\"aggregateType\":\"order\""),
		"the noun is the last name but one: %s", made);
	factory_release(&f);
}

TEST(expressions)
{
	struct factory f = factory_of("content.watched");
	const char *made;

	from(&f, EVENT_ID, ".id");
	from(&f, EVENT_AGGREGATE, ".about");
	from(&f, EVENT_TIME, ".at");
	from(&f, EVENT_DATA, ".payload");
	f.given[EVENT_AGGREGATE] = SPAN("given");
	made = make(&f, "{\"id\":5,\"about\":\"x\",\"at\":\"2021-11-22T10:15:32.1239+01:00\","
			"\"payload\":{\"n\": 1.0}}");
	ok(strstr(made, "\"eventId\":\"5\""), "a number is the text it is written as");
	ok(strstr(made, "\"aggregateId\":\"x\""), "an expression comes before what is given");
	ok(strstr(made, "\"timestamp\":\"2021-11-22T10:15:32.1239+01:00\""), "times as written");
	ok(strstr(made, "\"data\":{\"n\": 1.0}}"), "the payload can be a part");
	made = make(&f, "{\"id\":\"i\",\"at\":1637572532000}");
	ok(strstr(made, "\"timestamp\":\"2021-11-22T09:15:32Z\""), "a number is milliseconds");
	ok(strstr(made, "\"aggregateId\":\"given\""), "null falls back to what is given");
	ok(strstr(made, "\"data\":{\"id\":\"i\""), "and the data is the whole then");
	is_str(make(&f, "{\"id\":[1]}"), "eventId would be [1], which is no string", "a list");
	is_str(make(&f, "{\"id\":1,\"at\":\"noon\"}"),
		"timestamp would be \"noon\", which is no time", "no time");
	factory_release(&f);
}

TEST(ids)
{
	struct factory f = factory_of("content.watched"), g = factory_of("content.rated");
	struct expr_env env = {0};
	char first[64];

	ok(expr_new(&f.id_from, SPAN(".userId"), &env, &err) == 0, "compiles");
	g.id_from = f.id_from;
	snprintf(first, sizeof(first), "%.50s", make(&f, "{\"userId\":\"u\",\"n\":1}"));
	is_int(first[26], '5', "version 5");
	is_mem(make(&f, "{\"n\":2,\"userId\":\"\\u0075\"}"), 50, first,
		"the same value, the same id");
	ok(strncmp(make(&f, "{\"userId\":\"v\"}"), first, 50) != 0, "another value");
	ok(strncmp(make(&g, "{\"userId\":\"u\"}"), first, 50) != 0, "another type");
	is_str(make(&f, "{}"),
		"no aggregateId: the data has neither contentId nor userId; give --aggregate-id",
		"errors in order");
	f.given[EVENT_AGGREGATE] = SPAN("a");
	is_str(make(&f, "{}"), "--id-from gives no value", "an id of nothing is refused");
	expr_free(f.id_from);
	f.id_from = NULL;
	is_int(make(&f, "{}")[26], '7', "version 7 else");
	f.ids = FACTORY_V4;
	is_int(make(&f, "{}")[26], '4', "or 4");
	factory_release(&f);
	factory_release(&g);
}

TEST(members)
{
	is_int(factory_member(SPAN("aggregateId")), EVENT_AGGREGATE, "our name");
	is_int(factory_member(SPAN("subject")), EVENT_AGGREGATE, "the name of CloudEvents");
	is_int(factory_member(SPAN("aggregateid")), EVENT_MEMBERS, "no name");
}

/* The arguments (NULL ends them) set in data. */
static const char *
assigned(const char *data, const char *a, const char *b, const char *c)
{
	static char padded[1024 + BUF_PAD];
	const char *arguments[] = {a, b, c, NULL};
	struct assign list[3];
	struct span text;
	size_t n = 0;

	snprintf(padded, 1024, "%s", data);
	text = span_str(padded);
	for (; arguments[n]; n++)
		if (assign_parse(span_str(arguments[n]), &scratch, &list[n], &err))
			return err.text;
	doc_parse(&doc, text, &err);
	if (assign_all(list, n, &doc, &text, &scratch, &err))
		return err.text;
	return arena_string(&scratch, text);
}

TEST(arguments)
{
	is_str(assigned("{}", "a=1", "b:=1", "c=x=\"y\""),
		"{\"a\":\"1\",\"b\":1,\"c\":\"x=\\\"y\\\"\"}", "text and JSON");
	is_str(assigned("{}", "a.b=1", "a.c:=[ 2]", "a.d.e="),
		"{\"a\":{\"b\":\"1\",\"c\":[ 2],\"d\":{\"e\":\"\"}}}", "paths");
	is_str(assigned("{\"a\": 1, \"b\":2}", "a:=3", NULL, NULL), "{\"a\": 3, \"b\":2}",
		"what is there is replaced");
	is_str(assigned("{}", "a", NULL, NULL), "'a' is neither key=value nor key:=json", "no =");
	is_str(assigned("{}", "=1", NULL, NULL), "'=1' is neither key=value nor key:=json",
		"no key");
	ok(strstr(assigned("{}", "a:=x", NULL, NULL), "'a:=x': "), "no JSON: %s", err.text);
	err_clear(&err);
	assigned("7", "a=1", NULL, NULL);
	is_int(err.kind, ERR_DATA, "nothing can be set in a number: %s", err.text);
}

int
main(void)
{
	doc_init(&doc, DOC_KERNEL_BEST);
	arena_init(&scratch);
	buf_init(&out, 1 << 20);
	RUN(defaults);
	RUN(expressions);
	RUN(ids);
	RUN(members);
	RUN(arguments);
	buf_release(&out);
	arena_release(&scratch);
	doc_release(&doc);
	return tap_done();
}
