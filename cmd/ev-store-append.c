/*
 * ev-store append: stores events, durably before it says so.
 *
 * Reads: events. Writes: with --ack one line for each stored event, with --tee the events. Keeps: what
 * the log does (log.h), and the batch of --atomic. When nothing comes for a while it seals what is full.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "ev-store.h"
#include "store/admit.h"
#include "store/log.h"
#include "store/sealer.h"
#include "json/emit.h"

#define QUIET_MS 500 /* without input, before a segment is sealed */

struct append {
	const char *store, *expect_text;
	struct expr *stream_by;
	int64_t lock_ms;
	uint64_t max_batch;
	bool ack, tee, atomic;

	struct decide_expect expect;
	struct span stream; /* the operand; p == NULL: each event's own */
	struct root root;
	struct log log;
	bool is_root_open, is_log_open;
	struct buf acks;  /* for what is pending */
	uint64_t waiting; /* bytes of the events since the last commit, stored anew or not */

	/* Sealing. */
	struct sealer sealer;
	int64_t looked_at; /* the last segment when there was nothing to seal; -1: not looked yet */

	/* --atomic: the batch, until the end */
	struct log_event *events;
	struct cmd_spot *spots; /* the lines they came from */
	size_t count, cap;
	struct arena kept; /* its bytes */
	uint64_t kept_bytes;
};

static const struct opt options[] = {
	OPT_ROW(0, "store", OPT_STRING, struct append, store, "DIR", NULL, "the store [EV_STORE]"),
	OPT_ROW(0, "stream-by", OPT_EXPR, struct append, stream_by, "EXPR", NULL,
		"the stream of each event [aggregate type and id]"),
	OPT_ROW(0, "expect", OPT_STRING, struct append, expect_text, "any|none|exists|N", "any",
		"version the stream must have; status 4 if not"),
	OPT_ROW(0, "atomic", OPT_FLAG, struct append, atomic, NULL, NULL,
		"the whole input is one batch: all of it or nothing"),
	OPT_ROW(0, "max-batch", OPT_SIZE, struct append, max_batch, "SIZE", "64M",
		"largest batch of --atomic"),
	OPT_ROW(0, "ack", OPT_FLAG, struct append, ack, NULL, NULL,
		"write stream, version and position of each event once it is durable"),
	OPT_ROW(0, "tee", OPT_FLAG, struct append, tee, NULL, NULL,
		"write each event once it is durable"),
	OPT_ROW(0, "lock-timeout", OPT_DURATION, struct append, lock_ms, "D", "10s",
		"wait at most D for other writers; then status 3"),
	OPT_END};

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct append *s = state;
	struct log_conf conf = {.lock_ms = s->lock_ms,
		.max_keys = run->max_keys,
		.lost = ev_store_lost,
		.ctx = run};

	buf_init(&s->acks, SIZE_MAX / 2);
	s->sealer = SEALER_CLOSED;
	s->looked_at = -1;
	arena_init(&s->kept);
	if (s->ack && s->tee)
		return err_usage(err, "--ack and --tee both write to stdout: choose one");
	if (decide_parse(span_str(s->expect_text), &s->expect, err))
		return err_prefix(err, "--expect");
	s->atomic = s->atomic || s->expect.kind != DECIDE_ANY;
	if (run->argument_count) {
		s->stream = span_str(run->arguments[0]);
		if (admit_stream(s->stream, err)) {
			err->kind = ERR_USAGE;
			return -1;
		}
	}
	if (root_open(&s->root, s->store, err))
		return -1;
	s->is_root_open = true;
	if (log_open(&s->log, &s->root, &conf, err))
		return -1;
	s->is_log_open = true;
	return 0;
}

static int
stream_of(struct append *s, struct event *ev, struct span *out, struct err *err)
{
	struct value v;

	*out = s->stream;
	if (s->stream.p)
		return 0;
	if (!s->stream_by)
		return admit_default_stream(ev, out, err) ? -1 : admit_stream(*out, err);
	if (expr_value(s->stream_by, ev, &v, err))
		return -1;
	if (v.type != DOC_STRING && v.type != DOC_NUMBER)
		return err_data(err, "stream", -1, "--stream-by gives no string");
	*out = value_text(v, ev->scratch);
	return admit_stream(*out, err);
}

/* {"id":"…","stream":"user-1","ver":1,"pos":0}, and "known":true for what was stored before. */
static void
put_ack(struct append *s, const struct log_event *ev)
{
	const char *nul = memchr(ev->identity.p, '\0', ev->identity.n);
	struct span id = ev->identity;
	struct emit e;

	if (nul)
		id = span_of(nul + 1, (size_t)(id.p + id.n - nul - 1));
	emit_init(&e, &s->acks);
	emit_open(&e, '{');
	emit_name(&e, SPAN("id"));
	emit_string(&e, id);
	emit_name(&e, SPAN("stream"));
	emit_string(&e, ev->stream);
	emit_name(&e, SPAN("ver"));
	emit_i64(&e, ev->ver);
	emit_name(&e, SPAN("pos"));
	emit_i64(&e, ev->pos);
	if (ev->is_known) {
		emit_name(&e, SPAN("known"));
		emit_bool(&e, true);
	}
	emit_close(&e);
	buf_putc(&s->acks, '\n');
}

/*
 * Merges runs of the index, or seals for a few milliseconds. What is begun is finished even when there is input again:
 * others wait for the lock.
 */
static int
tick(struct cmd_run *run, void *state, struct err *err)
{
	struct append *s = state;
	struct err why;
	int r = s->sealer.job ? 0 : log_merge(&s->log, &why);

	(void)err;
	if (r == 1) {
		cmd_wake(run, clock_mono_ns());
		return 0;
	}
	r = sealer_slice(&s->sealer, &s->root, &why);
	if (r < 0)
		cmd_warn(run, "not sealed: %s", why.text);
	if (r == 1)
		cmd_wake(run, clock_mono_ns());
	else
		s->looked_at = s->log.file.first;
	return 0;
}

