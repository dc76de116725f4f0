/* ev-route-rules: rules read, compiled, and given their sinks. */
#include "ev-route.h"

static int
parse_rules(const struct router *r, struct route *route, struct err *err)
{
	const char *text;

	for (size_t i = 0; i < r->rules.count; i++)
		if (route_add(route, span_str(r->rules.items[i].text), err))
			return err_prefix(err, "--rule");
	if (!r->file)
		return r->rules.count ? 0 : (route_builtin(route), 0);
	text = cmd_read(r->run, r->file, err);
	return text ? route_parse(route, span_str(text), r->file, err) : -1;
}

static void
free_exprs(struct expr **exprs, size_t count)
{
	for (size_t i = 0; exprs && i < count; i++)
		expr_free(exprs[i]);
	alloc_free(exprs);
}

static struct expr **
compile(const struct router *r, const struct route *route, struct err *err)
{
	struct expr **exprs = alloc_array(route->expr_count + 1, sizeof(struct expr *));

	for (size_t i = 0; i < route->expr_count; i++)
		if (expr_new(&exprs[i], route->exprs[i], &r->run->env, err)) {
			free_exprs(exprs, i);
			return NULL;
		}
	return exprs;
}

/* The sinks that are known before any event; templates have none. */
static void
place_sinks(struct router *r)
{
	size_t wide = ev_route_width(r);

	r->sinks = alloc_array(r->route.dest_count * wide, sizeof(struct sink *));
	r->names = alloc_array(r->route.dest_count, sizeof *r->names);
	r->needs_key = !r->dir || r->partitions || r->route.expr_count;
	for (size_t i = 0; i < r->route.dest_count; i++) {
		const struct route_dest *d = &r->route.dests[i];

		r->needs_key |= d->parts != NULL;
		if (d->kind == ROUTE_COMMAND)
			r->sinks[i * wide] = sink_command(r->set, d->text, d->topic);
		for (size_t p = 0; p < wide; p++)
			if (d->kind == ROUTE_TOPIC && !d->parts && r->dir)
				r->sinks[i * wide + p] = sink_topic(r->set, d->text,
					r->partitions ? (int64_t)p : SINK_NO_PARTITION, true);
	}
}

void
ev_route_rules_unload(struct router *r)
{
	free_exprs(r->exprs, r->route.expr_count);
	route_release(&r->route);
	alloc_free(r->sinks);
	alloc_free(r->names);
}

int
ev_route_rules_load(struct router *r, struct err *err)
{
	struct route route;
	struct expr **exprs;

	route_init(&route);
	exprs = parse_rules(r, &route, err) ? NULL : compile(r, &route, err);
	if (!exprs) {
		route_release(&route);
		return -1;
	}
	ev_route_rules_unload(r);
	r->route = route;
	r->exprs = exprs;
	place_sinks(r);
	return 0;
}
