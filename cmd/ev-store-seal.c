/*
 * ev-store seal: compresses the segments that are written to no more.
 *
 * Writes: one line for each segment it sealed. Keeps: the longest line of a segment.
 */
#include "ev-store.h"
#include "store/sealer.h"
#include "json/emit.h"

struct seal {
	const char *store;
	int64_t lock_ms;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct seal, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_ROW(0, "lock-timeout", OPT_DURATION, struct seal, lock_ms, "D", "10s",
		"wait at most D for another sealer; then status 3"),
	OPT_END};

/* {"segment":0,"text":67108864,"bytes":9876543} */
static int
put_result(struct cmd_run *run, const struct sealer_result *r, struct err *err)
{
	struct emit e;

	emit_init(&e, run->out);
	emit_open(&e, '{');
	emit_name(&e, SPAN("segment"));
	emit_i64(&e, r->first);
	emit_name(&e, SPAN("text"));
	emit_i64(&e, r->text);
	emit_name(&e, SPAN("bytes"));
	emit_i64(&e, r->bytes);
	emit_close(&e);
	buf_putc(run->out, '\n');
	return cmd_flush(run, err);
}

/* A damaged segment stays as it is; those after it are sealed all the same. */
static int
seal_all(struct cmd_run *run, struct sealer *sealer, struct err *err)
{
	struct sealer_result result;
	int64_t from = 0;
	int r;

	while (!cmd_stopping(run) && (r = sealer_next(sealer, from, &result, err)) != 0) {
		if (r < 0 && (err->kind != ERR_DAMAGE || result.first < 0))
			return -1;
		if (r < 0) {
			cmd_warn(run, "%s", err->text);
			cmd_status(run, ERR_DAMAGE);
		} else if (put_result(run, &result, err)) {
			return -1;
		}
		from = result.first + 1;
	}
	return 0;
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct seal *s = state;
	struct sealer sealer;
	struct root root;
	int r;

	if (root_open(&root, s->store, err))
		return -1;
	r = sealer_open(&sealer, &root, s->lock_ms, err);
	if (r == 1) {
		r = seal_all(run, &sealer, err);
		sealer_close(&sealer);
	} else {
		r = -1;
	}
	root_close(&root);
	return r;
}

const struct cmd ev_store_seal = {
	.name = "seal",
	.purpose = "compress the segments that are written to no more",
	.usage = "[options]",
	.options = options,
	.input = CMD_NONE,
	.state_size = sizeof(struct seal),
	.start = start,
};
