/* exprterm: constants, variables, calls, constructions, paths. */
#include "event/exprterm.h"

#include "event/exprcall.h"
#include "event/exprlex.h"
#include "json/text.h"

#define LIST_MAX 256 /* steps of a path, members of an object */

/* The first obstacle counts. Returns NULL for the caller to return. */
static struct exprnode *
refuse_at(struct exprterm *p, size_t at, struct span what, bool is_wrong)
{
	if (!p->out->foreign.p) {
		p->out->at = at;
		p->out->foreign = what;
		p->out->is_wrong = is_wrong;
		p->out->is_operator = p->lex.kind == EXPRLEX_OPERATOR && p->lex.at == at;
	}
	return NULL;
}

struct exprnode *
exprterm_refuse(struct exprterm *p)
{
	const struct exprlex *x = &p->lex;
	bool wrong = x->kind == EXPRLEX_END || x->kind == EXPRLEX_BAD;

	return refuse_at(p, x->at, x->word.p ? x->word : SPAN(""), wrong);
}

struct exprnode *
exprterm_node(struct exprterm *p, enum exprnode_kind kind, struct exprnode *a, struct exprnode *b)
{
	struct exprnode *n = arena_get(p->arena, sizeof(*n));

	*n = (struct exprnode){.kind = kind, .a = a, .b = b};
	n->single = (!a || a->single) && (!b || b->single);
	return n;
}

static struct exprnode *
constant(struct exprterm *p, struct exprval v)
{
	struct exprnode *n = exprterm_node(p, EXPRNODE_CONST, NULL, NULL);

	n->constant = v;
	if (v.type == DOC_STRING)
		n->text = exprval_text(&v, p->arena);
	return n;
}

bool
exprterm_take(struct exprterm *p, int op)
{
	if (!exprlex_is(&p->lex, op))
		return false;
	exprlex_next(&p->lex);
	return true;
}

static bool
expect(struct exprterm *p, int op)
{
	if (exprterm_take(p, op))
		return true;
	exprterm_refuse(p);
	return false;
}

/* A string token as a JSON text that is valid and without surrogates, whose lone halves jq refuses; or SPAN_NONE. */
static struct span
string_text(struct exprterm *p)
{
	struct span raw = p->lex.word, copy;
	struct doc d;
	struct err err;
	bool good;

	for (size_t i = 0; i + 2 < raw.n; i++)
		if (raw.p[i] == '\\' && raw.p[i + 1] == 'u' && (raw.p[i + 2] | 32) == 'd')
			return SPAN_NONE;
	copy = arena_copy(p->arena, raw);
	doc_init(&d, DOC_KERNEL_BEST);
	good = doc_parse(&d, copy, &err) == 0;
	doc_release(&d);
	return good ? copy : SPAN_NONE;
}

static struct exprnode *
string(struct exprterm *p)
{
	struct span s = string_text(p);

	if (!s.p)
		return exprterm_refuse(p);
	exprlex_next(&p->lex);
	return constant(p, (struct exprval){DOC_STRING, DOC_NONE, NULL, s});
}

static struct exprnode *
number(struct exprterm *p)
{
	struct span s = arena_copy(p->arena, p->lex.word);

	exprlex_next(&p->lex);
	return constant(p, (struct exprval){DOC_NUMBER, DOC_NONE, NULL, s});
}

static struct exprnode *
variable(struct exprterm *p)
{
	static const char *const names[] = {"type", "id", "key", "ts"};
	struct span name = p->lex.word;
	struct exprnode *n;

	for (size_t i = p->arg_count; i-- > 0;)
		if (span_equal(name, p->args[i].name)) {
			exprlex_next(&p->lex);
			return constant(p, p->args[i].value);
		}
	for (unsigned i = 0; i < EXPRNODE_VARS; i++) {
		if (!span_is(name, names[i]))
			continue;
		exprlex_next(&p->lex);
		n = exprterm_node(p, EXPRNODE_VAR, NULL, NULL);
		n->which = i;
		p->out->uses_var[i] = true;
		return n;
	}
	return refuse_at(p, p->lex.at, span_of(name.p - 1, name.n + 1), false);
}

