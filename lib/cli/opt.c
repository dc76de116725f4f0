/* opt: from argv to uses, from uses to values. */
#include "cli/opt.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/when.h"
#include "event/expr.h"
#include "io/durable.h"

#define FILE_MAX ((size_t)1 << 20)
#define FILE_DEPTH_MAX 8

struct opt_use {
	const struct opt *row;
	void *base;
	const char *text, *second; /* NULL for flags; second of OPT_PAIR */
};

/* The arguments that are still to read: argv, or the words of an @FILE. */
struct words {
	char **at;
	size_t count;
	bool options_ended;
	int depth;
};

static const struct opt *
find_row(const struct opt_parser *p, struct span name, char letter, void **base)
{
	for (size_t s = 0; s < p->set_count; s++) {
		for (const struct opt *o = p->sets[s].rows; o && o->kind != OPT_NONE; o++) {
			if (name.n ? span_is(name, o->name) : letter && o->letter == letter) {
				*base = p->sets[s].base;
				return o;
			}
		}
	}
	return NULL;
}

static void
add_use(struct opt_parser *p, struct opt_use use)
{
	p->uses = alloc_resize(p->uses, (p->use_count + 1) * sizeof(*p->uses));
	p->uses[p->use_count++] = use;
}

static void
add_operand(struct opt_parser *p, char *text)
{
	p->operands = alloc_resize(p->operands, (p->operand_count + 2) * sizeof(*p->operands));
	p->operands[p->operand_count++] = text;
	p->operands[p->operand_count] = NULL;
}

static char *
next_word(struct words *w)
{
	if (w->count == 0)
		return NULL;
	w->count--;
	return *w->at++;
}

/* The arguments of one option; given is what stood after '=' or the letter, or NULL. */
static int
take_values(struct opt_parser *p, struct opt_use use, const char *given, struct words *w,
	struct err *err)
{
	if (use.row->kind != OPT_FLAG) {
		use.text = given ? given : next_word(w);
		if (!use.text)
			return err_usage(
				err, "option --%s needs a value (%s)", use.row->name, use.row->arg);
	} else if (given) {
		return err_usage(err, "option --%s takes no value", use.row->name);
	}
	if (use.row->kind == OPT_PAIR) {
		use.second = next_word(w);
		if (!use.second)
			return err_usage(err, "option --%s needs two values (%s)", use.row->name,
				use.row->arg);
	}
	add_use(p, use);
	return 0;
}

static int
parse_long(struct opt_parser *p, const char *word, struct words *w, struct err *err)
{
	struct span name, value;
	struct opt_use use = {.row = NULL};
	bool has_value = span_cut(span_str(word + 2), '=', &name, &value);

	use.row = find_row(p, name, 0, &use.base);
	if (!use.row)
		return err_usage(err, "unknown option '--%.*s'", (int)MIN(name.n, 60), name.p);
	return take_values(p, use, has_value ? value.p : NULL, w, err);
}

static int
parse_short(struct opt_parser *p, const char *word, struct words *w, struct err *err)
{
	for (const char *c = word + 1; *c; c++) {
		struct opt_use use = {.row = NULL};

		use.row = find_row(p, SPAN_NONE, *c, &use.base);
		if (!use.row)
			return err_usage(err, "unknown option '-%c'", *c);
		if (use.row->kind != OPT_FLAG)
			return take_values(p, use, c[1] ? c + 1 : NULL, w, err);
		add_use(p, use);
	}
	return 0;
}

static int parse_words(struct opt_parser *p, struct words *w, struct err *err);

/* One line of an @FILE: an option with the rest of the line as its value, or an operand. */
static int
parse_line(struct opt_parser *p, char *line, int depth, struct err *err)
{
	char *parts[3] = {line, NULL, NULL};
	struct words w = {parts, 1, false, depth};
	void *base;

	if (line[0] == '-' && line[1] != '\0') {
		char *blank = line + strcspn(line, " \t");
		const struct opt *row;

		if (*blank) {
			*blank = '\0';
			parts[w.count++] = blank + 1 + strspn(blank + 1, " \t");
		}
		row = line[1] == '-' ? find_row(p, span_str(line + 2), 0, &base)
				     : find_row(p, SPAN_NONE, line[1], &base);
		if (row && row->kind == OPT_PAIR && parts[1] &&
			parts[1][strcspn(parts[1], " \t")]) {
			char *second = parts[1] + strcspn(parts[1], " \t");

			*second = '\0';
			parts[w.count++] = second + 1 + strspn(second + 1, " \t");
		}
	}
	return parse_words(p, &w, err);
}

