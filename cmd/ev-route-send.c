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
	buf_span(b, r->ev->line);
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
	return sink_write(r->set, s, r->ev->line, err);
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
	if (r->ev->key.type > DOC_NULL) {
		key = value_text(r->ev->key, r->run->scratch);
		partition = murmur_partition(key, (uint32_t)ev_route_width(r));
	}
	for (int i = 0; i < hits; i++) {
		size_t dest = r->route.hits[i];
		enum route_kind kind = r->route.dests[dest].kind;

		if (kind == ROUTE_STDOUT)
			verdict = CMD_PASS;
		if (kind == ROUTE_STDOUT || kind == ROUTE_DROP)
			continue;
		if (give(r, dest, r->names[i], key, partition, err))
			return CMD_FAIL;
		verdict = verdict == CMD_DROP ? CMD_USED : verdict;
	}
	return verdict;
}
