/* event: the envelope found in one pass over the top-level members. */
#include "event/event.h"

#include "event/moment.h"
#include "json/find.h"
#include "json/text.h"

static const char *const names[2][EVENT_MEMBERS] = {
	[EVENT_OURS] = {"eventId", "eventType", "eventVersion", "timestamp", "source",
		"aggregateId", "aggregateType", "data", "correlationId", "causationId", "userId"},
	[EVENT_CLOUDEVENTS] = {"id", "type", "eventversion", "time", "source", "subject",
		"aggregatetype", "data", "correlationid", "causationid", "userid"},
};

/* The same names by length, so that a member is compared with the few that can be it. */
struct candidate {
	const char *name;
	unsigned char ours, cloud; /* enum event_member, or EVENT_MEMBERS: not in this dialect */
};

#define ONLY_OURS(name, m)             \
	{                              \
		name, m, EVENT_MEMBERS \
	}
#define ONLY_CLOUD(name, m)            \
	{                              \
		name, EVENT_MEMBERS, m \
	}
#define LONGEST_NAME 13

static const struct candidate candidates[LONGEST_NAME + 1][5] = {
	[2] = {ONLY_CLOUD("id", EVENT_ID)},
	[4] = {{"data", EVENT_DATA, EVENT_DATA}, ONLY_CLOUD("type", EVENT_TYPE),
		ONLY_CLOUD("time", EVENT_TIME)},
	[6] = {{"source", EVENT_SOURCE, EVENT_SOURCE}, ONLY_OURS("userId", EVENT_USER),
		ONLY_CLOUD("userid", EVENT_USER)},
	[7] = {ONLY_OURS("eventId", EVENT_ID), ONLY_CLOUD("subject", EVENT_AGGREGATE)},
	[9] = {ONLY_OURS("eventType", EVENT_TYPE), ONLY_OURS("timestamp", EVENT_TIME)},
	[11] = {ONLY_OURS("aggregateId", EVENT_AGGREGATE),
		ONLY_OURS("causationId", EVENT_CAUSATION),
		ONLY_CLOUD("causationid", EVENT_CAUSATION),
		ONLY_CLOUD("specversion", EVENT_MEMBERS)},
	[12] = {ONLY_OURS("eventVersion", EVENT_VERSION),
		ONLY_CLOUD("eventversion", EVENT_VERSION)},
	[13] = {ONLY_OURS("aggregateType", EVENT_KIND), ONLY_CLOUD("aggregatetype", EVENT_KIND),
		ONLY_OURS("correlationId", EVENT_CORRELATION),
		ONLY_CLOUD("correlationid", EVENT_CORRELATION)},
};

/* What the scan finds; one place past the members is specversion. */
struct finding {
	uint32_t member[2][EVENT_MEMBERS + 1];
	uint32_t duplicate[2];
};

const char *
event_member_name(enum event_dialect dialect, enum event_member which)
{
	return names[dialect][which];
}

void
event_reset(struct event *ev)
{
	ev->key = VALUE_ABSENT;
	ev->time_ms = 0;
	ev->has_time = false;
	ev->scanned = false;
}

static void
note(struct finding *f, enum event_dialect dialect, unsigned which, const struct find_iter *it)
{
	if (f->member[dialect][which] != DOC_NONE && f->duplicate[dialect] == DOC_NONE)
		f->duplicate[dialect] = it->name;
	f->member[dialect][which] = it->value;
}

static void
classify(struct finding *f, const struct find_iter *it, struct span name)
{
	const struct candidate *c;

	if (name.n > LONGEST_NAME)
		return;
	for (c = candidates[name.n]; c->name; c++) {
		if (c->name[0] != name.p[0] || memcmp(c->name, name.p, name.n))
			continue;
		if (c->ours < EVENT_MEMBERS)
			note(f, EVENT_OURS, c->ours, it);
		if (c->cloud < EVENT_MEMBERS || c->ours == EVENT_MEMBERS)
			note(f, EVENT_CLOUDEVENTS, c->cloud, it);
		return;
	}
}

