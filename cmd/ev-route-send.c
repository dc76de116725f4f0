/* ev-route-send: one event to its destinations. */
#include "ev-route.h"

#include "op/murmur.h"

/* A template's result as a part of a name. */
static int
put_part(struct router *r, const struct route_dest *d, size_t expr, struct err *err)
{
	struct value v = r->ev->key;
	struct span text;

	if (expr != ROUTE_KEY && expr_value(r->exprs[expr], r->ev, &v, err))
		return -1;
	text = v.type > DOC_NULL ? value_text(v, r->run->scratch) : SPAN_NONE;
	if (!text.n)
		return err_data(err, "topic", -1, "no text for {%s} in topic '%s'",
			expr == ROUTE_KEY ? "key" : r->route.exprs[expr].p, d->text.p);
	route_segment(&r->name, text);
	return 0;
}

/* The topic's name for the event at hand; templates' in scratch. */
static int
name_topic(struct router *r, const struct route_dest *d, struct span *name, struct err *err)
{
	*name = d->text;
	if (!d->parts)
		return 0;
	buf_clear(&r->name);
	for (size_t i = 0; i < d->part_count; i++) {
		const struct route_part *p = &d->parts[i];

		if (p->expr == ROUTE_LITERAL)
			buf_span(&r->name, p->text);
		else if (put_part(r, d, p->expr, err))
			return -1;
	}
	if (r->name.over || r->name.n > ROUTE_NAME_MAX)
		return err_data(err, "topic", -1, "name of topic '%s' is over %d bytes", d->text.p,
			ROUTE_NAME_MAX);
	*name = arena_copy(r->run->scratch, buf_view(&r->name));
	return 0;
}

/* Tab, newline, carriage return and backslash as \t \n \r \\, so that a key is one field. */
static void
put_field(struct buf *b, struct span key)
{
	static const char special[] = "\t\n\r\\", letter[] = "tnr\\";
	const char *at;

	for (size_t i = 0; i < key.n; i++) {
		at = memchr(special, key.p[i], sizeof special - 1);
		if (at)
			buf_putc(b, '\\');
		buf_putc(b, at ? letter[at - special] : key.p[i]);
	}
}

static int
put_topic(struct router *r, struct span topic, struct span key, uint32_t partition, struct err *err)
{
	struct buf *b = r->run->out;

	buf_span(b, topic);
	buf_print(b, "\t%u\t", (unsigned)partition);
	put_field(b, key);
	buf_putc(b, '\t');
	buf_span(b, r->line);
	buf_putc(b, '\n');
	return cmd_line(r->run, err);
}

/* To destination number dest, whose topic is name. */
static int
give(struct router *r, size_t dest, struct span name, struct span key, uint32_t partition,
	struct err *err)
{
	const struct route_dest *d = &r->route.dests[dest];
	bool is_topic = d->kind == ROUTE_TOPIC;
	struct sink *s = r->sinks[dest * ev_route_width(r) + (is_topic ? partition : 0)];

	if (is_topic && !r->dir)
		return put_topic(r, name, key, partition, err);
	if (!s)
		s = sink_topic(r->set, name, r->partitions ? (int64_t)partition : SINK_NO_PARTITION,
			false);
	return sink_write(r->set, s, r->line, err);
}

/* The line that destinations get. */
static int
set_line(struct router *r, struct err *err)
{
	r->line = r->ev->line;
	return r->to_cloudevents ? cloud_line(&r->cloud, r->ev, &r->line, err) : 0;
}

/* A line that is as it came is the driver's to write. */
static enum cmd_verdict
put_line(struct router *r, struct err *err)
{
	if (r->line.p == r->ev->line.p)
		return CMD_PASS;
	buf_span(r->run->out, r->line);
	buf_putc(r->run->out, '\n');
	return cmd_line(r->run, err) ? CMD_FAIL : CMD_USED;
}

enum cmd_verdict
ev_route_pass(struct router *r, struct err *err)
{
	return set_line(r, err) ? CMD_BAD : put_line(r, err);
}

/* Has one of the destinations a use for the event? */
static bool
is_wanted(const struct router *r, int hits)
{
	for (int i = 0; i < hits; i++)
		if (r->route.dests[r->route.hits[i]].kind != ROUTE_DROP)
			return true;
	return false;
}

/* To one destination; CMD_DROP when that is nowhere. */
static enum cmd_verdict
send_one(struct router *r, int hit, struct span key, uint32_t partition, struct err *err)
{
	size_t dest = r->route.hits[hit];

	switch (r->route.dests[dest].kind) {
	case ROUTE_STDOUT: return put_line(r, err);
	case ROUTE_DROP: return CMD_DROP;
	default: break;
	}
	return give(r, dest, r->names[hit], key, partition, err) ? CMD_FAIL : CMD_USED;
}

enum cmd_verdict
ev_route_send(struct router *r, int hits, struct err *err)
{
	enum cmd_verdict verdict = CMD_DROP;
	struct span key = SPAN_NONE;
	uint32_t partition = 0;

	for (int i = 0; i < hits; i++)
		if (name_topic(r, &r->route.dests[r->route.hits[i]], &r->names[i], err))
			return CMD_BAD;
	if (is_wanted(r, hits) && set_line(r, err))
		return CMD_BAD;
	if (r->ev->key.type > DOC_NULL) {
		key = value_text(r->ev->key, r->run->scratch);
		partition = murmur_partition(key, (uint32_t)ev_route_width(r));
	}
	for (int i = 0; i < hits; i++) {
		enum cmd_verdict one = send_one(r, i, key, partition, err);

		if (one == CMD_FAIL)
			return one;
		if (one == CMD_PASS || verdict == CMD_DROP)
			verdict = one;
	}
	return verdict;
}
