/* expr: one expression, two engines. */
#include "event/expr.h"

#include "event/expreval.h"
#include "event/exprlex.h"
#include "event/exprparse.h"
#include "ext/jq.h"
#include "json/edit.h"

#define OUTPUTS_MAX 1000000 /* of one expression for one event */

struct expr {
	char *text, *explain;
	enum expr_engine engine;
	struct arena arena; /* nodes and constants */
	struct exprparse_arg *args;
	struct jq_name *names; /* the same for libjq */
	size_t arg_count;
	struct exprval_pool *constants; /* indexes of args */
	struct exprparse_result native; /* root NULL: libjq from the start */
	struct exprval_pool *pool;
	struct jq *jq; /* NULL until needed */
};

static const char *const changing[EXPRNODE_VARS] = {
	[EXPRNODE_TYPE] = "type",
	[EXPRNODE_ID] = "id",
	[EXPRNODE_KEY] = "key",
	[EXPRNODE_TS] = "ts",
};

/* --- compiling ---------------------------------------------------------------------------------- */

static int
take_args(struct expr *e, const struct expr_env *env, struct err *err)
{
	size_t n = env ? env->count : 0;

	e->args = alloc_array(n, sizeof(*e->args));
	e->names = alloc_array(n, sizeof(*e->names));
	for (size_t i = 0; i < n; i++) {
		struct exprval v = {.json = arena_copy(&e->arena, env->args[i].json)};
		struct doc probe;
		bool good;

		doc_init(&probe, DOC_KERNEL_BEST);
		good = doc_parse(&probe, v.json, err) == 0;
		doc_release(&probe);
		if (!good)
			return err_usage(err, "--argjson %s: '%.*s' is not JSON", env->args[i].name,
				(int)MIN(v.json.n, 40), v.json.p);
		v = exprval_indexed(&v, e->constants);
		e->args[i] = (struct exprparse_arg){span_str(env->args[i].name), v};
		e->names[i] = (struct jq_name){env->args[i].name, exprval_json(&v)};
		e->arg_count++;
	}
	return 0;
}

static int
need_jq(struct expr *e, struct err *err)
{
	if (e->jq)
		return 0;
	return jq_new(
		&e->jq, span_str(e->text), e->names, e->arg_count, changing, EXPRNODE_VARS, err);
}

/* "expression '…': what", and the column where it is known to be the place. */
static int
refuse(const struct expr *e, bool has_column, const char *what, struct err *err)
{
	size_t n = strlen(e->text);
	char column[40] = "", sentence[ERR_TEXT_MAX];

	snprintf(sentence, sizeof(sentence), "%s", what);
	if (has_column)
		snprintf(column, sizeof(column), ", column %zu", e->native.at + 1);
	return err_usage(err, "expression '%.*s%s'%s: %s", (int)MIN(n, 100), e->text,
		n > 100 ? "…" : "", column, sentence);
}

static int
refuse_natively(const struct expr *e, struct err *err)
{
	char what[100];

	if (e->native.foreign.n == 0)
		return refuse(e, true, "it ends too early", err);
	if (e->native.foreign.p[0] == '"')
		return refuse(e, true, "the string has no end", err);
	snprintf(what, sizeof(what), "unexpected '%.*s'", (int)MIN(e->native.foreign.n, 40),
		e->native.foreign.p);
	return refuse(e, true, what, err);
}

static int
compile(struct expr *e, struct err *err)
{
	struct buf b;

	exprparse_text(span_str(e->text), e->args, e->arg_count, &e->arena, &e->native);
	if (!e->native.root && e->native.is_wrong)
		return refuse_natively(e, err);
	if (e->native.root && e->engine != EXPR_JQ) {
		e->explain = alloc_string("native");
		return 0;
	}
	if (e->engine == EXPR_NATIVE)
		return refuse(e, true, "not native", err);
	buf_init(&b, SIZE_MAX);
	buf_print(&b, "jq: %.*s", (int)MIN(e->native.foreign.n, 60), e->native.foreign.p);
	e->explain = alloc_terminated(b.p, b.n);
	buf_release(&b);
	e->native.root = NULL;
	if (need_jq(e, err))
		return err->kind == ERR_SYSTEM ? -1
					       : refuse(e, e->native.is_operator, err->text, err);
	return 0;
}

int
expr_new_with(struct expr **out, struct span text, const struct expr_env *env,
	enum expr_engine engine, struct err *err)
{
	struct expr *e = alloc_zero(sizeof(*e));

