/*
 * ev-store consumers: how far the readers have come that keep their positions in the store.
 */
#include "base/num.h"
#include "ev-store.h"
#include "store/consumer.h"
#include "store/front.h"
#include "store/scan.h"
#include "store/visible.h"
#include "json/emit.h"

struct consumers {
	const char *store;

	struct root root;
	struct place end;
	bool is_open;
};

static const struct opt options[] = {OPT_ROW(0, "store", OPT_STRING, struct consumers, store, "DIR",
					     NULL, "the store [EV_STORE]"),
	OPT_END};

struct listing {
	struct cmd_run *run;
	struct consumers *s;
};

static int
put_line(void *ctx, const char *name, struct err *err)
{
	struct listing *l = ctx;
	size_t before = l->run->out->n;
	struct emit e;

	emit_init(&e, l->run->out);
	ev_store_consumer(l->run, &e, &l->s->root, name, l->s->end.pos);
	if (l->run->out->n == before)
		return 0;
	buf_putc(l->run->out, '\n');
	return cmd_line(l->run, err);
}

/* The place before a position. */
static int
find_place(struct consumers *s, int64_t pos, struct place *out, struct err *err)
{
	struct segment_list list = {0};
	struct scan_line line;
	struct scan scan;
	struct place at;
	int r = -1;

	if (segment_list_read(&list, &s->root, err))
		return -1;
	if (pos == s->end.pos) {
		*out = s->end;
		r = 0;
	} else if (scan_seek(&s->root, &list, pos, &at, err) == 0) {
		scan_init(&scan, &s->root, &at, &s->end);
		while ((r = scan.at.pos == pos ? 0 : scan_next(&scan, &line, err)) == 1)
			continue;
		*out = scan.at;
		scan_release(&scan);
	}
	segment_list_release(&list);
	return r;
}

static int
set(struct consumers *s, const char *name, const char *text, struct err *err)
{
	struct consumer_mark mark;
	struct place first, at;
	int fd, r;

	if (front_read(&s->root, &first, err))
		return -1;
	if (num_i64(span_str(text), &mark.pos) || mark.pos < first.pos || mark.pos > s->end.pos)
		return err_usage(err, "'%.40s' is no position: %lld to %lld", text,
			(long long)first.pos, (long long)s->end.pos);
	if (find_place(s, mark.pos, &at, err) || consumer_lock(&s->root, name, &fd, err))
		return -1;
	mark.sum = at.sum;
	r = consumer_put(&s->root, name, &mark, err);
	s->root.disk.calls->close(&s->root.disk, fd);
	return r;
}

static int
drop(struct consumers *s, const char *name, struct err *err)
{
	int fd, r;

	if (consumer_lock(&s->root, name, &fd, err))
		return -1;
	r = consumer_remove(&s->root, name, err);
	s->root.disk.calls->close(&s->root.disk, fd);
	if (r == 0)
		return err_usage(err, "there is no consumer '%s'", name);
	return r < 0 ? -1 : 0;
}

static int
start(struct cmd_run *run, void *state, struct err *err)
{
	struct consumers *s = state;
	struct span act = run->argument_count ? span_str(run->arguments[0]) : SPAN("list");
	size_t n = run->argument_count;

	if (!(span_is(act, "list") && n <= 1) && !(span_is(act, "set") && n == 3) &&
		!(span_is(act, "delete") && n == 2))
		return err_usage(err, "give list, set NAME POSITION or delete NAME");
	if (n > 1 && consumer_name(run->arguments[1], err))
		return -1;
	if (root_open(&s->root, s->store, err))
		return -1;
	s->is_open = true;
	if (visible_read(&s->root, &s->end, err))
		return -1;
	if (span_is(act, "set"))
		return set(s, run->arguments[1], run->arguments[2], err);
	if (span_is(act, "delete"))
		return drop(s, run->arguments[1], err);
	return consumer_each(&s->root, put_line, &(struct listing){run, s}, err);
}

static void
release(struct cmd_run *run, void *state)
{
	struct consumers *s = state;

	(void)run;
	if (s->is_open)
		root_close(&s->root);
}

const struct cmd ev_store_consumers = {
	.name = "consumers",
	.purpose = "list, set and delete the positions of readers",
	.usage = "[options] [list | set NAME POSITION | delete NAME]",
	.options = options,
	.input = CMD_NONE,
	.arguments = 3,
	.state_size = sizeof(struct consumers),
	.start = start,
	.release = release,
};
