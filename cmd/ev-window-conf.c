/* ev-window: the options, and what is made of them. */
#include "base/num.h"
#include "ev-window.h"
#include "json/text.h"

#define ROW(letter, name, kind, member, arg, value, help) \
	OPT_ROW(letter, name, kind, struct ev_window, member, arg, value, help)

const struct opt ev_window_conf_options[] = {
	ROW(0, "tumbling", OPT_DURATION, tumbling_ms, "D", NULL,
		"windows of D, one after the other"),
	ROW(0, "sliding", OPT_STRING, sliding, "SIZE/SLIDE", NULL,
		"windows of SIZE, one each SLIDE"),
	ROW(0, "session", OPT_DURATION, session_ms, "GAP", NULL,
		"windows that end when nothing has come for GAP"),
	ROW(0, "every", OPT_STRING, every, "N[/M]", NULL,
		"the last N events of a key, after each M [N]"),
	ROW(0, "offset", OPT_STRING, offset, "[-]D", NULL, "start windows D after whole multiples"),
	ROW('k', "key", OPT_LIST, keys, "[NAME=]EXPR", NULL, "windows for each value of EXPR"),
	ROW('a', "aggregate", OPT_LIST, aggregates, "NAME=FN(EXPR)", NULL,
		"what to compute [count=count()]"),
	ROW(0, "ooo", OPT_DURATION, ooo_ms, "D", "5s", "events come at most D out of order"),
	ROW(0, "lateness", OPT_DURATION, lateness_ms, "D", "0",
		"keep windows for D, give late ones out again"),
	ROW(0, "discard", OPT_FLAG, discards, NULL, NULL,
		"a window given out again has only what is new"),
	ROW(0, "empty", OPT_FLAG, shows_empty, NULL, NULL, "give out windows without events too"),
	ROW(0, "session-strict", OPT_FLAG, is_strict, NULL, NULL,
		"events exactly GAP apart are two sessions"),
	ROW(0, "on-eof", OPT_CHOICE, on_eof, "flush|hold", "flush",
		"open windows at the end of input"),
	OPT_RANGE(0, "collect-max", OPT_INT, struct ev_window, collect_max, "N", "1000", 1, 1000000,
		"most values in a collect()"),
	ROW(0, "max-ahead", OPT_DURATION, max_ahead_ms, "D", NULL,
		"an event later than now + D is bad"),
	ROW(0, "max-jump", OPT_DURATION, max_jump_ms, "D", NULL,
		"an event later than the latest + D is bad"),
	ROW(0, "idle", OPT_DURATION, idle_ms, "D", NULL,
		"after D without a line, time goes on by the clock"),
	OPT_END,
};

/* --- the window ------------------------------------------------------------------------------ */

static int
bad_pair(const char *option, const char *text, const char *form, struct err *err)
{
	return err_usage(err, "--%s: expected %s, not '%.80s'", option, form, text);
}

static int
parse_sliding(struct ev_window *s, struct err *err)
{
	struct span size, slide;

	if (!span_cut(span_str(s->sliding), '/', &size, &slide) ||
		num_duration(size, &s->conf.size_ms) || num_duration(slide, &s->conf.slide_ms))
		return bad_pair("sliding", s->sliding, "SIZE/SLIDE as in 15m/1m", err);
	return 0;
}

static int
parse_every(struct ev_window *s, struct err *err)
{
	struct span n, m;
	bool has_step = span_cut(span_str(s->every), '/', &n, &m);

	if (num_u64(n, &s->conf.every) || (has_step && num_u64(m, &s->conf.step)) ||
		(has_step && s->conf.step == 0) || s->conf.every == 0 ||
		s->conf.every > UINT32_MAX || s->conf.step > UINT32_MAX)
		return bad_pair("every", s->every, "N or N/M as in 100/10", err);
	return 0;
}

static int
parse_offset(struct ev_window *s, struct err *err)
{
	struct span text = span_str(s->offset);
	bool negative = text.n && text.p[0] == '-';

	if (num_duration(span_of(text.p + negative, text.n - negative), &s->conf.offset_ms))
		return bad_pair("offset", s->offset, "a duration", err);
	if (negative)
		s->conf.offset_ms = -s->conf.offset_ms;
	return 0;
}

static int
parse_kind(struct cmd_run *run, struct ev_window *s, struct err *err)
{
	int kinds =
		cmd_given(run, "tumbling") + !!s->sliding + cmd_given(run, "session") + !!s->every;

	if (kinds != 1)
		return err_usage(err, "%s of --tumbling, --sliding, --session, --every %s",
			kinds ? "only one" : "one", kinds ? "can be given" : "is needed");
	if (s->sliding)
		return parse_sliding(s, err);
	if (s->every) {
		s->conf.kind = WINDOW_EVERY;
		return parse_every(s, err);
	}
	if (cmd_given(run, "session")) {
		s->conf.kind = WINDOW_SESSION;
		s->conf.gap_ms = s->session_ms;
	}
	s->conf.size_ms = s->conf.slide_ms = s->tumbling_ms;
	return 0;
}

