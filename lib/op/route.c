/* route: the grammar of rules, and matching by remembered plans. */
#include "op/route.h"

#include "base/alloc.h"
#include "base/glob.h"

/* What one type leads to: the rules that can match it, up to the first that must and ends. */
struct plan {
	uint32_t *rules;
	uint32_t count;
};

static const char builtin[] = "user.* -> user-events\n"
			      "content.* -> content-events\n"
			      "payment.* -> payment-events\n"
			      "system.* -> system-events\n"
			      "trend.* -> trending-signals\n"
			      "engagement.* -> user-engagement\n"
			      "behavior.* -> user-behavior-alerts\n"
			      "anomaly.* -> system-alerts\n"
			      "* -> domain-events\n";

void
route_init(struct route *r)
{
	*r = (struct route){0};
	table_init(&r->plans, sizeof(struct plan));
	arena_init(&r->texts);
}

static void
forget_plans(struct route *r)
{
	size_t at = 0;

	for (struct plan *p; (p = table_next(&r->plans, &at));)
		alloc_free(p->rules);
	table_clear(&r->plans);
}

void
route_release(struct route *r)
{
	forget_plans(r);
	table_release(&r->plans);
	for (size_t i = 0; i < r->rule_count; i++)
		alloc_free(r->rules[i].dests);
	for (size_t i = 0; i < r->dest_count; i++)
		alloc_free(r->dests[i].parts);
	alloc_free(r->rules);
	alloc_free(r->dests);
	alloc_free(r->exprs);
	alloc_free(r->hits);
	arena_release(&r->texts);
	*r = (struct route){0};
}

/* --- parsing ----------------------------------------------------------------------------------- */

/* A longer array when count has reached *cap. */
static void *
grown(void *array, size_t count, size_t *cap, size_t size)
{
	if (count < *cap)
		return array;
	*cap = *cap ? *cap * 2 : 8;
	return alloc_resize(array, *cap * size);
}

static struct span
kept(struct route *r, struct span text)
{
	return span_of(arena_string(&r->texts, text), text.n);
}

static size_t
add_expr(struct route *r, struct span text)
{
	r->exprs = grown(r->exprs, r->expr_count, &r->expr_cap, sizeof *r->exprs);
	r->exprs[r->expr_count] = kept(r, text);
	return r->expr_count++;
}

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

/* Bytes up to the stop that is outside braces and strings, or all. */
static size_t
until(struct span s, char stop)
{
	int depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (c == stop && !depth)
			return i;
		else if (c == '{')
			depth++;
		else if (c == '}' && depth)
			depth--;
	}
	return s.n;
}

static void
add_part(struct route_dest *d, struct span text, size_t expr)
{
	d->parts = alloc_resize(d->parts, (d->part_count + 1) * sizeof *d->parts);
	d->parts[d->part_count++] = (struct route_part){text, expr};
}

/* The template whose '{' is at the front of rest; its length, or 0 with err filled. */
static size_t
add_template(struct route *r, struct route_dest *d, struct span rest, struct err *err)
{
	struct span inside = span_of(rest.p + 1, rest.n - 1), text;
	size_t n = until(inside, '}');

	if (n == inside.n)
		return err_usage(err, "no '}' ends the template in topic '%s'", d->text.p), 0;
	text = span_trim(span_of(inside.p, n));
	if (!text.n)
		return err_usage(err, "empty template in topic '%s'", d->text.p), 0;
	add_part(d, SPAN_NONE, span_is(text, "key") ? ROUTE_KEY : add_expr(r, text));
	return n + 2;
}

