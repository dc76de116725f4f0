/*
 * Fuzz target route: any bytes as a file of rules, and as the data of a template. Of rules that are taken every topic
 * is a safe name; no event goes to one destination twice.
 */
#include "op/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static bool
is_safe(struct span name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			    c == '_' || c == '-' || c == '%' || (c == '.' && i > 0)))
			return false;
	}
	return true;
}

static void
check_topics(const struct route *r)
{
	for (size_t i = 0; i < r->dest_count; i++) {
		const struct route_dest *d = &r->dests[i];

		if (d->kind != ROUTE_TOPIC)
			continue;
		must(d->text.n > 0);
		if (!d->parts)
			must(is_safe(d->text) && d->text.n <= ROUTE_NAME_MAX);
		for (size_t p = 0; p < d->part_count; p++)
			must(d->parts[p].expr != ROUTE_LITERAL || p > 0 ||
				is_safe(d->parts[p].text));
	}
}

/* True for every other expression. */
static int
test(void *ctx, size_t expr, struct err *err)
{
	const struct route *r = ctx;

	(void)err;
	must(expr < r->expr_count);
	return expr % 2 == 0;
}

static void
match(struct route *r, struct span type)
{
	bool matched = false;
	struct err err;
	int hits = route_match(r, type, test, r, &matched, &err);

	must(hits >= 0 && (size_t)hits <= r->dest_count && (matched || hits == 0));
	for (int i = 0; i < hits; i++)
		for (int k = 0; k < i; k++)
			must(r->hits[i] != r->hits[k]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of((const char *)data, size);
	struct route r;
	struct buf name;
	struct err err;

	if (size > 5000)
		return 0;
	route_init(&r);
	if (route_parse(&r, text, "rules", &err) == 0) {
		check_topics(&r);
		match(&r, SPAN("user.registered"));
		match(&r, SPAN_NONE);
		match(&r, text);
		match(&r, SPAN("user.registered"));
	} else {
		must(err.kind == ERR_USAGE && err.text[0]);
	}
	route_release(&r);
	buf_init(&name, 1 << 20);
	route_segment(&name, text);
	must(!name.over && is_safe(buf_view(&name)) && name.n >= size);
	buf_release(&name);
	return 0;
}