static int
parse_file(struct opt_parser *p, const char *path, int depth, struct err *err)
{
	struct span line, rest;
	char *text;
	size_t n;

	if (depth >= FILE_DEPTH_MAX)
		return err_usage(
			err, "'@%s': option files are nested over %d deep", path, FILE_DEPTH_MAX);
	if (durable_read(path, FILE_MAX, &text, &n, err)) {
		err->kind = ERR_USAGE;
		return -1;
	}
	p->texts = alloc_resize(p->texts, (p->text_count + 1) * sizeof(*p->texts));
	p->texts[p->text_count++] = text;
	for (rest = span_of(text, n); rest.p;) {
		span_cut(rest, '\n', &line, &rest);
		line = span_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		text[line.p + line.n - text] = '\0';
		if (parse_line(p, text + (line.p - text), depth, err))
			return err_prefix(err, "%s", path);
	}
	return 0;
}

static int
parse_words(struct opt_parser *p, struct words *w, struct err *err)
{
	char *word;

	while ((word = next_word(w))) {
		int r = 0;

		if (w->options_ended || (word[0] != '-' && word[0] != '@') || word[1] == '\0')
			add_operand(p, word);
		else if (word[0] == '@')
			r = parse_file(p, word + 1, w->depth + 1, err);
		else if (strcmp(word, "--") == 0)
			w->options_ended = true;
		else
			r = word[1] == '-' ? parse_long(p, word, w, err)
					   : parse_short(p, word, w, err);
		if (r)
			return -1;
	}
	return 0;
}

int
opt_parse(struct opt_parser *p, int argc, char **argv, struct err *err)
{
	struct words w = {argv + 1, argc > 0 ? (size_t)argc - 1 : 0, false, 0};

	return parse_words(p, &w, err);
}

bool
opt_given(const struct opt_parser *p, const char *name)
{
	return opt_last(p, name) != NULL;
}

const char *
opt_last(const struct opt_parser *p, const char *name)
{
	const char *last = NULL;

	for (size_t i = 0; i < p->use_count; i++)
		if (strcmp(p->uses[i].row->name, name) == 0)
			last = p->uses[i].text ? p->uses[i].text : "";
	return last;
}

/* --- values ------------------------------------------------------------------------------------ */

static int
out_of_range(const struct opt *o, const char *text, struct err *err)
{
	return err_usage(
		err, "--%s: '%.60s' is not within %.17g and %.17g", o->name, text, o->min, o->max);
}

static bool
in_range(const struct opt *o, double v)
{
	return (o->min == 0 && o->max == 0) || (v >= o->min && v <= o->max);
}

static int
set_number(const struct opt *o, void *at, const char *text, struct err *err)
{
	struct span s = span_str(text);
	int64_t i;
	uint64_t u;
	double d;

	switch (o->kind) {
	case OPT_INT:
		if (num_i64(s, &i))
			return err_usage(err, "--%s: '%.60s' is not an integer", o->name, text);
		if (!in_range(o, (double)i))
			return out_of_range(o, text, err);
		*(int64_t *)at = i;
		return 0;
	case OPT_DOUBLE:
		if (num_double(s, &d))
			return err_usage(err, "--%s: '%.60s' is not a number", o->name, text);
		if (!in_range(o, d))
			return out_of_range(o, text, err);
		*(double *)at = d;
		return 0;
	case OPT_SIZE:
		if (num_size(s, &u))
			return err_usage(
				err, "--%s: '%.60s' is not a size such as 64k", o->name, text);
		if (!in_range(o, (double)u))
			return out_of_range(o, text, err);
		*(uint64_t *)at = u;
		return 0;
	default:
		if (num_duration(s, &i))
			return err_usage(err, "--%s: '%.60s' is not a duration such as 5s or 1h30m",
				o->name, text);
		if (!in_range(o, (double)i))
			return out_of_range(o, text, err);
		*(int64_t *)at = i;
		return 0;
	}
}

/* The index of text among "a|b=ARG|c"; *rest is what stands after '=' in text. */
static int
choose(const struct opt *o, const char *text, struct opt_policy *out, struct err *err)
{
	struct span word, name, hint, rest = span_str(o->arg), value;
	struct span given = span_str(text), head;

	for (int i = 0; rest.p; i++) {
		bool wants, has;

		span_cut(rest, '|', &word, &rest);
		wants = span_cut(word, '=', &name, &hint);
		has = wants && span_cut(given, '=', &head, &value);
		if (!span_equal(has ? head : given, name))
			continue;
		if (wants && (!has || value.n == 0))
			return err_usage(err, "--%s: '%.60s' needs '=%.*s'", o->name, text,
				(int)hint.n, hint.p);
		*out = (struct opt_policy){i, has ? value.p : NULL};
		return 0;
	}
	return err_usage(err, "--%s: '%.60s' is none of %s", o->name, text, o->arg);
}

