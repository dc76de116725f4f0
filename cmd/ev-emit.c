/*
 * ev-emit: makes events.
 *
 * reads: nothing, or with --stdin one JSON value of data a line
 * writes: one event, or one for each line
 * keeps: its arguments
 */
#include "base/alloc.h"
#include "base/utf8.h"
#include "cli/cmd.h"
#include "event/assign.h"
#include "event/factory.h"

struct emit_state {
	const char *texts[EVENT_MEMBERS];
	int64_t time_ms;
	int id_version;
	struct expr *id_from;
	struct opt_list sets;
	bool from_stdin, cloudevents;

	struct factory factory;
	struct assign *assigns; /* of the operands key=value */
	size_t assign_count;
	struct arena kept; /* what they point to */
	int64_t now_ms;    /* 0: to be read again */
};

#define ROW(name, member, arg, help) \
	OPT_ROW(0, name, OPT_STRING, struct emit_state, texts[member], arg, NULL, help)

static const struct opt options[] = {
	OPT_ROW(0, "stdin", OPT_FLAG, struct emit_state, from_stdin, NULL, NULL,
		"make one event of each input line of data"),
	OPT_ROW(0, "set", OPT_LIST, struct emit_state, sets, "NAME=EXPR", NULL,
		"take the envelope member NAME out of the data; repeatable"),
	ROW("id", EVENT_ID, "ID", "eventId [a new UUID]"),
	OPT_ROW(0, "id-from", OPT_EXPR, struct emit_state, id_from, "EXPR", NULL,
		"eventId is UUID version 5 of source, type and EXPR"),
	OPT_ROW(0, "id-version", OPT_CHOICE, struct emit_state, id_version, "7|4", "7",
		"version of new UUIDs"),
	ROW("event-version", EVENT_VERSION, "TEXT", "eventVersion [1.0]"),
	OPT_ROW(0, "time", OPT_TIME, struct emit_state, time_ms, "TIME", NULL, "timestamp [now]"),
	ROW("source", EVENT_SOURCE, "TEXT", "source [EV_SOURCE, else the stage's name]"),
	ROW("aggregate-id", EVENT_AGGREGATE, "ID", "aggregateId [data.NOUNId, else data.userId]"),
	ROW("aggregate-type", EVENT_KIND, "TEXT", "aggregateType [NOUN of the type NOUN.verb]"),
	ROW("correlation-id", EVENT_CORRELATION, "ID", "correlationId [EV_CORRELATION_ID]"),
	ROW("causation-id", EVENT_CAUSATION, "ID", "causationId [EV_CAUSATION_ID]"),
	ROW("user-id", EVENT_USER, "ID", "userId [data.userId]"),
	OPT_ROW(0, "cloudevents", OPT_FLAG, struct emit_state, cloudevents, NULL, NULL,
		"write CloudEvents 1.0 envelopes"),
	OPT_END,
};

/* An option, else a variable of the environment that is not empty, else fallback. */
static struct span
choose(const char *given, const char *variable, const char *fallback)
{
	const char *value = given ? NULL : getenv(variable);

	return span_str(given ? given : value && *value ? value : fallback);
}

static void
set_given(struct cmd_run *run, struct emit_state *s)
{
	struct factory *f = &s->factory;

	for (size_t i = 0; i < EVENT_MEMBERS; i++)
		f->given[i] = span_str(s->texts[i]);
	f->given[EVENT_TYPE] = span_str(run->arguments[0]);
	f->given[EVENT_SOURCE] = choose(s->texts[EVENT_SOURCE], "EV_SOURCE", run->name);
	f->given[EVENT_CORRELATION] =
		choose(s->texts[EVENT_CORRELATION], "EV_CORRELATION_ID", NULL);
	f->given[EVENT_CAUSATION] = choose(s->texts[EVENT_CAUSATION], "EV_CAUSATION_ID", NULL);
	f->id_from = s->id_from;
	f->ids = (enum factory_ids)s->id_version;
	f->has_time = cmd_given(run, "time");
	f->given_ms = s->time_ms;
}

static int
add_set(struct cmd_run *run, struct emit_state *s, const char *text, struct err *err)
{
	struct span name, expr;
	enum event_member which;

	if (!expr_named(span_str(text), &name, &expr))
		return err_usage(err, "--set '%.100s' is not NAME=EXPR", text);
	which = factory_member(name);
	if (which == EVENT_MEMBERS)
		return err_usage(
			err, "--set '%.*s' is no envelope member", (int)MIN(name.n, 100), name.p);
	expr_free(s->factory.from[which]);
	s->factory.from[which] = NULL;
	return expr_new(&s->factory.from[which], expr, &run->env, err);
}