static int
parse_topic(struct route *r, struct route_dest *d, struct err *err)
{
	struct span rest = d->text;
	size_t n;

	if (rest.p[0] == '.' || rest.n > ERR_TEXT_MAX)
		return err_usage(err, "a topic cannot be called '%s'", rest.p);
	while (rest.n) {
		for (n = 0; n < rest.n && is_name_byte(rest.p[n]); n++)
			;
		if (n)
			add_part(d, span_of(rest.p, n), ROUTE_LITERAL);
		else if (rest.p[0] != '{')
			return err_usage(err,
				"topic '%s': only letters, digits, '.', '_', '-' and {EXPR} are "
				"allowed",
				d->text.p);
		else if (!(n = add_template(r, d, rest, err)))
			return -1;
		rest = span_of(rest.p + n, rest.n - n);
	}
	if (d->part_count > 1 || d->parts[0].expr != ROUTE_LITERAL)
		return 0;
	alloc_free(d->parts);
	d->parts = NULL;
	d->part_count = 0;
	if (d->text.n > ROUTE_NAME_MAX)
		return err_usage(err, "a topic's name has at most %d bytes: '%s'", ROUTE_NAME_MAX,
			d->text.p);
	return 0;
}

static enum route_kind
kind_of(struct span text)
{
	return span_is(text, "-")   ? ROUTE_STDOUT
	       : span_is(text, "!") ? ROUTE_DROP
	       : text.p[0] == '|'   ? ROUTE_COMMAND
				    : ROUTE_TOPIC;
}

/* The index of this destination, new or known; -1 with err filled. */
static ptrdiff_t
intern_dest(struct route *r, struct span text, struct span topic, struct err *err)
{
	struct route_dest d = {.kind = kind_of(text)};

	if (d.kind == ROUTE_COMMAND) {
		text = span_trim(span_of(text.p + 1, text.n - 1));
		if (!text.n)
			return err_usage(err, "no command after '|'");
		d.topic = topic;
	}
	for (size_t i = 0; i < r->dest_count; i++) {
		const struct route_dest *o = &r->dests[i];

		if (o->kind == d.kind && span_equal(o->text, text) && span_equal(o->topic, d.topic))
			return (ptrdiff_t)i;
	}
	d.text = kept(r, text);
	if (d.kind == ROUTE_COMMAND)
		d.topic = kept(r, topic);
	if (d.kind == ROUTE_TOPIC && parse_topic(r, &d, err)) {
		alloc_free(d.parts);
		return -1;
	}
	r->dests = grown(r->dests, r->dest_count, &r->dest_cap, sizeof *r->dests);
	r->dests[r->dest_count] = d;
	return (ptrdiff_t)r->dest_count++;
}

static int
parse_dests(struct route *r, struct route_rule *rule, struct span rest, struct err *err)
{
	struct span topic = rule->pattern, one;
	ptrdiff_t dest;
	size_t n;

	for (;; rest = span_of(rest.p + n + 1, rest.n - n - 1)) {
		rest = span_trim(rest);
		n = rest.n && rest.p[0] == '|' ? rest.n : until(rest, ',');
		one = span_trim(span_of(rest.p, n));
		if (!one.n)
			return err_usage(err, "a destination is missing");
		dest = intern_dest(r, one, topic, err);
		if (dest < 0)
			return -1;
		rule->dests = alloc_resize(rule->dests, (rule->count + 1) * sizeof *rule->dests);
		rule->dests[rule->count++] = (size_t)dest;
		if (r->dests[dest].kind == ROUTE_TOPIC && !r->dests[dest].parts)
			topic = r->dests[dest].text;
		if (n == rest.n)
			return 0;
	}
}

static int
parse_pattern(struct route *r, struct route_rule *rule, struct span text, struct err *err)
{
	rule->expr = ROUTE_LITERAL;
	rule->goes_on = text.n && text.p[0] == '+';
	if (rule->goes_on)
		text = span_trim(span_of(text.p + 1, text.n - 1));
	if (!text.n)
		return err_usage(err, "a pattern is missing before '->'");
	rule->pattern = kept(r, text);
	if (text.p[0] != '?' || text.n < 2 || text.p[1] != ' ')
		return 0;
	text = span_trim(span_of(text.p + 1, text.n - 1));
	if (!text.n)
		return err_usage(err, "an expression is missing after '?'");
	rule->expr = add_expr(r, text);
	return 0;
}

