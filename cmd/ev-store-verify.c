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
	if (r->damages)
		put_member(&e, SPAN("damages"), r->damages);
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
	struct emit e;
	char name[SEGFILE_NAME_MAX];

	snprintf(name, sizeof(name), SEGFILE_PLAIN, (long long)item->segment);
	emit_init(&e, run->out);
	emit_open(&e, '{');
	emit_name(&e, SPAN("damage"));
	emit_string(&e, span_str(item->what));
	emit_name(&e, SPAN("segment"));
	emit_string(&e, span_str(name));
	put_member(&e, SPAN("line"), item->line_no);
	put_member(&e, SPAN("byte"), item->offset);
	put_member(&e, SPAN("bytes"), item->bytes);
	put_member(&e, SPAN("position"), item->pos);
	put_member(&e, SPAN("lost"), item->lost);
	emit_close(&e);
	buf_putc(run->out, '\n');
	cmd_line(run, &ignored);
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct check *s = state;
	struct verify_conf conf = {.max_streams = s->max_keys, .damage = put_damage, .ctx = run};
	struct verify_result result;
	struct err ignored;
	struct root root;
	int r;

	if (root_open(&root, s->store, err))
		return -1;
	r = verify(&result, &root, &conf, err);
	if (r == 0 || result.damages)
		put_result(run->out, &result);
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
