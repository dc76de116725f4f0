/*
 * ev-store version: the version of a stream, 0 when it has no events.
 */
#include "ev-store.h"
#include "store/query.h"

struct version {
	const char *store;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct version, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_END};

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct version *s = state;
	struct span stream;
	int64_t ver;

	if (ev_store_name(run->arguments[0], &stream, err) ||
		query_version(s->store, stream, &ver, err))
		return -1;
	buf_print(run->out, "%lld\n", (long long)ver);
	return cmd_line(run, err);
}

const struct cmd ev_store_version = {
	.name = "version",
	.purpose = "print the version of a stream",
	.usage = "[options] STREAM",
	.options = options,
	.input = CMD_NONE,
	.minimum = 1,
	.arguments = 1,
	.state_size = sizeof(struct version),
	.start = start,
};