static bool
is_keyword(struct span word)
{
	static const char *const words[] = {"as", "and", "catch", "def", "elif", "else", "end",
		"foreach", "if", "import", "include", "label", "module", "or", "reduce", "then",
		"try", "__loc__"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (span_is(word, words[i]))
			return true;
	return false;
}

/* The words that are no function of one value to one value. NULL: it is not one of them. */
static struct exprnode *
special(struct exprterm *p, struct span name, struct exprnode *a)
{
	struct exprnode *n = NULL;

	if (!a) {
		if (span_is(name, "true") || span_is(name, "false"))
			n = constant(p, exprval_bool(name.n == 4));
		else if (span_is(name, "null"))
			n = constant(p, EXPRVAL_NULL);
		else if (span_is(name, "empty"))
			n = exprterm_node(p, EXPRNODE_EMPTY, NULL, NULL), n->single = false;
		return n;
	}
	if (span_is(name, "select"))
		n = exprterm_node(p, EXPRNODE_SELECT, a, NULL), n->single = false;
	else if (span_is(name, "IN"))
		n = exprterm_node(p, EXPRNODE_IN, a, NULL), n->single = true;
	else if (span_is(name, "in")) {
		n = exprterm_node(p, EXPRNODE_MEMBER, a, NULL);
		n->function = exprcall_find(SPAN("has"), 1);
	}
	return n;
}

static struct exprnode *
call(struct exprterm *p)
{
	struct span name = p->lex.word;
	size_t at = p->lex.at;
	struct exprnode *a = NULL, *n;
	exprnode_function *f;

	if (is_keyword(name))
		return exprterm_refuse(p);
	exprlex_next(&p->lex);
	if (exprterm_take(p, '(')) {
		a = exprparse_pipe(p);
		if (!a)
			return NULL;
		if (!exprlex_is(&p->lex, ')'))
			return exprlex_is(&p->lex, ';') ? refuse_at(p, at, name, false)
							: exprterm_refuse(p);
		exprlex_next(&p->lex);
	}
	n = special(p, name, a);
	if (n)
		return n;
	f = exprcall_find(name, a != NULL);
	if (!f || (span_is(name, "test") && (a->kind != EXPRNODE_CONST || !a->text.p ||
						    !exprcall_is_literal_pattern(a->text))))
		return refuse_at(p, at, name, false);
	n = exprterm_node(p, EXPRNODE_CALL, a, NULL);
	n->function = f;
	return n;
}

static struct exprnode *
array(struct exprterm *p)
{
	struct exprnode *a = NULL, *n;

	if (!exprlex_is(&p->lex, ']') && !(a = exprparse_pipe(p)))
		return NULL;
	if (!expect(p, ']'))
		return NULL;
	n = exprterm_node(p, EXPRNODE_ARRAY, a, NULL);
	n->single = true;
	return n;
}

/* The path n, or a path from the value n, with one step more. */
static struct exprnode *
add_step(struct exprterm *p, struct exprnode *n, struct exprnode_step step)
{
	struct exprnode *path = n;

	if (n->kind != EXPRNODE_PATH)
		path = exprterm_node(p, EXPRNODE_PATH, n, NULL);
	if (path->count == LIST_MAX)
		return refuse_at(p, p->lex.at, SPAN("a long path"), false);
	if (path->count % 8 == 0) {
		struct exprnode_step *steps =
			arena_get(p->arena, (path->count + 8) * sizeof(*steps));

		if (path->count)
			memcpy(steps, path->steps, path->count * sizeof(*steps));
		path->steps = steps;
	}
	path->steps[path->count++] = step;
	path->names = (path->names || path->count == 1) && !path->a && step.kind == EXPRNODE_NAME &&
		      !step.optional;
	path->single = path->single && step.kind != EXPRNODE_EACH && !step.optional;
	return path;
}

static struct exprnode *
field_of(struct exprterm *p, struct exprnode *n, struct span decoded)
{
	return add_step(p, n, (struct exprnode_step){.kind = EXPRNODE_NAME, .name = decoded});
}

/* After a colon: terms joined by |, as jq 1.6 has it; or a number with a minus. */
static struct exprnode *
member_value(struct exprterm *p)
{
	bool negative = exprterm_take(p, '-');
	struct exprnode *n = exprterm_postfix(p), *b;

	if (n && negative)
		return exprlex_is(&p->lex, '|') ? exprterm_refuse(p)
						: exprterm_node(p, EXPRNODE_NEGATE, n, NULL);
	if (!n || !exprterm_take(p, '|'))
		return n;
	b = member_value(p);
	return b ? exprterm_node(p, EXPRNODE_PIPE, n, b) : NULL;
}

/* NAME, "NAME" or $NAME, then perhaps a colon and a value. */
static bool
member(struct exprterm *p, struct exprnode_pair *pair)
{
	struct span decoded = p->lex.word;
	struct exprnode *short_value = NULL;
	enum exprlex_kind kind = p->lex.kind;

	if (kind == EXPRLEX_STRING) {
		struct exprnode *s = string(p);

		if (!s)
			return false;
		decoded = s->text;
	} else if (kind == EXPRLEX_VAR) {
		short_value = variable(p);
		if (!short_value)
			return false;
	} else if (kind == EXPRLEX_WORD && !is_keyword(decoded)) {
		exprlex_next(&p->lex);
	} else {
		exprterm_refuse(p);
		return false;
	}
	pair->name = exprval_string(decoded, p->arena).json;
	if (kind != EXPRLEX_VAR && exprterm_take(p, ':'))
		pair->value = member_value(p);
	else
		pair->value = short_value ? short_value
					  : field_of(p, exprterm_node(p, EXPRNODE_PATH, NULL, NULL),
						    decoded);
	return pair->value;
}

/* jq's versions differ in the order of several generators, so two in one object go to libjq. */
static struct exprnode *
object(struct exprterm *p)
{
	size_t at = p->lex.at, generators = 0;
	struct exprnode *n = exprterm_node(p, EXPRNODE_OBJECT, NULL, NULL);

	n->pairs = arena_get(p->arena, LIST_MAX * sizeof(*n->pairs));
	while (!exprlex_is(&p->lex, '}')) {
		struct exprnode_pair *pair = &n->pairs[n->count];

		if (n->count == LIST_MAX || !member(p, pair))
			return exprterm_refuse(p);
		for (size_t i = 0; i < n->count; i++)
			if (span_equal(n->pairs[i].name, pair->name))
				return refuse_at(p, at, SPAN("{ }"), false);
		generators += !pair->value->single;
		n->count++;
		if (!exprterm_take(p, ',') ? !exprlex_is(&p->lex, '}') : exprlex_is(&p->lex, '}'))
			return exprterm_refuse(p);
	}
	exprlex_next(&p->lex);
	n->single = generators == 0;
	return generators > 1 ? refuse_at(p, at, SPAN("{ }"), false) : n;
}

/* ."name" is a step like .name; a dot alone is the input. */
static bool
dot_string_follows(const struct exprterm *p)
{
	struct exprlex ahead = p->lex;

	exprlex_next(&ahead);
	return ahead.kind == EXPRLEX_STRING;
}

static struct exprnode *
primary(struct exprterm *p)
{
	const struct exprlex *x = &p->lex;
	struct exprnode *n;

	switch (x->kind) {
	case EXPRLEX_STRING: return string(p);
	case EXPRLEX_NUMBER: return number(p);
	case EXPRLEX_VAR: return variable(p);
	case EXPRLEX_WORD: return call(p);
	case EXPRLEX_FIELD: return exprterm_node(p, EXPRNODE_PATH, NULL, NULL);
	default: break;
	}
	if (exprterm_take(p, '(')) {
		n = exprparse_pipe(p);
		return n && expect(p, ')') ? n : NULL;
	}
	if (exprterm_take(p, '['))
		return array(p);
	if (exprterm_take(p, '{'))
		return object(p);
	if (!exprlex_is(x, '.'))
		return exprterm_refuse(p);
	n = exprterm_node(p, EXPRNODE_PATH, NULL, NULL);
	if (!dot_string_follows(p))
		exprlex_next(&p->lex);
	return n;
}

/* Inside brackets: nothing, a string, an integer. */
static bool
bracket(struct exprterm *p, struct exprnode_step *step)
{
	bool negative;
	struct exprnode *c;

	*step = (struct exprnode_step){.kind = EXPRNODE_EACH};
	if (exprterm_take(p, ']'))
		return true;
	negative = exprterm_take(p, '-');
	if (p->lex.kind == EXPRLEX_STRING && !negative) {
		c = string(p);
		if (!c)
			return false;
		step->kind = EXPRNODE_NAME;
		step->name = c->text;
	} else if (p->lex.kind == EXPRLEX_NUMBER) {
		c = number(p);
		if (!exprval_small(&c->constant, &step->index))
			return false;
		step->kind = EXPRNODE_INDEX;
		step->index = negative ? -step->index : step->index;
	} else {
		return false;
	}
	return exprterm_take(p, ']');
}

/* One step more. 1: taken, 0: the term ends here, -1: not native. */
static int
path_step(struct exprterm *p, struct exprnode **n)
{
	size_t at = p->lex.at;
	struct exprnode_step step = {.kind = EXPRNODE_NAME};

	if (p->lex.kind == EXPRLEX_FIELD) {
		step.name = p->lex.word;
		exprlex_next(&p->lex);
	} else if (exprterm_take(p, '.')) {
		struct exprnode *s = p->lex.kind == EXPRLEX_STRING ? string(p) : NULL;

		if (!s)
			return exprterm_refuse(p), -1;
		step.name = s->text;
	} else if (exprterm_take(p, '[')) {
		if (!bracket(p, &step))
			return refuse_at(p, at, SPAN("[ ]"), p->lex.kind == EXPRLEX_END), -1;
	} else {
		return 0;
	}
	step.optional = exprterm_take(p, '?');
	*n = add_step(p, *n, step);
	return *n ? 1 : -1;
}

struct exprnode *
exprterm_postfix(struct exprterm *p)
{
	struct exprnode *n = primary(p);
	int r = 1;

	while (n && r > 0)
		r = path_step(p, &n);
	if (!n || r < 0)
		return NULL;
	if (exprlex_is(&p->lex, '?') || (p->lex.kind == EXPRLEX_WORD && span_is(p->lex.word, "as")))
		return exprterm_refuse(p);
	return n;
}