/* Options that say nothing about this kind of window are a mistake. */
static int
check_fit(struct cmd_run *run, const struct ev_window *s, struct err *err)
{
	static const struct {
		const char *option;
		unsigned kinds; /* bit per window_kind */
	} fits[] = {
		{"offset", 1 << WINDOW_ALIGNED},
		{"empty", 1 << WINDOW_ALIGNED},
		{"session-strict", 1 << WINDOW_SESSION},
		{"lateness", 1 << WINDOW_ALIGNED | 1 << WINDOW_SESSION},
		{"discard", 1 << WINDOW_ALIGNED | 1 << WINDOW_SESSION},
	};
	static const char *const kinds[] = {"this window", "--session", "--every"};

	for (size_t i = 0; i < ARRAY_LEN(fits); i++)
		if (cmd_given(run, fits[i].option) && !(fits[i].kinds & 1u << s->conf.kind))
			return err_usage(err, "--%s does not go with %s", fits[i].option,
				s->conf.kind == WINDOW_ALIGNED && s->sliding ? "--sliding"
				: s->conf.kind == WINDOW_ALIGNED             ? "--tumbling"
									     : kinds[s->conf.kind]);
	if (s->shows_empty && s->keys.count)
		return err_usage(err, "--empty does not go with -k: there is no list of all keys");
	return 0;
}

/* --- names ----------------------------------------------------------------------------------- */

/* The members that every result has. */
static bool
is_own(struct span name)
{
	static const char *const own[] = {
		"key", "windowStart", "windowEnd", "first", "last", "pane", "n"};

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (span_is(name, own[i]))
			return true;
	return false;
}

static bool
is_taken(const struct ev_window *s, struct span member)
{
	for (size_t i = 0; i < s->key_count; i++)
		if (span_equal(s->key[i].member, member))
			return true;
	for (size_t i = 0; i < s->aggs.count; i++)
		if (span_equal(s->aggregate[i].member, member))
			return true;
	return false;
}

/* ,"NAME": as it is written before each value. */
static int
make_member(struct ev_window *s, struct span name, struct span *member, struct err *err)
{
	struct buf b;

	if (is_own(name))
		return err_usage(err, "every result has a '%.*s' of its own", (int)name.n, name.p);
	buf_init(&b, 1 << 16);
	buf_putc(&b, ',');
	text_put(&b, name);
	buf_putc(&b, ':');
	*member = arena_copy(&s->names, buf_view(&b));
	buf_release(&b);
	if (is_taken(s, *member))
		return err_usage(err, "the name '%.*s' is used twice", (int)name.n, name.p);
	return 0;
}

static int
add_key(struct cmd_run *run, struct ev_window *s, struct span text, struct err *err)
{
	struct ev_window_key *k = &s->key[s->key_count];
	struct span name, body, member = SPAN_NONE;

	if (s->key_count == EV_WINDOW_KEYS)
		return err_usage(err, "more than %d keys", EV_WINDOW_KEYS);
	if (expr_named(text, &name, &body) && make_member(s, name, &member, err))
		return -1;
	if (expr_new(&k->expr, body, &run->env, err))
		return -1;
	k->member = member;
	s->key_count++;
	return 0;
}

static int
add_aggregate(struct cmd_run *run, struct ev_window *s, struct span text, struct err *err)
{
	struct ev_window_aggregate *a = &s->aggregate[s->aggs.count];
	struct span name, body, argument, member;

	text = span_trim(text);
	if (!expr_named(text, &name, &body))
		return err_usage(err, "-a: expected NAME=FUNCTION(EXPR), not '%.*s'",
			(int)MIN(text.n, (size_t)80), text.p);
	if (make_member(s, name, &member, err) || agg_list_add(&s->aggs, body, &argument, err))
		return -1;
	a->member = member;
	return argument.p ? expr_new(&a->expr, argument, &run->env, err) : 0;
}

static int
add_all(struct cmd_run *run, struct ev_window *s, struct err *err)
{
	struct span rest, part;

	for (size_t i = 0; i < s->keys.count; i++)
		if (add_key(run, s, span_str(s->keys.items[i].text), err))
			return -1;
	for (size_t i = 0; i < s->aggregates.count; i++)
		for (rest = span_str(s->aggregates.items[i].text); expr_split(&rest, ',', &part);)
			if (add_aggregate(run, s, part, err))
				return -1;
	return s->aggs.count ? 0 : add_aggregate(run, s, SPAN("count=count()"), err);
}

int
ev_window_conf(struct cmd_run *run, struct ev_window *s, struct err *err)
{
	if (parse_kind(run, s, err) || check_fit(run, s, err) ||
		(s->offset && parse_offset(s, err)))
		return -1;
	s->conf.lateness_ms = s->lateness_ms;
	s->conf.discard = s->discards;
	s->conf.empty = s->shows_empty;
	s->conf.strict = s->is_strict;
	s->conf.max_keys = run->max_keys;
	s->conf.causes = !run->stage.flat;
	s->aggs.collect_max = (size_t)s->collect_max;
	return add_all(run, s, err);
}
