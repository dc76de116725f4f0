/*
 * Fuzz target expr: any bytes as an expression, over one event with something of everything. What is native runs;
 * every output is valid JSON of the type it says, and test, value and each agree. libjq is left out: its own
 * assertions are not ours to find.
 */
#include "event/expr.h"
#include "json/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char event_json[] = "{\"eventId\":\"e\",\"eventType\":\"content.watched\","
				 "\"timestamp\":\"2021-11-22T09:15:32.123Z\",\"n\":3,"
				 "\"d\":-1.50e-3,\"big\":12345678901234567890,\"s\":\"a,"
				 "b\\u00e9\\n\",\"u\":\"\\ud83d\",\"t\":true,"
				 "\"z\":null,\"a\":[1,\"x\",[],{\"k\":2}],\"o\":{\"a\":{\"b\":[0]},"
				 "\"k\":\"v\",\"k\":\"w\"},\"\":0}";

struct outputs {
	struct doc *doc;
	struct value first;
	size_t count;
	bool is_true;
};

static void
must(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static int
check(void *ctx, struct value v, struct err *err)
{
	struct outputs *o = ctx;

	must(doc_parse(o->doc, v.json, err) == 0);
	must(doc_type(o->doc, 0) == v.type);
	if (o->count++ == 0)
		o->first = v;
	o->is_true |= value_is_true(v);
	return 0;
}

static void
evaluate(struct expr *e, struct event *ev)
{
	struct doc doc;
	struct outputs o = {.doc = &doc, .first = VALUE_ABSENT};
	struct value v;
	struct err err;

	doc_init(&doc, DOC_KERNEL_BEST);
	must(strcmp(expr_explain(e), "native") == 0);
	if (expr_each(e, ev, check, &o, &err) == 0) {
		must(expr_test(e, ev, &err) == o.is_true);
		must(expr_value(e, ev, &v, &err) == 0 && v.type == o.first.type);
		must(span_equal(v.json, o.first.json));
	} else {
		must(err.kind == ERR_DATA && err.text[0]);
		(void)expr_test(e, ev, &err);
		(void)expr_value(e, ev, &v, &err);
	}
	doc_release(&doc);
}

/* Texts around expressions, on the same bytes. */
static void
use_texts(struct span text, struct arena *a)
{
	struct span rest = text, part, name, body;
	struct edit_path path;
	struct err err;
	size_t total = 0;

	while (expr_split(&rest, ',', &part)) {
		total += part.n;
		expr_named(part, &name, &body);
		must(body.n <= part.n && name.n <= part.n);
	}
	must(total <= text.n);
	if (expr_path(text, a, &path, &err) == 0)
		must(path.count > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena scratch;
	struct doc doc;
	struct event ev = {.doc = &doc, .scratch = &scratch, .input = "-"};
	struct span text, line;
	struct expr *e;
	struct err err;

	if (size > 2000)
		return 0;
	arena_init(&scratch);
	doc_init(&doc, DOC_KERNEL_BEST);
	line = arena_copy(&scratch, span_str(event_json));
	text = arena_copy(&scratch, span_of((const char *)data, size));
	ev.line = ev.body = line;
	event_reset(&ev);
	must(doc_parse(&doc, line, &err) == 0);
	use_texts(text, &scratch);
	if (expr_new_with(&e, text, NULL, EXPR_NATIVE, &err) == 0) {
		evaluate(e, &ev);
		expr_free(e);
	} else {
		must(err.kind == ERR_USAGE);
	}
	doc_release(&doc);
	arena_release(&scratch);
	return 0;
}
