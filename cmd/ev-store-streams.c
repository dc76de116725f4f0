/*
 * ev-store streams: the names and versions of all streams, by name.
 *
 * Keeps: about 130 bytes and the name of each stream.
 */
#include "ev-store.h"
#include "store/roster.h"
#include "json/emit.h"

struct streams {
	const char *store;
	uint64_t max_keys;

	struct view view;
	struct roster roster;
	bool is_open;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct streams, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_ROW(0, "max-keys", OPT_SIZE, struct streams, max_keys, "N", "10000000", "most streams"),
	OPT_END};

static int
put_stream(struct cmd_run *run, const struct roster_stream *stream, struct err *err)
{
	struct emit e;

	emit_init(&e, run->out);
	emit_open(&e, '{');
	emit_name(&e, SPAN("stream"));
	emit_string(&e, stream->name);
	emit_name(&e, SPAN("version"));
	emit_i64(&e, stream->ver);
	emit_close(&e);
	buf_putc(run->out, '\n');
	return cmd_line(run, err);
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct streams *s = state;

	roster_init(&s->roster, s->max_keys);
	if (view_open(&s->view, s->store, NULL, err))
		return -1;
	s->is_open = true;
	if (roster_read(&s->roster, &s->view, err))
		return -1;
	for (size_t i = 0; i < s->roster.count; i++)
		if (!s->roster.sorted[i]->is_hidden && put_stream(run, s->roster.sorted[i], err))
			return -1;
	return 0;
}

static void
release(struct cmd_run *run, void *state)
{
	struct streams *s = state;

	(void)run;
	if (s->is_open)
		view_close(&s->view);
	roster_release(&s->roster);
}

const struct cmd ev_store_streams = {
	.name = "streams",
	.purpose = "list the streams and their versions",
	.usage = "[options]",
	.options = options,
	.input = CMD_NONE,
	.state_size = sizeof(struct streams),
	.start = start,
	.release = release,
};
