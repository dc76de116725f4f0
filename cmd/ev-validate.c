/*
 * ev-validate: passes the events that keep the rules of the envelope.
 *
 * reads: events of either dialect
 * writes: the valid ones as they came
 * keeps: up to TYPES_MAX types that were warned about or found good
 */
#include "base/table.h"
#include "cli/cmd.h"
#include "event/envelope.h"
#include "event/naming.h"

#define TYPES_MAX 10000

enum naming { NAMING_ERROR, NAMING_WARN, NAMING_OFF };

struct validate {
	uint64_t max_bytes, max_data_bytes;
	int64_t skew_ms;
	int naming;
	bool quiet;

	bool has_skew;
	struct envelope_rules rules;
	struct table types; /* looked at already */
};

static const struct opt options[] = {
	OPT_ROW(0, "max-size", OPT_SIZE, struct validate, max_bytes, "SIZE", NULL,
		"a larger event is bad"),
	OPT_ROW(0, "max-data", OPT_SIZE, struct validate, max_data_bytes, "SIZE", NULL,
		"an event with larger data is bad"),
	OPT_ROW(0, "now-skew", OPT_DURATION, struct validate, skew_ms, "D", NULL,
		"an event stamped later than now + D is bad"),
	OPT_ROW(0, "naming", OPT_CHOICE, struct validate, naming, "error|warn|off", "error",
		"what a type that is not dotted lower-case names is"),
	OPT_ROW('q', "quiet", OPT_FLAG, struct validate, quiet, NULL, NULL,
		"print nothing, tell by the exit status"),
	OPT_END,
};

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct validate *v = state;

	(void)err;
	v->has_skew = cmd_given(run, "now-skew");
	v->rules = (struct envelope_rules){.max_bytes = v->max_bytes,
		.max_data_bytes = v->max_data_bytes,
		.latest_ms = INT64_MAX,
		.any_name = v->naming != NAMING_ERROR};
	table_init(&v->types, 0);
	run->quiet = v->quiet;
	return 0;
}

/* Each type is looked at once. */
static void
warn_naming(struct cmd_run *run, struct validate *v, struct event *ev)
{
	struct span type = event_text(ev, EVENT_TYPE);
	bool is_new;

	if (v->types.count >= TYPES_MAX && !table_get(&v->types, type))
		return;
	table_put(&v->types, type, &is_new);
	if (!is_new)
		return;
	if (!naming_is_dotted(type))
		cmd_warn(run, "type '%.*s' is not lower-case names joined by dots",
			(int)MIN(type.n, 100), type.p);
	else if (!naming_is_past(type))
		cmd_warn(
			run, "type '%.*s' is not in the past tense", (int)MIN(type.n, 100), type.p);
}

static enum cmd_verdict
event(struct cmd_run *run, void *state, struct event *ev, struct err *err)
{
	struct validate *v = state;

	if (v->has_skew && v->rules.latest_ms == INT64_MAX)
		v->rules.latest_ms = cmd_now_ms(run) + v->skew_ms;
	if (envelope_check(ev, &v->rules, err))
		return CMD_BAD;
	if (v->quiet)
		return CMD_USED;
	if (v->naming != NAMING_OFF && ev->dialect == EVENT_OURS)
		warn_naming(run, v, ev);
	return CMD_PASS;
}

/* The clock is read once for all lines between two waits. */
static int
idle(struct cmd_run *run, void *state, struct err *err)
{
	struct validate *v = state;

	(void)run, (void)err;
	v->rules.latest_ms = INT64_MAX;
	return 0;
}

static void
release(struct cmd_run *run, void *state)
{
	struct validate *v = state;

	(void)run;
	table_release(&v->types);
}

static const struct cmd ev_validate = {
	.name = "ev-validate",
	.purpose = "pass the events that keep the rules of the envelope",
	.usage = "[options] [file ...]",
	.options = options,
	.input = CMD_LINES,
	.features = CMD_SELECTS,
	.state_size = sizeof(struct validate),
	.start = start,
	.event = event,
	.idle = idle,
	.release = release,
};

int
main(int argc, char **argv)
{
	return cmd_main(&ev_validate, argc, argv);
}
