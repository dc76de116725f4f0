/*
 * ev-store streams: the names and versions of all streams, by name.
 *
 * Keeps: one entry a stream.
 */
#include "base/alloc.h"
#include "ev-store.h"
#include "store/verify.h"
#include "json/emit.h"

struct streams {
	const char *store;
	uint64_t max_keys;

	struct verify_result result;
	const struct verify_stream **sorted;
	bool is_read;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct streams, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_ROW(0, "max-keys", OPT_SIZE, struct streams, max_keys, "N", "10000000", "most streams"),
	OPT_END};

static int
by_name(const void *a, const void *b)
{
	return span_compare(table_key(*(const void *const *)a), table_key(*(const void *const *)b));
}

static int
put_stream(struct cmd_run *run, const struct verify_stream *stream, struct err *err)
{
	struct emit e;

	emit_init(&e, run->out);
	emit_open(&e, '{');
	emit_name(&e, SPAN("stream"));
	emit_string(&e, table_key(stream));
	emit_name(&e, SPAN("version"));
	emit_i64(&e, stream->ver);
	emit_close(&e);
	buf_putc(run->out, '\n');
	return cmd_line(run, err);
}

static int
read_names(struct streams *s, struct err *err)
{
	struct verify_conf conf = {.max_streams = s->max_keys};
	struct root root;
	int r;

	if (root_open(&root, s->store, err))
		return -1;
	r = verify(&s->result, &root, &conf, err);
	s->is_read = true;
	root_close(&root);
	return r;
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct streams *s = state;
	size_t n = 0, at = 0;

	if (read_names(s, err))
		return -1;
	s->sorted = alloc_array(s->result.streams.count, sizeof(*s->sorted));
	while (n < s->result.streams.count)
		s->sorted[n++] = table_next(&s->result.streams, &at);
	if (n)
		qsort(s->sorted, n, sizeof(*s->sorted), by_name);
	for (size_t i = 0; i < n; i++)
		if (put_stream(run, s->sorted[i], err))
			return -1;
	return 0;
}

static void
release(struct cmd_run *run, void *state)
{
	struct streams *s = state;

	(void)run;
	if (s->is_read)
		table_release(&s->result.streams);
	alloc_free(s->sorted);
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