static int
check_options(struct cmd_run *run, struct emit_state *s, struct err *err)
{
	if (!run->arguments[0][0] || strchr(run->arguments[0], '='))
		return err_usage(err, "'%.100s' is no event type", run->arguments[0]);
	if (s->texts[EVENT_ID] && s->id_from)
		return err_usage(err, "--id and --id-from exclude each other");
	if (s->texts[EVENT_ID] && s->from_stdin)
		return err_usage(err, "--id would give many events one id: use --id-from");
	for (size_t i = 0; i < EVENT_MEMBERS; i++)
		if (s->texts[i] && !s->texts[i][0])
			return err_usage(err, "an envelope member cannot be empty");
	return 0;
}

static int
check_text(struct span text, struct err *err)
{
	if (utf8_check(text) == text.n)
		return 0;
	return err_usage(err, "'%.*s' is not valid UTF-8", (int)MIN(text.n, 100), text.p);
}

/* From arguments and the environment: bytes that cannot stand in JSON are refused, not replaced. */
static int
check_texts(struct cmd_run *run, struct emit_state *s, struct err *err)
{
	for (size_t i = 0; i < EVENT_MEMBERS; i++)
		if (check_text(s->factory.given[i], err))
			return -1;
	for (size_t i = 0; i < run->argument_count; i++)
		if (check_text(span_str(run->arguments[i]), err))
			return -1;
	return 0;
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct emit_state *s = state;

	if (check_options(run, s, err))
		return -1;
	set_given(run, s);
	if (check_texts(run, s, err))
		return -1;
	factory_start(&s->factory);
	s->factory.stage.cloudevents = s->cloudevents;
	for (size_t i = 0; i < s->sets.count; i++)
		if (add_set(run, s, s->sets.items[i].text, err))
			return -1;
	arena_init(&s->kept);
	s->assigns = alloc_array(run->argument_count, sizeof(*s->assigns));
	for (size_t i = 1; i < run->argument_count; i++, s->assign_count++)
		if (assign_parse(span_str(run->arguments[i]), &s->kept,
			    &s->assigns[s->assign_count], err))
			return -1;
	if (s->from_stdin)
		cmd_source(run, cmd_open(run, "-"));
	return 0;
}

/* One event of the data in ev, with the members that were given as arguments. */
static int
emit_one(struct cmd_run *run, struct emit_state *s, struct event *ev, struct err *err)
{
	if (s->assign_count) {
		if (assign_all(s->assigns, s->assign_count, ev->doc, &ev->body, ev->scratch, err))
			return -1;
		event_reset(ev);
	}
	if (!s->now_ms)
		s->now_ms = cmd_now_ms(run);
	return factory_put(&s->factory, ev, s->now_ms, run->out, err);
}

static enum cmd_verdict
event(struct cmd_run *run, void *state, struct event *ev, struct err *err)
{
	return emit_one(run, state, ev, err) ? CMD_BAD : CMD_USED;
}

/* The clock is read once for all lines between two waits. */
static int
idle(struct cmd_run *run, void *state, struct err *err)
{
	struct emit_state *s = state;

	(void)run, (void)err;
	s->now_ms = 0;
	return 0;
}

static int
end(struct cmd_run *run, void *state, struct err *err)
{
	struct emit_state *s = state;
	struct doc doc;
	struct event ev = {.doc = &doc, .scratch = run->scratch, .input = "-"};
	int r;

	if (s->from_stdin)
		return 0;
	ev.line = ev.body = arena_copy(run->scratch, SPAN("{}"));
	doc_init(&doc, DOC_KERNEL_BEST);
	r = doc_parse(&doc, ev.body, err);
	event_reset(&ev);
	if (r == 0)
		r = emit_one(run, s, &ev, err);
	doc_release(&doc);
	return r;
}

static void
release(struct cmd_run *run, void *state)
{
	struct emit_state *s = state;

	(void)run;
	factory_release(&s->factory);
	alloc_free(s->assigns);
	arena_release(&s->kept);
}

static const struct cmd ev_emit = {
	.name = "ev-emit",
	.purpose = "make events",
	.usage = "[options] TYPE [key=value | key:=json ...]",
	.options = options,
	.input = CMD_OWN,
	.minimum = 1,
	.arguments = SIZE_MAX,
	.state_size = sizeof(struct emit_state),
	.start = start,
	.event = event,
	.idle = idle,
	.end = end,
	.release = release,
};

int
main(int argc, char **argv)
{
	return cmd_main(&ev_emit, argc, argv);
}