static void
scan(struct event *ev)
{
	const struct doc *d = ev->doc;
	struct finding f;
	struct find_iter it;

	memset(&f, 0xff, sizeof(f)); /* all DOC_NONE */
	for (find_start(&it, d, 0); find_next(&it);) {
		const char *p = d->text.p + d->at[it.name];
		struct span name = span_of(p + 1, d->at[it.name + 1] - d->at[it.name] - 1);

		if (unlikely(d->has_escapes) && memchr(name.p, '\\', name.n))
			name = text_decode(span_of(p, name.n + 2), ev->scratch);
		classify(&f, &it, name);
	}
	ev->dialect = doc_type(d, f.member[EVENT_CLOUDEVENTS][EVENT_MEMBERS]) == DOC_STRING
			      ? EVENT_CLOUDEVENTS
			      : EVENT_OURS;
	memcpy(ev->member, f.member[ev->dialect], sizeof(ev->member));
	ev->duplicate = f.duplicate[ev->dialect];
	ev->scanned = true;
}

static void
scan_once(struct event *ev)
{
	if (ev->scanned)
		return;
	if (doc_type(ev->doc, 0) == DOC_OBJECT) {
		scan(ev);
		return;
	}
	memset(ev->member, 0xff, sizeof(ev->member));
	ev->duplicate = DOC_NONE;
	ev->dialect = EVENT_OURS;
	ev->scanned = true;
}

int
event_scan(struct event *ev, struct err *err)
{
	struct span name;

	scan_once(ev);
	if (doc_type(ev->doc, 0) != DOC_OBJECT)
		return err_data(err, "envelope", 0, "an event is an object");
	if (ev->duplicate == DOC_NONE)
		return 0;
	name = doc_span(ev->doc, ev->duplicate);
	return err_data(err, "envelope", ev->doc->at[ev->duplicate], "duplicated member %.*s",
		(int)MIN(name.n, 40), name.p);
}

struct value
event_get(struct event *ev, enum event_member which)
{
	uint32_t token;

	scan_once(ev);
	token = ev->member[which];
	if (token == DOC_NONE)
		return VALUE_ABSENT;
	return (struct value){doc_type(ev->doc, token), doc_span(ev->doc, token)};
}

struct span
event_text(struct event *ev, enum event_member which)
{
	struct value v = event_get(ev, which);

	return v.type == DOC_STRING ? text_decode(v.json, ev->scratch) : SPAN_NONE;
}

int
event_time(struct event *ev, int64_t *ms, struct err *err)
{
	struct value v;

	if (!ev->has_time) {
		v = event_get(ev, EVENT_TIME);
		if (v.type == DOC_ABSENT)
			return err_data(err, "time", -1, "no time: member \"%s\" is missing",
				names[ev->dialect][EVENT_TIME]);
		if (moment_read(v, 0, ev->scratch, &ev->time_ms))
			return err_data(err, "time", v.json.p - ev->doc->text.p,
				"unreadable time %.*s", (int)MIN(v.json.n, 64), v.json.p);
		ev->has_time = true;
	}
	*ms = ev->time_ms;
	return 0;
}

struct span
event_identity(struct event *ev)
{
	struct span id = event_text(ev, EVENT_ID), source;
	char *p;

	if (ev->dialect == EVENT_OURS || id.n == 0)
		return id.p ? id : span_of("", 0);
	source = event_text(ev, EVENT_SOURCE);
	p = arena_get(ev->scratch, source.n + 1 + id.n);
	if (source.n)
		memcpy(p, source.p, source.n);
	p[source.n] = '\0';
	memcpy(p + source.n + 1, id.p, id.n);
	return span_of(p, source.n + 1 + id.n);
}
