/* exprparse: the operators, one function for each level of precedence. */
#include "event/exprparse.h"

#include "event/exprterm.h"
#include "json/number.h"

#define DEPTH_MAX 200  /* of nested brackets and pipes */
#define NODES_MAX 2000 /* chains of operators are walked recursively */

static struct exprnode *product(struct exprterm *p);

/* A minus takes the whole product behind it. */
static struct exprnode *
operand(struct exprterm *p)
{
	struct exprnode *a;

	if (!exprterm_take(p, '-'))
		return exprterm_postfix(p);
	if (p->depth >= DEPTH_MAX)
		return exprterm_refuse(p);
	p->depth++;
	a = product(p);
	p->depth--;
	return a ? exprterm_node(p, EXPRNODE_NEGATE, a, NULL) : NULL;
}

/* Arithmetic on nothing but literals. */
static bool
is_constant(const struct exprnode *n)
{
	if (n->kind == EXPRNODE_ARITH || n->kind == EXPRNODE_NEGATE)
		return is_constant(n->a) && (!n->b || is_constant(n->b));
	return n->kind == EXPRNODE_CONST;
}

/* jq computes constants when it compiles, and refuses to divide by one that is zero. */
static bool
may_be_refused(const struct exprnode *n)
{
	if (n->kind == EXPRNODE_ARITH || n->kind == EXPRNODE_NEGATE)
		return is_constant(n);
	return n->kind == EXPRNODE_CONST && n->constant.type == DOC_NUMBER &&
	       number_to_double(exprval_json(&n->constant)) == 0;
}

/* Joins a and the operand that parse gives by one operator of arithmetic. */
static struct exprnode *
arith(struct exprterm *p, struct exprnode *a, struct exprnode *(*parse)(struct exprterm *))
{
	unsigned op = (unsigned)p->lex.op;
	size_t at = p->lex.at;
	struct exprnode *b;

	exprlex_next(&p->lex);
	b = parse(p);
	if (!b)
		return NULL;
	if ((op == '/' || op == '%') && may_be_refused(b))
		return exprterm_refuse_at(p, at, SPAN("/"), false);
	a = exprterm_node(p, EXPRNODE_ARITH, a, b);
	a->which = op;
	return a;
}

static struct exprnode *
product(struct exprterm *p)
{
	struct exprnode *a = operand(p);

	while (a &&
		(exprlex_is(&p->lex, '*') || exprlex_is(&p->lex, '/') || exprlex_is(&p->lex, '%')))
		a = arith(p, a, operand);
	return a;
}

static struct exprnode *
sum(struct exprterm *p)
{
	struct exprnode *a = product(p);

	while (a && (exprlex_is(&p->lex, '+') || exprlex_is(&p->lex, '-')))
		a = arith(p, a, product);
	return a;
}

/* The comparison at hand; false when it is none. */
static bool
comparison(const struct exprlex *x, unsigned *which)
{
	static const int ops[] = {[EXPRNODE_EQ] = EXPRLEX_EQ,
		[EXPRNODE_NE] = EXPRLEX_NE,
		[EXPRNODE_LT] = '<',
		[EXPRNODE_LE] = EXPRLEX_LE,
		[EXPRNODE_GT] = '>',
		[EXPRNODE_GE] = EXPRLEX_GE};

	for (*which = 0; *which < ARRAY_LEN(ops); (*which)++)
		if (exprlex_is(x, ops[*which]))
			return true;
	return false;
}

static struct exprnode *
compare(struct exprterm *p)
{
	struct exprnode *a = sum(p), *b;
	unsigned which, another;

	if (!a || !comparison(&p->lex, &which))
		return a;
	exprlex_next(&p->lex);
	b = sum(p);
	if (!b)
		return NULL;
	if (comparison(&p->lex, &another))
		return exprterm_refuse(p);
	a = exprterm_node(p, EXPRNODE_COMPARE, a, b);
	a->which = which;
	return a;
}

/* Takes the word if it is the token at hand. */
static bool
take_word(struct exprterm *p, const char *word)
{
	if (p->lex.kind != EXPRLEX_WORD || !span_is(p->lex.word, word))
		return false;
	exprlex_next(&p->lex);
	return true;
}

static struct exprnode *
conjunction(struct exprterm *p)
{
	struct exprnode *a = compare(p), *b;

	while (a && take_word(p, "and")) {
		b = compare(p);
		a = b ? exprterm_node(p, EXPRNODE_AND, a, b) : NULL;
	}
	return a;
}

static struct exprnode *
disjunction(struct exprterm *p)
{
	struct exprnode *a = conjunction(p), *b;

	while (a && take_word(p, "or")) {
		b = conjunction(p);
		a = b ? exprterm_node(p, EXPRNODE_OR, a, b) : NULL;
	}
	return a;
}

static struct exprnode *
alternative(struct exprterm *p)
{
	struct exprnode *a = disjunction(p), *b;

	if (!a || !exprterm_take(p, EXPRLEX_ALT))
		return a;
	if (p->depth >= DEPTH_MAX)
		return exprterm_refuse(p);
	p->depth++;
	b = alternative(p);
	p->depth--;
	p->out->has_alternative = true;
	return b ? exprterm_node(p, EXPRNODE_ALT, a, b) : NULL;
}

static struct exprnode *
comma(struct exprterm *p)
{
	struct exprnode *a = alternative(p), *b;

	while (a && exprterm_take(p, ',')) {
		b = alternative(p);
		if (!b)
			return NULL;
		a = exprterm_node(p, EXPRNODE_COMMA, a, b);
		a->single = false;
	}
	return a;
}

struct exprnode *
exprparse_pipe(struct exprterm *p)
{
	struct exprnode *a, *b;

	if (p->depth >= DEPTH_MAX)
		return exprterm_refuse(p);
	p->depth++;
	a = comma(p);
	if (a && exprterm_take(p, '|')) {
		b = exprparse_pipe(p);
		a = b ? exprterm_node(p, EXPRNODE_PIPE, a, b) : NULL;
	}
	p->depth--;
	return a;
}

void
exprparse_text(struct span text, const struct exprparse_arg *args, size_t count,
	struct arena *arena, struct exprparse_result *out)
{
	struct exprterm p = {.arena = arena, .args = args, .arg_count = count, .out = out};

	*out = (struct exprparse_result){.at = 0};
	exprlex_start(&p.lex, arena_copy(arena, text));
	if (p.lex.kind == EXPRLEX_END) { /* an empty program is . */
		out->root = exprterm_node(&p, EXPRNODE_PATH, NULL, NULL);
		return;
	}
	out->root = exprparse_pipe(&p);
	if (out->root && p.nodes > NODES_MAX)
		out->root = exprterm_refuse_at(&p, 0, SPAN("a long expression"), false);
	if (out->root && p.lex.kind != EXPRLEX_END) {
		out->root = exprterm_refuse(&p);
		out->is_wrong |= exprlex_is(&p.lex, ')') || exprlex_is(&p.lex, ']') ||
				 exprlex_is(&p.lex, '}') || exprlex_is(&p.lex, ';');
	}
}
