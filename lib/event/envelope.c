/* envelope: both sets of rules as tables, and one collector of what they find. */
#include "event/envelope.h"

#include <inttypes.h>

#include "base/when.h"
#include "event/naming.h"
#include "json/find.h"
#include "json/text.h"

/* Violations so far; the text grows in err. */
struct finding {
	struct event *ev;
	const struct envelope_rules *rules;
	struct err *err;
	size_t n; /* bytes of text */
	int count;
};

static void violate(struct finding *f, const char *code, uint32_t token, const char *fmt, ...)
	PRINTF(4, 5);

/* What does not fit in the text any more is left out at a whole violation. */
static void
violate(struct finding *f, const char *code, uint32_t token, const char *fmt, ...)
{
	struct err *e = f->err;
	char text[ERR_TEXT_MAX];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = strlen(text);
	if (f->count++ == 0)
		err_data(e, code, -1, "%s", "");
	if (strcmp(e->code, code) != 0)
		e->code = "envelope";
	if (e->byte < 0 && token != DOC_NONE)
		e->byte = f->ev->doc->at[token];
	if (f->n + n + 3 > ERR_TEXT_MAX)
		return;
	f->n += (size_t)snprintf(
		e->text + f->n, ERR_TEXT_MAX - f->n, "%s%s", f->n ? "; " : "", text);
}

/* User text in a message: at most 40 bytes. */
#define QUOTED(s) (int)MIN((s).n, 40), (s).p

/* The token of a member that is there and not null, else DOC_NONE. */
static uint32_t
present(const struct finding *f, uint32_t token)
{
	return doc_type(f->ev->doc, token) <= DOC_NULL ? DOC_NONE : token;
}

/* The decoded bytes of a non-empty string; anything else is a violation, absence when required. */
static struct span
check_string(struct finding *f, const char *name, uint32_t token, bool is_required)
{
	struct span text;

	token = present(f, token);
	if (token == DOC_NONE) {
		if (is_required)
			violate(f, "envelope", DOC_NONE, "%s is missing", name);
		return SPAN_NONE;
	}
	if (doc_type(f->ev->doc, token) != DOC_STRING) {
		violate(f, "envelope", token, "%s is not a string", name);
		return SPAN_NONE;
	}
	text = text_decode(doc_span(f->ev->doc, token), f->ev->scratch);
	if (text.n == 0) {
		violate(f, "envelope", token, "%s is empty", name);
		return SPAN_NONE;
	}
	return text;
}

static struct span
check_member(struct finding *f, enum event_member which, bool is_required)
{
	const char *name = event_member_name(f->ev->dialect, which);

	return check_string(f, name, f->ev->member[which], is_required);
}

static void
check_latest(struct finding *f, uint32_t token, int64_t ms)
{
	struct span text = doc_span(f->ev->doc, token);

	if (ms > f->rules->latest_ms)
		violate(f, "future", token, "%s %.*s lies in the future",
			event_member_name(f->ev->dialect, EVENT_TIME), QUOTED(text));
}

/* A number is epoch milliseconds where numbers are times at all (ours). */
static void
check_time(struct finding *f, bool is_required, bool takes_numbers)
{
	const struct doc *d = f->ev->doc;
	uint32_t token = present(f, f->ev->member[EVENT_TIME]);
	const char *name = event_member_name(f->ev->dialect, EVENT_TIME);
	enum doc_type type = doc_type(d, token);
	struct span text = doc_span(d, token);
	struct dec number;
	int64_t ms;

	if (token == DOC_NONE) {
		if (is_required)
			violate(f, "envelope", DOC_NONE, "%s is missing", name);
		return;
	}
	if (type == DOC_STRING && when_parse(text_decode(text, f->ev->scratch), &ms) == 0)
		check_latest(f, token, ms);
	else if (type == DOC_NUMBER && takes_numbers && dec_parse(text, &number) &&
		 dec_to_i64(number, &ms))
		check_latest(f, token, ms);
	else
		violate(f, "time", token, "%s %.*s is not an RFC 3339 time%s", name, QUOTED(text),
			takes_numbers ? " nor integer milliseconds" : "");
}

static void
check_ours(struct finding *f)
{
	struct event *ev = f->ev;
	struct span type;

	check_member(f, EVENT_ID, true);
	type = check_member(f, EVENT_TYPE, true);
	if (type.n && !f->rules->any_name && !naming_is_dotted(type))
		violate(f, "name", ev->member[EVENT_TYPE],
			"eventType '%.*s' is not lower-case names joined by dots", QUOTED(type));
	check_member(f, EVENT_VERSION, true);
	check_time(f, true, true);
	check_member(f, EVENT_SOURCE, true);
	check_member(f, EVENT_AGGREGATE, true);
	check_member(f, EVENT_KIND, true);
	if (present(f, ev->member[EVENT_DATA]) == DOC_NONE)
		violate(f, "envelope", DOC_NONE, "data is missing");
	check_member(f, EVENT_CORRELATION, false);
	check_member(f, EVENT_CAUSATION, false);
	check_member(f, EVENT_USER, false);
}

/* --- CloudEvents ------------------------------------------------------------------------------ */

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The characters of RFC 3986, and each '%' begins an octet. */
static bool
is_uri_reference(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%') {
			if (s.n - i < 3 || !is_hex(s.p[i + 1]) || !is_hex(s.p[i + 2]))
				return false;
		} else if (!is_alnum(s.p[i]) &&
			   (s.p[i] == '\0' || !strchr("-._~:/?#[]@!$&'()*+,;=", s.p[i]))) {
			return false;
		}
	}
	return true;
}

