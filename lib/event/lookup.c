/* lookup: pairs or one object into a table. */
#include "event/lookup.h"

#include "json/find.h"
#include "json/text.h"

struct entry {
	struct span json;
};

static void
put(struct lookup *l, struct span key, struct span json)
{
	bool is_new;
	struct entry *e = table_put(&l->table, key, &is_new);

	e->json = json;
}

static bool
is_pair(const struct doc *d)
{
	enum doc_type key = doc_type(d, find_member(d, 0, SPAN("key")));

	return (key == DOC_STRING || key == DOC_NUMBER) &&
	       find_member(d, 0, SPAN("value")) != DOC_NONE;
}

static void
put_pair(struct lookup *l, const struct doc *d, struct arena *scratch)
{
	uint32_t token = find_member(d, 0, SPAN("key"));
	struct value key = {doc_type(d, token), doc_span(d, token)};

	put(l, value_text(key, scratch), doc_span(d, find_member(d, 0, SPAN("value"))));
}

/* The next line that is not blank; *number counts all. */
static bool
next_line(struct span *rest, struct span *line, size_t *number)
{
	while (rest->n) {
		struct span tail = SPAN_NONE;

		span_cut(*rest, '\n', line, &tail);
		*rest = tail;
		*line = span_trim(*line);
		++*number;
		if (line->n)
			return true;
	}
	return false;
}

static int
load_pairs(
	struct lookup *l, struct doc *d, struct span text, struct arena *scratch, struct err *err)
{
	struct span line;
	size_t number = 0;

	while (next_line(&text, &line, &number)) {
		if (doc_parse(d, line, err))
			return err_prefix(err, "line %zu", number);
		if (!is_pair(d))
			return err_usage(err, "line %zu has no members key and value", number);
		put_pair(l, d, scratch);
	}
	return 0;
}

static int
load_object(
	struct lookup *l, struct doc *d, struct span text, struct arena *scratch, struct err *err)
{
	struct find_iter it;

	if (doc_parse(d, text, err))
		return -1;
	if (doc_type(d, 0) != DOC_OBJECT)
		return err_usage(err, "neither an object nor lines of {\"key\":…,\"value\":…}");
	for (find_start(&it, d, 0); find_next(&it);)
		put(l, text_decode(doc_span(d, it.name), scratch), doc_span(d, it.value));
	return 0;
}

int
lookup_init(struct lookup *l, struct span text, struct err *err)
{
	struct span rest = text, line;
	struct arena scratch;
	struct doc d;
	struct err ignored;
	size_t number = 0;
	int r = 0;

	table_init(&l->table, sizeof(struct entry));
	arena_init(&scratch);
	doc_init(&d, DOC_KERNEL_BEST);
	if (next_line(&rest, &line, &number)) {
		if (doc_parse(&d, line, &ignored) == 0 && is_pair(&d))
			r = load_pairs(l, &d, text, &scratch, err);
		else
			r = load_object(l, &d, text, &scratch, err);
	}
	doc_release(&d);
	arena_release(&scratch);
	if (r) {
		table_release(&l->table);
		err->kind = ERR_USAGE;
	}
	return r;
}

void
lookup_release(struct lookup *l)
{
	table_release(&l->table);
}

struct span
lookup_get(const struct lookup *l, struct value key, struct arena *scratch)
{
	const struct entry *e;

	if (key.type == DOC_ABSENT)
		return SPAN_NONE;
	e = table_get(&l->table, value_text(key, scratch));
	return e ? e->json : SPAN_NONE;
}
