/*
 * edit: random edits of a random object or array, placed at a random depth, against a model that is a
 * list of (name, text): the edited text is valid JSON, it holds what the model holds, and all bytes
 * around the edited container are unchanged. Arguments: the number of rounds, the seed.
 */
#include "json/edit.h"

#include "json_gen.h"
#include "tap.h"
#include "json/find.h"
#include "json/text.h"

#define ITEMS_MAX 24
#define NAMES 5

static const char *const names[NAMES] = {"a", "bb", "", "q\"\n", "\xc3\xa9"};

struct item {
	int name; /* into names */
	char text[64];
	bool gone;
};

struct model {
	bool is_object;
	struct item items[ITEMS_MAX];
	int count, original;
};

static struct doc doc;
static struct arena arena;
static long wrong;

static void
law(bool holds, const char *what, struct span before, struct span after)
{
	if (!holds && wrong++ < 5)
		printf("# broken: %s\n# before %.*s\n# after  %.*s\n", what, (int)before.n,
			before.p, (int)after.n, after.p);
}

static void
random_scalar(struct gen *g, char text[64])
{
	static const char *const some[] = {"null", "true", "\"x,]}\"", "[1, 2]", "{\"a\":{}}"};

	if (gen_below(g, 2))
		snprintf(text, 64, "%u", (unsigned)gen_below(g, 1000000));
	else
		snprintf(text, 64, "%s", some[gen_below(g, ARRAY_LEN(some))]);
}

static struct item *
add_item(struct gen *g, struct model *m, int name)
{
	struct item *it = &m->items[m->count++];

	*it = (struct item){.name = name};
	random_scalar(g, it->text);
	return it;
}

/* A name in one of the ways to write it. */
static void
put_name(struct gen *g, struct buf *b, const char *name)
{
	struct span s = span_str(name);

	buf_putc(b, '"');
	while (s.n > 0) {
		uint32_t code = 0;
		size_t n = utf8_get(s, &code);

		gen_written(g, b, code);
		s = span_of(s.p + n, s.n - n);
	}
	buf_putc(b, '"');
}

static void
put_model(struct gen *g, struct buf *b, const struct model *m)
{
	buf_putc(b, m->is_object ? '{' : '[');
	gen_blanks(g, b);
	for (int i = 0; i < m->count; i++) {
		if (i > 0) {
			buf_putc(b, ',');
			gen_blanks(g, b);
		}
		if (m->is_object) {
			put_name(g, b, names[m->items[i].name]);
			gen_blanks(g, b);
			buf_putc(b, ':');
			gen_blanks(g, b);
		}
		buf_puts(b, m->items[i].text);
		gen_blanks(g, b);
	}
	buf_putc(b, m->is_object ? '}' : ']');
}

/* All of one name, alive or deleted, live from now on; the last of them. */
static struct item *
revive(struct model *m, int name)
{
	struct item *last = NULL;

	for (int i = 0; i < m->count; i++) {
		if (m->items[i].name == name) {
			last = &m->items[i];
			last->gone = false;
		}
	}
	return last;
}

static void
set_one(struct gen *g, struct model *m, struct edit *e, struct edit_path path,
	struct edit_step *step)
{
	struct item *it;
	struct err err;

	if (m->is_object) {
		int name = (int)gen_below(g, NAMES);

		step->name = span_str(names[name]);
		it = revive(m, name);
		if (!it)
			it = add_item(g, m, name);
	} else {
		int index = (int)gen_below(g, (uint32_t)m->count + 1);

		*step = (struct edit_step){.index = index};
		if (gen_below(g, 4) == 0 && index < m->original)
			step->index -= m->original;
		it = index < m->count ? &m->items[index] : add_item(g, m, 0);
	}
	random_scalar(g, it->text);
	it->gone = false;
	law(edit_set(e, path, arena_copy(&arena, span_str(it->text)), &err) == 0, "a set is taken",
		e->doc->text, SPAN(""));
}

static void
delete_one(struct gen *g, struct model *m, struct edit *e, struct edit_path path,
	struct edit_step *step)
{
	struct err err;

