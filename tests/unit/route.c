/* route: the grammar of rules, first match, going on, remembered plans, names that are safe. */
#include "op/route.h"
#include "tap.h"

/* Expression n is true when bit n of *ctx is set; bit 31: an error. */
static int
by_bit(void *ctx, size_t expr, struct err *err)
{
	uint32_t bits = *(const uint32_t *)ctx;

	if (bits >> 31)
		return err_data(err, "expr", -1, "no");
	return bits >> expr & 1;
}

/* Destinations of a type as "a,b"; "none" for no match, "" for a match without destination, "error". */
static const char *
way(struct route *r, const char *type, uint32_t bits)
{
	static char out[256];
	struct err err;
	bool matched;
	int n = route_match(r, span_str(type), by_bit, &bits, &matched, &err);

	if (n < 0)
		return "error";
	out[0] = '\0';
	for (int i = 0; i < n; i++) {
		size_t at = strlen(out);

		snprintf(out + at, sizeof out - at, "%s%s", i ? "," : "",
			r->dests[r->hits[i]].text.p);
	}
	return matched ? out : "none";
}

static int
parse(struct route *r, const char *text, struct err *err)
{
	route_init(r);
	return route_parse(r, span_str(text), "rules", err);
}

static void
refused(const char *text, const char *want)
{
	struct route r;
	struct err err;

	ok(parse(&r, text, &err) == -1 && err.kind == ERR_USAGE, "refused: %s", text);
	is_str(err.text, want, "and says why");
	route_release(&r);
}

TEST(first_match_wins)
{
	struct route r;
	struct err err;

	is_int(parse(&r, "# comment\n\n a.* -> one\r\na.b -> two\n*->x -> three,four", &err), 0,
		"parsed");
	is_str(way(&r, "a.b", 0), "one", "the first that matches");
	is_str(way(&r, "a.b", 0), "one", "again, from the plan");
	is_str(way(&r, "z->x", 0), "three,four", "a list of destinations");
	is_str(way(&r, "z", 0), "none", "nothing matches");
	is_str(way(&r, "", 0), "none", "no type");
	route_release(&r);
}

TEST(going_on)
{
	struct route r;
	struct err err;

	is_int(parse(&r, "+* -> all\n+ a -> x, all\na,b -> y\na -> z\n", &err), 0, "parsed");
	is_str(way(&r, "a", 0), "all,x,y", "'+' goes on, each destination once");
	is_str(way(&r, "b", 0), "all,y", "a list of globs");
	is_str(way(&r, "c", 0), "all", "matched by '+' alone");
	route_release(&r);
}

TEST(expressions)
{
	struct route r;
	struct err err;

	is_int(parse(&r, "? .a > 1 -> x\nb -> y\n+? .c -> z\n* -> rest", &err), 0, "parsed");
	is_str(r.exprs[0].p, ".a > 1", "the text up to the arrow");
	is_str(r.exprs[1].p, ".c", "after '+?'");
	is_str(way(&r, "b", 0), "y", "false: the next rule");
	is_str(way(&r, "b", 1), "x", "true");
	is_str(way(&r, "q", 2), "z,rest", "true and on");
	is_str(way(&r, "q", 0), "rest", "the same type, another event");
	is_str(way(&r, "q", 1u << 31), "error", "an error of the expression comes through");
	route_release(&r);
}

TEST(destinations)
{
	struct route r;
	struct err err;

	is_int(parse(&r,
		       "a -> t1, - , |cat, cat -> x\nb -> !\nc -> |  cat  \nd -> t2,|cat, cat -> x",
		       &err),
		0, "parsed");
	is_str(way(&r, "a", 0), "t1,-,cat, cat -> x", "a command takes the rest of the line");
	is_int(r.dests[0].kind, ROUTE_TOPIC, "topic");
	is_int(r.dests[1].kind, ROUTE_STDOUT, "stdout");
	is_int(r.dests[2].kind, ROUTE_COMMAND, "command");
	is_str(r.dests[2].topic.p, "t1", "with the topic before it");
	is_int(r.dests[3].kind, ROUTE_DROP, "drop");
	is_str(r.dests[4].text.p, "cat", "blanks around a command go");
	is_str(r.dests[4].topic.p, "c", "no topic: the pattern");
	is_int((int64_t)r.dest_count, 7, "same command, other topic: another destination");
	route_release(&r);
}

