/*
 * ev-route: send each event where the rules say.
 *
 * reads   events
 * writes  topics below -o as files or fifos, commands, stdout; without -o each topic's events on stdout, as
 *         TOPIC<TAB>PARTITION<TAB>KEY<TAB>EVENT
 * keeps   the rules, up to 1024 types seen, a buffer of at most 256 KiB for each of --max-open files
 */
#include "ev-route.h"

#include "base/clock.h"

#define RETRY_NS 20000000

enum { UNKNOWN_BAD, UNKNOWN_DROP, UNKNOWN_PASS };
enum { FAIL_STOP, FAIL_SKIP };

static const struct opt options[] = {
	OPT_ROW('f', "file", OPT_STRING, struct router, file, "FILE", NULL,
		"read rules from FILE, one a line: PATTERN -> DEST[, DEST]"),
	OPT_ROW(0, "rule", OPT_LIST, struct router, rules, "RULE", NULL,
		"a rule, before those of FILE; repeatable"),
	OPT_ROW('o', "output", OPT_STRING, struct router, dir, "DIR", NULL,
		"write topics as DIR/TOPIC.ndjson instead of stdout"),
	OPT_ROW('k', "key", OPT_EXPR, struct router, key, "EXPR", NULL,
		"the partition key [the envelope's aggregateId]"),
	OPT_RANGE(0, "partitions", OPT_INT, struct router, partitions, "N", NULL, 1, 4096,
		"split topics as Kafka does; files are DIR/TOPIC/P.ndjson"),
	OPT_ROW(0, "to-cloudevents", OPT_FLAG, struct router, to_cloudevents, NULL, NULL,
		"write events of our dialect as CloudEvents 1.0"),
	OPT_RANGE(0, "max-open", OPT_INT, struct router, max_open, "N", "256", 1, 65536,
		"most topic files open at once"),
	OPT_ROW(0, "on-unknown", OPT_CHOICE, struct router, on_unknown, "bad|drop|pass", "bad",
		"what becomes of events that match no rule"),
	OPT_ROW(0, "on-sink-fail", OPT_CHOICE, struct router, on_sink_fail, "stop|skip", "stop",
		"a destination fails: end, or go on without it"),
	OPT_END,
};

/* --- one event --------------------------------------------------------------------------------- */

static int
test(void *ctx, size_t expr, struct err *err)
{
	struct router *r = ctx;

	return expr_test(r->exprs[expr], r->ev, err);
}

static int
set_key(struct router *r, struct event *ev, struct err *err)
{
	if (r->key)
		return expr_value(r->key, ev, &ev->key, err);
	ev->key = event_get(ev, EVENT_AGGREGATE);
	return 0;
}

static enum cmd_verdict
unknown(struct router *r, struct span type, struct err *err)
{
	if (r->on_unknown == UNKNOWN_DROP)
		return CMD_DROP;
	if (r->on_unknown == UNKNOWN_PASS)
		return ev_route_pass(r, err);
	err_data(err, "no-route", -1, "no rule for type '%.*s'", (int)MIN(type.n, 100),
		type.n ? type.p : "");
	return CMD_BAD;
}

/* --- the program ------------------------------------------------------------------------------- */

/* What a failing destination means. */
static int
failed(void *ctx, struct err *err)
{
	struct router *r = ctx;

	if (r->is_broken)
		return 0;
	if (r->on_sink_fail == FAIL_STOP && !r->is_ending)
		return -1;
	cmd_warn(r->run, "%s", err->text);
	cmd_status(r->run, ERR_SYSTEM);
	return 0;
}

static bool
stopping(void *ctx)
{
	const struct router *r = ctx;

	return r->is_broken || cmd_stopping(r->run);
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct router *r = state;
	struct sink_conf conf = {.dir = r->dir,
		.max_open = (size_t)r->max_open,
		.failed = failed,
		.stopping = stopping,
		.ctx = r};

	r->run = run;
	buf_init(&r->name, ERR_TEXT_MAX);
	cloud_init(&r->cloud, (size_t)run->max_line + CLOUD_GROWTH);
	return sink_new(&r->set, &conf, err) || ev_route_rules_load(r, err) ? -1 : 0;
}

static enum cmd_verdict
event(struct cmd_run *run, void *state, struct event *ev, struct err *err)
{
	struct router *r = state;
	struct span type;
	bool matched;
	int hits;

	(void)run;
	r->ev = ev;
	if (event_scan(ev, err) || (r->needs_key && set_key(r, ev, err)))
		return CMD_BAD;
	type = event_text(ev, EVENT_TYPE);
	hits = route_match(&r->route, type, test, r, &matched, err);
	if (hits < 0)
		return CMD_BAD;
	return matched ? ev_route_send(r, hits, err) : unknown(r, type, err);
}

/* Before blocking, and again soon while a fifo waits for its reader. */
static int
idle(struct cmd_run *run, void *state, struct err *err)
{
	struct router *r = state;

	if (sink_flush(r->set, err))
		return -1;
	if (sink_is_waiting(r->set))
		cmd_wake(run, clock_mono_ns() + RETRY_NS);
	return 0;
}

static int
reload(struct cmd_run *run, void *state, struct err *err)
{
	struct router *r = state;

	if (ev_route_rules_load(r, err))
		cmd_warn(run, "the old rules stay: %s", err->text);
	return sink_reopen(r->set, err);
}

static int
end(struct cmd_run *run, void *state, struct err *err)
{
	struct router *r = state;
	int status;

	r->is_ending = true;
	status = sink_end(r->set, err);
	if (sink_lost(r->set))
		cmd_warn(run, "%llu events did not reach a destination that failed",
			(unsigned long long)sink_lost(r->set));
	return status;
}

/* After a failure the other destinations still get what was taken for them. */
static void
release(struct cmd_run *run, void *state)
{
	struct router *r = state;
	struct err ignored;

	(void)run;
	r->is_broken = true;
	if (r->set)
		sink_end(r->set, &ignored);
	sink_free(r->set);
	ev_route_rules_unload(r);
	buf_release(&r->name);
	cloud_release(&r->cloud);
}

static const struct cmd ev_route = {
	.name = "ev-route",
	.purpose = "send events to topics, files, fifos and commands",
	.usage = "[options] [file ...]",
	.options = options,
	.input = CMD_LINES,
	.features = CMD_SELECTS,
	.state_size = sizeof(struct router),
	.start = start,
	.event = event,
	.idle = idle,
	.tick = idle,
	.reload = reload,
	.end = end,
	.release = release,
};

int
main(int argc, char **argv)
{
	return cmd_main(&ev_route, argc, argv);
}
