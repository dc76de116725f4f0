/* closed: window results. */
#include "event/closed.h"

#include <math.h>

#include "base/when.h"
#include "event/expr.h"
#include "json/find.h"

#define INT_LIMIT 9007199254740992.0 /* 2^53: a double counts exactly up to here */

static int
unknown_name(const struct closed_name *names, size_t count, struct span name, struct err *err)
{
	char list[256] = "";
	size_t n = 0;

	for (size_t i = 0; i < count && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, " %s", names[i].name);
	return err_usage(
		err, "--use: no name '%.*s'; there are:%s", (int)MIN(name.n, 64), name.p, list);
}

int
closed_use(struct closed_name *names, size_t count, struct span text, struct err *err)
{
	struct span name, member;

	if (!span_cut(text, '=', &name, &member) || !member.n)
		return err_usage(err, "--use: expected NAME=MEMBER, not '%.*s'",
			(int)MIN(text.n, 64), text.p);
	for (size_t i = 0; i < count; i++)
		if (span_is(name, names[i].name)) {
			names[i].member = member;
			return 0;
		}
	return unknown_name(names, count, name, err);
}

int
closed_read(struct closed *c, struct event *ev, int64_t time_ms, struct err *err)
{
	struct value data = event_get(ev, EVENT_DATA), n, pane;
	struct dec number;

	if (data.type != DOC_OBJECT)
		return err_data(err, "window", -1, "data is no object: not a window result");
	*c = (struct closed){.ev = ev, .data = ev->member[EVENT_DATA], .time_ms = time_ms};
	n = closed_value(c, SPAN("n"));
	if (n.type == DOC_NUMBER && value_dec(n, &number))
		dec_to_i64(number, &c->pane);
	pane = closed_value(c, SPAN("pane"));
	c->is_cut = pane.type == DOC_STRING && span_is(pane.json, "\"eof\"");
	return 0;
}

struct value
closed_value(const struct closed *c, struct span member)
{
	uint32_t at = find_member(c->ev->doc, c->data, member);

	return (struct value){doc_type(c->ev->doc, at), doc_span(c->ev->doc, at)};
}

static int
missing(struct span member, struct err *err)
{
	return err_data(
		err, "window", -1, "no member data.%.*s", (int)MIN(member.n, 128), member.p);
}

static int
wrong(struct span member, const char *wanted, struct err *err)
{
	return err_data(
		err, "window", -1, "data.%.*s is no %s", (int)MIN(member.n, 128), member.p, wanted);
}

int
closed_key(
	const struct closed *c, const struct closed_name *name, struct value *out, struct err *err)
{
	struct value v = closed_value(c, name->member);

	if (v.type <= DOC_NULL)
		v = closed_value(c, SPAN("key"));
	if (v.type <= DOC_NULL)
		return missing(name->member, err);
	*out = v;
	return 0;
}

int
closed_number(const struct closed *c, const struct closed_name *name, double *out, struct err *err)
{
	struct value v = closed_value(c, name->member);

	if (v.type == DOC_ABSENT)
		return missing(name->member, err);
	if (v.type != DOC_NUMBER && v.type != DOC_NULL)
		return wrong(name->member, "number", err);
	*out = v.type == DOC_NULL ? 0 : value_double(v);
	return 0;
}

int
closed_count(const struct closed *c, const struct closed_name *name, int64_t *out, struct err *err)
{
	double v;

	if (closed_number(c, name, &v, err))
		return -1;
	if (v < 0 || v > INT_LIMIT)
		return wrong(name->member, "number from 0 to 2^53", err);
	*out = (int64_t)floor(v);
	return 0;
}

int
closed_time(const struct closed *c, const struct closed_name *name, int64_t *ms, struct err *err)
{
	struct value v = closed_value(c, name->member);

	if (v.type == DOC_ABSENT)
		return missing(name->member, err);
	if (v.type != DOC_STRING || when_parse(value_text(v, c->ev->scratch), ms))
		return wrong(name->member, "RFC 3339 time", err);
	return 0;
}

static struct span
identity(const struct closed *c, struct span type, struct value key)
{
	struct span parts[] = {
		type,
		key.type == DOC_ABSENT ? SPAN("") : value_identity(key, c->ev->scratch),
		closed_value(c, SPAN("windowStart")).json,
		closed_value(c, SPAN("windowEnd")).json,
		closed_value(c, SPAN("n")).json,
	};
	size_t n = 0;
	char *p;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		n += parts[i].n + 1;
	p = arena_get(c->ev->scratch, n);
	n = 0;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (parts[i].n)
			memcpy(p + n, parts[i].p, parts[i].n);
		n += parts[i].n;
		p[n++] = '\0';
	}
	return span_of(p, n);
}

void
closed_derive(const struct closed *c, struct span type, struct value key, struct build_event *out)
{
	*out = (struct build_event){
		.type = type,
		.time_ms = c->time_ms,
		.identity = identity(c, type, key),
		.aggregate_id = event_text(c->ev, EVENT_AGGREGATE),
		.aggregate_type = event_text(c->ev, EVENT_KIND),
		.correlation = event_text(c->ev, EVENT_CORRELATION),
		.causation = event_text(c->ev, EVENT_ID),
	};
}
