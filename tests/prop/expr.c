/*
 * expr: the native engine answers as libjq does.
 *
 * Generated expressions of the native language over generated events; every output and whether it is an error
 * must agree. Allowed differences are two, looked for exactly: a number in the event or in the expression that
 * libjq cannot hold, and contains on strings with a NUL. They are counted, as are the evaluations that the
 * native engine leaves to libjq (punts).
 *
 *	expr [PAIRS [SEED]]
 */
#include "event/expr.h"
#include "base/num.h"
#include "exprgen.h"
#include "ext/jq.h"
#include "tap.h"
#include "world.h"

#define BATCH 50  /* expressions in one program of libjq: starting one is dear */
#define EVENTS 40 /* that each expression sees */

/* --- the comparison ----------------------------------------------------------------------------- */

/* libjq 1.6 forgets a string when it multiplies one by a large number, and some when a program fails. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libjq.so";
}

struct tally {
	long pairs, punts, errors, digits, nuls, wrong, refused;
};

static struct tally tally;
static struct world w;
static struct jq *identity;
static const struct expr_arg arg = {"arg", {"{\"a\":[1,\"b\"]}", 13}};
static const struct expr_env env = {.args = &arg, .count = 1};

static int
add_output(void *ctx, struct span json, struct err *err)
{
	struct buf *b = ctx;

	(void)err;
	if (b->n > 1)
		buf_putc(b, ',');
	buf_span(b, json);
	return 0;
}

static int
add_value(void *ctx, struct value v, struct err *err)
{
	return add_output(ctx, v.json, err);
}

/* As libjq writes it. */
static void
normalise(struct buf *b)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	buf_putc(b, ' ');
	jq_run(identity, span_of(b->p, b->n - 1), NULL, add_output, &out, &w.err);
	buf_clear(b);
	buf_span(b, buf_view(&out));
	buf_release(&out);
}

/* Does any number of this JSON text come out of libjq as another? */
static bool
loses_digits(struct span json)
{
	struct arena a;
	struct buf out;
	struct value before, after;
	struct doc d;
	bool lost;

	arena_init(&a);
	buf_init(&out, SIZE_MAX);
	jq_run(identity, json, NULL, add_output, &out, &w.err);
	doc_init(&d, DOC_KERNEL_BEST);
	doc_parse(&d, json, &w.err);
	before = (struct value){doc_type(&d, 0), json};
	after = (struct value){before.type, buf_view(&out)};
	lost = value_compare(before, after, &a) != 0;
	doc_release(&d);
	buf_release(&out);
	arena_release(&a);
	return lost;
}

static bool
uses_long_number(const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(long_numbers); i++)
		if (strstr(text, long_numbers[i]))
			return true;
	return false;
}

/* The documented differences; counted. */
static bool
is_allowed(const char *text)
{
	if (uses_long_number(text) || loses_digits(w.ev.body)) {
		tally.digits++;
		return true;
	}
	if (strstr(text, "contains") &&
		(strstr(text, "\\u0000") || span_find(w.ev.body, SPAN("\\u0000")) >= 0)) {
		tally.nuls++;
		return true;
	}
	return false;
}

static void
report(const char *text, const char *native, const char *jq)
{
	if (tally.wrong++ < 10)
		printf("# %s\n#   event  %.*s\n#   native %s\n#   libjq  %s\n", text,
			(int)w.ev.body.n, w.ev.body.p, native, jq);
}

/* What one engine says: "[outputs]", or "error". */
static bool
ask_native(struct expr *e, struct buf *out)
{
	buf_clear(out);
	buf_putc(out, '[');
	if (expr_each(e, &w.ev, add_value, out, &w.err)) {
		if (strcmp(w.err.code, "punt") == 0)
			return false;
		buf_clear(out);
		buf_puts(out, "error");
	} else {
		buf_putc(out, ']');
		normalise(out);
	}
	buf_putc(out, '\0');
	return true;
}

static void
ask_jq(struct jq *q, const struct span *values, struct buf *out)
{
	buf_clear(out);
	buf_putc(out, '[');
	if (jq_run(q, w.ev.body, values, add_output, out, &w.err)) {
		buf_clear(out);
		buf_puts(out, "error");
	} else {
		buf_putc(out, ']');
		normalise(out);
	}
	buf_putc(out, '\0');
}

struct batch {
	char *texts[BATCH];
	struct expr *native[BATCH];
	struct jq *jq;
	struct buf program;
};

static const char *const changing[] = {"type", "id", "key", "ts", "__i"};

/* All expressions of the batch as one program; $__i chooses. -1: libjq refuses one of them. */
static int
batch_compile(struct batch *t)
{
	struct jq_name constant = {arg.name, arg.json};

	buf_clear(&t->program);
	for (size_t i = 0; i < BATCH; i++)
		buf_print(
			&t->program, "%s $__i==%zu then (%s)\n", i ? "elif" : "if", i, t->texts[i]);
	buf_puts(&t->program, " else $type,$id,$key,$ts end");
	return jq_new(
		&t->jq, buf_view(&t->program), &constant, 1, changing, ARRAY_LEN(changing), &w.err);
}

