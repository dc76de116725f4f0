/*
 * ev-store read: prints events as they were given to the store.
 *
 * Reads: the store. Keeps: one window of a segment.
 */
#include "ev-store.h"
#include "store/query.h"

struct read {
	const char *store, *ver, *pos;
	int64_t from_ms, to_ms, last;
	bool backwards, meta, follow;
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

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct read *s = state;
	struct query_conf conf = {.store = s->store,
		.pos = QUERY_ALL,
		.ver = QUERY_ALL,
		.from_ms = cmd_given(run, "from") ? s->from_ms : INT64_MIN,
		.to_ms = cmd_given(run, "to") ? s->to_ms : INT64_MAX,
		.last = s->last,
		.backwards = s->backwards,
		.meta = s->meta,
		.follow = s->follow};
	struct source *source;

	if (parse_range("ver", s->ver, &conf.ver, err) ||
		parse_range("pos", s->pos, &conf.pos, err))
		return -1;
	if (s->follow && s->backwards)
		return err_usage(err, "--follow and --backwards: choose one");
	if (run->argument_count)
		conf.stream = span_str(run->arguments[0]);
	source = query_open(&conf, err);
	if (!source)
		return -1;
	run->raw = true;
	cmd_source(run, source);
	return 0;
}

const struct cmd ev_store_read = {
	.name = "read",
	.purpose = "print events, byte for byte as they came",
	.usage = "[options] [STREAM]",
	.options = options,
	.input = CMD_OWN,
	.features = CMD_SELECTS | CMD_LIMITS_N,
	.arguments = 1,
	.state_size = sizeof(struct read),
	.start = start,
};
