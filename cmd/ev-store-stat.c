/*
 * ev-store stat: how much a store has, as one object.
 *
 * Reads: the store's files, not its log. Keeps: the list of segments.
 */
#include "ev-store.h"
#include "store/census.h"
#include "store/consumer.h"
#include "json/emit.h"

struct figures {
	const char *store;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct figures, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_END};

struct naming {
	struct cmd_run *run;
	struct emit *emit;
	struct root *root;
	int64_t end;
};

static int
put_consumer(void *ctx, const char *name, struct err *err)
{
	struct naming *n = ctx;

	(void)err;
	ev_store_consumer(n->run, n->emit, n->root, name, n->end);
	return 0;
}

static void
open_object(struct emit *e, const char *name)
{
	emit_name(e, span_str(name));
	emit_open(e, '{');
}

static void
put_time(struct emit *e, const char *name, const char *rec)
{
	emit_name(e, span_str(name));
	if (rec[0])
		emit_string(e, span_str(rec));
	else
		emit_null(e);
}

static void
put_log(struct emit *e, const struct census *c)
{
	ev_store_member(e, "events", c->end - c->first);
	ev_store_member(e, "first", c->first);
	ev_store_member(e, "durable", c->end);
	open_object(e, "recorded");
	put_time(e, "first", c->recorded[0]);
	put_time(e, "last", c->recorded[1]);
	emit_close(e);
	ev_store_member(e, "unfinished", c->unfinished);
}

static void
put_files(struct emit *e, const struct census *c)
{
	open_object(e, "segments");
	ev_store_member(e, "plain", c->plain);
	ev_store_member(e, "sealed", c->sealed);
	emit_close(e);
	open_object(e, "bytes");
	ev_store_member(e, "text", c->text_bytes);
	ev_store_member(e, "plain", c->plain_bytes);
	ev_store_member(e, "sealed", c->sealed_bytes);
	ev_store_member(e, "index", c->index_bytes);
	ev_store_member(e, "retired", c->retired_bytes);
	emit_close(e);
	open_object(e, "index");
	ev_store_member(e, "runs", c->runs);
	ev_store_member(e, "events", c->indexed);
	emit_close(e);
	ev_store_member(e, "retired", c->retired);
}

static int
put_all(struct cmd_run *run, struct root *root, struct err *err)
{
	struct census c;
	struct emit e;
	struct naming n = {run, &e, root, 0};

	if (census_take(&c, root, err))
		return -1;
	n.end = c.end;
	emit_init(&e, run->out);
	emit_open(&e, '{');
	put_log(&e, &c);
	put_files(&e, &c);
	emit_name(&e, SPAN("consumers"));
	emit_open(&e, '[');
	if (consumer_each(root, put_consumer, &n, err))
		return -1;
	emit_close(&e);
	emit_close(&e);
	buf_putc(run->out, '\n');
	return cmd_line(run, err);
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct figures *s = state;
	struct root root;
	int r;

	if (root_open(&root, s->store, err))
		return -1;
	r = put_all(run, &root, err);
	root_close(&root);
	return r;
}

const struct cmd ev_store_stat = {
	.name = "stat",
	.purpose = "print how much the store has",
	.usage = "[options]",
	.options = options,
	.input = CMD_NONE,
	.state_size = sizeof(struct figures),
	.start = start,
};
