/* factory: where each member of a new event comes from. */
#include "event/factory.h"

#include "event/moment.h"
#include "json/find.h"
#include "json/text.h"

void
factory_start(struct factory *f)
{
	assert(f->given[EVENT_TYPE].n && f->given[EVENT_SOURCE].p);
	build_stage_init(&f->stage, f->given[EVENT_SOURCE], SPAN("factory"));
}

void
factory_release(struct factory *f)
{
	for (size_t i = 0; i < EVENT_MEMBERS; i++)
		expr_free(f->from[i]);
	build_stage_release(&f->stage);
}

enum event_member
factory_member(struct span name)
{
	for (int m = 0; m < EVENT_MEMBERS; m++)
		if (span_is(name, event_member_name(EVENT_OURS, (enum event_member)m)) ||
			span_is(name, event_member_name(EVENT_CLOUDEVENTS, (enum event_member)m)))
			return (enum event_member)m;
	return EVENT_MEMBERS;
}

/* What the member's expression yields; VALUE_ABSENT for nothing and null. */
static int
evaluate(struct factory *f, enum event_member which, struct event *data, struct value *out,
	struct err *err)
{
	*out = VALUE_ABSENT;
	if (f->from[which] && expr_value(f->from[which], data, out, err))
		return err_prefix(err, "%s", event_member_name(EVENT_OURS, which));
	if (out->type <= DOC_NULL)
		*out = VALUE_ABSENT;
	return 0;
}

/* A member that is text: strings as they are, numbers as they are written. */
static int
text_of(struct factory *f, enum event_member which, struct event *data, struct span *out,
	struct err *err)
{
	struct value v;

	*out = f->given[which];
	if (evaluate(f, which, data, &v, err))
		return -1;
	if (v.type == DOC_ABSENT)
		return 0;
	if (v.type != DOC_STRING && v.type != DOC_NUMBER)
		return err_data(err, "member", -1, "%s would be %.*s, which is no string",
			event_member_name(EVENT_OURS, which), (int)MIN(v.json.n, 40), v.json.p);
	*out = value_text(v, data->scratch);
	return 0;
}

/* The text of a member of the data; SPAN_NONE when it is missing, empty or neither string nor number. */
static struct span
data_text(struct event *data, struct span name)
{
	uint32_t token = find_member(data->doc, 0, name);
	enum doc_type type = doc_type(data->doc, token);
	struct span text = doc_span(data->doc, token);

	if (type == DOC_STRING)
		text = text_decode(text, data->scratch);
	return (type == DOC_STRING || type == DOC_NUMBER) && text.n ? text : SPAN_NONE;
}

/* NOUN of NOUN.verb; SPAN_NONE when the type has no dot. */
static struct span
noun_of(struct span type)
{
	size_t end = type.n, at;

	while (end > 0 && type.p[end - 1] != '.')
		end--;
	if (end == 0)
		return SPAN_NONE;
	at = --end;
	while (at > 0 && type.p[at - 1] != '.')
		at--;
	return span_of(type.p + at, end - at);
}

static int
find_aggregate(struct event *data, struct build_event *ev, struct err *err)
{
	struct span noun = noun_of(ev->type), name;
	char *p;

	if (!ev->aggregate_type.p)
		ev->aggregate_type = noun;
	if (!ev->aggregate_type.n)
		return err_data(err, "aggregate", -1,
			"type '%.*s' is not NOUN.verb: give --aggregate-type",
			(int)MIN(ev->type.n, 100), ev->type.p);
	p = arena_get(data->scratch, noun.n + 2);
	if (noun.n)
		memcpy(p, noun.p, noun.n);
	memcpy(p + noun.n, "Id", 2);
	name = span_of(p, noun.n + 2);
	if (!ev->aggregate_id.p)
		ev->aggregate_id = data_text(data, name);
	if (!ev->aggregate_id.p)
		ev->aggregate_id = ev->user;
	if (ev->aggregate_id.n)
		return 0;
	if (span_is(name, "userId"))
		return err_data(err, "aggregate", -1,
			"no aggregateId: the data has no userId; give --aggregate-id");
	return err_data(err, "aggregate", -1,
		"no aggregateId: the data has neither %.*s nor userId; give --aggregate-id",
		(int)MIN(name.n, 100), name.p);
}

