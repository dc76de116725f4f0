/* build: both dialects, ids. */
#include "event/build.h"

#include "json/text.h"

#define NAME_MAX_BYTES ((size_t)1 << 20)

/* The namespace of all stages; a stage's own is made from it, its name and its options. */
static const unsigned char root_space[UUID_BYTES] = {0x8d, 0x0c, 0x5c, 0x1e, 0x9b, 0x6f, 0x4a, 0x53,
	0xb1, 0x7a, 0x2f, 0x64, 0xc3, 0x90, 0xe5, 0x18};

void
build_stage_init(struct build_stage *s, struct span name, struct span options)
{
	unsigned char own[UUID_BYTES];
	struct buf identity;

	*s = (struct build_stage){.name = name};
	buf_init(&s->source, NAME_MAX_BYTES);
	text_put(&s->source, name);
	buf_init(&identity, SIZE_MAX);
	buf_span(&identity, name);
	buf_putc(&identity, '\0');
	buf_span(&identity, options);
	uuid_space_init(&s->space, root_space);
	uuid_v5(own, &s->space, buf_view(&identity));
	uuid_space_init(&s->space, own);
	buf_release(&identity);
}

void
build_stage_release(struct build_stage *s)
{
	buf_release(&s->source);
}

/* prefix: the comma, the name and the colon of a member, written out. */
static inline void
put_text(struct buf *out, struct span prefix, struct span value)
{
	if (value.p) {
		buf_span(out, prefix);
		text_put(out, value);
	}
}

static void
put_source(const struct build_stage *s, const struct build_event *ev, struct buf *out)
{
	if (ev->source.p)
		text_put(out, ev->source);
	else
		buf_span(out, buf_view(&s->source));
}

static void
put_id(const struct build_stage *s, const struct build_event *ev, struct buf *out)
{
	char text[1 + UUID_TEXT];
	unsigned char id[UUID_BYTES];

	if (ev->id.p) {
		text_put(out, ev->id);
		return;
	}
	assert(ev->identity.p);
	uuid_v5(id, &s->space, ev->identity);
	text[0] = '"';
	uuid_put(text + 1, id);
	text[UUID_TEXT] = '"';
	buf_put(out, text, sizeof(text));
}

static void
put_time(struct build_stage *s, const struct build_event *ev, struct buf *out)
{
	if (ev->time_text.p) {
		text_put(out, ev->time_text);
		return;
	}
	if (s->time_n == 0 || ev->time_ms != s->time_ms) {
		s->time_n = when_put(s->time, ev->time_ms);
		s->time_ms = ev->time_ms;
	}
	buf_putc(out, '"');
	buf_put(out, s->time, s->time_n);
	buf_putc(out, '"');
}

static void
put_version(const struct build_event *ev, struct buf *out)
{
	if (ev->version.p)
		text_put(out, ev->version);
	else
		buf_span(out, SPAN("\"1.0\""));
}

static void
front_ours(struct build_stage *s, const struct build_event *ev, struct buf *out)
{
	buf_span(out, SPAN("{\"eventId\":"));
	put_id(s, ev, out);
	put_text(out, SPAN(",\"eventType\":"), ev->type);
	buf_span(out, SPAN(",\"eventVersion\":"));
	put_version(ev, out);
	buf_span(out, SPAN(",\"timestamp\":"));
	put_time(s, ev, out);
}

static void
back_ours(const struct build_stage *s, const struct build_event *ev, struct buf *out)
{
	buf_span(out, SPAN(",\"source\":"));
	put_source(s, ev, out);
	put_text(out, SPAN(",\"aggregateId\":"), ev->aggregate_id);
	put_text(out, SPAN(",\"aggregateType\":"), ev->aggregate_type);
	put_text(out, SPAN(",\"correlationId\":"), ev->correlation);
	put_text(out, SPAN(",\"causationId\":"), ev->causation);
	put_text(out, SPAN(",\"userId\":"), ev->user);
}

static void
front_cloudevents(struct build_stage *s, const struct build_event *ev, struct buf *out)
{
	buf_span(out, SPAN("{\"specversion\":\"1.0\",\"id\":"));
	put_id(s, ev, out);
	buf_span(out, SPAN(",\"source\":"));
	put_source(s, ev, out);
	put_text(out, SPAN(",\"type\":"), ev->type);
	buf_span(out, SPAN(",\"time\":"));
	put_time(s, ev, out);
}

static void
back_cloudevents(const struct build_event *ev, struct buf *out)
{
	put_text(out, SPAN(",\"subject\":"), ev->aggregate_id);
	put_text(out, SPAN(",\"partitionkey\":"), ev->aggregate_id);
	put_text(out, SPAN(",\"aggregatetype\":"), ev->aggregate_type);
	buf_span(out, SPAN(",\"eventversion\":"));
	put_version(ev, out);
	put_text(out, SPAN(",\"correlationid\":"), ev->correlation);
	put_text(out, SPAN(",\"causationid\":"), ev->causation);
	put_text(out, SPAN(",\"userid\":"), ev->user);
}

static void
put_members(const struct build_stage *s, const struct build_event *ev, struct buf *out)
{
	if (s->cloudevents)
		back_cloudevents(ev, out);
	else
		back_ours(s, ev, out);
}

void
build_put_front(struct build_stage *s, const struct build_event *ev, struct buf *out)
{
	if (s->cloudevents)
		front_cloudevents(s, ev, out);
	else
		front_ours(s, ev, out);
}

void
build_put_back(const struct build_stage *s, const struct build_event *ev, struct buf *out)
{
	put_members(s, ev, out);
	buf_span(out, SPAN(",\"data\":"));
}

void
build_put_end(struct buf *out)
{
	buf_span(out, SPAN("}\n"));
}

void
build_put(struct build_stage *s, const struct build_event *ev, struct buf *out)
{
	if (s->flat) {
		buf_span(out, ev->data);
		buf_putc(out, '\n');
		return;
	}
	build_put_front(s, ev, out);
	put_members(s, ev, out);
	if (ev->data.p) {
		buf_span(out, SPAN(",\"data\":"));
		buf_span(out, ev->data);
	}
	build_put_end(out);
}

void
build_id_v7(struct uuid_pool *pool, char out[BUILD_ID_MAX], int64_t now_ms)
{
	unsigned char id[UUID_BYTES];

	uuid_v7(pool, now_ms, id);
	uuid_put(out, id);
}

void
build_id_v4(struct uuid_pool *pool, char out[BUILD_ID_MAX])
{
	unsigned char id[UUID_BYTES];

	uuid_v4(pool, id);
	uuid_put(out, id);
}
