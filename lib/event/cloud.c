/* cloud: names renamed from left to right, then the result read as ev-validate would. */
#include "event/cloud.h"

#include "base/when.h"
#include "event/envelope.h"
#include "json/find.h"
#include "json/text.h"

/* One event on its way. */
struct passage {
	struct event *ev;
	struct buf *out;
	const char *from; /* not yet copied */
	struct span extensions[CLOUD_EXTENSIONS_MAX];
	size_t extension_count;
};

void
cloud_init(struct cloud *c, size_t max_bytes)
{
	doc_init(&c->doc, DOC_KERNEL_BEST);
	buf_init(&c->text, max_bytes);
}

void
cloud_release(struct cloud *c)
{
	doc_release(&c->doc);
	buf_release(&c->text);
}

static void
copy_to(struct passage *p, const char *to)
{
	buf_put(p->out, p->from, (size_t)(to - p->from));
	p->from = to;
}

/* Of the envelope's members the one whose value this is, or EVENT_MEMBERS. */
static enum event_member
member_at(const struct event *ev, uint32_t value)
{
	int m = 0;

	while (m < EVENT_MEMBERS && ev->member[m] != value)
		m++;
	return (enum event_member)m;
}

static struct span
lower(struct span name, struct arena *a)
{
	char *p = arena_get(a, name.n + 1);

	for (size_t i = 0; i < name.n; i++)
		p[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] + 32) : name.p[i];
	return span_of(p, name.n);
}

/* A name that means something else there. */
static bool
is_taken(struct span name)
{
	for (int m = 0; m < EVENT_MEMBERS; m++)
		if (span_is(name, event_member_name(EVENT_CLOUDEVENTS, (enum event_member)m)))
			return true;
	return span_is(name, "specversion") || span_is(name, "data_base64");
}

/* No two extensions may have one name, and none that of an attribute. */
static int
note_extension(struct passage *p, struct span name, struct err *err)
{
	if (is_taken(name))
		return err_data(err, "cloudevents", -1,
			"a member besides the envelope would be '%.*s'", (int)MIN(name.n, 40),
			name.p);
	for (size_t i = 0; i < p->extension_count; i++)
		if (span_equal(p->extensions[i], name))
			return err_data(err, "cloudevents", -1, "two extensions would be '%.*s'",
				(int)MIN(name.n, 40), name.p);
	if (p->extension_count == CLOUD_EXTENSIONS_MAX)
		return err_data(err, "cloudevents", -1, "more than %d members besides the envelope",
			CLOUD_EXTENSIONS_MAX);
	p->extensions[p->extension_count++] = name;
	return 0;
}

/* A timestamp that is a number, as text; any other value as it is. */
static void
put_value(struct passage *p, enum event_member which, struct span value)
{
	char date[WHEN_MAX];
	struct err ignored;
	int64_t ms;

	copy_to(p, value.p);
	if (which == EVENT_TIME && event_get(p->ev, which).type == DOC_NUMBER &&
		event_time(p->ev, &ms, &ignored) == 0) {
		buf_putc(p->out, '"');
		buf_put(p->out, date, when_put(date, ms));
		buf_putc(p->out, '"');
		p->from = value.p + value.n;
	}
	copy_to(p, value.p + value.n);
	if (which == EVENT_AGGREGATE) {
		buf_puts(p->out, ",\"partitionkey\":");
		buf_span(p->out, value);
	}
}

static int
put_member(struct passage *p, const struct find_iter *it, struct err *err)
{
	const struct doc *d = p->ev->doc;
	struct span raw = doc_span(d, it->name), name;
	enum event_member which = member_at(p->ev, it->value);

	if (which < EVENT_MEMBERS) {
		name = span_str(event_member_name(EVENT_CLOUDEVENTS, which));
	} else {
		name = lower(text_decode(raw, p->ev->scratch), p->ev->scratch);
		if (note_extension(p, name, err))
			return -1;
	}
	copy_to(p, raw.p);
	text_put(p->out, name);
	p->from = raw.p + raw.n;
	put_value(p, which, doc_span(d, it->value));
	return 0;
}

static int
rename_all(struct passage *p, struct err *err)
{
	struct event *ev = p->ev;
	struct find_iter it;

	if (ev->member[EVENT_AGGREGATE] != DOC_NONE && note_extension(p, SPAN("partitionkey"), err))
		return -1;
	copy_to(p, ev->body.p + 1);
	buf_puts(p->out, "\"specversion\":\"1.0\"");
	if (find_count(ev->doc, 0))
		buf_putc(p->out, ',');
	for (find_start(&it, ev->doc, 0); find_next(&it);)
		if (put_member(p, &it, err))
			return -1;
	copy_to(p, ev->line.p + ev->line.n);
	return 0;
}

/* Does the body of the result keep the rules? */
static int
check(struct cloud *c, const struct event *ev, struct err *err)
{
	static const struct envelope_rules rules = {.latest_ms = INT64_MAX, .any_name = true};
	size_t before = (size_t)(ev->body.p - ev->line.p);
	size_t after = ev->line.n - before - ev->body.n;
	struct event result = {.doc = &c->doc, .scratch = ev->scratch};

	result.line = buf_view(&c->text);
	result.body = span_of(c->text.p + before, c->text.n - before - after);
	event_reset(&result);
	if (doc_parse(&c->doc, result.body, err) || envelope_check(&result, &rules, err)) {
		err->code = "cloudevents";
		err->byte = -1;
		return err_prefix(err, "no CloudEvents event");
	}
	return 0;
}

int
cloud_line(struct cloud *c, struct event *ev, struct span *line, struct err *err)
{
	struct passage p = {.ev = ev, .out = &c->text, .from = ev->line.p};

	if (event_scan(ev, err))
		return -1;
	*line = ev->line;
	if (ev->dialect == EVENT_CLOUDEVENTS)
		return 0;
	buf_clear(&c->text);
	if (rename_all(&p, err))
		return -1;
	if (c->text.over)
		return err_data(
			err, "cloudevents", -1, "the line would be over %zu bytes", c->text.max);
	if (check(c, ev, err))
		return -1;
	*line = buf_view(&c->text);
	return 0;
}
