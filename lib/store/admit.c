/* admit: the checks at the door. */
#include "store/admit.h"

#include "base/utf8.h"
#include "store/trailer.h"
#include "json/find.h"
#include "json/text.h"

static int
need(struct event *ev, enum event_member which, struct err *err)
{
	if (event_text(ev, which).n)
		return 0;
	return err_data(err, "envelope", -1, "'%s' is missing, empty or no string",
		event_member_name(ev->dialect, which));
}

static bool
is_reserved(struct span raw)
{
	if (raw.n > 2 && raw.p[1] != '\\')
		return raw.p[1] == '$';
	return raw.n >= 8 && raw.p[2] == 'u' && memcmp(raw.p + 3, "0024", 4) == 0;
}

/* Source and id of a CloudEvent are one identity with a NUL between them. */
static int
refuse_nul(struct event *ev, enum event_member which, struct err *err)
{
	struct span text = event_text(ev, which);

	if (!memchr(text.p, '\0', text.n))
		return 0;
	return err_data(
		err, "envelope", -1, "'%s' has a NUL", event_member_name(ev->dialect, which));
}

int
admit_event(struct event *ev, struct err *err)
{
	struct find_iter it;

	if (event_scan(ev, err))
		return -1;
	for (find_start(&it, ev->doc, 0); find_next(&it);) {
		struct span name = doc_span(ev->doc, it.name);

		if (is_reserved(name))
			return err_data(err, "reserved", (int64_t)(name.p - ev->body.p),
				"member name %.*s: names with '$' are the store's own",
				(int)MIN(name.n, 64), name.p);
	}
	if (need(ev, EVENT_ID, err) || need(ev, EVENT_TYPE, err) || need(ev, EVENT_AGGREGATE, err))
		return -1;
	if (ev->dialect == EVENT_CLOUDEVENTS &&
		(need(ev, EVENT_SOURCE, err) || refuse_nul(ev, EVENT_SOURCE, err)))
		return -1;
	return refuse_nul(ev, EVENT_ID, err);
}

int
admit_name(struct span name, struct err *err)
{
	if (name.n == 0)
		return err_data(err, "stream", -1, "the stream has no name");
	if (name.n > TRAILER_STREAM_MAX)
		return err_data(err, "stream", -1, "the stream's name has %zu bytes, over %d",
			name.n, TRAILER_STREAM_MAX);
	if (utf8_check(name) != name.n)
		return err_data(err, "stream", -1, "the stream's name is not UTF-8");
	return 0;
}

int
admit_stream(struct span name, struct err *err)
{
	if (span_starts(name, SPAN("$$")))
		return err_data(err, "stream", -1,
			"'%.*s': names that begin with '$$' are the store's own",
			(int)MIN(name.n, 64), name.p);
	return admit_name(name, err);
}

int
admit_default_stream(struct event *ev, struct span *out, struct err *err)
{
	struct span kind = event_text(ev, EVENT_KIND), id = event_text(ev, EVENT_AGGREGATE);
	char *p;

	if (need(ev, EVENT_KIND, err))
		return -1;
	p = arena_get(ev->scratch, kind.n + 1 + id.n);
	for (size_t i = 0; i < kind.n; i++)
		p[i] = (char)(kind.p[i] >= 'A' && kind.p[i] <= 'Z' ? kind.p[i] + 32 : kind.p[i]);
	p[kind.n] = '-';
	memcpy(p + kind.n + 1, id.p, id.n);
	*out = span_of(p, kind.n + 1 + id.n);
	return 0;
}
