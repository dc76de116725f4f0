/*
 * ev-store retain: removes the oldest segments, or says how many events of a stream are shown.
 *
 * Reads: the store. Writes: one line with what was removed. Keeps: one entry for each stream of what is removed.
 */
#include "ev-store.h"
#include "store/consumer.h"
#include "store/govern.h"
#include "store/retain.h"
#include "json/emit.h"

struct keep {
	const char *store;
	int64_t before_ms, segments, max_age_ms, max_count, lock_ms;
	uint64_t max_bytes, max_keys;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct keep, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_ROW(0, "before", OPT_TIME, struct keep, before_ms, "TIME", NULL,
		"remove segments that were recorded before TIME"),
	OPT_RANGE(0, "keep-segments", OPT_INT, struct keep, segments, "N", NULL, 1, 9e18,
		"remove all but the last N segments"),
	OPT_ROW(0, "max-bytes", OPT_SIZE, struct keep, max_bytes, "SIZE", NULL,
		"remove segments until they take SIZE or less"),
	OPT_ROW(0, "max-age", OPT_DURATION, struct keep, max_age_ms, "D", NULL,
		"with STREAM: show what was recorded in the last D; 0: all"),
	OPT_RANGE(0, "max-count", OPT_INT, struct keep, max_count, "N", NULL, 0, 9e18,
		"with STREAM: show the last N events; 0: all"),
	OPT_ROW(0, "max-keys", OPT_SIZE, struct keep, max_keys, "N", "10000000",
		"most streams in what is removed"),
	OPT_ROW(0, "lock-timeout", OPT_DURATION, struct keep, lock_ms, "D", "10s",
		"wait at most D for writers, sealing and backups; then status 3"),
	OPT_END};

static int
limit_stream(struct cmd_run *run, struct keep *s, struct err *err)
{
	struct govern g = {.act = GOVERN_LIMITS, .max_age_ms = -1, .max_count = -1};

	if (cmd_given(run, "max-age"))
		g.max_age_ms = s->max_age_ms;
	if (cmd_given(run, "max-count"))
		g.max_count = s->max_count;
	if (g.max_age_ms < 0 && g.max_count < 0)
		return err_usage(err, "with STREAM give --max-age or --max-count");
	if (cmd_given(run, "before") || cmd_given(run, "keep-segments") ||
		cmd_given(run, "max-bytes"))
		return err_usage(err, "segments hold all streams: give --max-age or --max-count");
	return ev_store_govern(run, s->store, s->lock_ms, &g, err);
}

struct behind {
	struct cmd_run *run;
	struct root *root;
	int64_t first;
};

/* A consumer that has not read all of what was removed. */
static int
warn_behind(void *ctx, const char *name, struct err *err)
{
	struct behind *b = ctx;
	struct consumer_mark mark;
	int r = consumer_get(b->root, name, &mark, err);

	if (r == 1 && mark.pos < b->first)
		cmd_warn(b->run,
			"consumer '%s' has not read positions %lld to %lld, which are gone", name,
			(long long)mark.pos, (long long)b->first - 1);
	else if (r < 0)
		ev_store_passed(b->run, err);
	return 0;
}

static int
warn_consumers(struct cmd_run *run, struct root *root, int64_t first, struct err *err)
{
	struct behind b = {run, root, first};

	return consumer_each(root, warn_behind, &b, err);
}

static int
put_result(struct cmd_run *run, const struct retain_result *r, struct err *err)
{
	struct emit e;

	emit_init(&e, run->out);
	emit_open(&e, '{');
	ev_store_member(&e, "segments", r->segments);
	ev_store_member(&e, "events", r->events);
	ev_store_member(&e, "bytes", r->bytes);
	ev_store_member(&e, "first", r->first);
	emit_close(&e);
	buf_putc(run->out, '\n');
	return cmd_flush(run, err);
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct keep *s = state;
	struct retain_conf conf = {.before_ms = cmd_given(run, "before") ? s->before_ms : INT64_MIN,
		.keep_segments = cmd_given(run, "keep-segments") ? s->segments : -1,
		.max_bytes =
			cmd_given(run, "max-bytes") ? (int64_t)MIN(s->max_bytes, INT64_MAX) : -1,
		.max_streams = s->max_keys,
		.lock_ms = s->lock_ms,
		.lost = ev_store_lost,
		.ctx = run};
	struct retain_result result;
	struct root root;
	int r;

	if (run->argument_count)
		return limit_stream(run, s, err);
	if (cmd_given(run, "max-age") || cmd_given(run, "max-count"))
		return err_usage(err, "--max-age and --max-count are for a STREAM");
	if (conf.before_ms == INT64_MIN && conf.keep_segments < 0 && conf.max_bytes < 0)
		return err_usage(err, "give --before, --keep-segments or --max-bytes, or a STREAM");
	if (root_open(&root, s->store, err))
		return -1;
	r = retain(&result, &root, &conf, err);
	if (r == 0)
		r = put_result(run, &result, err);
	if (r == 0 && result.segments)
		r = warn_consumers(run, &root, result.first, err);
	root_close(&root);
	return r ? -1 : 0;
}

const struct cmd ev_store_retain = {
	.name = "retain",
	.purpose = "remove the oldest segments, or limit what a stream shows",
	.usage = "[options] [STREAM]",
	.options = options,
	.input = CMD_NONE,
	.arguments = 1,
	.state_size = sizeof(struct keep),
	.start = start,
};
