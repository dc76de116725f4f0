/* exprform: calls, arrays, objects. */
#include "event/exprform.h"

#include "event/exprcall.h"

#define MEMBERS_MAX 256
#define NODES_IN_MEMBER 2000 /* more, and chains of | would recurse too deep */

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

static struct exprnode *
field_of(struct exprterm *p, struct exprnode *n, struct span decoded)
{
	return exprterm_step(p, n, (struct exprnode_step){.kind = EXPRNODE_NAME, .name = decoded});
}

static struct exprnode *
array_of(struct exprterm *p, struct exprnode *a)
{
	struct exprnode *n = exprterm_node(p, EXPRNODE_ARRAY, a, NULL);

	n->single = true;
	return n;
}

struct exprnode *
exprform_array(struct exprterm *p)
{
	struct exprnode *a = NULL;

	if (!exprlex_is(&p->lex, ']') && !(a = exprparse_pipe(p)))
		return NULL;
	return exprterm_expect(p, ']') ? array_of(p, a) : NULL;
}

static struct exprnode *
each_of_input(struct exprterm *p)
{
	return exprterm_step(p, exprterm_node(p, EXPRNODE_PATH, NULL, NULL),
		(struct exprnode_step){.kind = EXPRNODE_EACH});
}

/* The words that are no function of one value to one value. NULL: it is not one of them. */
static struct exprnode *
special(struct exprterm *p, struct span name, struct exprnode *a)
{
	struct exprnode *n = NULL;

	if (!a) {
		if (span_is(name, "true") || span_is(name, "false"))
			n = exprterm_constant(p, exprval_bool(name.n == 4));
		else if (span_is(name, "null"))
			n = exprterm_constant(p, EXPRVAL_NULL);
		else if (span_is(name, "empty"))
			n = exprterm_node(p, EXPRNODE_EMPTY, NULL, NULL), n->single = false;
		return n;
	}
	if (span_is(name, "select"))
		n = exprterm_node(p, EXPRNODE_SELECT, a, NULL), n->single = false;
	else if (span_is(name, "map")) /* [.[] | a] */
		n = array_of(p, exprterm_node(p, EXPRNODE_PIPE, each_of_input(p), a));
	else if (span_is(name, "IN"))
		n = exprterm_node(p, EXPRNODE_IN, a, NULL), n->single = true;
	else if (span_is(name, "in")) {
		n = exprterm_node(p, EXPRNODE_MEMBER, a, NULL);
		n->function = exprcall_find(SPAN("has"), 1);
	}
	return n;
}

struct exprnode *
exprform_call(struct exprterm *p)
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
			return exprlex_is(&p->lex, ';') ? exprterm_refuse_at(p, at, name, false)
							: exprterm_refuse(p);
		exprlex_next(&p->lex);
	}
	n = special(p, name, a);
	if (n)
		return n;
	f = exprcall_find(name, a != NULL);
	if (!f || (span_is(name, "test") && (a->kind != EXPRNODE_CONST || !a->text.p ||
						    !exprcall_is_literal_pattern(a->text))))
		return exprterm_refuse_at(p, at, name, false);
	n = exprterm_node(p, EXPRNODE_CALL, a, NULL);
	n->function = f;
	return n;
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
	if (p->nodes > NODES_IN_MEMBER)
		return exprterm_refuse(p);
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
		struct exprnode *s = exprterm_string(p);

		if (!s)
			return false;
		decoded = s->text;
	} else if (kind == EXPRLEX_VAR) {
		short_value = exprterm_variable(p);
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
struct exprnode *
exprform_object(struct exprterm *p)
{
	size_t at = p->lex.at, generators = 0;
	struct exprnode *n = exprterm_node(p, EXPRNODE_OBJECT, NULL, NULL);

	n->pairs = arena_get(p->arena, MEMBERS_MAX * sizeof(*n->pairs));
	while (!exprlex_is(&p->lex, '}')) {
		struct exprnode_pair *pair = &n->pairs[n->count];

		if (n->count == MEMBERS_MAX || !member(p, pair))
			return exprterm_refuse(p);
		for (size_t i = 0; i < n->count; i++)
			if (span_equal(n->pairs[i].name, pair->name))
				return exprterm_refuse_at(p, at, SPAN("{ }"), false);
		generators += !pair->value->single;
		n->count++;
		if (!exprterm_take(p, ',') ? !exprlex_is(&p->lex, '}') : exprlex_is(&p->lex, '}'))
			return exprterm_refuse(p);
	}
	exprlex_next(&p->lex);
	n->single = generators == 0;
	return generators > 1 ? exprterm_refuse_at(p, at, SPAN("{ }"), false) : n;
}
