/*
 * ev-store reindex: makes the index of a store anew.
 *
 * Writes: one object that says what there is. Keeps: what is known of 131072 lines, at most some 30 MiB.
 */
#include "ev-store.h"
#include "store/remake.h"
#include "json/emit.h"

struct reindex {
	const char *store;
	int64_t lock_ms;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct reindex, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_ROW(0, "lock-timeout", OPT_DURATION, struct reindex, lock_ms, "D", "10s",
		"wait at most D for other writers; then status 3"),
	OPT_END};

/* {"events":1000,"runs":3,"bytes":35000} */
static void
put_result(struct buf *out, const struct remake_result *r)
{
	struct emit e;

	emit_init(&e, out);
	emit_open(&e, '{');
	emit_name(&e, SPAN("events"));
	emit_i64(&e, r->events);
	emit_name(&e, SPAN("runs"));
	emit_i64(&e, r->runs);
	emit_name(&e, SPAN("bytes"));
	emit_i64(&e, r->bytes);
	emit_close(&e);
	buf_putc(out, '\n');
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct reindex *s = state;
	struct remake_result result;
	struct root root;
	int r;

	if (root_open(&root, s->store, err))
		return -1;
	r = remake(&root, s->lock_ms, &result, err);
	if (r == 0)
		put_result(run->out, &result);
	root_close(&root);
	return r ? -1 : cmd_line(run, err);
}

const struct cmd ev_store_reindex = {
	.name = "reindex",
	.purpose = "make the index of a store anew",
	.usage = "[options]",
	.options = options,
	.input = CMD_NONE,
	.state_size = sizeof(struct reindex),
	.start = start,
};
