/* build: both dialects, ids, causes. */
#include "event/build.h"

#include "base/alloc.h"
#include "base/when.h"
#include "json/text.h"

#define NAME_MAX_BYTES ((size_t)1 << 20)

/* The namespace of all stages; a stage's own is made from it, its name and its options. */
static const unsigned char root_space[UUID_BYTES] = {0x8d, 0x0c, 0x5c, 0x1e, 0x9b, 0x6f, 0x4a, 0x53,
	0xb1, 0x7a, 0x2f, 0x64, 0xc3, 0x90, 0xe5, 0x18};

void
build_stage_init(struct build_stage *s, struct span name, struct span options)
{
	struct buf identity;

	*s = (struct build_stage){.name = name};
	buf_init(&s->source, NAME_MAX_BYTES);
	text_put(&s->source, name);
	buf_init(&identity, NAME_MAX_BYTES);
	buf_span(&identity, name);
	buf_putc(&identity, '\0');
	buf_span(&identity, options);
	uuid_v5(s->space, root_space, buf_view(&identity));
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
	char id[BUILD_ID_MAX];

	if (ev->id.p) {
		text_put(out, ev->id);
		return;
	}
	assert(ev->identity.p);
	build_id_v5(id, s->space, ev->identity);
	buf_putc(out, '"');
	buf_put(out, id, sizeof(id) - 1);
	buf_putc(out, '"');
}

static void
put_time(const struct build_event *ev, struct buf *out)
{
	char text[WHEN_MAX];

	if (ev->time_text.p) {
		text_put(out, ev->time_text);
		return;
	}
	buf_putc(out, '"');
	buf_put(out, text, when_put(text, ev->time_ms));
	buf_putc(out, '"');
}

static struct span
version_of(const struct build_event *ev)
{
	return ev->version.p ? ev->version : SPAN("1.0");
}

static void
put_ours(const struct build_stage *s, const struct build_event *ev, struct buf *out)
{
	buf_span(out, SPAN("{\"eventId\":"));
	put_id(s, ev, out);
	put_text(out, SPAN(",\"eventType\":"), ev->type);
	put_text(out, SPAN(",\"eventVersion\":"), version_of(ev));
	buf_span(out, SPAN(",\"timestamp\":"));
	put_time(ev, out);
	buf_span(out, SPAN(",\"source\":"));
	put_source(s, ev, out);
	put_text(out, SPAN(",\"aggregateId\":"), ev->aggregate_id);
	put_text(out, SPAN(",\"aggregateType\":"), ev->aggregate_type);
	put_text(out, SPAN(",\"correlationId\":"), ev->correlation);
	put_text(out, SPAN(",\"causationId\":"), ev->causation);
	put_text(out, SPAN(",\"userId\":"), ev->user);
}

static void
put_cloudevents(const struct build_stage *s, const struct build_event *ev, struct buf *out)
{
	buf_span(out, SPAN("{\"specversion\":\"1.0\",\"id\":"));
	put_id(s, ev, out);
	buf_span(out, SPAN(",\"source\":"));
	put_source(s, ev, out);
	put_text(out, SPAN(",\"type\":"), ev->type);
	buf_span(out, SPAN(",\"time\":"));
	put_time(ev, out);
	put_text(out, SPAN(",\"subject\":"), ev->aggregate_id);
	put_text(out, SPAN(",\"partitionkey\":"), ev->aggregate_id);
	put_text(out, SPAN(",\"aggregatetype\":"), ev->aggregate_type);
	put_text(out, SPAN(",\"eventversion\":"), version_of(ev));
	put_text(out, SPAN(",\"correlationid\":"), ev->correlation);
	put_text(out, SPAN(",\"causationid\":"), ev->causation);
	put_text(out, SPAN(",\"userid\":"), ev->user);
}

void
build_put(struct build_stage *s, const struct build_event *ev, struct buf *out)
{
	if (s->flat) {
		buf_span(out, ev->data);
		buf_putc(out, '\n');
		return;
	}
	if (s->cloudevents)
		put_cloudevents(s, ev, out);
	else
		put_ours(s, ev, out);
	if (ev->data.p) {
		buf_span(out, SPAN(",\"data\":"));
		buf_span(out, ev->data);
	}
	buf_span(out, SPAN("}\n"));
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

void
build_id_v5(char out[BUILD_ID_MAX], const unsigned char space[16], struct span name)
{
	unsigned char id[UUID_BYTES];

	uuid_v5(id, space, name);
	uuid_put(out, id);
}

/* Ids mostly have one length, so the memory of the last one is used again. */
static void
keep(char **p, uint32_t *n, struct span text)
{
	if (*n != text.n || !*p) {
		alloc_free(*p);
		*p = alloc_get(text.n);
		*n = (uint32_t)text.n;
	}
	if (text.n)
		memcpy(*p, text.p, text.n);
}

static void
forget(char **p, uint32_t *n)
{
	alloc_free(*p);
	*p = NULL;
	*n = 0;
}

static void
disagree(struct build_cause *c)
{
	c->mixed = true;
	forget(&c->correlation, &c->correlation_n);
}

static void
add_correlation(struct build_cause *c, struct span text)
{
	if (c->mixed)
		return;
	if (!text.p)
		disagree(c);
	else if (!c->has_any)
		keep(&c->correlation, &c->correlation_n, text);
	else if (!span_equal(text, build_cause_correlation(c)))
		disagree(c);
}

void
build_cause_add(struct build_cause *c, struct event *ev, int64_t time_ms)
{
	struct span id;

	if (!c->mixed)
		add_correlation(c, event_text(ev, EVENT_CORRELATION));
	if (!c->has_any || time_ms >= c->time_ms) {
		id = event_text(ev, EVENT_ID);
		if (id.p)
			keep(&c->id, &c->id_n, id);
		else
			forget(&c->id, &c->id_n);
		c->time_ms = time_ms;
	}
	c->has_any = true;
}

void
build_cause_merge(struct build_cause *into, struct build_cause *from)
{
	if (from->has_any) {
		if (from->mixed && !into->mixed)
			disagree(into);
		add_correlation(into, build_cause_correlation(from));
		if (!into->has_any || from->time_ms >= into->time_ms) {
			alloc_free(into->id);
			into->id = from->id;
			into->id_n = from->id_n;
			into->time_ms = from->time_ms;
			from->id = NULL;
		}
		into->has_any = true;
	}
	build_cause_release(from);
}

void
build_cause_release(struct build_cause *c)
{
	alloc_free(c->id);
	alloc_free(c->correlation);
	*c = (struct build_cause){0};
}

struct span
build_cause_id(const struct build_cause *c)
{
	return span_of(c->id, c->id_n);
}

struct span
build_cause_correlation(const struct build_cause *c)
{
	return span_of(c->correlation, c->correlation_n);
}
