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
	bool index;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct check, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_ROW(0, "max-keys", OPT_SIZE, struct check, max_keys, "N", "10000000", "most streams"),
	OPT_ROW(0, "index", OPT_FLAG, struct check, index, NULL, NULL,
		"hold every line against the index as well"),
	OPT_END};

static void
put_result(struct buf *out, const struct verify_result *r, bool is_indexed)
{
	struct emit e;
	char sum[17];

	snprintf(sum, sizeof(sum), "%016llx", (unsigned long long)r->sum);
	emit_init(&e, out);
	emit_open(&e, '{');
	ev_store_member(&e, "events", r->events);
	ev_store_member(&e, "streams", (int64_t)r->streams.count);
	ev_store_member(&e, "segments", r->segments);
	ev_store_member(&e, "bytes", r->bytes);
	ev_store_member(&e, "unfinished", r->unfinished);
	if (r->damages)
		ev_store_member(&e, "damages", r->damages);
	if (is_indexed)
		ev_store_member(&e, "indexed", r->indexed);
	emit_name(&e, SPAN("sum"));
	emit_string(&e, span_str(sum));
	emit_close(&e);
	buf_putc(out, '\n');
}

static void
put_damage(void *ctx, const struct survey_item *item)
{
	struct cmd_run *run = ctx;
	struct err ignored;

	ev_store_damage(run->out, item);
	cmd_line(run, &ignored);
}

static void
put_file(void *ctx, const char *name, int64_t byte, const char *what)
{
	struct cmd_run *run = ctx;
	struct err ignored;
	struct emit e;

	emit_init(&e, run->out);
	emit_open(&e, '{');
	emit_name(&e, SPAN("damage"));
	emit_string(&e, span_str(what));
	emit_name(&e, SPAN("file"));
	emit_string(&e, span_str(name));
	ev_store_member(&e, "byte", byte);
	emit_close(&e);
	buf_putc(run->out, '\n');
	cmd_line(run, &ignored);
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct check *s = state;
	struct verify_conf conf = {.max_streams = s->max_keys,
		.damage = put_damage,
		.damaged_file = put_file,
		.with_index = s->index,
		.ctx = run};
	struct verify_result result;
	struct err ignored;
	struct root root;
	int r;

	if (root_open(&root, s->store, err))
		return -1;
	r = verify(&result, &root, &conf, err);
	if (r == 0 || result.damages)
		put_result(run->out, &result, s->index);
	table_release(&result.streams);
	root_close(&root);
	return r ? (void)cmd_flush(run, &ignored), -1 : cmd_line(run, err);
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
