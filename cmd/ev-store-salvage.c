/*
 * ev-store salvage: what is right of a damaged store, as a new store.
 *
 * Reads: the store. Writes: a line for each damage, one with the sums. Keeps: one entry a stream, one batch.
 */
#include "ev-store.h"
#include "store/salvage.h"
#include "json/emit.h"

struct rescue {
	const char *store;
	uint64_t max_keys;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct rescue, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_ROW(0, "max-keys", OPT_SIZE, struct rescue, max_keys, "N", "10000000", "most streams"),
	OPT_END};

static void
put_damage(void *ctx, const struct survey_item *item)
{
	struct cmd_run *run = ctx;
	struct err ignored;

	ev_store_damage(run->out, item);
	cmd_line(run, &ignored);
}

static void
put_result(struct buf *out, const struct salvage_result *r)
{
	struct emit e;

	emit_init(&e, out);
	emit_open(&e, '{');
	ev_store_member(&e, "events", r->events);
	ev_store_member(&e, "streams", r->streams);
	ev_store_member(&e, "bytes", r->bytes);
	ev_store_member(&e, "lost", r->lost);
	ev_store_member(&e, "unfinished", r->unfinished);
	ev_store_member(&e, "damages", r->damages);
	emit_close(&e);
	buf_putc(out, '\n');
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct rescue *s = state;
	struct salvage_conf conf = {.max_streams = s->max_keys, .damage = put_damage, .ctx = run};
	struct salvage_result result;
	struct root root;
	int r;

	if (root_open(&root, s->store, err))
		return -1;
	r = salvage(&result, &root, run->arguments[0], &conf, err);
	root_close(&root);
	if (r)
		return -1;
	put_result(run->out, &result);
	if (result.lost)
		cmd_warn(run, "%lld event%s lost", (long long)result.lost,
			result.lost > 1 ? "s are" : " is");
	return cmd_line(run, err);
}

const struct cmd ev_store_salvage = {
	.name = "salvage",
	.purpose = "make a new store of what is right of a damaged one",
	.usage = "[options] DIR",
	.options = options,
	.input = CMD_NONE,
	.minimum = 1,
	.arguments = 1,
	.state_size = sizeof(struct rescue),
	.start = start,
};
