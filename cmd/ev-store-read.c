/*
 * ev-store read: prints events as they were given to the store.
 *
 * Reads: the store; with --streams names. Writes with --consumer: consumers/NAME. Keeps: one window of a segment; of
 * streams the longest line, up to 64 open segments and 16 MiB of the index.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "cli/diag.h"
#include "ev-store.h"
#include "store/query.h"

#define COMMIT_NS 100000000 /* between two positions of the consumer while lines keep coming */

struct read {
	const char *store, *ver, *pos, *streams, *consumer;
	int64_t from_ms, to_ms, last;
	bool backwards, meta, follow;

	struct source *source; /* the driver's to close */
	struct span *names;    /* the operands */
	int64_t commit_ns;     /* not before */
	bool is_ended;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct read, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_ROW(0, "ver", OPT_STRING, struct read, ver, "A..B", NULL,
		"only versions A to B of their streams"),
	OPT_ROW(0, "pos", OPT_STRING, struct read, pos, "A..B", NULL, "only positions A to B"),
	OPT_ROW(0, "from", OPT_TIME, struct read, from_ms, "TIME", NULL,
		"only what was recorded at TIME or later"),
	OPT_ROW(0, "to", OPT_TIME, struct read, to_ms, "TIME", NULL,
		"only what was recorded before TIME"),
	OPT_RANGE(0, "last", OPT_INT, struct read, last, "N", NULL, 0, 9e18, "only the last N"),
	OPT_ROW(0, "backwards", OPT_FLAG, struct read, backwards, NULL, NULL, "the last one first"),
	OPT_ROW('F', "follow", OPT_FLAG, struct read, follow, NULL, NULL,
		"at the end wait for more, until a signal"),
	OPT_ROW(0, "streams", OPT_STRING, struct read, streams, "FILE", NULL,
		"one after another the streams that FILE names, one a line"),
	OPT_ROW(0, "consumer", OPT_STRING, struct read, consumer, "NAME", NULL,
		"go on where NAME has read to, and keep how far it comes"),
	OPT_ROW(0, "meta", OPT_FLAG, struct read, meta, NULL, NULL,
		"lines as they are stored, with position, stream, version and sum"),
	OPT_END};

static int
parse_range(const char *name, const char *text, struct query_range *range, struct err *err)
{
	if (!text || query_parse_range(span_str(text), range, err) == 0)
		return 0;
	return err_prefix(err, "--%s", name);
}

/* Options that contradict each other. */
static int
check(struct cmd_run *run, const struct read *s, struct err *err)
{
	const char *const no_consumer = s->backwards             ? "backwards"
					: cmd_given(run, "last") ? "last"
					: s->streams             ? "streams"
					: s->ver                 ? "ver"
								 : NULL;

	if (s->follow && s->backwards)
		return err_usage(err, "--follow and --backwards: choose one");
	if (s->follow && s->streams)
		return err_usage(err, "--follow and --streams: choose one");
	if (s->streams && run->argument_count)
		return err_usage(err, "--streams and a stream as an operand: choose one");
	if (s->consumer && no_consumer)
		return err_usage(err, "--consumer and --%s: choose one", no_consumer);
	return 0;
}

/* What was read so far goes out first. */
static int
caught_up(void *ctx, int64_t pos, struct err *err)
{
	if (cmd_flush(ctx, err))
		return -1;
	diag_say("caught up at position %lld", (long long)pos);
	return 0;
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct read *s = state;
	struct query_conf conf = {.store = s->store,
		.consumer = s->consumer,
		.pos = QUERY_ALL,
		.ver = QUERY_ALL,
		.from_ms = cmd_given(run, "from") ? s->from_ms : INT64_MIN,
		.to_ms = cmd_given(run, "to") ? s->to_ms : INT64_MAX,
		.last = cmd_given(run, "last") && !s->last ? QUERY_NONE : s->last,
		.backwards = s->backwards,
		.meta = s->meta,
		.follow = s->follow,
		.caught_up = caught_up,
		.ctx = run};

	if (parse_range("ver", s->ver, &conf.ver, err) ||
		parse_range("pos", s->pos, &conf.pos, err) || check(run, s, err))
		return -1;
	s->names = alloc_array(run->argument_count, sizeof(*s->names));
	for (size_t i = 0; i < run->argument_count; i++)
		if (ev_store_name(run->arguments[i], &s->names[i], err))
			return -1;
	conf.streams = s->names;
	conf.stream_count = run->argument_count;
	if (s->streams)
		conf.names = cmd_open(run, s->streams);
	s->source = query_open(&conf, err);
	if (!s->source)
		return -1;
	run->raw = true;
	cmd_source(run, s->source);
	return 0;
}

/* The consumer's position follows what has been written, at most ten times a second until the end. */
static int
idle(struct cmd_run *run, void *state, struct err *err)
{
	struct read *s = state;
	int64_t now;

	if (!s->consumer || !s->source)
		return 0;
	if (cmd_flush(run, err))
		return -1;
	now = clock_mono_ns();
	if (now < s->commit_ns && !s->is_ended) {
		cmd_wake(run, s->commit_ns);
		return 0;
	}
	s->commit_ns = now + COMMIT_NS;
	return query_commit(s->source, s->is_ended, err);
}

static int
end(struct cmd_run *run, void *state, struct err *err)
{
	(void)run;
	(void)err;
	((struct read *)state)->is_ended = true;
	return 0;
}

static void
release(struct cmd_run *run, void *state)
{
	(void)run;
	alloc_free(((struct read *)state)->names);
}

const struct cmd ev_store_read = {
	.name = "read",
	.purpose = "print events, byte for byte as they came",
	.usage = "[options] [STREAM ...]",
	.options = options,
	.input = CMD_OWN,
	.features = CMD_SELECTS | CMD_LIMITS_N,
	.arguments = SIZE_MAX,
	.state_size = sizeof(struct read),
	.start = start,
	.idle = idle,
	.tick = idle,
	.end = end,
	.release = release,
};
