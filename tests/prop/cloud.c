/*
 * cloud: of random events, whatever their order of members and blanks, every accessor says the same before and after,
 * byte for byte but for a time that was a number; what lacks a needed member is refused.
 *
 * Argument: number of events.
 */
#include "event/cloud.h"

#include "tap.h"

static uint64_t state = 20211122;
static struct arena scratch;
static struct doc before_doc, after_doc;
static struct cloud cloud;
static struct buf text;

static unsigned
below(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static void
put_blanks(void)
{
	static const char *const blanks[] = {"", "", "", " ", "\t", "  "};

	buf_puts(&text, blanks[below(ARRAY_LEN(blanks))]);
}

/* A value that the member may have. */
static void
put_value(enum event_member which)
{
	static const char *const texts[] = {"\"x\"", "\"caf\\u00e9\"", "\"\xc3\xa9\"", "\"a-7\""};
	static const char *const times[] = {"1637572532123", "0", "\"2021-11-22T09:15:32Z\"",
		"\"2021-11-22T10:15:32.5+01:00\"", "-1500"};
	static const char *const data[] = {"{\"n\": 1.50, \"eventId\":[ ]}", "[1,{\"id\":2}]",
		"\"t\"", "12345678901234567890", "false"};

	if (which == EVENT_TIME)
		buf_puts(&text, times[below(ARRAY_LEN(times))]);
	else if (which == EVENT_DATA)
		buf_puts(&text, data[below(ARRAY_LEN(data))]);
	else
		buf_puts(&text, which == EVENT_SOURCE ? "\"/a/b\"" : texts[below(4)]);
}

static void
put_member(const char *name, enum event_member which)
{
	put_blanks();
	buf_print(&text, "\"%s\"", name);
	put_blanks();
	buf_putc(&text, ':');
	put_blanks();
	put_value(which);
	put_blanks();
}

/* A line with a random choice of members in a random order; true when none that is needed is missing. */
static bool
make_line(void)
{
	bool taken[EVENT_MEMBERS] = {false}, is_first = true;

	buf_clear(&text);
	put_blanks();
	buf_putc(&text, '{');
	for (unsigned n = 0; n < 60; n++) {
		unsigned m = below(EVENT_MEMBERS + 1);
		bool is_extension = m == EVENT_MEMBERS;

		if (!is_extension && taken[m])
			continue;
		if (!is_first)
			buf_putc(&text, ',');
		is_first = false;
		if (is_extension) {
			char name[16];

			snprintf(name, sizeof(name), "traceId%u", n);
			put_member(name, EVENT_KIND);
			continue;
		}
		taken[m] = true;
		put_member(
			event_member_name(EVENT_OURS, (enum event_member)m), (enum event_member)m);
	}
	buf_putc(&text, '}');
	put_blanks();
	return taken[EVENT_ID] && taken[EVENT_TYPE] && taken[EVENT_SOURCE];
}

static void
view(struct event *ev, struct doc *doc, struct span line)
{
	struct err err;

	*ev = (struct event){
		.line = line, .body = span_trim(line), .doc = doc, .scratch = &scratch};
	if (doc_parse(doc, ev->body, &err))
		abort();
	event_reset(ev);
}

/* Do both events say the same of this member? */
static bool
agrees(struct event *a, struct event *b, enum event_member which)
{
	struct value x = event_get(a, which), y = event_get(b, which);
	int64_t x_ms, y_ms;
	struct err err;

	if (which == EVENT_TIME && x.type == DOC_NUMBER)
		return y.type == DOC_STRING && event_time(a, &x_ms, &err) == 0 &&
		       event_time(b, &y_ms, &err) == 0 && x_ms == y_ms;
	return x.type == y.type && span_equal(x.json, y.json);
}

static bool
holds(void)
{
	bool is_whole = make_line(), same = true;
	struct event before, after;
	struct span line;
	struct err err;

	view(&before, &before_doc, buf_view(&text));
	if (cloud_line(&cloud, &before, &line, &err))
		return !is_whole;
	view(&after, &after_doc, line);
	for (int m = 0; m < EVENT_MEMBERS; m++)
		same = same && agrees(&before, &after, (enum event_member)m);
	return is_whole && same && after.dialect == EVENT_CLOUDEVENTS;
}

int
main(int argc, char **argv)
{
	long events = argc > 1 ? (long)strtoull(argv[1], NULL, 10) : 100000, bad = 0;

	buf_init(&text, 1 << 20);
	doc_init(&before_doc, DOC_KERNEL_BEST);
	doc_init(&after_doc, DOC_KERNEL_BEST);
	cloud_init(&cloud, 1 << 20);
	for (long i = 0; i < events; i++) {
		bad += !holds();
		arena_reset(&scratch);
	}
	is_int(bad, 0, "%ld events say the same in both dialects", events);
	cloud_release(&cloud);
	doc_release(&before_doc);
	doc_release(&after_doc);
	buf_release(&text);
	arena_release(&scratch);
	return tap_done();
}