	if (m->is_object) {
		int name = (int)gen_below(g, NAMES);

		step->name = span_str(names[name]);
		for (int i = 0; i < m->count; i++)
			m->items[i].gone |= m->items[i].name == name;
	} else {
		int index = (int)gen_below(g, (uint32_t)m->count + 2);

		*step = (struct edit_step){.index = index};
		if (index < m->count)
			m->items[index].gone = true;
	}
	law(edit_delete(e, path, &err) == 0, "a deletion is taken", e->doc->text, SPAN(""));
}

/* Does the container at value hold what the model holds? */
static bool
holds(const struct doc *d, uint32_t value, const struct model *m)
{
	struct find_iter it;
	int i = 0;

	find_start(&it, d, value);
	for (;; i++) {
		while (i < m->count && m->items[i].gone)
			i++;
		if (!find_next(&it))
			return i == m->count;
		if (i == m->count || it.is_object != m->is_object ||
			!span_is(doc_span(d, it.value), m->items[i].text))
			return false;
		if (m->is_object &&
			!text_equals(doc_span(d, it.name), span_str(names[m->items[i].name])))
			return false;
	}
}

/* Where the container stands: the text around it and the steps to it. */
struct place {
	const char *before, *after;
	struct edit_step steps[2];
	size_t count;
};

static const struct place places[] = {
	{"", "", {{{NULL, 0}, 0}}, 0},
	{" {\"k\" : ", ", \"z\": [ ] }\n", {{{"k", 1}, 0}}, 1},
	{"[0, {\"k\":1,\"\\u006b\":", "} ]", {{{NULL, 0}, 1}, {{"k", 1}, 0}}, 2},
};

static uint32_t
value_at(const struct doc *d, const struct place *p)
{
	uint32_t value = 0;

	for (size_t i = 0; i < p->count; i++)
		value = p->steps[i].name.p ? find_member(d, value, p->steps[i].name)
					   : find_item(d, value, p->steps[i].index);
	return value;
}

static void
make_text(struct gen *g, struct model *m, const struct place *p, struct buf *text)
{
	for (uint32_t n = gen_below(g, 7); n > 0; n--)
		add_item(g, m, (int)gen_below(g, NAMES));
	m->original = m->count;
	buf_clear(text);
	buf_puts(text, p->before);
	put_model(g, text, m);
	buf_puts(text, p->after);
}

static void
check_result(const struct model *m, const struct place *p, struct span text, struct span out)
{
	struct err err;

	law(span_starts(out, span_str(p->before)) && span_ends(out, span_str(p->after)),
		"the bytes around are untouched", text, out);
	if (doc_parse(&doc, out, &err))
		law(false, err.text, text, out);
	else
		law(holds(&doc, value_at(&doc, p), m), "it holds what the model holds", text, out);
}

static void
one_round(struct gen *g, struct buf *text, struct buf *out)
{
	const struct place *p = &places[gen_below(g, ARRAY_LEN(places))];
	struct edit_step steps[3] = {p->steps[0], p->steps[1]};
	struct edit_path path = {steps, p->count + 1};
	struct edit_step *last = &steps[p->count];
	struct model m = {.is_object = gen_below(g, 2)};
	struct edit e;
	struct err err;

	make_text(g, &m, p, text);
	law(doc_parse(&doc, buf_view(text), &err) == 0, "a good text", buf_view(text), SPAN(""));
	edit_start(&e, &doc, &arena);
	for (uint32_t n = gen_below(g, 6); n > 0; n--) {
		if (gen_below(g, 2))
			set_one(g, &m, &e, path, last);
		else
			delete_one(g, &m, &e, path, last);
	}
	buf_clear(out);
	law(edit_write(&e, out, &err) == 0, "written", buf_view(text), buf_view(out));
	check_result(&m, p, buf_view(text), buf_view(out));
}

int
main(int argc, char **argv)
{
	long count = argc > 1 ? strtoll(argv[1], NULL, 10) : 100000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 20211122;
	struct gen g = {.state = seed};
	struct buf text, out;

	printf("# %ld rounds, seed %" PRIu64 "\n", count, seed);
	doc_init(&doc, DOC_KERNEL_BEST);
	arena_init(&arena);
	buf_init(&text, 1 << 16);
	buf_init(&out, 1 << 16);
	for (long i = 0; i < count; i++) {
		one_round(&g, &text, &out);
		arena_reset(&arena);
	}
	is_int(wrong, 0, "laws broken in %ld rounds", count);
	buf_release(&text);
	buf_release(&out);
	arena_release(&arena);
	doc_release(&doc);
	return tap_done();
}
