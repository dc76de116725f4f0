/* cloud: the bounds; what is renamed is shown in ev-route.bats. */
#include "event/cloud.h"
#include "tap.h"

static struct arena scratch;
static struct doc doc;
static struct err err;
static struct buf text;
static struct cloud cloud;

/* Translates an event with so many extensions x0, x1, … */
static int
translate(int extensions, size_t max_bytes, struct span *line)
{
	struct event ev = {.doc = &doc, .scratch = &scratch};
	int r;

	cloud_release(&cloud);
	cloud_init(&cloud, max_bytes);
	buf_clear(&text);
	buf_puts(&text, "{\"eventId\":\"e\",\"eventType\":\"a.b\",\"source\":\"s\"");
	for (int i = 0; i < extensions; i++)
		buf_print(&text, ",\"X%d\":1", i);
	buf_puts(&text, "}");
	ev.line = ev.body = buf_view(&text);
	is_int(doc_parse(&doc, ev.body, &err), 0, "an event");
	event_reset(&ev);
	err_clear(&err);
	r = cloud_line(&cloud, &ev, line, &err);
	return r;
}

TEST(bounds)
{
	struct span line;

	buf_init(&text, 1 << 20);
	doc_init(&doc, DOC_KERNEL_BEST);
	is_int(translate(0, 100, &line), 0, "no extension");
	ok(span_is(line,
		   "{\"specversion\":\"1.0\",\"id\":\"e\",\"type\":\"a.b\",\"source\":\"s\"}"),
		"renamed");
	is_int(translate(CLOUD_EXTENSIONS_MAX, 1 << 20, &line), 0, "the most extensions");
	is_int(translate(CLOUD_EXTENSIONS_MAX + 1, 1 << 20, &line), -1, "one more");
	ok(strcmp(err.code, "cloudevents") == 0, "is told");
	is_int(translate(0, 56, &line), 0, "a line of max_bytes");
	is_int(translate(0, 55, &line), -1, "one byte more");
	ok(strcmp(err.code, "cloudevents") == 0, "is told");
	cloud_release(&cloud);
	buf_release(&text);
	doc_release(&doc);
	arena_release(&scratch);
}

int
main(void)
{
	RUN(bounds);
	return tap_done();
}
