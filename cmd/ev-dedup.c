/*
 * ev-dedup: passes the first event of each key.
 *
 * reads: events, or any JSON with -k
 * writes: the first of each key as it came
 * keeps: about 32 bytes for each of at most --max-keys keys
 */
#include "cli/cmd.h"
#include "op/dedup.h"

struct dedup_state {
	struct expr *key;
	int64_t within_ms;

	struct dedup dedup;
};

static const struct opt options[] = {
	OPT_ROW('k', "key", OPT_EXPR, struct dedup_state, key, "EXPR", NULL,
		"what repetitions have in common [the event's identity]"),
	OPT_RANGE(0, "within", OPT_DURATION, struct dedup_state, within_ms, "D", NULL, 1, 9e18,
		"only events less than D of event time apart repeat each other"),
	OPT_END,
};

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct dedup_state *s = state;

	(void)err;
	dedup_init(&s->dedup, MIN(run->max_keys, DEDUP_MAX_KEYS),
		s->within_ms ? s->within_ms : INT64_MAX);
	return 0;
}

static int
find_key(struct dedup_state *s, struct event *ev, struct span *key, struct err *err)
{
	struct value v;

	if (!s->key) {
		*key = event_identity(ev);
		return key->n ? 0
			      : err_data(err, "key", -1, "no %s",
					event_member_name(ev->dialect, EVENT_ID));
	}
	if (expr_value(s->key, ev, &v, err))
		return -1;
	if (v.type == DOC_ABSENT)
		return err_data(err, "key", -1, "-k gives no value");
	*key = value_identity(v, ev->scratch);
	return 0;
}

static enum cmd_verdict
event(struct cmd_run *run, void *state, struct event *ev, struct err *err)
{
	struct dedup_state *s = state;
	int64_t time_ms = 0;
	struct span key;

	if (find_key(s, ev, &key, err))
		return CMD_BAD;
	if (s->within_ms && timing_ms(&run->timing, ev, &time_ms, err))
		return CMD_BAD;
	return dedup_is_new(&s->dedup, key, time_ms) ? CMD_PASS : CMD_DROP;
}

static int
idle(struct cmd_run *run, void *state, struct err *err)
{
	struct dedup_state *s = state;

	(void)err;
	cmd_keys(run, s->dedup.count);
	return 0;
}

static int
end(struct cmd_run *run, void *state, struct err *err)
{
	struct dedup_state *s = state;

	(void)err;
	cmd_keys(run, s->dedup.count);
	if (s->dedup.forgotten)
		cmd_warn(run,
			"%llu keys were forgotten at --max-keys %llu: repetitions of them pass",
			(unsigned long long)s->dedup.forgotten,
			(unsigned long long)s->dedup.max_keys);
	return 0;
}

static void
release(struct cmd_run *run, void *state)
{
	struct dedup_state *s = state;

	(void)run;
	dedup_release(&s->dedup);
}

static const struct cmd ev_dedup = {
	.name = "ev-dedup",
	.purpose = "pass the first event of each key",
	.usage = "[options] [file ...]",
	.options = options,
	.input = CMD_LINES,
	.features = CMD_SELECTS | CMD_TIMES,
	.state_size = sizeof(struct dedup_state),
	.start = start,
	.event = event,
	.idle = idle,
	.end = end,
	.release = release,
};

int
main(int argc, char **argv)
{
	return cmd_main(&ev_dedup, argc, argv);
}