	e->text = alloc_terminated(text.p, text.n);
	e->engine = engine;
	e->pool = exprval_pool_new();
	e->constants = exprval_pool_new();
	arena_init(&e->arena);
	if (strlen(e->text) != text.n)
		err_usage(err, "a NUL byte in an expression");
	else if (take_args(e, env, err) == 0 && compile(e, err) == 0) {
		*out = e;
		if (env && env->note)
			env->note(env->ctx, e);
		return 0;
	}
	expr_free(e);
	return -1;
}

int
expr_new(struct expr **out, struct span text, const struct expr_env *env, struct err *err)
{
	return expr_new_with(out, text, env, EXPR_AUTO, err);
}

void
expr_free(struct expr *e)
{
	if (!e)
		return;
	jq_free(e->jq);
	exprval_pool_free(e->pool);
	exprval_pool_free(e->constants);
	arena_release(&e->arena);
	alloc_free(e->args);
	alloc_free(e->names);
	alloc_free(e->explain);
	alloc_free(e->text);
	alloc_free(e);
}

const char *
expr_text(const struct expr *e)
{
	return e->text;
}

const char *
expr_explain(const struct expr *e)
{
	return e->explain;
}

/* --- running ------------------------------------------------------------------------------------ */

/* What to do with an output: 0 to go on, EXPREVAL_STOP. */
struct sink {
	int (*take)(struct sink *s, struct value v);
	struct arena *scratch;
	bool is_true;
	struct value first;
	struct value *all; /* on the heap while it grows */
	size_t count, cap;
	bool too_many;
};

static int
take_truth(struct sink *s, struct value v)
{
	s->is_true = value_is_true(v);
	return s->is_true ? EXPREVAL_STOP : 0;
}

static int
take_first(struct sink *s, struct value v)
{
	s->first = v;
	return EXPREVAL_STOP;
}

static int
take_all(struct sink *s, struct value v)
{
	if (s->count == OUTPUTS_MAX) {
		s->too_many = true;
		return EXPREVAL_STOP;
	}
	if (s->count == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 8;
		s->all = alloc_resize(s->all, s->cap * sizeof(*s->all));
	}
	s->all[s->count++] = v;
	return 0;
}

static int
on_native(void *ctx, const struct exprval *v)
{
	struct sink *s = ctx;

	return s->take(s, exprval_value(v));
}

static int
on_jq(void *ctx, struct span json, struct err *err)
{
	static const enum doc_type types[128] = {['n'] = DOC_NULL,
		['f'] = DOC_FALSE,
		['t'] = DOC_TRUE,
		['"'] = DOC_STRING,
		['['] = DOC_ARRAY,
		['{'] = DOC_OBJECT};
	struct sink *s = ctx;
	enum doc_type type = types[(unsigned char)json.p[0] & 127];

	(void)err;
	return s->take(s, (struct value){type == DOC_ABSENT ? DOC_NUMBER : type,
				  arena_copy(s->scratch, json)});
}

static int
run_jq(struct expr *e, struct event *ev, struct sink *s, struct err *err)
{
	static const struct exprnode var[EXPRNODE_VARS] = {
		{.kind = EXPRNODE_VAR, .which = EXPRNODE_TYPE},
		{.kind = EXPRNODE_VAR, .which = EXPRNODE_ID},
		{.kind = EXPRNODE_VAR, .which = EXPRNODE_KEY},
		{.kind = EXPRNODE_VAR, .which = EXPRNODE_TS},
	};
	struct expreval x = {ev, ev->scratch, e->pool, err};
	struct span values[EXPRNODE_VARS] = {{NULL, 0}};
	struct exprval v;

	if (need_jq(e, err)) {
		err->kind = ERR_DATA;
		err->code = "expr";
		return -1;
	}
	for (size_t i = 0; i < EXPRNODE_VARS; i++) {
		if (!jq_needs(e->jq, i))
			continue;
		expreval_one(&x, &var[i], NULL, &v);
		values[i] = exprval_json(&v);
	}
	return jq_run(e->jq, ev->body, values, on_jq, s, err);
}

/* 0 or -1; what came out is in the sink. */
static int
run(struct expr *e, struct event *ev, struct sink *s, struct err *err)
{
	struct sink fresh = *s;
	struct expreval x = {ev, ev->scratch, e->pool, err};
	struct exprval in;
	int r = EXPREVAL_PUNT;

	if (likely(e->native.root != NULL)) {
		exprval_pool_clear(e->pool);
		in = exprval_at(ev->doc, 0);
		r = expreval_each(&x, e->native.root, &in, on_native, s);
		/* Versions of jq differ in which errors // catches. */
		if (r == EXPREVAL_ERROR && e->native.has_alternative)
			r = EXPREVAL_PUNT;
	}
	if (r == EXPREVAL_PUNT && e->engine == EXPR_NATIVE)
		return err_data(err, "punt", -1, "libjq has to answer this");
	if (r == EXPREVAL_PUNT) {
		alloc_free(s->all);
		*s = fresh;
		r = run_jq(e, ev, s, err);
	}
	if (s->too_many)
		return err_data(err, "expr", -1, "more than %d outputs", OUTPUTS_MAX);
	return r < 0 ? -1 : 0;
}