/* What is pending becomes durable; then it may be told. */
static int
idle(struct cmd_run *run, void *state, struct err *err)
{
	struct append *s = state;

	if (log_commit(&s->log, err))
		return -1;
	buf_span(run->out, buf_view(&s->acks));
	buf_clear(&s->acks);
	s->waiting = 0;
	cmd_keys(run, s->log.streams.count);
	if (s->sealer.job)
		return tick(run, s, err);
	if (s->log.file.first != s->looked_at)
		cmd_wake(run, clock_deadline_ns(QUIET_MS));
	return 0;
}

/* --atomic: keeps the event until the end. */
static enum cmd_verdict
keep(struct cmd_run *run, struct append *s, const struct event *ev, struct log_event le,
	struct err *err)
{
	struct cmd_spot *spot;

	if (s->expect.kind != DECIDE_ANY && s->count &&
		!span_equal(le.stream, s->events[0].stream)) {
		err_data(err, "stream", -1,
			"it goes to another stream, '%.*s', but --expect is about one",
			(int)MIN(le.stream.n, 128), le.stream.p);
		return CMD_BAD;
	}
	s->kept_bytes += le.body.n;
	if (s->kept_bytes > s->max_batch) {
		err_data(err, "limit", -1, "%s: line %lld: the batch is over --max-batch %llu",
			ev->input, (long long)ev->line_no, (unsigned long long)s->max_batch);
		return CMD_FAIL;
	}
	if (s->count == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->events = alloc_resize(s->events, s->cap * sizeof(*s->events));
		s->spots = alloc_resize(s->spots, s->cap * sizeof(*s->spots));
	}
	spot = &s->spots[s->count];
	*spot = cmd_spot(run, &s->kept);
	le.body = spot->body;
	le.identity = arena_copy(&s->kept, le.identity);
	le.stream = s->stream.p ? s->stream : arena_copy(&s->kept, le.stream);
	s->events[s->count++] = le;
	return CMD_USED;
}

static enum cmd_verdict
event(struct cmd_run *run, void *state, struct event *ev, struct err *err)
{
	struct append *s = state;
	struct log_event le = {.body = ev->body};

	if (admit_event(ev, err) || stream_of(s, ev, &le.stream, err))
		return CMD_BAD;
	le.identity = event_identity(ev);
	if (s->atomic)
		return keep(run, s, ev, le, err);
	if (log_append(&s->log, s->expect, &le, 1, err))
		return err->kind == ERR_DATA ? CMD_BAD : CMD_FAIL;
	if (s->ack)
		put_ack(s, &le);
	/* Events that are known leave nothing pending, but answers wait for them, and so do other writers. */
	s->waiting += le.body.n;
	if ((s->waiting >= LOG_GROUP_BYTES || log_pending(&s->log) >= LOG_GROUP_BYTES) &&
		idle(run, s, err))
		return CMD_FAIL;
	return s->tee ? CMD_PASS : CMD_USED;
}

/* The event for which the batch was refused, where it was one, is a bad line. */
static int
blame(struct cmd_run *run, struct append *s, struct err *err)
{
	struct err why = *err;

	for (size_t i = 0; why.kind == ERR_DATA && i < s->count; i++)
		if (s->events[i].is_wrong)
			return cmd_bad(run, &s->spots[i], &why, err);
	return -1;
}

static int
append_batch(struct cmd_run *run, struct append *s, struct err *err)
{
	if (s->count)
		return log_append(&s->log, s->expect, s->events, s->count, err) ? blame(run, s, err)
										: 0;
	if (s->expect.kind == DECIDE_ANY)
		return 0;
	if (s->stream.p)
		return log_check(&s->log, s->expect, s->stream, err);
	return err_usage(err, "--expect: there is no event that names a stream: give STREAM");
}

static int
end(struct cmd_run *run, void *state, struct err *err)
{
	struct append *s = state;
	const int64_t *bad = &cmd_counts(run)->bad;

	if (!s->atomic)
		return 0;
	if (!*bad && append_batch(run, s, err))
		return -1;
	if (*bad)
		return err_data(err, "batch", -1,
			"nothing was stored: %lld bad line%s in the batch", (long long)*bad,
			*bad > 1 ? "s" : "");
	for (size_t i = 0; i < s->count; i++) {
		if (s->ack)
			put_ack(s, &s->events[i]);
		if (s->tee) {
			buf_span(&s->acks, s->events[i].body);
			buf_putc(&s->acks, '\n');
		}
	}
	return 0;
}

static void
release(struct cmd_run *run, void *state)
{
	struct append *s = state;
	struct err err;

	(void)run;
	if (s->is_log_open) {
		while (log_merge(&s->log, &err) == 1) /* whoever comes next does what fails here */
			continue;
		log_close(&s->log);
	}
	if (s->is_root_open) {
		sealer_close(&s->sealer);
		root_close(&s->root);
	}
	buf_release(&s->acks);
	arena_release(&s->kept);
	alloc_free(s->events);
	alloc_free(s->spots);
}

const struct cmd ev_store_append = {
	.name = "append",
	.purpose = "store events",
	.usage = "[options] [STREAM [file ...]]",
	.options = options,
	.input = CMD_LINES,
	.features = CMD_SELECTS,
	.arguments = 1,
	.instead = "stream-by",
	.state_size = sizeof(struct append),
	.start = start,
	.idle = idle,
	.event = event,
	.tick = tick,
	.end = end,
	.release = release,
};
