/*
 * ev-store delete and tombstone: hides what a stream has, or closes it for ever.
 */
#include "ev-store.h"
#include "store/govern.h"

struct deletion {
	const char *store, *expect_text;
	int64_t lock_ms;
};

static const struct opt options[] = {OPT_ROW(0, "store", OPT_STRING, struct deletion, store, "DIR",
					     NULL, "the store [EV_STORE]"),
	OPT_ROW(0, "expect", OPT_STRING, struct deletion, expect_text, "any|none|exists|N", "any",
		"version the stream must have; status 4 if not"),
	OPT_ROW(0, "lock-timeout", OPT_DURATION, struct deletion, lock_ms, "D", "10s",
		"wait at most D for other writers; then status 3"),
	OPT_END};

static int
start_as(struct cmd_run *run, struct deletion *s, enum govern_act act, struct err *err)
{
	struct govern g = {.act = act};

	if (decide_parse(span_str(s->expect_text), &g.expect, err))
		return err_prefix(err, "--expect");
	return ev_store_govern(run, s->store, s->lock_ms, &g, err);
}

static int
start_delete(struct cmd_run *run, void *state, struct err *err)
{
	return start_as(run, state, GOVERN_DELETE, err);
}

static int
start_tombstone(struct cmd_run *run, void *state, struct err *err)
{
	return start_as(run, state, GOVERN_TOMBSTONE, err);
}

const struct cmd ev_store_delete = {
	.name = "delete",
	.purpose = "hide the events that a stream has so far",
	.usage = "[options] STREAM",
	.options = options,
	.input = CMD_NONE,
	.minimum = 1,
	.arguments = 1,
	.state_size = sizeof(struct deletion),
	.start = start_delete,
};

const struct cmd ev_store_tombstone = {
	.name = "tombstone",
	.purpose = "hide a stream, and refuse events for it, for ever",
	.usage = "[options] STREAM",
	.options = options,
	.input = CMD_NONE,
	.minimum = 1,
	.arguments = 1,
	.state_size = sizeof(struct deletion),
	.start = start_tombstone,
};