TEST(templates)
{
	struct route r;
	struct err err;
	const struct route_part *p;

	is_int(parse(&r, "a -> x-{.a[\"},\"] // {b:1}.b}.{ key },{.k}", &err), 0, "parsed");
	is_int((int64_t)r.dest_count, 2, "two topics");
	p = r.dests[0].parts;
	is_int((int64_t)r.dests[0].part_count, 4, "four parts");
	is_mem(p[0].text.p, p[0].text.n, "x-", "text");
	is_str(r.exprs[p[1].expr].p, ".a[\"},\"] // {b:1}.b", "braces and commas in an expression");
	is_mem(p[2].text.p, p[2].text.n, ".", "text between");
	ok(p[3].expr == ROUTE_KEY, "the key");
	is_str(r.exprs[r.dests[1].parts[0].expr].p, ".k", "a template alone");
	route_release(&r);
}

TEST(refusals)
{
	char name[ROUTE_NAME_MAX + 16];

	refused("a -> b\nwhat", "rules: line 2: 'what' is no rule: PATTERN -> DEST");
	refused("a -> ../b", "rules: line 1: a topic cannot be called '../b'");
	refused("a -> b/c", "rules: line 1: topic 'b/c': only letters, digits, '.', '_', '-' and "
			    "{EXPR} are allowed");
	refused("a -> .hidden", "rules: line 1: a topic cannot be called '.hidden'");
	refused("a -> b,", "rules: line 1: a destination is missing");
	refused("a -> |", "rules: line 1: no command after '|'");
	refused("+ -> b", "rules: line 1: a pattern is missing before '->'");
	refused("a -> {.x", "rules: line 1: no '}' ends the template in topic '{.x'");
	refused("a -> {}", "rules: line 1: empty template in topic '{}'");
	memcpy(name, "a -> ", 5);
	memset(name + 5, 't', ROUTE_NAME_MAX + 1);
	name[5 + ROUTE_NAME_MAX] = '\0';
	struct route r;
	struct err err;

	is_int(parse(&r, name, &err), 0, "the longest name");
	route_release(&r);
	name[5 + ROUTE_NAME_MAX] = 't';
	name[6 + ROUTE_NAME_MAX] = '\0';
	is_int(parse(&r, name, &err), -1, "one byte longer");
	route_release(&r);
}

TEST(builtin)
{
	static const char *const want[][2] = {{"user.registered", "user-events"},
		{"content.watched", "content-events"}, {"payment.processed", "payment-events"},
		{"system.x", "system-events"}, {"trend.detected", "trending-signals"},
		{"engagement.scored", "user-engagement"},
		{"behavior.matched", "user-behavior-alerts"}, {"anomaly.detected", "system-alerts"},
		{"users.x", "domain-events"}, {"", "domain-events"}};
	struct route r;

	route_init(&r);
	route_builtin(&r);
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		is_str(way(&r, want[i][0], 0), want[i][1], "'%s'", want[i][0]);
	route_release(&r);
}

TEST(plans_are_bounded)
{
	struct route r;
	struct err err;
	bool right = true;
	char type[32];

	is_int(parse(&r, "a* -> a\n* -> b", &err), 0, "parsed");
	for (int i = 0; i < 3 * ROUTE_PLANS; i++) {
		snprintf(type, sizeof type, "%c%d", i % 2 ? 'a' : 'z', i);
		right &= strcmp(way(&r, type, 0), i % 2 ? "a" : "b") == 0;
	}
	ok(right, "more types than plans are all routed right");
	ok(r.plans.count <= ROUTE_PLANS, "and no more than the limit is kept");
	is_int(route_add(&r, SPAN("q -> c"), &err), 0, "a rule added later");
	is_str(way(&r, "z1", 0), "b", "old plans are forgotten");
	route_release(&r);
}

static const char *
segment(struct span text)
{
	static char out[64];
	struct buf b;

	buf_init(&b, sizeof out - 1);
	route_segment(&b, text);
	memcpy(out, b.p, b.n);
	out[b.n] = '\0';
	buf_release(&b);
	return out;
}

TEST(segments)
{
	is_str(segment(SPAN("user-1_A.b")), "user-1_A.b", "plain bytes stay");
	is_str(segment(SPAN("..")), "%2E.", "no parent directory");
	is_str(segment(SPAN(".x")), "%2Ex", "nothing hidden");
	is_str(segment(SPAN("a/b%\n\0")), "a%2Fb%25%0A%00", "all else is encoded");
	is_str(segment(SPAN("\xc3\xa9")), "%C3%A9", "bytes of UTF-8 too");
}

int
main(void)
{
	RUN(first_match_wins);
	RUN(going_on);
	RUN(expressions);
	RUN(destinations);
	RUN(templates);
	RUN(refusals);
	RUN(builtin);
	RUN(plans_are_bounded);
	RUN(segments);
	return tap_done();
}
