/*
 * ev-store verify: checks every line of a store.
 *
 * Keeps: one entry a stream.
 */
#include "ev-store.h"
#include "store/verify.h"
#include "json/emit.h"

struct check {
	const char *store;
	uint64_t max_keys;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct check, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_ROW(0, "max-keys", OPT_SIZE, struct check, max_keys, "N", "10000000", "most streams"),
	OPT_END};

static void
put_member(struct emit *e, struct span name, int64_t v)
{
	emit_name(e, name);
	emit_i64(e, v);
}

static void
put_result(struct buf *out, const struct verify_result *r)
{
	struct emit e;
	char sum[17];

	snprintf(sum, sizeof(sum), "%016llx", (unsigned long long)r->sum);
	emit_init(&e, out);
	emit_open(&e, '{');
	put_member(&e, SPAN("events"), r->events);
	put_member(&e, SPAN("streams"), (int64_t)r->streams.count);
	put_member(&e, SPAN("segments"), r->segments);
	put_member(&e, SPAN("bytes"), r->bytes);
	put_member(&e, SPAN("unfinished"), r->unfinished);
	emit_name(&e, SPAN("sum"));
	emit_string(&e, span_str(sum));
	emit_close(&e);
	buf_putc(out, '\n');
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct check *s = state;
	struct verify_result result;
	struct root root;
	int r;

	if (root_open(&root, s->store, err))
		return -1;
	r = verify(&result, &root, s->max_keys, err);
	if (r == 0)
		put_result(run->out, &result);
	table_release(&result.streams);
	root_close(&root);
	return r ? -1 : cmd_line(run, err);
}

const struct cmd ev_store_verify = {
	.name = "verify",
	.purpose = "check every line of a store",
	.usage = "[options]",
	.options = options,
	.input = CMD_NONE,
	.state_size = sizeof(struct check),
	.start = start,
};
