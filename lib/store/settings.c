/* settings: one kind of event, written and read. */
#include "store/settings.h"

#include "base/num.h"
#include "event/build.h"
#include "store/trailer.h"
#include "json/doc.h"
#include "json/emit.h"
#include "json/find.h"

#define TYPE "system.stream-settings"

int
settings_stream(struct span stream, struct buf *out, struct err *err)
{
	if (stream.n + sizeof(SETTINGS_PREFIX) - 1 > TRAILER_STREAM_MAX)
		return err_usage(err, "a stream whose name has over %zu bytes can have no settings",
			TRAILER_STREAM_MAX - sizeof(SETTINGS_PREFIX) + 1);
	buf_clear(out);
	buf_puts(out, SETTINGS_PREFIX);
	buf_span(out, stream);
	return 0;
}

bool
settings_is_of(struct span stream)
{
	return span_starts(stream, SPAN(SETTINGS_PREFIX));
}

static bool
take_number(const struct doc *d, uint32_t data, const char *name, int64_t *out)
{
	uint32_t v = find_member(d, data, span_str(name));

	return v == DOC_NONE || (num_i64(doc_span(d, v), out) == 0 && *out >= 0);
}

static bool
read_data(const struct doc *d, struct settings *out)
{
	uint32_t data = find_member(d, 0, SPAN("data"));
	uint32_t tombstone = find_member(d, data, SPAN("tombstone"));
	uint32_t type = find_member(d, 0, SPAN("eventType"));
	struct settings s = {0};

	if (doc_type(d, data) != DOC_OBJECT || !span_is(doc_span(d, type), "\"" TYPE "\"") ||
		!take_number(d, data, "maxAgeMs", &s.max_age_ms) ||
		!take_number(d, data, "maxCount", &s.max_count) ||
		!take_number(d, data, "before", &s.before))
		return false;
	s.is_tombstoned = doc_type(d, tombstone) == DOC_TRUE;
	*out = s;
	return true;
}

int
settings_parse(struct span body, struct settings *out, struct err *err)
{
	struct doc d;
	struct buf text;
	bool is_good;

	buf_init(&text, body.n + 1);
	buf_span(&text, body);
	buf_putc(&text, '}');
	doc_init(&d, DOC_KERNEL_BEST);
	is_good = doc_parse(&d, buf_view(&text), err) == 0 && read_data(&d, out);
	doc_release(&d);
	buf_release(&text);
	return is_good ? 0
		       : err_set(err, ERR_DAMAGE, "settings", -1,
				 "an event of a stream that begins with '" SETTINGS_PREFIX
				 "' holds no settings");
}

static void
put_number(struct emit *e, const char *name, int64_t v)
{
	if (!v)
		return;
	emit_name(e, span_str(name));
	emit_i64(e, v);
}

static void
put_text(struct emit *e, const char *name, struct span v)
{
	emit_name(e, span_str(name));
	emit_string(e, v);
}

void
settings_put(struct buf *out, struct span stream, const struct settings *s, int64_t now_ms)
{
	struct uuid_pool pool = {0};
	char id[BUILD_ID_MAX];
	struct emit e;

	build_id_v7(&pool, id, now_ms);
	emit_init(&e, out);
	emit_open(&e, '{');
	put_text(&e, "eventId", span_str(id));
	put_text(&e, "eventType", SPAN(TYPE));
	put_text(&e, "eventVersion", SPAN("1.0"));
	emit_name(&e, SPAN("timestamp"));
	emit_time(&e, now_ms);
	put_text(&e, "source", SPAN("ev-store"));
	put_text(&e, "aggregateId", stream);
	put_text(&e, "aggregateType", SPAN("Stream"));
	emit_name(&e, SPAN("data"));
	emit_open(&e, '{');
	put_number(&e, "maxAgeMs", s->max_age_ms);
	put_number(&e, "maxCount", s->max_count);
	put_number(&e, "before", s->before);
	if (s->is_tombstoned) {
		emit_name(&e, SPAN("tombstone"));
		emit_bool(&e, true);
	}
	emit_close(&e);
	emit_close(&e);
}

int64_t
settings_first(const struct settings *s, int64_t version)
{
	int64_t first = MAX(s->before, 1);

	if (s->is_tombstoned)
		return version + 1;
	if (s->max_count && version - s->max_count + 1 > first)
		first = version - s->max_count + 1;
	return MIN(first, version + 1);
}

int64_t
settings_since(const struct settings *s, int64_t now_ms)
{
	return s->max_age_ms ? now_ms - MIN(s->max_age_ms, now_ms) : INT64_MIN;
}