static void
batch_make(struct batch *t)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < BATCH;) {
		buf_clear(&b);
		exprgen_expression(&b);
		if (expr_new_with(&t->native[i], buf_view(&b), &env, EXPR_NATIVE, &w.err)) {
			tally.refused++;
			continue;
		}
		t->texts[i++] = alloc_terminated(b.p, b.n);
	}
	buf_release(&b);
}

static void
batch_free(struct batch *t)
{
	for (size_t i = 0; i < BATCH; i++) {
		expr_free(t->native[i]);
		alloc_free(t->texts[i]);
	}
	jq_free(t->jq);
	t->jq = NULL;
}

static void
compare_pair(struct batch *t, size_t i, struct span *values, struct buf *native, struct buf *jq)
{
	char index[8];

	tally.pairs++;
	if (!ask_native(t->native[i], native)) {
		tally.punts++;
		return;
	}
	snprintf(index, sizeof(index), "%zu", i);
	values[4] = span_str(index);
	ask_jq(t->jq, values, jq);
	tally.errors += strcmp(jq->p, "error") == 0;
	if (strcmp(native->p, jq->p) != 0 && !is_allowed(t->texts[i]))
		report(t->texts[i], native->p, jq->p);
}

static struct span
json_of(struct value v)
{
	return v.type == DOC_ABSENT ? SPAN("null") : v.json;
}

static void
batch_run(struct batch *t)
{
	struct buf event, native, jq;
	struct span values[5];

	buf_init(&event, SIZE_MAX);
	buf_init(&native, SIZE_MAX);
	buf_init(&jq, SIZE_MAX);
	for (int n = 0; n < EVENTS; n++) {
		exprgen_event(&event);
		world_line(&w, event.p);
		w.ev.key = (struct value){DOC_STRING, {"\"key\"", 5}};
		values[0] = json_of(event_get(&w.ev, EVENT_TYPE));
		values[1] = SPAN("null");
		values[2] = SPAN("\"key\"");
		values[3] = SPAN("null");
		for (size_t i = 0; i < BATCH; i++)
			compare_pair(t, i, values, &native, &jq);
	}
	buf_release(&event);
	buf_release(&native);
	buf_release(&jq);
}

/* Whole expressions, through the front door, each engine by itself: punts included. */
static void
front_door(struct batch *t)
{
	struct expr *automatic, *forced;
	char *first;

	if (expr_new(&automatic, span_str(t->texts[0]), &env, &w.err) ||
		expr_new_with(&forced, span_str(t->texts[0]), &env, EXPR_JQ, &w.err)) {
		report(t->texts[0], w.err.text, "");
		return;
	}
	first = alloc_string(world_run(&w, automatic));
	if ((first[0] == '!') != (world_run(&w, forced)[0] == '!') && !is_allowed(t->texts[0]))
		report(t->texts[0], first, w.out.p);
	alloc_free(first);
	expr_free(automatic);
	expr_free(forced);
}

static int64_t
number_argument(const char *text)
{
	int64_t n = 0;

	return num_i64(span_str(text), &n) ? 0 : n;
}

int
main(int argc, char **argv)
{
	int64_t pairs = argc > 1 ? number_argument(argv[1]) : 100000;
	struct batch t = {.jq = NULL};

	exprgen_state = argc > 2 ? (uint64_t)number_argument(argv[2]) : 20211122;
	printf("# seed %llu\n", (unsigned long long)exprgen_state);
	world_init(&w);
	buf_init(&t.program, SIZE_MAX);
	if (jq_new(&identity, SPAN("."), NULL, 0, NULL, 0, &w.err)) {
		tap_skip("native = libjq", "libjq");
		return tap_done();
	}
	while (tally.pairs < pairs) {
		batch_make(&t);
		if (batch_compile(&t)) {
			ok(false, "libjq compiles what is native: %s", w.err.text);
			printf("# %.*s\n", (int)t.program.n, t.program.p);
			break;
		}
		batch_run(&t);
		front_door(&t);
		batch_free(&t);
	}
	printf("# %ld pairs, %ld left to libjq, %ld errors in both; allowed: %ld of digits, %ld of "
	       "NUL; "
	       "%ld expressions not native\n",
		tally.pairs, tally.punts, tally.errors, tally.digits, tally.nuls, tally.refused);
	is_int(tally.wrong, 0, "native = libjq on %ld pairs", tally.pairs);
	ok(tally.punts * 2 < tally.pairs, "most is answered natively");
	jq_free(identity);
	buf_release(&t.program);
	world_release(&w);
	return tap_done();
}
