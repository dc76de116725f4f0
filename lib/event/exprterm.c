/* exprterm: constants, variables, paths. */
#include "event/exprterm.h"

#include "event/exprform.h"

#include "json/text.h"

#define STEPS_MAX 256

/* The first obstacle counts. Returns NULL for the caller to return. */
struct exprnode *
exprterm_refuse_at(struct exprterm *p, size_t at, struct span what, bool is_wrong)
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

	return exprterm_refuse_at(p, x->at, x->word.p ? x->word : SPAN(""), wrong);
}

struct exprnode *
exprterm_node(struct exprterm *p, enum exprnode_kind kind, struct exprnode *a, struct exprnode *b)
{
	struct exprnode *n = arena_get(p->arena, sizeof(*n));

	p->nodes++;
	*n = (struct exprnode){.kind = kind, .a = a, .b = b};
	n->single = (!a || a->single) && (!b || b->single);
	return n;
}

struct exprnode *
exprterm_constant(struct exprterm *p, struct exprval v)
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

bool
exprterm_expect(struct exprterm *p, int op)
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

struct exprnode *
exprterm_string(struct exprterm *p)
{
	struct span s = string_text(p);

	if (!s.p)
		return exprterm_refuse(p);
	exprlex_next(&p->lex);
	return exprterm_constant(p, (struct exprval){DOC_STRING, DOC_NONE, NULL, s});
}

static struct exprnode *
number(struct exprterm *p)
{
	struct span s = arena_copy(p->arena, p->lex.word);

	exprlex_next(&p->lex);
	return exprterm_constant(p, (struct exprval){DOC_NUMBER, DOC_NONE, NULL, s});
}

struct exprnode *
exprterm_variable(struct exprterm *p)
{
	static const char *const names[] = {"type", "id", "key", "ts"};
	struct span name = p->lex.word;
	struct exprnode *n;

	for (size_t i = p->arg_count; i-- > 0;)
		if (span_equal(name, p->args[i].name)) {
			exprlex_next(&p->lex);
			return exprterm_constant(p, p->args[i].value);
		}
	for (unsigned i = 0; i < EXPRNODE_VARS; i++) {
		if (!span_is(name, names[i]))
			continue;
		exprlex_next(&p->lex);
		n = exprterm_node(p, EXPRNODE_VAR, NULL, NULL);
		n->which = i;
		return n;
	}
	return exprterm_refuse_at(p, p->lex.at, span_of(name.p - 1, name.n + 1), false);
}

/* The path n, or a path from the value n, with one step more. */
struct exprnode *
exprterm_step(struct exprterm *p, struct exprnode *n, struct exprnode_step step)
{
	struct exprnode *path = n;

	if (n->kind != EXPRNODE_PATH)
		path = exprterm_node(p, EXPRNODE_PATH, n, NULL);
	if (path->count == STEPS_MAX)
		return exprterm_refuse_at(p, p->lex.at, SPAN("a long path"), false);
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
	case EXPRLEX_STRING: return exprterm_string(p);
	case EXPRLEX_NUMBER: return number(p);
	case EXPRLEX_VAR: return exprterm_variable(p);
	case EXPRLEX_WORD: return exprform_call(p);
	case EXPRLEX_FIELD: return exprterm_node(p, EXPRNODE_PATH, NULL, NULL);
	default: break;
	}
	if (exprterm_take(p, '(')) {
		n = exprparse_pipe(p);
		return n && exprterm_expect(p, ')') ? n : NULL;
	}
	if (exprterm_take(p, '['))
		return exprform_array(p);
	if (exprterm_take(p, '{'))
		return exprform_object(p);
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
		c = exprterm_string(p);
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
		struct exprnode *s = p->lex.kind == EXPRLEX_STRING ? exprterm_string(p) : NULL;

		if (!s)
			return exprterm_refuse(p), -1;
		step.name = s->text;
	} else if (exprterm_take(p, '[')) {
		if (!bracket(p, &step))
			return exprterm_refuse_at(p, at, SPAN("[ ]"), p->lex.kind == EXPRLEX_END),
			       -1;
	} else {
		return 0;
	}
	step.optional = exprterm_take(p, '?');
	*n = exprterm_step(p, *n, step);
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