static int
test_slowly(struct expr *e, struct event *ev, struct err *err)
{
	struct sink s = {.take = take_truth, .scratch = ev->scratch};

	return run(e, ev, &s, err) ? -1 : s.is_true;
}

/* The way of most expressions: one output, found natively. False: run tells what happens. */
static inline bool
run_single(struct expr *e, struct event *ev, struct exprval *out, struct err *err)
{
	struct expreval x = {ev, ev->scratch, e->pool, err};
	struct exprval in;

	if (unlikely(!e->native.root || !e->native.root->single))
		return false;
	exprval_pool_clear(e->pool);
	in = exprval_at(ev->doc, 0);
	return likely(expreval_one(&x, e->native.root, &in, out) == 0);
}

int
expr_test(struct expr *e, struct event *ev, struct err *err)
{
	struct exprval v;

	if (likely(run_single(e, ev, &v, err)))
		return exprval_is_true(&v);
	return test_slowly(e, ev, err);
}

int
expr_value(struct expr *e, struct event *ev, struct value *out, struct err *err)
{
	struct sink s;
	struct exprval v;

	if (likely(run_single(e, ev, &v, err))) {
		*out = exprval_value(&v);
		return 0;
	}
	s = (struct sink){.take = take_first, .scratch = ev->scratch, .first = VALUE_ABSENT};
	if (run(e, ev, &s, err))
		return -1;
	*out = s.first;
	return 0;
}

int
expr_each(struct expr *e, struct event *ev, expr_fn *fn, void *ctx, struct err *err)
{
	struct sink s = {.take = take_all, .scratch = ev->scratch};
	int r = run(e, ev, &s, err);

	for (size_t i = 0; r == 0 && i < s.count; i++)
		r = fn(ctx, s.all[i], err);
	alloc_free(s.all);
	return r;
}

/* --- texts that contain expressions ------------------------------------------------------------- */

bool
expr_split(struct span *rest, char at, struct span *part)
{
	struct span s = *rest;
	int depth = 0;

	if (!s.p)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '"') {
			i = exprlex_string_end(s, i) - 1;
		} else if (c == at && depth == 0) {
			*part = span_trim(span_of(s.p, i));
			*rest = span_of(s.p + i + 1, s.n - i - 1);
			return true;
		} else {
			depth += (c == '(' || c == '[' || c == '{') -
				 (c == ')' || c == ']' || c == '}');
		}
	}
	*part = span_trim(s);
	*rest = SPAN_NONE;
	return s.n > 0;
}

bool
expr_named(struct span text, struct span *name, struct span *body)
{
	struct exprlex x;

	exprlex_start(&x, text);
	*name = SPAN_NONE;
	*body = text;
	if (x.kind != EXPRLEX_WORD || x.next >= text.n || text.p[x.next] != '=' ||
		(x.next + 1 < text.n && text.p[x.next + 1] == '='))
		return false;
	*name = x.word;
	*body = span_trim(span_of(text.p + x.next + 1, text.n - x.next - 1));
	return true;
}

int
expr_path(struct span text, struct arena *a, struct edit_path *out, struct err *err)
{
	struct exprparse_result parsed;
	struct edit_step *steps;
	char *dotted = arena_get(a, text.n + 1);
	bool bare = text.n && text.p[0] != '.';
	size_t count;

	dotted[0] = '.';
	if (text.n)
		memcpy(dotted + bare, text.p, text.n);
	exprparse_text(span_of(dotted, text.n + bare), NULL, 0, a, &parsed);
	count = parsed.root && parsed.root->kind == EXPRNODE_PATH && !parsed.root->a
			? parsed.root->count
			: 0;
	steps = arena_get(a, count * sizeof(*steps));
	for (size_t i = 0; i < count; i++) {
		const struct exprnode_step *s = &parsed.root->steps[i];

		if (s->optional || s->kind == EXPRNODE_EACH)
			count = 0;
		else
			steps[i] = (struct edit_step){
				s->kind == EXPRNODE_NAME ? s->name : SPAN_NONE, s->index};
	}
	if (count == 0)
		return err_usage(err, "'%.*s' is no path: a path is like .data.items[0]",
			(int)MIN(text.n, 100), text.p);
	*out = (struct edit_path){steps, count};
	return 0;
}