/* A string stays as it is written; a number is epoch milliseconds. */
static int
find_time(struct factory *f, struct event *data, int64_t now_ms, struct build_event *ev,
	struct err *err)
{
	struct value v;

	ev->time_ms = f->has_time ? f->given_ms : now_ms;
	if (evaluate(f, EVENT_TIME, data, &v, err))
		return -1;
	if (v.type == DOC_ABSENT)
		return 0;
	if (moment_read(v, 0, data->scratch, &ev->time_ms))
		return err_data(err, "time", -1, "timestamp would be %.*s, which is no time",
			(int)MIN(v.json.n, 40), v.json.p);
	if (v.type == DOC_STRING)
		ev->time_text = value_text(v, data->scratch);
	return 0;
}

/* Version 5: the type, a NUL and the value's identity, in the namespace of the source. */
static int
derive_id(struct factory *f, struct event *data, struct build_event *ev, struct err *err)
{
	struct span identity;
	struct value v;
	char *p;

	if (expr_value(f->id_from, data, &v, err))
		return err_prefix(err, "--id-from");
	if (v.type <= DOC_NULL)
		return err_data(err, "member", -1, "--id-from gives no value");
	identity = value_identity(v, data->scratch);
	p = arena_get(data->scratch, ev->type.n + 1 + identity.n);
	memcpy(p, ev->type.p, ev->type.n);
	p[ev->type.n] = '\0';
	memcpy(p + ev->type.n + 1, identity.p, identity.n);
	ev->identity = span_of(p, ev->type.n + 1 + identity.n);
	return 0;
}

static int
find_id(struct factory *f, struct event *data, int64_t now_ms, struct build_event *ev,
	struct err *err)
{
	char *text;

	if (ev->id.p)
		return 0;
	if (f->id_from)
		return derive_id(f, data, ev, err);
	text = arena_get(data->scratch, BUILD_ID_MAX);
	if (f->ids == FACTORY_V4)
		build_id_v4(&f->pool, text);
	else
		build_id_v7(&f->pool, text, now_ms);
	ev->id = span_of(text, BUILD_ID_MAX - 1);
	return 0;
}

static int
find_texts(struct factory *f, struct event *data, struct build_event *ev, struct err *err)
{
	const struct {
		enum event_member which;
		struct span *to;
	} texts[] = {
		{EVENT_ID, &ev->id},
		{EVENT_TYPE, &ev->type},
		{EVENT_VERSION, &ev->version},
		{EVENT_SOURCE, &ev->source},
		{EVENT_AGGREGATE, &ev->aggregate_id},
		{EVENT_KIND, &ev->aggregate_type},
		{EVENT_CORRELATION, &ev->correlation},
		{EVENT_CAUSATION, &ev->causation},
		{EVENT_USER, &ev->user},
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (text_of(f, texts[i].which, data, texts[i].to, err))
			return -1;
	if (!ev->user.p)
		ev->user = data_text(data, SPAN("userId"));
	return 0;
}

int
factory_put(struct factory *f, struct event *data, int64_t now_ms, struct buf *out, struct err *err)
{
	struct build_event ev = {0};
	struct value payload;

	if (find_texts(f, data, &ev, err) || find_aggregate(data, &ev, err) ||
		find_time(f, data, now_ms, &ev, err) || find_id(f, data, now_ms, &ev, err) ||
		evaluate(f, EVENT_DATA, data, &payload, err))
		return -1;
	ev.data = payload.type == DOC_ABSENT ? data->body : payload.json;
	build_put(&f->stage, &ev, out);
	return 0;
}