static void
add_item(struct opt_list *list, const struct opt *row, const char *text)
{
	if (list->count == list->cap) {
		list->cap = list->cap ? list->cap * 2 : 4;
		list->items = alloc_resize(list->items, list->cap * sizeof(*list->items));
	}
	list->items[list->count++] = (struct opt_item){row, text};
}

static int
set_value(const struct opt_use *u, const char *tz, int64_t now_ms, struct err *err)
{
	void *at = (char *)u->base + u->row->offset;
	struct opt_policy policy;

	switch (u->row->kind) {
	case OPT_FLAG: *(bool *)at = true; return 0;
	case OPT_STRING: *(const char **)at = u->text; return 0;
	case OPT_LIST: add_item(at, u->row, u->text); return 0;
	case OPT_PAIR:
		add_item(at, u->row, u->text);
		add_item(at, u->row, u->second);
		return 0;
	case OPT_TIME:
		if (when_option(span_str(u->text), now_ms, tz, at, err))
			return err_prefix(err, "--%s", u->row->name);
		return 0;
	case OPT_CHOICE:
		if (choose(u->row, u->text, &policy, err))
			return -1;
		*(int *)at = policy.choice;
		return 0;
	case OPT_POLICY: return choose(u->row, u->text, at, err);
	case OPT_EXPR: return 0; /* opt_compile */
	default: return set_number(u->row, at, u->text, err);
	}
}

int
opt_apply(struct opt_parser *p, const char *tz, int64_t now_ms, struct err *err)
{
	for (size_t s = 0; s < p->set_count; s++) {
		for (const struct opt *o = p->sets[s].rows; o && o->kind != OPT_NONE; o++) {
			struct opt_use use = {o, p->sets[s].base, o->value, NULL};

			if (o->value && set_value(&use, tz, now_ms, err))
				return -1;
		}
	}
	for (size_t i = 0; i < p->use_count; i++)
		if (set_value(&p->uses[i], tz, now_ms, err))
			return -1;
	return 0;
}

static int
compile_one(const struct opt_use *u, const struct expr_env *env, struct err *err)
{
	struct expr **at = (struct expr **)((char *)u->base + u->row->offset);

	if (u->row->kind != OPT_EXPR)
		return 0;
	expr_free(*at);
	*at = NULL;
	if (expr_new(at, span_str(u->text), env, err))
		return err_prefix(err, "--%s", u->row->name);
	return 0;
}

int
opt_compile(struct opt_parser *p, const struct expr_env *env, struct err *err)
{
	for (size_t s = 0; s < p->set_count; s++) {
		for (const struct opt *o = p->sets[s].rows; o && o->kind != OPT_NONE; o++) {
			struct opt_use use = {o, p->sets[s].base, o->value, NULL};

			if (o->value && !opt_given(p, o->name) && compile_one(&use, env, err))
				return -1;
		}
	}
	for (size_t i = 0; i < p->use_count; i++)
		if (compile_one(&p->uses[i], env, err))
			return -1;
	return 0;
}

static bool
is_among(const char *name, const char *const *only)
{
	for (; only && *only; only++)
		if (strcmp(name, *only) == 0)
			return true;
	return !only;
}

void
opt_put_uses(const struct opt_parser *p, const void *base, const char *const *only, struct buf *b)
{
	for (size_t i = 0; i < p->use_count; i++) {
		const struct opt_use *u = &p->uses[i];

		if (u->base != base || !is_among(u->row->name, only))
			continue;
		buf_print(b, " --%s %s", u->row->name, u->text ? u->text : "");
		if (u->second)
			buf_print(b, " %s", u->second);
	}
}

static void
release_row(const struct opt *o, void *at)
{
	if (o->kind == OPT_EXPR) {
		expr_free(*(struct expr **)at);
		*(struct expr **)at = NULL;
	} else if (o->kind == OPT_LIST || o->kind == OPT_PAIR) {
		struct opt_list *list = at;

		alloc_free(list->items);
		*list = (struct opt_list){NULL, 0, 0};
	}
}

void
opt_release(struct opt_parser *p)
{
	for (size_t s = 0; s < p->set_count; s++)
		for (const struct opt *o = p->sets[s].rows; o && o->kind != OPT_NONE; o++)
			release_row(o, (char *)p->sets[s].base + o->offset);
	for (size_t i = 0; i < p->text_count; i++)
		alloc_free(p->texts[i]);
	alloc_free(p->texts);
	alloc_free(p->operands);
	alloc_free(p->uses);
	*p = (struct opt_parser){.set_count = 0};
}
