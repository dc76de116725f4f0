/* build: both dialects byte for byte, ids that repeat. */
#include "event/build.h"
#include "tap.h"

static struct build_stage stage;
static struct buf out;

static const char *
built(const struct build_event *ev)
{
	buf_clear(&out);
	build_put(&stage, ev, &out);
	buf_putc(&out, '\0');
	return out.p;
}

TEST(ours)
{
	build_stage_init(&stage, SPAN("ev-window"), SPAN("--tumbling 60000"));
	is_str(built(&(struct build_event){.type = SPAN("window.closed"),
		       .time_ms = 1637572532123,
		       .id = SPAN("e-1"),
		       .aggregate_id = SPAN("c-1"),
		       .aggregate_type = SPAN("content"),
		       .correlation = SPAN("r-1"),
		       .causation = SPAN("e-0"),
		       .user = SPAN("u-1"),
		       .data = SPAN("{\"n\":1}")}),
		"{\"eventId\":\"e-1\",\"eventType\":\"window.closed\",\"eventVersion\":\"1.0\","
		"\"timestamp\":\"2021-11-22T09:15:32.123Z\",\"source\":\"ev-window\","
		"\"aggregateId\":\"c-1\",\"aggregateType\":\"content\",\"correlationId\":\"r-1\","
		"\"causationId\":\"e-0\",\"userId\":\"u-1\",\"data\":{\"n\":1}}\n",
		"every member, in order");
	is_str(built(&(struct build_event){.type = SPAN("a.b"),
		       .version = SPAN("2.1"),
		       .time_text = SPAN("2021-11-22T10:15:32.1239+01:00"),
		       .id = SPAN("e\"1\n"),
		       .source = SPAN("caf\303\251")}),
		"{\"eventId\":\"e\\\"1\\n\",\"eventType\":\"a.b\",\"eventVersion\":\"2.1\","
		"\"timestamp\":\"2021-11-22T10:15:32.1239+01:00\",\"source\":\"caf\303\251\"}\n",
		"given time text and source stay, texts are escaped, absent members left out");
	build_stage_release(&stage);
}

TEST(cloudevents)
{
	build_stage_init(&stage, SPAN("a \"stage\""), SPAN_NONE);
	stage.cloudevents = true;
	is_str(built(&(struct build_event){.type = SPAN("window.closed"),
		       .time_ms = 0,
		       .id = SPAN("e-1"),
		       .aggregate_id = SPAN("c-1"),
		       .aggregate_type = SPAN("content"),
		       .correlation = SPAN("r-1"),
		       .causation = SPAN("e-0"),
		       .user = SPAN("u-1"),
		       .data = SPAN("[]")}),
		"{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"a \\\"stage\\\"\","
		"\"type\":\"window.closed\",\"time\":\"1970-01-01T00:00:00Z\",\"subject\":\"c-1\","
		"\"partitionkey\":\"c-1\",\"aggregatetype\":\"content\",\"eventversion\":\"1.0\","
		"\"correlationid\":\"r-1\",\"causationid\":\"e-0\",\"userid\":\"u-1\",\"data\":[]}"
		"\n",
		"every attribute, in order");
	stage.cloudevents = false;
	stage.flat = true;
	is_str(built(&(struct build_event){.data = SPAN("{\"n\":1}")}), "{\"n\":1}\n",
		"flat: the data alone");
	build_stage_release(&stage);
}

/* The eventId of an event with this identity, made by a stage of this name and these options. */
static const char *
id_of(struct span name, struct span options, struct span identity)
{
	static char ids[16][BUILD_ID_MAX];
	static int at;
	char *id = ids[at++ % 16];

	build_stage_init(&stage, name, options);
	built(&(struct build_event){.identity = identity});
	snprintf(id, BUILD_ID_MAX, "%.36s", out.p + strlen("{\"eventId\":\""));
	build_stage_release(&stage);
	return id;
}

TEST(ids)
{
	const char *id = id_of(SPAN("s"), SPAN("-w 1"), SPAN("k"));

	is_str(id_of(SPAN("s"), SPAN("-w 1"), SPAN("k")), id, "the same result has the same id");
	is_int(id[14], '5', "version 5");
	ok(strcmp(id, id_of(SPAN("t"), SPAN("-w 1"), SPAN("k"))) != 0, "another stage");
	ok(strcmp(id, id_of(SPAN("s"), SPAN("-w 2"), SPAN("k"))) != 0, "other options");
	ok(strcmp(id, id_of(SPAN("s"), SPAN("-w 1"), SPAN("l"))) != 0, "another identity");
	ok(strcmp(id_of(SPAN("s-w"), SPAN("1"), SPAN("k")),
		   id_of(SPAN("s"), SPAN("-w1"), SPAN("k"))) != 0,
		"name and options do not run into each other");
}

int
main(void)
{
	buf_init(&out, 1 << 20);
	RUN(ours);
	RUN(cloudevents);
	RUN(ids);
	buf_release(&out);
	return tap_done();
}
