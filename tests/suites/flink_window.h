/* flink_window.h: reading Flink's window cases, and lines of results that may come in any order. */
#ifndef TESTS_SUITES_FLINK_WINDOW_H
#define TESTS_SUITES_FLINK_WINDOW_H

#include "base/buf.h"
#include "tap.h"
#include "json/find.h"
#include "json/text.h"

#define SUITE "../shared/suites/flink-window/cases.json"
#define LINES_MAX 256
#define IDS_MAX 64

static struct doc d;
static struct arena texts;

/* --- reading the cases ----------------------------------------------------------------------- */

static uint32_t
get(uint32_t v, const char *name)
{
	return find_member(&d, v, span_str(name));
}

static int64_t
number(uint32_t v)
{
	struct span s = doc_span(&d, v);

	return s.n ? strtoll(arena_string(&texts, s), NULL, 10) : 0;
}

static int64_t
number_of(uint32_t v, const char *name)
{
	return number(get(v, name));
}

static bool
is(uint32_t v, const char *name, const char *text)
{
	uint32_t m = get(v, name);

	return doc_type(&d, m) == DOC_STRING && text_equals(doc_span(&d, m), span_str(text));
}

static struct span
text(uint32_t v, const char *name)
{
	uint32_t m = get(v, name);

	return doc_type(&d, m) == DOC_STRING ? text_decode(doc_span(&d, m), &texts) : SPAN_NONE;
}

static bool
load(struct buf *b)
{
	FILE *f = fopen(SUITE, "r");
	struct err err;
	size_t n;

	buf_init(b, 1 << 22);
	if (!f)
		return false;
	buf_room(b, 1 << 20);
	n = fread(b->p, 1, b->cap, f);
	b->n = n;
	fclose(f);
	doc_init(&d, DOC_KERNEL_BEST);
	return doc_parse(&d, buf_view(b), &err) == 0;
}

/* --- lines of results, compared without regard to order -------------------------------------- */

struct lines {
	char *v[LINES_MAX];
	size_t n;
};

static void
add_line(struct lines *l, struct buf *b)
{
	if (l->n < LINES_MAX)
		l->v[l->n++] = arena_string(&texts, buf_view(b));
	buf_clear(b);
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
same_lines(struct lines *got, struct lines *want)
{
	bool same = got->n == want->n;

	qsort(got->v, got->n, sizeof(*got->v), compare_lines);
	qsort(want->v, want->n, sizeof(*want->v), compare_lines);
	for (size_t i = 0; same && i < got->n; i++)
		same = strcmp(got->v[i], want->v[i]) == 0;
	for (size_t i = 0; !same && i < MAX(got->n, want->n); i++)
		printf("# got %-50s want %s\n", i < got->n ? got->v[i] : "",
			i < want->n ? want->v[i] : "");
	return same;
}

static int
compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* "[3,1]" as " 1 3". */
static void
put_elements(struct buf *b, struct span list)
{
	struct span rest = span_of(list.p + 1, list.n - 2), one;
	int64_t ids[IDS_MAX];
	size_t n = 0;
	bool more = rest.n > 0;

	while (more && n < IDS_MAX) {
		more = span_cut(rest, ',', &one, &rest);
		ids[n++] = strtoll(arena_string(&texts, one), NULL, 10);
	}
	qsort(ids, n, sizeof(*ids), compare_ids);
	for (size_t i = 0; i < n; i++)
		buf_print(b, " %" PRId64, ids[i]);
}

#endif