static bool
is_absolute_uri(struct span s)
{
	struct span scheme, rest;

	if (!is_uri_reference(s) || !span_cut(s, ':', &scheme, &rest) || scheme.n == 0 ||
		!is_alnum(scheme.p[0]))
		return false;
	for (size_t i = 0; i < scheme.n; i++)
		if (!is_alnum(scheme.p[i]) && !memchr("+-.", scheme.p[i], 3))
			return false;
	return true;
}

/* RFC 4648 section 4, padded. */
static bool
is_base64(struct span s)
{
	size_t pad = 0;

	while (pad < 2 && pad < s.n && s.p[s.n - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < s.n - pad; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '+' && s.p[i] != '/')
			return false;
	return s.n % 4 == 0;
}

static bool
is_media_type(struct span s)
{
	struct span type, subtype;

	return span_cut(s, '/', &type, &subtype) && type.n && subtype.n;
}

/* Attributes of the core specification besides id, source, type and time: a string, and what it must be. */
static const struct attribute {
	const char *name, *what;
	bool (*fits)(struct span text);
	bool may_be_empty;
} attributes[] = {
	{"datacontenttype", "a media type", is_media_type, false},
	{"dataschema", "an absolute URI", is_absolute_uri, false},
	{"subject", "", NULL, true},
	{"data_base64", "base64", is_base64, true},
};

static void
check_attribute(struct finding *f, const struct attribute *a, uint32_t token)
{
	const struct doc *d = f->ev->doc;
	struct span text;

	if (a->may_be_empty && doc_type(d, token) == DOC_STRING && doc_span(d, token).n == 2)
		return;
	text = check_string(f, a->name, token, false);
	if (text.p && a->fits && !a->fits(text))
		violate(f, "envelope", token, "%s '%.*s' is not %s", a->name, QUOTED(text),
			a->what);
}

static bool
is_attribute_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9')))
			return false;
	return s.n > 0;
}

static bool
is_simple(const struct doc *d, uint32_t token)
{
	enum doc_type type = doc_type(d, token);
	struct dec number;
	int64_t v;

	if (type != DOC_NUMBER)
		return type < DOC_NUMBER || type == DOC_STRING;
	return dec_parse(doc_span(d, token), &number) && dec_to_i64(number, &v) && v >= INT32_MIN &&
	       v <= INT32_MAX;
}

static void
check_extension(struct finding *f, struct span name, uint32_t token)
{
	if (!is_attribute_name(name))
		violate(f, "envelope", token, "'%.*s' is no attribute name: [a-z0-9]+",
			QUOTED(name));
	if (!is_simple(f->ev->doc, token))
		violate(f, "envelope", token, "%.*s is not a string, a boolean or a 32-bit integer",
			QUOTED(name));
}

static void
check_named(struct finding *f, struct span name, uint32_t token)
{
	static const char *const known[] = {"specversion", "id", "source", "type", "time", "data"};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (span_is(name, known[i]))
			return;
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
		if (span_is(name, attributes[i].name)) {
			check_attribute(f, &attributes[i], token);
			return;
		}
	check_extension(f, name, token);
}

static void
check_cloudevents(struct finding *f)
{
	const struct doc *d = f->ev->doc;
	uint32_t version = find_member(d, 0, SPAN("specversion"));
	uint32_t encoded = find_member(d, 0, SPAN("data_base64"));
	struct span source;
	struct find_iter it;

	if (!text_equals(doc_span(d, version), SPAN("1.0")))
		violate(f, "envelope", version, "specversion is not \"1.0\"");
	check_member(f, EVENT_ID, true);
	source = check_member(f, EVENT_SOURCE, true);
	if (source.p && !is_uri_reference(source))
		violate(f, "envelope", f->ev->member[EVENT_SOURCE],
			"source '%.*s' is not a URI-reference", QUOTED(source));
	check_member(f, EVENT_TYPE, true);
	check_time(f, false, false);
	if (present(f, encoded) != DOC_NONE && present(f, f->ev->member[EVENT_DATA]) != DOC_NONE)
		violate(f, "envelope", encoded, "data and data_base64 exclude each other");
	for (find_start(&it, d, 0); find_next(&it);)
		check_named(f, text_decode(doc_span(d, it.name), f->ev->scratch), it.value);
}

int
envelope_check(struct event *ev, const struct envelope_rules *rules, struct err *err)
{
	struct finding f = {.ev = ev, .rules = rules, .err = err};
	struct span data;

	if (event_scan(ev, err))
		return -1;
	if (ev->dialect == EVENT_CLOUDEVENTS)
		check_cloudevents(&f);
	else
		check_ours(&f);
	if (rules->max_bytes && ev->body.n > rules->max_bytes)
		violate(&f, "size", DOC_NONE, "the event has %zu bytes, more than %" PRIu64,
			ev->body.n, rules->max_bytes);
	data = doc_span(ev->doc, ev->member[EVENT_DATA]);
	if (rules->max_data_bytes && data.n > rules->max_data_bytes)
		violate(&f, "size", ev->member[EVENT_DATA],
			"data has %zu bytes, more than %" PRIu64, data.n, rules->max_data_bytes);
	return f.count ? -1 : 0;
}