int
route_add(struct route *r, struct span line, struct err *err)
{
	struct route_rule rule = {0};
	struct span text = span_trim(line);
	ptrdiff_t arrow = span_find(text, SPAN(" -> "));
	size_t at = (size_t)arrow;

	if (!text.n || text.p[0] == '#')
		return 0;
	if (memchr(text.p, '\0', text.n))
		return err_usage(err, "a NUL byte in a rule");
	if (arrow < 0)
		return err_usage(
			err, "'%.*s' is no rule: PATTERN -> DEST", (int)MIN(text.n, 60), text.p);
	if (r->rule_count == ROUTE_RULES_MAX)
		return err_usage(err, "more than %d rules", ROUTE_RULES_MAX);
	if (parse_pattern(r, &rule, span_trim(span_of(text.p, at)), err) ||
		parse_dests(r, &rule, span_of(text.p + at + 4, text.n - at - 4), err)) {
		alloc_free(rule.dests);
		return -1;
	}
	forget_plans(r);
	r->rules = grown(r->rules, r->rule_count, &r->rule_cap, sizeof *r->rules);
	r->rules[r->rule_count++] = rule;
	r->hits = alloc_resize(r->hits, r->dest_count * sizeof *r->hits);
	return 0;
}

int
route_parse(struct route *r, struct span text, const char *name, struct err *err)
{
	struct span line;
	int n = 1;

	for (; text.p; n++) {
		span_cut(text, '\n', &line, &text);
		if (route_add(r, line, err))
			return err_prefix(err, "%s: line %d", name, n);
	}
	return 0;
}

void
route_builtin(struct route *r)
{
	struct err err;
	int failed = route_parse(r, span_str(builtin), "built in", &err);

	assert(!failed);
	(void)failed;
}

/* --- matching ---------------------------------------------------------------------------------- */

static void
make_plan(const struct route *r, struct span type, struct plan *plan)
{
	plan->rules = alloc_get(r->rule_count * sizeof *plan->rules);
	for (size_t i = 0; i < r->rule_count; i++) {
		const struct route_rule *rule = &r->rules[i];
		bool asks = rule->expr != ROUTE_LITERAL;

		if (!asks && !glob_match_list(rule->pattern, type))
			continue;
		plan->rules[plan->count++] = (uint32_t)i;
		if (!asks && !rule->goes_on)
			break;
	}
	plan->rules = alloc_resize(plan->rules, MAX(plan->count, 1) * sizeof *plan->rules);
}

static const struct plan *
find_plan(struct route *r, struct span type)
{
	struct plan *plan = table_get(&r->plans, type);
	bool is_new;

	if (likely(plan))
		return plan;
	if (r->plans.count >= ROUTE_PLANS)
		forget_plans(r);
	plan = table_put(&r->plans, type, &is_new);
	make_plan(r, type, plan);
	return plan;
}

static int
take(struct route *r, const struct route_rule *rule, int count)
{
	for (size_t i = 0; i < rule->count; i++) {
		struct route_dest *d = &r->dests[rule->dests[i]];

		if (d->seen == r->matches)
			continue;
		d->seen = r->matches;
		r->hits[count++] = rule->dests[i];
	}
	return count;
}

int
route_match(struct route *r, struct span type, route_test_fn *test, void *ctx, bool *matched,
	struct err *err)
{
	const struct plan *plan = find_plan(r, type);
	int count = 0, truth;
	bool some = false;

	r->matches++;
	for (uint32_t i = 0; i < plan->count; i++) {
		const struct route_rule *rule = &r->rules[plan->rules[i]];

		truth = rule->expr == ROUTE_LITERAL ? 1 : test(ctx, rule->expr, err);
		if (truth < 0)
			return -1;
		if (!truth)
			continue;
		some = true;
		count = take(r, rule, count);
		if (!rule->goes_on)
			break;
	}
	*matched = some;
	return count;
}

void
route_segment(struct buf *name, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (is_name_byte((char)c) && (c != '.' || i > 0))
			buf_putc(name, (char)c);
		else
			buf_print(name, "%%%02X", c);
	}
}
